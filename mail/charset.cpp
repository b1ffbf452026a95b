#include "mail/charset.h"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "core/text.h"
#include "mail/decode.h"
#include "mail/utf8.h"

namespace mc::mail {
namespace {

struct Alias {
  std::string_view label;      // lower case
  std::string_view converter;  // iconv's name
};

// Sorted by label. What mail names and what is in it differ; a converter is a superset of its label.
constexpr auto aliases = std::to_array<Alias>({
    {"ansi_x3.4-1968", "ASCII"},
    {"ascii", "ASCII"},
    {"big5", "BIG5-HKSCS"},
    {"big5-hkscs", "BIG5-HKSCS"},
    {"cp1250", "CP1250"},
    {"cp1251", "CP1251"},
    {"cp1252", "CP1252"},
    {"cp437", "CP437"},
    {"cp850", "CP850"},
    {"cp852", "CP852"},
    {"cp866", "CP866"},
    {"cp932", "CP932"},
    {"cp949", "CP949"},
    {"euc-jp", "EUC-JP"},
    {"euc-kr", "CP949"},
    {"gb18030", "GB18030"},
    {"gb2312", "GB18030"},
    {"gbk", "GB18030"},
    {"ibm437", "CP437"},
    {"ibm850", "CP850"},
    {"ibm852", "CP852"},
    {"ibm866", "CP866"},
    {"iso-2022-jp", "ISO-2022-JP"},
    {"iso-2022-kr", "ISO-2022-KR"},
    {"iso-8859-1", "CP1252"},
    {"iso-8859-10", "ISO-8859-10"},
    {"iso-8859-11", "CP874"},
    {"iso-8859-13", "ISO-8859-13"},
    {"iso-8859-14", "ISO-8859-14"},
    {"iso-8859-15", "ISO-8859-15"},
    {"iso-8859-16", "ISO-8859-16"},
    {"iso-8859-2", "ISO-8859-2"},
    {"iso-8859-3", "ISO-8859-3"},
    {"iso-8859-4", "ISO-8859-4"},
    {"iso-8859-5", "ISO-8859-5"},
    {"iso-8859-6", "ISO-8859-6"},
    {"iso-8859-7", "ISO-8859-7"},
    {"iso-8859-8", "ISO-8859-8"},
    {"iso-8859-8-i", "ISO-8859-8"},
    {"iso-8859-9", "CP1254"},
    {"iso8859-1", "CP1252"},
    {"iso8859-15", "ISO-8859-15"},
    {"iso8859-2", "ISO-8859-2"},
    {"iso_8859-1", "CP1252"},
    {"iso_8859-15", "ISO-8859-15"},
    {"iso_8859-2", "ISO-8859-2"},
    {"koi8-r", "KOI8-R"},
    {"koi8-u", "KOI8-U"},
    {"ks_c_5601-1987", "CP949"},
    {"latin1", "CP1252"},
    {"latin2", "ISO-8859-2"},
    {"macintosh", "MACINTOSH"},
    {"shift-jis", "CP932"},
    {"shift_jis", "CP932"},
    {"sjis", "CP932"},
    {"tis-620", "CP874"},
    {"us-ascii", "ASCII"},
    {"utf-16", "UTF-16"},
    {"utf-16be", "UTF-16BE"},
    {"utf-16le", "UTF-16LE"},
    {"utf-7", "UTF-7"},
    {"utf-8", "UTF-8"},
    {"utf8", "UTF-8"},
    {"windows-1250", "CP1250"},
    {"windows-1251", "CP1251"},
    {"windows-1252", "CP1252"},
    {"windows-1253", "CP1253"},
    {"windows-1254", "CP1254"},
    {"windows-1255", "CP1255"},
    {"windows-1256", "CP1256"},
    {"windows-1257", "CP1257"},
    {"windows-1258", "CP1258"},
    {"windows-31j", "CP932"},
    {"windows-874", "CP874"},
    {"x-sjis", "CP932"},
});
static_assert(std::is_sorted(aliases.begin(), aliases.end(),
                             [](Alias const& a, Alias const& b) { return a.label < b.label; }));

// What BADCHARSET offers: the labels a client should prefer.
constexpr auto preferred = std::to_array<std::string_view>({
    "UTF-8",        "US-ASCII",     "ISO-8859-1",   "ISO-8859-2",   "ISO-8859-5",   "ISO-8859-7",
    "ISO-8859-9",   "ISO-8859-15",  "WINDOWS-1250", "WINDOWS-1251", "WINDOWS-1252", "WINDOWS-1253",
    "WINDOWS-1254", "WINDOWS-1255", "WINDOWS-1256", "WINDOWS-1257", "WINDOWS-1258", "KOI8-R",
    "KOI8-U",       "ISO-2022-JP",  "SHIFT_JIS",    "EUC-JP",       "GB2312",       "GBK",
    "GB18030",      "BIG5",         "EUC-KR",       "ISO-2022-KR",  "TIS-620",      "UTF-16",
    "UTF-16BE",     "UTF-16LE",     "UTF-7",
});

// 0x80 to 0x9F; the rest of windows-1252 is Latin-1. Undefined ones as the control they are in Latin-1.
constexpr std::array<char16_t, 32> windows_1252_high{
    0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};

iconv_t const no_converter = reinterpret_cast<iconv_t>(-1);

}  // namespace

std::optional<std::string_view> find_charset(std::string_view label) {
  if (label.size() > 32) return std::nullopt;
  auto lower = to_lower(trim(label));
  auto at = std::lower_bound(aliases.begin(), aliases.end(), lower,
                             [](Alias const& a, std::string const& l) { return a.label < l; });
  if (at == aliases.end() || at->label != lower) return std::nullopt;
  return at->converter;
}

std::span<std::string_view const> charsets() {
  return preferred;
}

CharsetDecoder::CharsetDecoder(std::string_view label) {
  auto converter = find_charset(label);
  if (!converter || *converter == "ASCII") return;
  if (*converter == "UTF-8") {
    mode_ = Mode::utf8;
  } else if (*converter == "CP1252") {
    mode_ = Mode::windows_1252;
  } else if (auto opened = iconv_open("UTF-8", std::string(*converter).c_str()); opened != no_converter) {
    mode_ = Mode::iconv;
    converter_ = opened;
  }
}

CharsetDecoder::~CharsetDecoder() {
  if (converter_) iconv_close(static_cast<iconv_t>(converter_));
}

void CharsetDecoder::feed(std::string_view octets, std::string& out) {
  switch (mode_) {
    case Mode::guess:
    case Mode::utf8:
      return feed_utf8(octets, out);
    case Mode::windows_1252:
      return feed_windows_1252(octets, out);
    case Mode::iconv:
      return feed_iconv(octets, out);
  }
}

void CharsetDecoder::finish(std::string& out) {
  auto rest = std::exchange(waiting_, {});
  if (rest.empty()) return;
  if (mode_ == Mode::guess) return feed_windows_1252(rest, out);
  out += replacement_character;
}

void CharsetDecoder::feed_utf8(std::string_view octets, std::string& out) {
  std::string joined;
  if (!waiting_.empty()) {
    joined = std::exchange(waiting_, {});
    joined += octets;
    octets = joined;
  }
  while (!octets.empty()) {
    auto n = ascii_run(octets);
    if (n == 0) n = utf8_sequence(octets);
    if (n == 0 && is_utf8_prefix(octets)) {
      waiting_ = octets;
      return;
    }
    if (n == 0 && mode_ == Mode::guess) {
      mode_ = Mode::windows_1252;
      return feed_windows_1252(octets, out);
    }
    out += n == 0 ? replacement_character : octets.substr(0, n);
    octets.remove_prefix(std::max<std::size_t>(n, 1));
  }
}

void CharsetDecoder::feed_windows_1252(std::string_view octets, std::string& out) {
  while (!octets.empty()) {
    auto n = ascii_run(octets);
    out += octets.substr(0, n);
    octets.remove_prefix(n);
    if (octets.empty()) return;
    auto c = static_cast<unsigned char>(octets[0]);
    append_utf8(out, c < 0xA0 ? windows_1252_high[c - 0x80u] : c);
    octets.remove_prefix(1);
  }
}

void CharsetDecoder::feed_iconv(std::string_view octets, std::string& out) {
  std::string joined = std::exchange(waiting_, {});
  if (!joined.empty()) {
    joined += octets;
    octets = joined;
  }
  auto* in = const_cast<char*>(octets.data());  // iconv reads only
  std::size_t left = octets.size();
  std::array<char, 4096> piece;
  while (left > 0) {
    char* to = piece.data();
    std::size_t room = piece.size();
    auto status = ::iconv(static_cast<iconv_t>(converter_), &in, &left, &to, &room);
    auto error = errno;
    append_valid_utf8(out, {piece.data(), static_cast<std::size_t>(to - piece.data())});
    if (status != static_cast<std::size_t>(-1) || error == E2BIG) continue;
    if (error == EINVAL && left < 16) {
      waiting_.assign(in, left);
      return;
    }
    out += replacement_character;
    ++in, --left;
  }
}

Result<std::string> to_utf8(std::string_view octets, std::string_view charset) {
  auto known = find_charset(charset);
  if (!known) return fail(Errc::unsupported, "Unknown charset");
  std::string out;
  if (*known == "ASCII") {
    CharsetDecoder decoder("utf-8");  // an 8-bit octet is not ASCII; UTF-8 is the charitable reading
    decoder.feed(octets, out);
    decoder.finish(out);
    return out;
  }
  CharsetDecoder decoder(charset);
  decoder.feed(octets, out);
  decoder.finish(out);
  return out;
}

}  // namespace mc::mail
