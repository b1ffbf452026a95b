// center/notices.h - the mail the Message Center writes itself, as part of the operation that causes it.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "center/delivery.h"

namespace mc::center {

// After a message was placed: tells the postmaster what the policy wants reported (at most once an hour
// for one type), and sends the delivery reports that were asked for (RFC 3461, NOTIFY=SUCCESS).
void notify(Context const& context, store::Transaction& tx, Addressed const& message, Recipient const& recipient,
            Outcome const& outcome);

// Puts a message of ours (null reverse path) into one user's hands by the policy's rules, or, for an
// address elsewhere, into the outbox.
void send_generated(Context const& context, store::Transaction& tx, PolicyInForce const& policy, std::string octets,
                    std::string_view recipient, Time now);

}  // namespace mc::center
