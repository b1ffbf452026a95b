#include "mail/encoded_word.h"

#include <algorithm>

#include "core/text.h"
#include "mail/charset.h"
#include "mail/decode.h"
#include "mail/headers.h"
#include "mail/transfer.h"
#include "mail/utf8.h"

namespace mc::mail {
namespace {

constexpr std::size_t longest_value = 65536;

struct EncodedWord {
  std::string_view charset;
  char encoding = 'q';
  std::string_view text;
  std::size_t length = 0;  // octets of the whole word
};

// encoded-word = "=?" charset ["*" language] "?" encoding "?" encoded-text "?="    RFC 2047, 2 and RFC 2231,
// 5 Lenient: the text may have spaces in it.
std::optional<EncodedWord> parse_word(std::string_view s) {
  auto charset_end = s.find('?', 2);
  if (charset_end == std::string_view::npos || charset_end > 66 || charset_end + 3 > s.size())
    return std::nullopt;
  EncodedWord word;
  word.charset = s.substr(2, charset_end - 2);
  if (word.charset.empty() || word.charset.find_first_of(" \t\"<>") != std::string_view::npos)
    return std::nullopt;
  word.charset = word.charset.substr(0, word.charset.find('*'));
  word.encoding = ascii_lower(s[charset_end + 1]);
  if ((word.encoding != 'q' && word.encoding != 'b') || s[charset_end + 2] != '?') return std::nullopt;
  auto begin = charset_end + 3;
  auto end = s.find("?=", begin);
  if (end == std::string_view::npos) return std::nullopt;
  word.text = s.substr(begin, end - begin);
  word.length = end + 2;
  return word;
}

// RFC 2047, 4.1 and 4.2
void decode_word(EncodedWord const& word, std::string& out) {
  if (word.encoding == 'b') {
    TransferDecoder decoder(TransferEncoding::base64);
    decoder.feed(word.text, out);
    return decoder.finish(out);
  }
  auto text = word.text;
  for (std::size_t i = 0; i < text.size(); ++i) {
    int high = text[i] == '=' && i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    int low = high >= 0 ? hex_value(text[i + 2]) : -1;
    if (low >= 0) {
      out += static_cast<char>(high << 4 | low);
      i += 2;
    } else {
      out += text[i] == '_' ? ' ' : text[i];
    }
  }
}

// Text and encoded words in turn. Neighbouring words of one charset are joined before they are
// converted, for many writers cut characters in two.
class HeaderDecoder {
 public:
  std::string decode(std::string_view s) {
    bool more_ends = true;  // without "?=" ahead no word is left: keeps it linear
    while (!s.empty()) {
      auto at = more_ends ? s.find("=?") : std::string_view::npos;
      if (at == std::string_view::npos) break;
      auto word = parse_word(s.substr(at));
      if (!word) {
        more_ends = s.find("?=", at) != std::string_view::npos;
        text(s.substr(0, at + 2));
        s.remove_prefix(at + 2);
        continue;
      }
      bool only_blank = s.substr(0, at).find_first_not_of(" \t") == std::string_view::npos;
      if (!(only_blank && after_word_)) text(s.substr(0, at));
      add(*word);
      s.remove_prefix(at + word->length);
    }
    text(s);
    return std::move(out_);
  }

 private:
  void text(std::string_view s) {
    flush();
    if (s.empty()) return;
    after_word_ = false;
    CharsetDecoder decoder("us-ascii");
    decoder.feed(s, out_);
    decoder.finish(out_);
  }
  void add(EncodedWord const& word) {
    if (!iequals(word.charset, charset_)) flush();
    charset_ = word.charset;
    decode_word(word, octets_);
    after_word_ = true;
  }
  void flush() {
    if (octets_.empty()) return;
    CharsetDecoder decoder(charset_);
    decoder.feed(octets_, out_);
    decoder.finish(out_);
    octets_.clear();
  }

  std::string out_, octets_;
  std::string_view charset_;
  bool after_word_ = false;
};

constexpr std::string_view opening_q = "=?utf-8?Q?", opening_b = "=?utf-8?B?", closing = "?=";
constexpr std::size_t longest_word = 75;

bool is_plain_q(char c) {
  return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '!' || c == '*' ||
         c == '+' || c == '-' || c == '/';
}

std::size_t q_length(std::string_view s) {
  std::size_t n = 0;
  for (char c : s) n += is_plain_q(c) || c == ' ' ? 1 : 3;
  return n;
}

// Q keeps such text readable in the raw; base64 is shorter for the rest.
bool is_mostly_ascii(std::string_view s) {
  auto other =
      std::count_if(s.begin(), s.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  return static_cast<std::size_t>(other) * 4 <= s.size() * 3;
}

std::string encode_q(std::string_view s) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (char c : s) {
    auto octet = static_cast<unsigned char>(c);
    if (c == ' ')
      out += '_';
    else if (is_plain_q(c))
      out += c;
    else
      out += {'=', digits[octet >> 4], digits[octet & 15]};
  }
  return out;
}

// How much of `s` one word with room for `room` octets of text takes: whole characters, at least one.
std::size_t take(std::string_view s, bool q, std::size_t room) {
  std::size_t taken = 0, used = 0;
  while (taken < s.size()) {
    auto n = std::max<std::size_t>(utf8_sequence(s.substr(taken)), 1);
    used += q ? q_length(s.substr(taken, n)) : n;
    if (taken > 0 && (q ? used : (used + 2) / 3 * 4) > room) break;
    taken += n;
  }
  return taken;
}

}  // namespace

std::string decode_header(std::string_view value) {
  auto text = unfold(value.substr(0, longest_value));
  if (text.find("=?") != std::string::npos || !is_ascii(text)) text = HeaderDecoder().decode(text);
  blank_controls(text);
  return text;
}

std::string encode_words(std::string_view utf8, std::string_view between, std::size_t column) {
  std::string out;
  bool q = is_mostly_ascii(utf8);
  while (!utf8.empty()) {
    auto frame = opening_q.size() + closing.size() + std::min(column, std::size_t{48});
    auto n = take(utf8, q, longest_word - frame);
    if (!out.empty()) out += between;
    out += q ? opening_q : opening_b;
    out += q ? encode_q(utf8.substr(0, n)) : base64(utf8.substr(0, n));
    out += closing;
    utf8.remove_prefix(n);
    column = 0;
  }
  return out;
}

std::string ascii_header(std::string_view unfolded) {
  if (is_ascii(unfolded)) return std::string(unfolded);
  return encode_words(decode_header(unfolded), " ");
}

}  // namespace mc::mail
