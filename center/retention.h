// center/retention.h - messages leave their folder when their type's `keep` is over; records later.
//
// Work for the housekeeping, in slices: each call does a bounded part and says whether more is due. An expired
// message is an ordinary EXPUNGE for every client. \Flagged exempts. A shorter `keep` takes force seven days
// after the users it touches were told; a longer one at once. `keep = "… after close"` counts from the moment the
// ticket is closed; what is not about a closed ticket stays.
#pragma once
#include <optional>

#include "center/context.h"
#include "store/retention.h"

namespace mc::center {

constexpr Millis keep_notice = std::chrono::days(7);

// By delivery, for a message just placed.
void note_kept(store::Transaction& tx, rules::Type const& type, store::KeptNote const& note);

// Brings the terms in force in line with the policy and sends the notices that are owed. true: more to do.
Result<bool> follow_policy(Context const& context, store::Transaction& tx, PolicyInForce const& policy, Time now);
// Expunges what is due, most `slice` messages. true: more is due.
Result<bool> expire_messages(Context const& context, store::Transaction& tx, rules::Policy const& policy, Time now,
                             std::size_t slice);
// Removes decision records older than Policy::keep_decisions(), their events, event ids and tokens. true: more is due.
Result<bool> expire_decisions(store::Transaction& tx, rules::Policy const& policy, Time now, std::size_t slice);

}  // namespace mc::center
