// center/bounce_score.h - how much is held against an external address, and when it is enough.
//
// A hard bounce weighs as much as the threshold (settings.bounce_score) and suppresses at once. Soft ones add their weight, one a day
// at most whatever their number; half of the score is forgotten in every settings.bounce_half_life. At the threshold the address is
// suppressed: no mail of any kind, for every account that has it, until it is verified again (center/suppression.h); an address that
// is no account's until its record is forgotten. All within one store operation.
#pragma once
#include <string>
#include <string_view>

#include "center/bounce_class.h"
#include "center/context.h"
#include "store/address_scores.h"

namespace mc::center {

// A mail for `address`, sent at `sent`, failed.
struct AddressFailure {
  std::string_view address;
  BounceClass is;
  std::string_view reason;  // what the other server said
  Time sent{};
};
struct CountedFailure {
  std::string words;      // for the timeline of the decision: "soft (mailbox full): score 1.5 of 5"
  bool suppress = false;  // it is enough: the caller calls suppress_everywhere() (center/suppression.h)
};
// A failure of mail from before the address was last verified counts nothing, nor does one that is our own side's fault; the words say so.
CountedFailure count_failure(Settings const& settings, store::Transaction& tx, AddressFailure const& failure, Time now);

// The next server took a mail for `address`. A report may still come back: so the soft score halves when mail was taken for five days
// without one. A hard one stays. What was done; empty: nothing.
std::string count_acceptance(Settings const& settings, store::Transaction& tx, std::string_view address, Time now);

// Nothing is held against it any more, nor will be for what was sent before.
void clear_score(store::Transaction& tx, std::string_view address);

// What is left of a score at `now`.
double score_at(Settings const& settings, store::AddressScore const& score, Time now);
// "0 of 5"; "1.5 of 5, last 2026-11-23: 452 4.2.2 full"; with "suppressed" and "hard" where they hold.
std::string describe_score(Settings const& settings, store::Snapshot const& s, std::string_view address, Time now);

}  // namespace mc::center
