// center/departure.h - an external mail's way to the sender: what is done with an outbox entry that leaves, or waits.
//
// Shared by delivery (a mail that just came), the schedule (one whose time has come) and the command line.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "center/context.h"
#include "core/result.h"
#include "rules/timing.h"
#include "store/accounts.h"
#include "store/decisions.h"
#include "store/outbox.h"

namespace mc::center {

// Was it never given to the sender? (It waits, or an admin holds what waited.)
bool never_queued(store::OutboxEntry const& entry);

// To be sent now: a return path of its own, its lifetime from now on. The caller stores it. The answer belongs into
// DecisionRecord::token of its decision.
std::string make_ready(Context const& context, store::Transaction& tx, store::OutboxEntry& entry, Time now);

// To be looked at when `departure` says. The caller stores it.
void make_waiting(store::OutboxEntry& entry, rules::Departure const& departure);

// On every decision that the mail of this one is about: this one, and the others whose messages it names.
void note_on_all(store::Transaction& tx, DecisionId decision, store::DecisionEvent const& event);

// When one more mail of the type may leave for the user: `now`, or when the type's burst has room again.
Time next_room(store::Snapshot const& s, rules::Type const& type, UserId user, Time now);
// One has left. Nothing is kept for types without a burst.
void count_departure(store::Transaction& tx, rules::Type const& type, UserId user, Time now);

// What a mail waits for, for its timeline: "15 minutes, to be read here first"; "until 2026-11-24 08:00 Europe/Berlin: its
// time of day (rule updates-in-daytime)". `rule`: the window's, if any is known.
std::string write_waiting(Context const& context, store::User const& user, rules::Departure const& departure,
                          std::string_view rule, Time now);

// It leaves now: queued for its recipient, its token noted on its decision, the event with `words` behind it.
void queue_now(Context const& context, store::Transaction& tx, store::OutboxEntry entry, std::string_view words, Time now);

// Sends one that never_queued() now, whatever it waits for. Fails: forbidden, in words, if the user's address
// takes no mail.
Result<void> send_early(Context const& context, store::Transaction& tx, store::OutboxEntry entry, Time now);

// Why no mail may go to his address: "address-suppressed" …; absent: it may.
std::optional<std::string> address_trouble(Settings const& settings, store::User const& user);

}  // namespace mc::center
