// mail/utf8.h - octets to well-formed UTF-8, for the inside of this folder. Pure; any thread.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace mc::mail {

inline constexpr std::string_view replacement_character = "\xEF\xBF\xBD";

// Length of the run of octets below 0x80 at the start of `s`.
std::size_t ascii_run(std::string_view s);
inline bool is_ascii(std::string_view s) {
  return ascii_run(s) == s.size();
}

// Length of the well-formed sequence at the start of `s` (RFC 3629); 0 if there is none.
// Requires: `s` is not empty.
std::size_t utf8_sequence(std::string_view s);
// `s` ends before the sequence it begins does: more octets might make it well-formed.
bool is_utf8_prefix(std::string_view s);

void append_utf8(std::string& out, char32_t c);
// `s` with each octet that belongs to no sequence as U+FFFD.
void append_valid_utf8(std::string& out, std::string_view s);
// The longest prefix of well-formed `s` of at most `limit` octets that cuts no sequence.
std::string_view cut_utf8(std::string_view s, std::size_t limit);
// Control characters (also DEL and NUL) become spaces.
void blank_controls(std::string& s);

// The value of a hexadecimal digit, -1 for anything else.
constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace mc::mail
