// center/suppression.h - an address that bounced gets no mail of any kind until it is verified again.
#pragma once
#include <string_view>

#include "center/context.h"
#include "center/policy_holder.h"
#include "store/accounts.h"

namespace mc::center {

// Is this reply or status (RFC 3463) about the address itself, for good? 5.1.x, 5.2.1, 5.4.4 … are; 5.7.x, 5.3.4 and
// 5.2.2 are about the message or the moment. A bare 550, 551, 553 to RCPT counts.
bool is_hard_failure(std::string_view reply);

// Marks the user's address suppressed if it is still `address`, tells him in Account Alerts (once), and sends what waits for it
// to the folder when its time comes. Nothing happens for an address changed meanwhile or suppressed already.
void suppress_address(Context const& context, store::Transaction& tx, PolicyInForce const& policy, UserId user,
                      std::string_view address, std::string_view reason, Time now);
// The address is the user's again: verified, nothing held against it.
Result<void> restore_address(store::Transaction& tx, UserId user);

}  // namespace mc::center
