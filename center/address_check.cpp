#include "center/address_check.h"

#include <algorithm>

#include "core/text.h"

namespace mc::center {

namespace {

constexpr std::size_t max_local = 64, max_domain = 255, max_label = 63;

bool is_alnum(char c) {
  return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
}
bool is_atext(char c) {
  return is_alnum(c) || std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

Error malformed(std::string_view text, std::string_view why) {
  return fail(Errc::syntax, '"' + printable(text, 80) + "\" is no email address: " + std::string(why));
}

// dot-atom = 1*atext *( "." 1*atext )                                                   RFC 5322, 3.2.3
bool is_dot_atom(std::string_view local) {
  auto parts = split(local, '.');
  return std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
    return !part.empty() && std::all_of(part.begin(), part.end(), is_atext);
  });
}

// label = ALNUM [ *61( ALNUM / "-" ) ALNUM ]                                            RFC 1123, 2.1
bool is_label(std::string_view label) {
  auto allowed = [](char c) { return is_alnum(c) || c == '-'; };
  return !label.empty() && label.size() <= max_label && is_alnum(label.front()) && is_alnum(label.back()) &&
         std::all_of(label.begin(), label.end(), allowed);
}

}  // namespace

Result<void> check_address_form(std::string_view text) {
  if (text.empty()) return malformed(text, "there is nothing");
  if (text.size() > max_local + 1 + max_domain) return malformed(text, "it is too long");
  if (std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) > 126; }))
    return malformed(text, "only ASCII characters are possible");
  if (std::any_of(text.begin(), text.end(), [](char c) { return c <= ' '; }))
    return malformed(text, "it has spaces or control characters");
  auto at = text.find('@');
  if (at == std::string_view::npos) return malformed(text, "it has no @");
  std::string_view local = text.substr(0, at), domain = text.substr(at + 1);
  if (domain.find('@') != std::string_view::npos) return malformed(text, "it has more than one @");
  if (local.size() > max_local || !is_dot_atom(local))
    return malformed(text, "what stands before the @ is not possible");
  auto labels = split(domain, '.');
  bool number = std::all_of(labels.back().begin(), labels.back().end(), is_digit);
  if (domain.size() > max_domain || labels.size() < 2 || number ||
      !std::all_of(labels.begin(), labels.end(), is_label))
    return malformed(text, "what stands behind the @ is no domain");
  return {};
}

Result<void> check_external_address(Settings const& settings, std::string_view text) {
  if (auto form = check_address_form(text); !form) return form.error();
  std::string_view domain = text.substr(text.find('@') + 1);
  if (iequals(domain, settings.domain) || iequals(domain, settings.hostname))
    return fail(Errc::forbidden,
                printable(text, 80) + " is one of our own addresses, never an external recipient");
  return {};
}

}  // namespace mc::center
