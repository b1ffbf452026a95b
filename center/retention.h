// center/retention.h - messages leave their folder when their type's `keep` is over; records later.
//
// Work for the housekeeping, in slices: each call does a bounded part and says whether more is due. An expired
// message is an ordinary EXPUNGE for every client. \Flagged exempts, and an external mail that waits for its time (to
// see whether the folder copy is read, or to name it in a digest): such a message is looked at again every day.
// A shorter `keep` takes force seven days after the users it touches were told; a longer one at once.
// `keep = "… after close"` counts from the moment the ticket is closed; what is not about a closed ticket stays.
//
// A type whose name goes from the policy keeps the term it had. Where a type's `keep` changes between arrival and
// "after close", what arrived before stays under what it was noted for: messages noted at their arrival do not
// expire while the type says "after close"; those noted at a close count from that close with whatever duration the type has.
#pragma once
#include "center/context.h"
#include "rules/policy.h"
#include "store/retention.h"

namespace mc::center {

constexpr Millis keep_notice = std::chrono::days(7);
constexpr Millis flagged_again = std::chrono::days(1);

// By delivery, for a message just placed: note.type is the type's name, note.arrival when it was placed.
void note_kept(store::Transaction& tx, rules::Type const& type, store::KeptNote const& note);

// By whoever closes a ticket, for each message about it in a system folder (note.arrival is not looked at); and
// when the same ticket, closed at `closed`, opens again. Closing it again is noted anew. Messages of types that
// do not say "after close" were noted at their arrival: nothing happens.
void note_closed(store::Transaction& tx, rules::Type const& type, store::KeptNote note, Time closed);
void note_reopened(store::Transaction& tx, store::KeptNote note, Time closed);

// Brings the terms in force in line with the policy and sends the notices that are owed (type
// system.retention_notice, one a user whatever the number of types). true: more to do.
Result<bool> follow_policy(Context const& context, store::Transaction& tx, PolicyInForce const& policy, Time now);
// Looks at what is due, most `slice` messages (fewer where their mailboxes' change logs are long), and expunges it; of
// one mailbox as one change. The decision's timeline keeps when it was read and that it expired. true: more is due.
Result<bool> expire_messages(store::Transaction& tx, rules::Policy const& policy, Time now, std::size_t slice);
// Removes decision records older than Policy::keep_decisions(), their events, event ids and tokens; those whose
// external mail still waits later. `slice`: records looked at. true: more is due.
Result<bool> expire_decisions(store::Transaction& tx, rules::Policy const& policy, Time now, std::size_t slice);

// --- shared by retention*.cpp ---

// The order in which messages of a type stand when they count from a ticket's close. No type has such a name.
std::string close_order(std::string_view type);
std::string_view type_of_order(std::string_view order);
// What the policy says of an order; Millis::max(): for ever. Absent: the type is not in it.
std::optional<Millis> policy_keep(rules::Policy const& policy, std::string_view order);

}  // namespace mc::center
