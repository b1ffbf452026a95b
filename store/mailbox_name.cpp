#include "store/mailbox_name.h"

#include <algorithm>

#include "core/text.h"
#include "store/mailboxes.h"

namespace mc::store {

std::string normal_name(std::string_view name) {
  std::string out(name);
  if (iequals(name.substr(0, name.find('/')), "INBOX")) out.replace(0, 5, "INBOX");
  return out;
}

std::string_view superior_of(std::string_view name) {
  auto at = name.rfind('/');
  return at == std::string_view::npos ? std::string_view{} : name.substr(0, at);
}

bool is_below(std::string_view name, std::string_view superior) {
  return name.size() > superior.size() && name.starts_with(superior) && name[superior.size()] == '/';
}

bool name_before(std::string_view a, std::string_view b) {
  auto weight = [](char c) { return c == '/' ? 0 : static_cast<unsigned char>(c); };
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [&](char x, char y) { return weight(x) < weight(y); });
}

namespace {

// C0, DEL, C1 (U+0080 to U+009F), LINE and PARAGRAPH SEPARATOR (RFC 9051, 5.1; RFC 5198).
bool has_controls(std::string_view utf8) {
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    auto octet = [&](std::size_t k) { return k < utf8.size() ? static_cast<unsigned char>(utf8[k]) : 0u; };
    if (octet(i) < 0x20 || octet(i) == 0x7F) return true;
    if (octet(i) == 0xC2 && octet(i + 1) < 0xA0) return true;
    if (octet(i) == 0xE2 && octet(i + 1) == 0x80 && (octet(i + 2) == 0xA8 || octet(i + 2) == 0xA9)) return true;
  }
  return false;
}

}  // namespace

Result<std::string> check_mailbox_name(std::string_view name) {
  if (name.empty()) return fail(Errc::syntax, "The mailbox name is empty");
  if (name.size() > max_mailbox_name) return fail(Errc::limit, "The mailbox name is too long");
  if (!is_utf8(name) || has_controls(name)) return fail(Errc::syntax, "The mailbox name has invalid characters");
  auto levels = split(name, '/');
  if (std::any_of(levels.begin(), levels.end(), [](std::string_view level) { return level.empty(); }))
    return fail(Errc::syntax, "The mailbox name has an empty level");
  if (levels.size() > max_mailbox_depth) return fail(Errc::limit, "The mailbox name has too many levels");
  return normal_name(name);
}

// flag-keyword = "$MDNSent" / … / atom; atom = 1*ATOM-CHAR                     RFC 9051, 9
bool is_keyword_atom(std::string_view text) {
  auto atom_char = [](char c) {
    return c > 0x20 && c < 0x7F && std::string_view("(){%*\"\\]").find(c) == std::string_view::npos;
  };
  return !text.empty() && text.size() <= max_keyword && std::all_of(text.begin(), text.end(), atom_char);
}

}  // namespace mc::store
