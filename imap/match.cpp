#include "imap/match.h"

#include "core/text.h"

namespace mc::imap {

namespace {

bool is_wildcard(char c) {
  return c == '*' || c == '%';
}

// "%%" means "%"; a run with a '*' in it means "*".
std::string collapse(std::string_view pattern) {
  std::string out;
  for (char c : pattern) {
    bool repeated = is_wildcard(c) && !out.empty() && is_wildcard(out.back());
    if (!repeated)
      out += c;
    else if (c == '*')
      out.back() = '*';
  }
  return out;
}

void set_bit(std::vector<std::uint64_t>& bits, std::size_t i) {
  bits[i / 64] |= std::uint64_t{1} << i % 64;
}
bool test_bit(std::vector<std::uint64_t> const& bits, std::size_t i) {
  return bits[i / 64] >> i % 64 & 1;
}

}  // namespace

ListPattern::ListPattern(std::string_view pattern, std::string_view reference)
    : pattern_(collapse(std::string(reference) + std::string(pattern))) {
  std::size_t words = pattern_.size() / 64 + 1;  // one position past the end: matched
  star_.resize(words);
  percent_.resize(words);
  rows_.emplace_back(words);
  for (std::size_t i = 0; i < pattern_.size(); ++i) {
    if (is_wildcard(pattern_[i])) {
      set_bit(pattern_[i] == '*' ? star_ : percent_, i);
      continue;
    }
    auto& row = row_of_[static_cast<unsigned char>(pattern_[i])];
    if (row == 0) {
      row = static_cast<std::uint16_t>(rows_.size());
      rows_.emplace_back(words);
    }
    set_bit(rows_[row], i);
  }
}

// One octet through the automaton whose states are the positions of the pattern: a literal
// position moves on, a wildcard position stays and (below) also stands at the next one.
void ListPattern::step(Bits& active, char c, bool fold_case) const {
  auto row = [&](char octet) -> Bits const& { return rows_[row_of_[static_cast<unsigned char>(octet)]]; };
  Bits const& exact = row(fold_case ? ascii_lower(c) : c);
  Bits const& other = row(fold_case ? ascii_upper(c) : c);
  Word carry = 0;
  for (std::size_t w = 0; w < active.size(); ++w) {
    Word moved = active[w] & (exact[w] | other[w]);
    Word stays = active[w] & (c == hierarchy_delimiter ? star_[w] : star_[w] | percent_[w]);
    active[w] = stays | moved << 1 | carry;
    carry = moved >> 63;
  }
}

bool ListPattern::run(std::string_view name, bool fold_case) const {
  Bits active(star_.size());
  set_bit(active, 0);
  // Wildcards match nothing, too; no two are adjacent, so one pass is the whole closure.
  auto skip_wildcards = [&] {
    Word carry = 0;
    for (std::size_t w = 0; w < active.size(); ++w) {
      Word wild = (active[w] | carry) & (star_[w] | percent_[w]);
      active[w] |= wild << 1 | carry;
      carry = wild >> 63;
    }
  };
  skip_wildcards();
  for (char c : name) {
    step(active, c, fold_case);
    skip_wildcards();
  }
  return test_bit(active, pattern_.size());
}

bool ListPattern::matches(std::string_view name) const {
  return run(name, iequals(name, "INBOX"));
}

}  // namespace mc::imap
