// core/text.h - small pure operations on octet strings. ASCII only: no locale, no Unicode.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mc {

constexpr char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
constexpr char ascii_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string to_lower(std::string_view s);
std::string to_upper(std::string_view s);
bool iequals(std::string_view a, std::string_view b);
bool istarts_with(std::string_view s, std::string_view prefix);
// Position of `needle` in `hay` ignoring ASCII case, npos if absent.
std::size_t ifind(std::string_view hay, std::string_view needle);
std::string_view trim(std::string_view s);  // spaces, tabs, CR, LF at both ends
std::vector<std::string_view> split(std::string_view s, char separator);

// Whole string a decimal number that fits; absent otherwise (also for "", "+1", " 1").
std::optional<std::uint64_t> parse_number(std::string_view s);

std::string base64(std::string_view octets);
// Strict: no white space, correct padding; absent otherwise.
std::optional<std::string> parse_base64(std::string_view text);
std::string hex(std::string_view octets);  // lower case
std::string base32_lower(std::string_view octets);  // RFC 4648 alphabet, lower case, no padding

// Well-formed UTF-8 (RFC 3629: no surrogates, no over-long forms).
bool is_utf8(std::string_view s);
// A copy safe for one line of a log or an SMTP/IMAP text: control characters and
// invalid UTF-8 become '?', at most `limit` octets.
std::string printable(std::string_view s, std::size_t limit = 200);

// xtext = *( xchar / "+" 2HEXDIG )                                 RFC 3461, 4
// Absent: it is none.
std::optional<std::string> decode_xtext(std::string_view text);

// '*' any run, '?' one character; ASCII case-insensitive. Linear time.
bool glob_match(std::string_view pattern, std::string_view text);

// The nearest of `candidates` to `word` for "did you mean"; absent when none is close.
std::optional<std::string_view> closest(std::string_view word, std::vector<std::string_view> const& candidates);

}  // namespace mc
