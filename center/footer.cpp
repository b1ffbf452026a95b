#include "center/footer.h"

#include <algorithm>
#include <array>

#include "core/text.h"
#include "mail/insert_text.h"

namespace mc::center {

namespace {

using mail::Part;
using mail::PartKind;
using Parts = std::vector<Part>;

constexpr std::size_t most_text = 512 << 10;   // of a part that is read and changed
constexpr std::size_t most_header = 64 << 10;  // of a part

bool is_multipart(Part const& part, std::string_view subtype) {
  return part.kind == PartKind::multipart && part.subtype == subtype;
}

// Parts that say that octets around them are signed or encrypted.
bool has_seal(Part const& part) {
  static constexpr std::array<std::string_view, 7> subtypes{
      "pgp-encrypted", "pgp-signature", "pkcs7-mime", "pkcs7-signature", "x-pkcs7-mime", "x-pkcs7-signature", "pgp"};
  bool const known = std::find(subtypes.begin(), subtypes.end(), part.subtype) != subtypes.end();
  return (part.type == "application" && known) || is_multipart(part, "signed") || is_multipart(part, "encrypted");
}

// Of a mixed or related multipart the first part, and so on inside it: where reading begins.
std::size_t find_first(Parts const& parts, std::size_t at) {
  while (is_multipart(parts[at], "mixed") || is_multipart(parts[at], "related")) {
    if (at + 1 >= parts.size() || parts[at + 1].parent != static_cast<std::int32_t>(at)) break;
    ++at;
  }
  return at;
}

// All texts that a reader may see first.
std::vector<std::size_t> find_texts(Parts const& parts) {
  std::size_t const first = find_first(parts, 0);
  std::vector<std::size_t> out;
  if (parts[first].is_text()) out.push_back(first);
  if (!is_multipart(parts[first], "alternative")) return out;
  for (std::size_t i = first + 1; i < parts.size(); ++i) {
    if (parts[i].parent != static_cast<std::int32_t>(first)) continue;
    std::size_t const inside = find_first(parts, i);
    if (parts[inside].is_text()) out.push_back(inside);
  }
  return out;
}

// By the part's own header, of which the store keeps no more.
bool may_change(std::string_view header) {
  auto disposition = mail::find_header(header, "Content-Disposition");
  bool const attached = disposition && istarts_with(trim(*disposition), "attachment");
  return !attached && !mail::find_header(header, "Content-MD5");
}

struct Words {
  std::string_view lines;
  std::string html;
};

std::optional<mail::Insertion> insert(Part const& part, mail::TextPart const& text, Words const& words) {
  if (part.subtype == "plain") return mail::append_lines(text, words.lines);
  if (part.subtype == "html") return mail::insert_html(text, words.html);
  return std::nullopt;
}

}  // namespace

std::vector<Splice> place_footer(Parts const& parts, ReadOctets const& read, std::string_view lines) {
  std::vector<Splice> out;
  if (parts.empty() || std::any_of(parts.begin(), parts.end(), has_seal)) return out;
  Words const words{lines, mail::html_lines(lines)};
  for (std::size_t at : find_texts(parts)) {
    Part const& part = parts[at];
    if (part.body().size() > most_text || part.header().size() > most_header) continue;
    if (!may_change(read(part.header()))) continue;
    std::string const octets = read(part.body());
    mail::TextPart const text{octets, part.encoding, part.charset};
    if (mail::has_inline_pgp(text)) return {};
    auto insertion = insert(part, text, words);
    if (!insertion) continue;
    mail::Range const range{part.body_begin + insertion->begin, part.body_begin + insertion->end};
    out.push_back({range, std::move(insertion->text)});
  }
  return out;
}

}  // namespace mc::center
