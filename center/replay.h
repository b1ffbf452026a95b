// center/replay.h - what a policy would have done: decisions on record, decided again under another policy.
//
// Nothing is sent and nothing is written. The inputs come from the decision record, subject and headers from the
// message where it is still stored. What a record does not hold is said: see ReplayReport. Only whether a message
// goes where is compared, not when.
//
// Reads in slices of at most 50 ms or 10,000 entries, so it can run beside a busy server.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/clock.h"
#include "rules/facts.h"
#include "rules/policy.h"
#include "store/store.h"

namespace mc::center {

// One way in which decisions differ: "email on -> off", "type unclassified -> payment.refunded" …
struct ReplayChange {
  std::string field;     // "email", "folder", "type", "tab", "malformed"
  std::string from, to;  // "on"/"off", names, "yes"/"no"
  std::uint64_t count = 0;
  std::map<std::string, std::uint64_t> types;   // of the messages, as the new policy sees them
  std::map<std::string, std::uint64_t> causes;  // "type default -> rule stale-mail (x.toml:51)"; email, folder only
};

struct ReplaySample {
  Time at{};
  std::string login, type, subject, message_id;
  std::string field, from, to, was_why, is_why;
};

struct ReplayReport {
  Time since{};
  std::uint64_t records = 0;     // in the time asked for
  std::uint64_t decided = 0;     // of them, decided again
  std::uint64_t changed = 0;     // of those, with another outcome
  std::uint64_t unreadable = 0;  // damaged, of a newer program, or of a policy version that no longer loads
  // Decided again, but not exactly: the new policy asks for the subject or headers of a message that is gone;
  std::uint64_t without_content = 0;
  // or for a choice the record does not hold (another type or tab than then): the user's choice of today was taken.
  std::uint64_t choices_of_today = 0;
  std::vector<ReplayChange> changes;  // most frequent first
  std::vector<ReplaySample> samples;  // newest first, at most three for one cause and type
  std::chrono::milliseconds took{};

  double per_second() const;
};

struct ReplayProgress {
  std::uint64_t decided = 0, changed = 0;
  Time reached{};  // going back in time
};

struct ReplayOptions {
  Time since{};
  std::size_t samples = 10;
  std::size_t slice_entries = 10'000;  // read of one snapshot, if 50 ms are not over before
  std::function<void(ReplayProgress const&)> progress = {};  // after each slice
};

// Blocks: not on an I/O thread. Throws what reading the store throws.
ReplayReport replay(store::Store const& store, rules::Policy const& policy, rules::Zones const& zones,
                    ReplayOptions const& options);
std::string write_report(ReplayReport const& report);  // for people

}  // namespace mc::center
