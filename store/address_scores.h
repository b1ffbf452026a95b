// store/address_scores.h - what is held against an external address: its bounces, as a score that decays (center/suppression.h
// says how). Kept for addresses that bounced only, until the score is next to nothing.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "store/engine.h"

namespace mc::store {

struct AddressScore {
  double score = 0;          // as of `at`
  Time at{};
  std::int64_t soft_day = -1;  // days since 1970: the last that counted as a soft bounce; -1: none
  bool hard = false;         // there was a hard one
  bool suppressed = false;   // it reached the threshold
  Time failed{};             // the last bounce; 1970: none
  Time accepted{};           // the first delivery accepted since, or since the score was last lowered for one; 1970: none
  std::string reason;        // of the last bounce, for people
  Time forget{};             // when the record goes
  Time cleared{};            // when the address was last verified; failures of mail from before do not count. 1970: never
};

// Addresses compare without regard to case; one longer than any mail server takes (320 octets) has no record.
std::optional<AddressScore> find_address_score(Snapshot const& s, std::string_view address);
void put_address_score(Transaction& tx, std::string_view address, AddressScore const& score);
bool delete_address_score(Transaction& tx, std::string_view address);  // false: there was none
// Removes at most `most` whose time has come. true: more may be left.
bool forget_address_scores(Transaction& tx, Time now, std::size_t most);

}  // namespace mc::store
