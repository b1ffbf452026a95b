#include "mail/transfer.h"

#include <algorithm>
#include <array>

#include "core/text.h"
#include "mail/charset.h"
#include "mail/utf8.h"

namespace mc::mail {
namespace {

struct EncodingName {
  std::string_view name;
  TransferEncoding encoding;
};
// The first name of an encoding is the one written.
constexpr auto encoding_names = std::to_array<EncodingName>({
    {"7bit", TransferEncoding::seven_bit},
    {"8bit", TransferEncoding::eight_bit},
    {"binary", TransferEncoding::binary},
    {"quoted-printable", TransferEncoding::quoted_printable},
    {"base64", TransferEncoding::base64},
    {"x-uuencode", TransferEncoding::uuencode},
    {"x-uue", TransferEncoding::uuencode},
    {"uuencode", TransferEncoding::uuencode},
    {"x-unknown", TransferEncoding::unknown},
    {"7-bit", TransferEncoding::seven_bit},
    {"8-bit", TransferEncoding::eight_bit},
});

constexpr std::array<signed char, 256> make_sextets() {
  std::array<signed char, 256> values{};
  values.fill(-1);
  for (int i = 0; i < 26; ++i) {
    values[static_cast<std::size_t>('A' + i)] = static_cast<signed char>(i);
    values[static_cast<std::size_t>('a' + i)] = static_cast<signed char>(26 + i);
  }
  for (int i = 0; i < 10; ++i) values[static_cast<std::size_t>('0' + i)] = static_cast<signed char>(52 + i);
  values['+'] = 62;
  values['/'] = 63;
  return values;
}

constexpr std::size_t longest_pending = 1000;  // a longer run of white space is content

// A uuencoded line may end with spaces that count: only CRs go.
std::string_view trim_end(std::string_view s) {
  while (s.ends_with('\r')) s.remove_suffix(1);
  return s;
}

}  // namespace

TransferEncoding parse_transfer_encoding(std::string_view value) {
  auto name = trim(value.substr(0, value.find_first_of(";(")));
  if (name.empty()) return TransferEncoding::seven_bit;
  for (auto const& row : encoding_names)
    if (iequals(row.name, name)) return row.encoding;
  return TransferEncoding::unknown;
}

std::string_view to_string(TransferEncoding encoding) {
  return std::find_if(encoding_names.begin(), encoding_names.end(),
                      [&](auto const& row) { return row.encoding == encoding; })
      ->name;
}

void TransferDecoder::feed(std::string_view octets, std::string& out) {
  switch (encoding_) {
    case TransferEncoding::base64:
      return feed_base64(octets, out);
    case TransferEncoding::quoted_printable:
      return feed_quoted_printable(octets, out);
    case TransferEncoding::uuencode:
      return feed_uuencode(octets, out);
    default:
      out += octets;
  }
}

void TransferDecoder::finish(std::string& out) {
  if (encoding_ == TransferEncoding::base64) end_quantum(out);
  if (encoding_ == TransferEncoding::uuencode) uuencoded_line(trim_end(pending_), out);
  if (encoding_ == TransferEncoding::quoted_printable && pending_.starts_with('=')) out += pending_;
  pending_.clear();
}

// What an unfinished quantum holds: 2 sextets are one octet, 3 are two.
void TransferDecoder::end_quantum(std::string& out) {
  if (sextets_ >= 2) out += static_cast<char>(bits_ >> (sextets_ * 6 - 8) & 0xFF);
  if (sextets_ == 3) out += static_cast<char>(bits_ >> 2 & 0xFF);
  sextets_ = 0;
  bits_ = 0;
}

void TransferDecoder::feed_base64(std::string_view octets, std::string& out) {
  static constexpr auto sextets = make_sextets();
  for (char c : octets) {
    if (c == '=') {
      end_quantum(out);
      continue;
    }
    int value = sextets[static_cast<unsigned char>(c)];
    if (value < 0) continue;
    bits_ = bits_ << 6 | static_cast<std::uint32_t>(value);
    if (++sextets_ < 4) continue;
    char const three[] = {static_cast<char>(bits_ >> 16), static_cast<char>(bits_ >> 8),
                          static_cast<char>(bits_)};
    out.append(three, 3);
    sextets_ = 0;
    bits_ = 0;
  }
}

void TransferDecoder::feed_quoted_printable(std::string_view octets, std::string& out) {
  std::size_t i = 0;
  while (i < octets.size()) {
    if (!pending_.empty() && continues_pending(octets[i], out)) {
      ++i;
      continue;
    }
    auto stop = std::min(octets.find_first_of("= \t", i), octets.size());
    out += octets.substr(i, stop - i);
    if (stop < octets.size()) pending_ = octets[stop];
    i = stop + 1;
  }
}

// Decides about pending_ with the octet after it; false: decided, `c` is still to be read.
//   pending = "=" [HEXDIG] / ["="] *WSP [CR]
bool TransferDecoder::continues_pending(char c, std::string& out) {
  bool escape = pending_[0] == '=';
  if (c == '\n') {  // a soft line break, or trailing white space: neither is content
    bool cr = pending_.ends_with('\r');
    pending_.clear();
    if (!escape) out += cr ? "\r\n" : "\n";
    return true;
  }
  if (escape && pending_.size() == 2 && hex_value(pending_[1]) >= 0 && hex_value(c) >= 0) {
    out += static_cast<char>(hex_value(pending_[1]) << 4 | hex_value(c));
    pending_.clear();
    return true;
  }
  bool blank = c == ' ' || c == '\t' || c == '\r';
  bool after_blank = pending_.size() == 1 || hex_value(pending_[1]) < 0;
  if ((escape && pending_.size() == 1 && hex_value(c) >= 0) ||
      (blank && after_blank && !pending_.ends_with('\r') && pending_.size() < longest_pending)) {
    pending_ += c;
    return true;
  }
  out += pending_;
  pending_.clear();
  return false;
}

void TransferDecoder::feed_uuencode(std::string_view octets, std::string& out) {
  while (!octets.empty()) {
    auto end = octets.find('\n');
    auto piece = octets.substr(0, end);
    if (pending_.size() < longest_pending) pending_ += piece.substr(0, longest_pending);
    if (end == std::string_view::npos) return;
    uuencoded_line(trim_end(pending_), out);
    pending_.clear();
    octets.remove_prefix(end + 1);
  }
}

// "begin" mode name, then lines: a length, then four characters for three octets; "end".  POSIX uuencode
void TransferDecoder::uuencoded_line(std::string_view line, std::string& out) {
  if (!in_file_) {
    in_file_ = line.starts_with("begin ");
    return;
  }
  if (line == "end") {
    in_file_ = false;
    return;
  }
  auto value = [&](std::size_t i) {
    return i < line.size() ? static_cast<std::uint32_t>(line[i] - 0x20) & 0x3F : 0u;
  };
  auto length = line.empty() ? 0 : value(0);
  for (std::uint32_t i = 0; i < length; ++i) {
    auto at = 1 + i / 3 * 4;
    if (at >= line.size()) return;
    auto group = value(at) << 18 | value(at + 1) << 12 | value(at + 2) << 6 | value(at + 3);
    out += static_cast<char>(group >> (16 - i % 3 * 8) & 0xFF);
  }
}

Result<std::string> decode_transfer(std::string_view octets, TransferEncoding encoding) {
  if (encoding == TransferEncoding::unknown) return fail(Errc::unsupported, "Unknown transfer encoding");
  std::string out;
  out.reserve(octets.size());
  TransferDecoder decoder(encoding);
  decoder.feed(octets, out);
  decoder.finish(out);
  return out;
}

std::string decode_text(std::string_view octets, TransferEncoding encoding, std::string_view charset,
                        std::size_t limit) {
  constexpr std::size_t step = 16384;
  TransferDecoder transfer(encoding);
  CharsetDecoder text(charset);
  std::string decoded, out;
  while (!octets.empty() && out.size() < limit) {
    auto n = std::min({octets.size(), step, limit < step ? std::max<std::size_t>(limit, 256) : step});
    decoded.clear();
    transfer.feed(octets.substr(0, n), decoded);
    octets.remove_prefix(n);
    if (octets.empty()) transfer.finish(decoded);
    text.feed(decoded, out);
  }
  if (octets.empty()) text.finish(out);
  return std::string(cut_utf8(out, limit));
}

}  // namespace mc::mail
