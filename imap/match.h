// imap/match.h - which mailbox names a LIST pattern means (RFC 9051, 6.3.9). Pure.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mc::imap {

inline constexpr char hierarchy_delimiter = '/';

// A compiled pattern: '*' is any run, '%' a run without the delimiter, all else itself.
// Case counts, except that INBOX (the name "INBOX" alone) matches in any case.
// Names are canonical UTF-8. Matching takes time linear in the name (64 pattern octets at once),
// whatever the pattern.
class ListPattern {
 public:
  // `pattern` as received, decoded to UTF-8; `reference` is put before it unchanged
  // (RFC 9051: the interpretation of the reference is ours, and there is nothing to resolve).
  explicit ListPattern(std::string_view pattern, std::string_view reference = {});

  bool matches(std::string_view name) const;

 private:
  using Word = std::uint64_t;
  using Bits = std::vector<Word>;  // one bit a position of pattern_

  bool run(std::string_view name, bool fold_case) const;
  void step(Bits& active, char c, bool fold_case) const;

  std::string pattern_;                      // adjacent wildcards collapsed
  std::array<std::uint16_t, 256> row_of_{};  // octet -> its row in rows_, 0: in no position
  std::vector<Bits> rows_;                   // positions that hold the octet itself
  Bits star_;                                // positions that hold '*'
  Bits percent_;                             // positions that hold '%'
};

}  // namespace mc::imap
