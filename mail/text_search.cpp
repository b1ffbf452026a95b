#include "mail/text_search.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "core/text.h"
#include "mail/decode.h"
#include "mail/headers.h"
#include "mail/utf8.h"

namespace mc::mail {
namespace {

constexpr std::size_t piece_octets = 32768;
constexpr std::size_t longest_value = 65536;  // as decode_header()
constexpr char field_separator = '\0';        // in no needle, so that none spans two fields

constexpr std::uint64_t each(unsigned char octet) {
  return 0x0101010101010101u * octet;
}

// A to Z as a to z in eight ASCII octets at once.
std::uint64_t lower_word(std::uint64_t word) {
  std::uint64_t at_least_a = word + each(0x80 - 'A');
  std::uint64_t beyond_z = word + each(0x80 - 'Z' - 1);
  return word | ((at_least_a & ~beyond_z & each(0x80)) >> 2);
}

// Appends `s` in lower case as far as it is ASCII; how much that was.
std::size_t append_lower_ascii(std::string& out, std::string_view s) {
  std::size_t const before = out.size();
  out.resize(before + s.size());
  char* to = out.data() + before;
  std::size_t n = 0;
  for (; n + 8 <= s.size(); n += 8) {
    std::uint64_t word;
    std::memcpy(&word, s.data() + n, 8);
    if (word & each(0x80)) break;
    word = lower_word(word);
    std::memcpy(to + n, &word, 8);
  }
  for (; n < s.size() && static_cast<unsigned char>(s[n]) < 0x80; ++n) to[n] = ascii_lower(s[n]);
  out.resize(before + n);
  return n;
}

std::size_t non_ascii_run(std::string_view s) {
  auto ascii = std::find_if(s.begin(), s.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  return static_cast<std::size_t>(ascii - s.begin());
}

// fold() of each letter of the Latin, Greek and Cyrillic blocks, and of common signs, by itself, which is as
// good as that of the run: only combining marks depend on their neighbours.
class FoldTable {
 public:
  FoldTable() {
    fill(letters_, first_letter);
    fill(signs_, first_sign);
  }
  // "" for what it does not know.
  std::string_view operator[](char32_t c) const {
    if (c >= first_sign && c < end_of_signs) return signs_[c - first_sign];
    return c >= first_letter && c < end_of_letters ? std::string_view(letters_[c - first_letter])
                                                   : std::string_view();
  }

 private:
  static constexpr char32_t first_letter = 0x80, end_of_letters = 0x530;
  static constexpr char32_t first_sign = 0x2000, end_of_signs = 0x20D0;  // punctuation, currencies
  static constexpr bool is_mark(char32_t c) { return (c >= 0x300 && c < 0x370) || (c >= 0x483 && c < 0x48A); }

  template <class Block>
  static void fill(Block& block, char32_t c) {
    for (std::string& folded : block) {
      std::string letter;
      append_utf8(letter, c);
      if (!is_mark(c++)) folded = fold(letter);
    }
  }

  std::array<std::string, end_of_letters - first_letter> letters_;
  std::array<std::string, end_of_signs - first_sign> signs_;
};

// Ideographs, which folding leaves alone.
bool is_ideograph(char32_t c) {
  return c >= 0x4E00 && c <= 0x9FFF;
}

// false, with nothing appended: `run` has something that is for fold().
bool append_by_table(std::string& out, std::string_view run) {
  static FoldTable const table;
  std::size_t const before = out.size();
  while (!run.empty()) {
    std::size_t const n = utf8_sequence(run);
    auto octet = [&](std::size_t i) { return static_cast<unsigned char>(run[i]); };
    char32_t c = 0;
    if (n == 2) c = (octet(0) & 0x1Fu) << 6 | (octet(1) & 0x3Fu);
    if (n == 3) c = (octet(0) & 0x0Fu) << 12 | (octet(1) & 0x3Fu) << 6 | (octet(2) & 0x3Fu);
    std::string_view folded = is_ideograph(c) ? run.substr(0, n) : table[c];
    if (folded.empty()) {
      out.resize(before);
      return false;
    }
    out += folded;
    run.remove_prefix(n);
  }
  return true;
}

bool is_identity(TransferEncoding encoding) {
  return encoding != TransferEncoding::quoted_printable && encoding != TransferEncoding::base64 &&
         encoding != TransferEncoding::uuencode;
}

// Does ASCII text look the same in it? In the others an ASCII octet may be part of anything.
bool keeps_ascii(std::string_view charset) {
  constexpr std::array<std::string_view, 6> others{"UTF-16", "UTF-16BE",    "UTF-16LE",
                                                   "UTF-7",  "ISO-2022-JP", "ISO-2022-KR"};
  if (charset == "us-ascii" || charset == "utf-8") return true;
  auto converter = find_charset(charset);
  return !converter || std::find(others.begin(), others.end(), *converter) == others.end();
}

// What decode_header() leaves as it is, but for folding, control characters and white space at the ends.
bool is_simple_value(std::string_view value) {
  return value.size() <= longest_value && is_ascii(value) && value.find("=?") == std::string_view::npos;
}

// unfold(), blank_controls() and fold() of ASCII in one go.
void append_simple_value(std::string& out, std::string_view value) {
  value = trim(value);
  while (!value.empty()) {
    auto lf = value.find('\n');
    auto line = value.substr(0, lf);
    value.remove_prefix(lf == std::string_view::npos ? value.size() : lf + 1);
    if (lf != std::string_view::npos && line.ends_with('\r')) line.remove_suffix(1);
    std::size_t const from = out.size();
    append_lower_ascii(out, line);
    std::replace_if(
        out.begin() + static_cast<std::ptrdiff_t>(from), out.end(),
        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
  }
}

}  // namespace

void append_folded(std::string& out, std::string_view utf8) {
  while (!utf8.empty()) {
    auto ascii = ascii_run(utf8);
    append_lower_ascii(out, utf8.substr(0, ascii));
    utf8.remove_prefix(ascii);
    auto run = utf8.substr(0, non_ascii_run(utf8));
    if (!append_by_table(out, run)) out += fold(run);
    utf8.remove_prefix(run.size());
  }
}

TextSearch::TextSearch(std::span<Needle const> needles) : needles_(needles) {
  for (Needle const& needle : needles_) longest_ = std::max(longest_, needle.folded().size());
}

TextSearch::Mask TextSearch::look_for(Mask wanted) const {
  Mask found = 0;
  for (Mask left = wanted; left != 0; left &= left - 1) {
    auto i = static_cast<std::size_t>(std::countr_zero(left));
    if (needles_[i].in_folded(window_)) found |= Mask{1} << i;
  }
  return found;
}

void TextSearch::add_field(HeaderField const& field) {
  if (is_simple_value(field.name))
    append_simple_value(window_, field.name);
  else
    append_folded(window_, decode_header(field.name));
  window_ += ": ";
  if (is_simple_value(field.value))
    append_simple_value(window_, field.value);
  else
    append_folded(window_, decode_header(field.value));
  window_ += field_separator;
}

TextSearch::Mask TextSearch::in_header(std::string_view block, Mask wanted) {
  Mask found = 0;
  window_.clear();
  HeaderReader in(block);
  while (auto field = in.next()) {
    add_field(*field);
    if (window_.size() < piece_octets) continue;
    found |= look_for(wanted & ~found);
    window_.clear();
  }
  return found | look_for(wanted & ~found);
}

void TextSearch::begin(TransferEncoding encoding, std::string_view charset, Mask wanted) {
  window_.clear();
  transfer_.reset();
  if (!is_identity(encoding)) transfer_.emplace(encoding);
  charset_name_ = charset;
  charset_.reset();
  plain_ = keeps_ascii(charset);
  wanted_ = wanted;
  found_ = 0;
}

void TextSearch::feed(std::string_view octets) {
  while (!octets.empty() && found_ != wanted_) {
    std::string_view piece = octets.substr(0, piece_octets);
    octets.remove_prefix(piece.size());
    if (!transfer_) {
      take(piece);
      continue;
    }
    decoded_.clear();
    transfer_->feed(piece, decoded_);
    take(decoded_);
  }
}

// The charset matters from the first octet that is not ASCII.
void TextSearch::take(std::string_view decoded) {
  if (plain_) {
    decoded.remove_prefix(append_lower_ascii(window_, decoded));
    plain_ = decoded.empty();
  }
  if (!decoded.empty()) take_encoded(decoded);
  look();
}

void TextSearch::take_encoded(std::string_view octets) {
  if (!charset_) charset_.emplace(charset_name_);
  utf8_.clear();
  charset_->feed(octets, utf8_);
  append_folded(window_, utf8_);
}

void TextSearch::look() {
  found_ |= look_for(wanted_ & ~found_);
  if (longest_ == 0 || window_.size() < longest_) return;
  window_.erase(0, window_.size() - (longest_ - 1));
}

void TextSearch::end() {
  if (found_ == wanted_) return;
  if (transfer_) {
    decoded_.clear();
    transfer_->finish(decoded_);
    take(decoded_);
  }
  if (!charset_) return;
  utf8_.clear();
  charset_->finish(utf8_);
  append_folded(window_, utf8_);
  look();
}

}  // namespace mc::mail
