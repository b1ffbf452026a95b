// rules/quick.h - which of hundreds of rules may hold, in the time of a few comparisons.
//
// Every decision walks all rules that name its type, its tab or neither, and most of them do not apply. What compares
// as a number is looked up once a decision for all rules together: each bound that any rule names has a set
// of rules, a bit each, that pass from there on (RuleSieve). Names and texts leave 64 bits of what must be there (Sieve),
// which lets through all that could match and little else. What gets through is asked properly (rules/condition.h).
// Immutable after loading; any thread.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "rules/condition.h"

namespace mc::rules {

using Sieve = std::uint64_t;

// Bits for all pairs of neighbouring octets, without ASCII case.
Sieve sieve_of_text(std::string_view text);
Sieve sieve_of_subject(Facts const& facts);
Sieve sieve_of_headers(Facts const& facts);  // a bit each name, without case
Sieve sieve_of_ends(Facts const& facts);     // a bit each name with the last octet of its value, without case
void sieve_texts(Facts& facts);              // for all decisions about this message

// What is left to ask of one rule's `when`.
struct QuickConditions {
  std::uint16_t rest = 0;    // the tests, a bit each, that RuleSieve does not answer
  Sieve subject = 0;         // all of these must be there
  Sieve headers = 0;         // likewise
  Sieve ends = 0;            // likewise; only where there is something in `headers`
};

inline constexpr std::size_t most_sieved_rules = 1024;

// A set of rules: bit i is rule i + 1.
class RuleBits {
 public:
  static constexpr std::size_t words = most_sieved_rules / 64;
  static RuleBits all();

  void set(std::size_t i) { words_[i / 64] |= std::uint64_t{1} << i % 64; }
  bool has(std::size_t i) const { return words_[i / 64] >> i % 64 & 1; }
  std::uint64_t word(std::size_t i) const { return words_[i]; }
  RuleBits& operator|=(RuleBits const& o) {
    for (std::size_t i = 0; i < words; ++i) words_[i] |= o.words_[i];
    return *this;
  }
  RuleBits& operator&=(RuleBits const& o) {
    for (std::size_t i = 0; i < words; ++i) words_[i] &= o.words_[i];
    return *this;
  }

 private:
  std::array<std::uint64_t, words> words_{};
};

class RuleSieve {
 public:
  // From the `when` of all rules, in order. Requires: at most most_sieved_rules.
  explicit RuleSieve(std::vector<Conditions const*> const& rules = {});

  // Those whose numbers hold and whose data is there; the rest of each is still to be asked.
  RuleBits may_hold(Facts const& facts, Person const& person, bool urgent) const;
  QuickConditions const& quick(std::size_t rule) const { return quick_[rule]; }

 private:
  // The rules by the least value that passes.
  class Bounds {
   public:
    void add(std::size_t rule, std::int64_t least) { given_.emplace_back(least, rule); }
    // Of `rules` rules `open` pass whatever the value.
    void finish(RuleBits const& open, std::size_t rules);
    void narrow(RuleBits& bits, std::int64_t value) const;

   private:
    std::size_t passed(std::int64_t value) const;

    std::vector<std::pair<std::int64_t, std::size_t>> given_;  // until finish()
    std::vector<std::int64_t> least_;                          // ascending
    std::vector<RuleBits> from_;                               // one more than least_: [i] passes below least_[i]
    bool idle_ = false;                                        // all rules pass
  };
  // A test that compares with two ends; either may be absent.
  struct Ends {
    Bounds least, most;  // of the value; of the value negated
    RuleBits no_least, no_most;
    void finish(std::size_t rules);
    void narrow(RuleBits& bits, std::int64_t value) const;
  };
  void narrow_groups(RuleBits& bits, Person const& person) const;
  void add_amounts(std::vector<Conditions const*> const& rules);

  std::array<RuleBits, test_count> without_;         // do not ask this test
  std::array<bool, test_count> asked_{};             // by any rule
  std::array<RuleBits, 16> senders_;                 // by submitter and urgency
  std::array<RuleBits, 64> groups_;                  // ask for a group with this bit
  Ends event_age_, account_age_, size_;
  std::vector<Currency> currencies_;
  std::vector<Ends> amounts_;  // by currency; the last: all others
  std::vector<QuickConditions> quick_;
};

}  // namespace mc::rules
