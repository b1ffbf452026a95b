// store/recent.h - when things happened lately, for limits on how often they may: answers, messages to a thread, codes.
//
// A thing is a kind and a name, of which only a hash is kept. What is older than the kind's period is not counted and goes with
// forget_recent(). Times of one thing are meant to be few (some dozens in a period): the caller stops where its limit is.
#pragma once
#include <cstddef>
#include <string_view>

#include "core/clock.h"
#include "store/engine.h"

namespace mc::store {

enum class Recent : unsigned char {
  answer = 1,          // automatic answers to (address, subject); a day
  answers_to = 2,      // automatic answers to an address; a day
  storm = 3,           // messages of (sender, thread); an hour
  code = 4,            // codes mailed to an address; a day
};
Millis period_of(Recent kind);

// How often in the period that ends with `now`, `now` included. Later times (the clock was set back) count too, up to a period.
std::size_t count_recent(Snapshot const& s, Recent kind, std::string_view name, Time now);
void note_recent(Transaction& tx, Recent kind, std::string_view name, Time at);
// Removes at most `most` entries that count no more at `now`. true: more may be left.
bool forget_recent(Transaction& tx, Time now, std::size_t most);

}  // namespace mc::store
