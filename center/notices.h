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

// suppressed_too: an address elsewhere gets it although it is suppressed. Only for the code that its user asks for to lift that.
enum class Reach { usual, suppressed_too };
// Puts a message of ours (null reverse path) into one user's hands by the policy's rules, or, for an
// address elsewhere, into the outbox.
void send_generated(Context const& context, store::Transaction& tx, PolicyInForce const& policy, std::string octets,
                    std::string_view recipient, Time now, Reach reach = Reach::usual);

}  // namespace mc::center
