// center/suppression.h - an address that bounced gets no mail of any kind until it is verified again.
#pragma once
#include <string_view>

#include "center/context.h"
#include "center/policy_holder.h"
#include "store/accounts.h"
#include "store/outbox.h"

namespace mc::center {

// Is this reply or status (RFC 3463) about the address itself, for good? 5.1.x, 5.2.1, 5.4.4 … are; 5.7.x, 5.3.4 and
// 5.2.2 are about the message or the moment, 5.1.7 and 5.1.8 about the sender. A bare 550, 551, 553 counts unless its words
// speak of relaying, spam or policy; callers ask about a bare one only if it answered RCPT. "smtp;" in front is passed over.
bool is_hard_failure(std::string_view reply);
// Does it have a status of its own ("550 5.1.1 …", "5.1.1"), so that it tells without knowing what was asked?
bool has_status(std::string_view reply);

// Marks the user's address suppressed if it is still `address`, and tells him in Account Alerts (once). What waits or is queued for
// it is sent no more: it stays in its folder, or is put there. Nothing happens for an address changed meanwhile or suppressed
// already.
void suppress_address(Context const& context, store::Transaction& tx, PolicyInForce const& policy, UserId user,
                      std::string_view address, std::string_view reason, Time now);
// The address is the user's again: verified, nothing held against it. Fails: not_found; syntax (he has none).
Result<void> restore_address(store::Transaction& tx, UserId user);

// Is `recipient` the user's address, and suppressed? A mail to it leaves the queue by withhold(): unsent, and either placed in
// its folder or, if it lies there, noted as skipped.
bool is_suppressed(store::Snapshot const& s, UserId user, std::string_view recipient);
void withhold(store::Transaction& tx, store::OutboxEntry const& entry, Time now);

}  // namespace mc::center
