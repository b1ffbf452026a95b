// mail/encode_charset.cpp - encode_charset (mail/insert_text.h): the way back from UTF-8.
#include <iconv.h>

#include <algorithm>
#include <array>

#include "core/text.h"
#include "mail/charset.h"
#include "mail/insert_text.h"
#include "mail/utf8.h"

namespace mc::mail {
namespace {

// Converters whose ASCII is not one octet a character, or depends on what came before.
constexpr std::array<std::string_view, 6> not_ascii{"UTF-16",      "UTF-16BE",    "UTF-16LE",
                                                    "UTF-7", "ISO-2022-JP", "ISO-2022-KR"};

std::optional<std::string> convert(std::string_view utf8, std::string const& charset) {
  iconv_t const converter = iconv_open(charset.c_str(), "UTF-8");
  if (converter == reinterpret_cast<iconv_t>(-1)) return std::nullopt;
  std::string out(utf8.size() * 4, '\0');
  char* from = const_cast<char*>(utf8.data());  // iconv does not write there
  char* to = out.data();
  std::size_t left = utf8.size(), room = out.size();
  std::size_t const done = iconv(converter, &from, &left, &to, &room);
  iconv_close(converter);
  if (done != 0 || left != 0) return std::nullopt;  // not 0: something was replaced
  out.resize(out.size() - room);
  return out;
}

}  // namespace

std::optional<std::string> encode_charset(std::string_view utf8, std::string_view charset) {
  auto converter = find_charset(to_lower(charset));
  if (!converter || std::find(not_ascii.begin(), not_ascii.end(), *converter) != not_ascii.end()) return std::nullopt;
  if (is_ascii(utf8) || *converter == "UTF-8") return std::string(utf8);
  auto out = convert(utf8, std::string(*converter));
  // Our converters know more than the labels they stand for: what ISO 8859 has as controls must not be used.
  bool const iso = istarts_with(charset, "iso") || istarts_with(charset, "latin");
  auto extra = [](char c) { return static_cast<unsigned char>(c) >= 0x80 && static_cast<unsigned char>(c) < 0xA0; };
  if (out && iso && std::any_of(out->begin(), out->end(), extra)) return std::nullopt;
  return out;
}

}  // namespace mc::mail
