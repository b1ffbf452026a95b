// store/census.h - what is in the store, counted: for `store stats`.
//
// The engine counts entries, not messages; so this walks the small tables (states of mailboxes, due orders)
// and the keys of decisions and bodies, in steps, each within a snapshot of its own: a running server is
// not held up, and what changes between the steps may be counted or not.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "core/clock.h"
#include "store/engine.h"

namespace mc::store {

struct Counts {
  std::uint64_t mailboxes = 0;       // with those of deleted ones that are not yet freed
  std::uint64_t messages = 0;        // placed in mailboxes that exist
  std::uint64_t message_octets = 0;  // their RFC822.SIZEs
  std::uint64_t decisions = 0;
  std::uint64_t bodies = 0;
  std::uint64_t queued = 0, waiting = 0, held = 0;  // in the outbox
  std::uint64_t to_expire = 0;       // messages noted under their type's keep
  std::uint64_t to_free = 0;         // messages deleted, whose space is not yet free
  std::optional<Time> oldest;        // decision
};

class Census {
 public:
  // Counts on, at most 10,000 entries; true: there is more.
  bool step(Snapshot const& s);
  Counts const& counts() const { return counts_; }  // complete when step() said false

 private:
  Counts counts_;
  std::size_t table_ = 0;  // which one is being counted
  std::string from_;       // its key to go on with; empty: the first
};

}  // namespace mc::store
