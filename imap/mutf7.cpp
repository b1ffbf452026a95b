#include "imap/mutf7.h"

#include <array>
#include <cstdint>

#include "core/text.h"

namespace mc::imap {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

int value_of(char c) {
  auto at = alphabet.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

bool is_direct(char32_t c) {
  return c >= 0x20 && c <= 0x7e;
}

void append_utf8(std::string& out, char32_t c) {
  auto tail = [&](int shift) { out += static_cast<char>(0x80 | (c >> shift & 0x3f)); };
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | c >> 6);
    tail(0);
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0 | c >> 12);
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xf0 | c >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

// One code point off well-formed UTF-8.
char32_t take_utf8(std::string_view& in) {
  auto lead = static_cast<unsigned char>(in[0]);
  std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  char32_t c = length == 1 ? lead : lead & (0x7fu >> length);
  for (std::size_t i = 1; i < length; ++i) c = c << 6 | (static_cast<unsigned char>(in[i]) & 0x3f);
  in.remove_prefix(length);
  return c;
}

Error malformed(std::string_view why) {
  return fail(Errc::syntax, "The mailbox name is not valid modified UTF-7: " + std::string(why));
}

// The UTF-16 units of one shifted run, given without '&' and '-'.
Result<std::u16string> decode_units(std::string_view run) {
  std::u16string units;
  std::uint32_t bits = 0;
  int held = 0;
  for (char c : run) {
    int value = value_of(c);
    if (value < 0) return malformed("an octet outside the base64 alphabet after '&'");
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    held += 6;
    if (held < 16) continue;
    held -= 16;
    units += static_cast<char16_t>(bits >> held & 0xffff);
    bits &= (1u << held) - 1;
  }
  if (held >= 6) return malformed("a base64 run of the wrong length");
  if (bits != 0) return malformed("stray bits at the end of a base64 run");
  return units;
}

// Appends `run` as UTF-8.
Result<void> decode_run(std::string_view run, std::string& out) {
  auto units = decode_units(run);
  if (!units) return units.error();
  for (std::size_t i = 0; i < units->size(); ++i) {
    char32_t c = (*units)[i];
    if (c >= 0xd800 && c < 0xdc00) {
      char32_t low = i + 1 < units->size() ? (*units)[++i] : 0;
      if (low < 0xdc00 || low > 0xdfff) return malformed("a lone surrogate");
      c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    } else if (c >= 0xdc00 && c <= 0xdfff) {
      return malformed("a lone surrogate");
    }
    if (is_direct(c)) return malformed("printable ASCII must stand for itself");
    append_utf8(out, c);
  }
  return {};
}

void append_unit(std::u16string& units, char32_t c) {
  if (c < 0x10000) {
    units += static_cast<char16_t>(c);
    return;
  }
  units += static_cast<char16_t>(0xd800 + ((c - 0x10000) >> 10));
  units += static_cast<char16_t>(0xdc00 + ((c - 0x10000) & 0x3ff));
}

void append_run(std::string& out, std::u16string const& units) {
  out += '&';
  std::uint32_t bits = 0;
  int held = 0;
  for (char16_t unit : units) {
    bits = bits << 16 | unit;
    for (held += 16; held >= 6; held -= 6) out += alphabet[bits >> (held - 6) & 63];
    bits &= (1u << held) - 1;
  }
  if (held > 0) out += alphabet[bits << (6 - held) & 63];
  out += '-';
}

bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;
}

bool has_control(std::string_view utf8) {
  while (!utf8.empty())
    if (is_control(take_utf8(utf8))) return true;
  return false;
}

}  // namespace

// A name is runs of printable ASCII, "&-" for '&', and "&" base64 of UTF-16BE "-".   RFC 3501, 5.1.3
Result<std::string> decode_mutf7(std::string_view in) {
  std::string out;
  bool after_run = false;
  while (!in.empty()) {
    if (!is_direct(static_cast<unsigned char>(in[0])))
      return malformed("an octet that is not printable ASCII");
    if (in[0] != '&') {
      out += in[0];
      in.remove_prefix(1);
      after_run = false;
      continue;
    }
    auto end = in.find('-');
    if (end == std::string_view::npos) return malformed("'&' without its '-'");
    if (end == 1) {
      out += '&';
    } else {
      if (after_run) return malformed("two base64 runs that should be one");
      auto run = decode_run(in.substr(1, end - 1), out);
      if (!run) return run.error();
    }
    after_run = end > 1;
    in.remove_prefix(end + 1);
  }
  return out;
}

std::string encode_mutf7(std::string_view name) {
  std::string out;
  std::u16string units;
  auto flush = [&] {
    if (!units.empty()) append_run(out, units);
    units.clear();
  };
  while (!name.empty()) {
    char32_t c = take_utf8(name);
    if (!is_direct(c)) {
      append_unit(units, c);
      continue;
    }
    flush();
    out += static_cast<char>(c);
    if (c == '&') out += '-';
  }
  flush();
  return out;
}

Result<std::string> canonical_mailbox(std::string_view received, Dialect dialect) {
  Result<std::string> name =
      dialect.utf8 ? Result<std::string>(std::string(received)) : decode_mutf7(received);
  if (!name) return name;
  if (!is_utf8(*name)) return fail(Errc::syntax, "The mailbox name is not valid UTF-8");
  if (has_control(*name)) return fail(Errc::syntax, "The mailbox name holds a control character");
  if (name->size() > max_mailbox_name) return fail(Errc::limit, "The mailbox name is too long");
  if (iequals(*name, "INBOX")) return std::string("INBOX");
  return name;
}

}  // namespace mc::imap
