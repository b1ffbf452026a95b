// imap/match.h - which mailbox names a LIST pattern means (RFC 9051, 6.3.9). Pure.
#pragma once
#include <array>
#include <cstdint>
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
  std::vector<Word> mask_for(char c) const;
  bool run(std::string_view name, bool fold_case) const;

  std::string_view literal_view() const;
  std::vector<char> pattern_;     // adjacent wildcards collapsed
  std::vector<Word> wild_;        // positions holding '*' or '%'
  std::vector<Word> star_;        // positions holding '*'
};

}  // namespace mc::imap
