#include "center/ticket_text.h"

#include <algorithm>
#include <vector>

#include "center/part_octets.h"
#include "mail/content.h"
#include "mail/decode.h"

namespace mc::center {

namespace {

using Parts = std::vector<mail::Part>;
constexpr std::size_t none = std::string::npos;

// Is it part of another message that this one carries?
bool is_inside_message(Parts const& parts, std::size_t index) {
  for (auto up = parts[index].parent; up != mail::Part::no_parent; up = parts[static_cast<std::size_t>(up)].parent)
    if (parts[static_cast<std::size_t>(up)].kind == mail::PartKind::message) return true;
  return false;
}

bool is_plain_or_html(mail::Part const& part) {
  return part.is_text() && (part.subtype == "plain" || part.subtype == "html") && part.disposition != "attachment" &&
         part.filename.empty();
}

std::size_t find_text(Parts const& parts, std::string_view subtype) {
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (is_plain_or_html(parts[i]) && parts[i].subtype == subtype && parts[i].body().size() > 0 &&
        !is_inside_message(parts, i))
      return i;
  return none;
}

std::size_t find_first_text(Parts const& parts) {
  std::size_t const plain = find_text(parts, "plain");
  return plain != none ? plain : find_text(parts, "html");
}

// The multipart/alternative in which the text is one form of several; none: it stands alone.
std::size_t find_alternative(Parts const& parts, std::size_t text) {
  if (text == none) return none;
  for (auto up = parts[text].parent; up != mail::Part::no_parent; up = parts[static_cast<std::size_t>(up)].parent)
    if (parts[static_cast<std::size_t>(up)].subtype == "alternative") return static_cast<std::size_t>(up);
  return none;
}

bool is_below(Parts const& parts, std::size_t index, std::size_t above) {
  if (above == none) return false;
  for (auto up = parts[index].parent; up != mail::Part::no_parent; up = parts[static_cast<std::size_t>(up)].parent)
    if (static_cast<std::size_t>(up) == above) return true;
  return false;
}

// All but the text and its other forms. A root without others around it is the text, or nothing is.
std::vector<std::size_t> find_attachments(Parts const& parts) {
  std::vector<std::size_t> out;
  std::size_t const text = find_first_text(parts), alternative = find_alternative(parts, text);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    bool const form = i == text || (is_plain_or_html(parts[i]) && is_below(parts, i, alternative));
    if (!form && parts[i].kind != mail::PartKind::multipart && !is_inside_message(parts, i)) out.push_back(i);
  }
  return out;
}

}  // namespace

std::string first_text(Prepared const& mail, std::size_t most) {
  Parts const& parts = mail.summary.parts;
  std::size_t const index = find_first_text(parts);
  if (index == none) return {};
  mail::Part const& part = parts[index];
  std::string_view const octets = part_octets(mail, part.body()).substr(0, most);
  std::string text = mail::decode_text(octets, part.encoding, part.charset);
  return part.subtype == "html" ? mail::html_text(text) : text;
}

bool has_attachments(Prepared const& mail) { return !find_attachments(mail.summary.parts).empty(); }

std::string with_text(Prepared const& mail, std::string_view text) {
  std::vector<std::string_view> kept;
  for (std::size_t index : find_attachments(mail.summary.parts)) {
    mail::Part const& part = mail.summary.parts[index];
    kept.push_back(part_octets(mail, {part.header_begin, part.body_end}));
  }
  return mail::compose_content(text, kept);
}

}  // namespace mc::center
