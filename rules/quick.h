// rules/quick.h - the conditions of a rule in a form that says "certainly not" within a few nanoseconds.
//
// Every decision walks all rules that name its type, its tab or neither, hundreds in a large policy, and most of them
// do not apply. What compares as a number is decided here, beside the next rule in memory; names and texts leave a sieve,
// 64 bits of what must be there, which lets through all that could match and little else. What gets
// through is asked properly (rules/condition.h). Plain values; any thread.
#pragma once
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "rules/condition.h"

namespace mc::rules {

using Sieve = std::uint64_t;

// Bits for all pairs of neighbouring octets, without ASCII case.
Sieve sieve_of_text(std::string_view text);
Sieve sieve_of_name(std::string_view name);  // one bit, exact
Sieve sieve_of_subject(Facts const& facts);
Sieve sieve_of_headers(Facts const& facts);  // a bit each name, without case

struct QuickConditions {
  std::uint16_t asked = 0;            // what must be answerable
  std::uint16_t rest = 0;             // of it, what is still to be asked
  std::uint16_t senders = 0xffff;     // bit per (submitter, urgent)
  std::int64_t older_than = std::numeric_limits<std::int64_t>::min();  // ms; later than this
  std::int64_t age_least = std::numeric_limits<std::int64_t>::min();   // ms; of the account
  std::int64_t age_most = std::numeric_limits<std::int64_t>::max();
  std::uint64_t size_least = 0;
  std::uint64_t size_most = std::numeric_limits<std::uint64_t>::max();
  Sieve groups = ~Sieve{0};  // one of these bits must be there
  Sieve subject = 0;         // all of these must be there
  Sieve headers = 0;         // likewise
};
QuickConditions make_quick(Conditions const& conditions);

// What the rules say about amounts: a column for each currency that any of them names, and one for the others.
class AmountTable {
 public:
  struct Range {
    std::int64_t least = std::numeric_limits<std::int64_t>::min();
    std::int64_t most = std::numeric_limits<std::int64_t>::max();
  };
  void add(Conditions const& conditions);  // the next rule's
  void finish();                           // all are there
  // Of all rules; a rule that asks for no amount has a range without ends.
  std::span<Range const> column(std::optional<Amount> const& amount) const;

 private:
  std::vector<Conditions const*> rules_;  // until finish()
  std::vector<Currency> currencies_;
  std::vector<std::vector<Range>> columns_;  // the last: of the others
};

// One message and person.
struct QuickFacts {
  QuickFacts(Facts const& facts, Person const& person, bool urgent);

  std::uint16_t answerable = 0;
  std::uint16_t sender = 0;  // one bit
  std::int64_t event_age = 0, account_age = 0;
  std::int64_t amount = 0;
  std::uint64_t size = 0;
  Sieve groups = 1;  // never empty: who is in no group passes rules that ask for none
};

// All but the texts, which cost more to sieve than most decisions need. false: the conditions do not hold.
// One branch for all: which of them fails cannot be foreseen.
inline bool may_hold(QuickConditions const& c, AmountTable::Range const& amounts, QuickFacts const& f) {
  return ((c.asked & ~f.answerable) == 0) & ((c.senders & f.sender) != 0) & ((c.groups & f.groups) != 0) &
         (f.amount >= amounts.least) & (f.amount <= amounts.most) & (f.event_age > c.older_than) & (f.account_age >= c.age_least) & (f.account_age <= c.age_most) &
         (f.size >= c.size_least) & (f.size <= c.size_most);
}

}  // namespace mc::rules
