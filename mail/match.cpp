#include "mail/match.h"

#include <glib.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "core/text.h"
#include "mail/charset.h"
#include "mail/headers.h"
#include "mail/transfer.h"
#include "mail/utf8.h"

namespace mc::mail {
namespace {

constexpr std::size_t step = 32768;

struct GFree {
  void operator()(char* p) const { g_free(p); }
};
using GString = std::unique_ptr<char, GFree>;

// Requires: `s` is well-formed and has no NUL.
void fold_non_ascii(std::string& out, std::string_view s) {
  GString decomposed(g_utf8_normalize(s.data(), static_cast<gssize>(s.size()), G_NORMALIZE_ALL));
  if (!decomposed) return;
  GString folded(g_utf8_casefold(decomposed.get(), -1));
  out += folded.get();
}

std::size_t non_ascii_run(std::string_view s) {
  std::size_t n = 0;
  while (n < s.size() && static_cast<unsigned char>(s[n]) >= 0x80) ++n;
  return n;
}

bool contains(std::string_view hay, std::string_view needle) {
  return needle.empty() || memmem(hay.data(), hay.size(), needle.data(), needle.size()) != nullptr;
}

// Searches one text that comes in pieces; keeps as much of the last piece as a needle may span.
class Search {
 public:
  explicit Search(Needle const& needle) : needle_(needle) {}
  bool feed(std::string_view utf8) {
    window_ += fold(utf8);
    if (needle_.in_folded(window_)) return true;
    auto keep = std::min(window_.size(), needle_.folded().size() - 1);
    window_.erase(0, window_.size() - keep);
    return false;
  }

 private:
  Needle const& needle_;
  std::string window_;
};

bool body_contains(std::string_view body, Part const& part, Needle const& needle) {
  TransferDecoder transfer(part.encoding);
  CharsetDecoder text(part.charset);
  Search search(needle);
  std::string decoded, utf8;
  while (!body.empty()) {
    auto n = std::min(step, body.size());
    decoded.clear();
    utf8.clear();
    transfer.feed(body.substr(0, n), decoded);
    body.remove_prefix(n);
    if (body.empty()) transfer.finish(decoded);
    text.feed(decoded, utf8);
    if (body.empty()) text.finish(utf8);
    if (search.feed(utf8)) return true;
  }
  return false;
}

bool any_field_contains(std::string_view block, Needle const& needle) {
  HeaderReader in(block);
  while (auto field = in.next()) {
    auto line = decode_header(field->name) + ": " + decode_header(field->value);
    if (needle.in(line)) return true;
  }
  return false;
}

}  // namespace

std::string fold(std::string_view utf8) {
  std::string valid, out;
  if (!is_ascii(utf8)) {
    append_valid_utf8(valid, utf8);
    utf8 = valid;
  }
  out.reserve(utf8.size());
  while (!utf8.empty()) {
    auto ascii = ascii_run(utf8);
    for (char c : utf8.substr(0, ascii)) out += ascii_lower(c);
    utf8.remove_prefix(ascii);
    auto other = non_ascii_run(utf8);
    if (other > 0) fold_non_ascii(out, utf8.substr(0, other));
    utf8.remove_prefix(other);
  }
  return out;
}

Needle::Needle(std::string_view utf8) : folded_(fold(utf8)) {}

bool Needle::in(std::string_view utf8) const {
  return empty() || in_folded(fold(utf8));
}

bool Needle::in_folded(std::string_view folded) const {
  return contains(folded, folded_);
}

bool text_contains(std::string_view octets, std::span<Part const> parts, Needle const& needle,
                   MatchScope scope) {
  if (needle.empty()) return true;
  for (auto const& part : parts) {
    bool top = part.parent == Part::no_parent;
    bool inner_message = !top && parts[static_cast<std::size_t>(part.parent)].kind == PartKind::message;
    bool read_header = top ? scope == MatchScope::all : inner_message;
    if (read_header && any_field_contains(slice(octets, part.header()), needle)) return true;
    if (part.is_text() && body_contains(slice(octets, part.body()), part, needle)) return true;
  }
  return false;
}

bool header_contains(std::string_view block, std::string_view name, Needle const& needle) {
  HeaderReader in(block);
  while (auto field = in.next())
    if (iequals(field->name, name) && needle.in(decode_header(field->value))) return true;
  return false;
}

}  // namespace mc::mail
