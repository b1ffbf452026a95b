#include "mail/utf8.h"

#include <cstdint>
#include <cstring>

namespace mc::mail {

std::size_t ascii_run(std::string_view s) {
  std::size_t i = 0;
  for (; i + 8 <= s.size(); i += 8) {
    std::uint64_t word;
    std::memcpy(&word, s.data() + i, 8);
    if (word & 0x8080808080808080u) break;
  }
  while (i < s.size() && static_cast<unsigned char>(s[i]) < 0x80) ++i;
  return i;
}

namespace {

struct Lead {
  std::size_t length;  // 0: no sequence begins so
  unsigned low, high;  // bounds of the second octet
};

Lead lead_of(unsigned char c) {
  if (c < 0x80) return {1, 0, 0};
  if (c >= 0xC2 && c <= 0xDF) return {2, 0x80, 0xBF};
  if (c >= 0xE0 && c <= 0xEF) return {3, c == 0xE0 ? 0xA0u : 0x80u, c == 0xED ? 0x9Fu : 0xBFu};
  if (c >= 0xF0 && c <= 0xF4) return {4, c == 0xF0 ? 0x90u : 0x80u, c == 0xF4 ? 0x8Fu : 0xBFu};
  return {0, 0, 0};
}

// How many octets at the start of `s` agree with `lead`.
std::size_t agreeing(std::string_view s, Lead lead) {
  std::size_t i = 1;
  for (; i < lead.length && i < s.size(); ++i) {
    auto c = static_cast<unsigned char>(s[i]);
    if (c < (i == 1 ? lead.low : 0x80u) || c > (i == 1 ? lead.high : 0xBFu)) break;
  }
  return i;
}

}  // namespace

std::size_t utf8_sequence(std::string_view s) {
  auto lead = lead_of(static_cast<unsigned char>(s[0]));
  return lead.length != 0 && agreeing(s, lead) == lead.length ? lead.length : 0;
}

bool is_utf8_prefix(std::string_view s) {
  if (s.empty()) return true;
  auto lead = lead_of(static_cast<unsigned char>(s[0]));
  return s.size() < lead.length && agreeing(s, lead) == s.size();
}

void append_utf8(std::string& out, char32_t c) {
  auto tail = [&](int shift) { out += static_cast<char>(0x80 | (c >> shift & 0x3F)); };
  if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) {
    out += replacement_character;
  } else if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | c >> 6);
    tail(0);
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | c >> 12);
    tail(6), tail(0);
  } else {
    out += static_cast<char>(0xF0 | c >> 18);
    tail(12), tail(6), tail(0);
  }
}

void append_valid_utf8(std::string& out, std::string_view s) {
  while (!s.empty()) {
    auto n = ascii_run(s);
    if (n == 0) n = utf8_sequence(s);
    if (n == 0) {
      out += replacement_character;
      n = 1;
    } else {
      out += s.substr(0, n);
    }
    s.remove_prefix(n);
  }
}

std::string_view cut_utf8(std::string_view s, std::size_t limit) {
  if (s.size() <= limit) return s;
  while (limit > 0 && (static_cast<unsigned char>(s[limit]) & 0xC0) == 0x80) --limit;
  return s.substr(0, limit);
}

void blank_controls(std::string& s) {
  for (char& c : s)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
}

}  // namespace mc::mail
