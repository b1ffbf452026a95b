// center/suppression.h - an address that bounced gets no mail of any kind until it is verified again: but for the code that its user
// asks for to verify it (center/address_change.h). What suppresses is counted in center/bounce_score.h.
#pragma once
#include <string_view>

#include "center/context.h"
#include "center/policy_holder.h"
#include "store/accounts.h"
#include "store/outbox.h"

namespace mc::center {

// Marks the user's address suppressed if it is still `address`, and tells him in Account Alerts (once). What waits or is queued for
// it is sent no more: it stays in its folder, or is put there. Nothing happens for an address changed meanwhile or suppressed
// already.
void suppress_address(Context const& context, store::Transaction& tx, PolicyInForce const& policy, UserId user,
                      std::string_view address, std::string_view reason, Time now);
// The same for every account whose address it is.
void suppress_everywhere(Context const& context, store::Transaction& tx, PolicyInForce const& policy,
                         std::string_view address, std::string_view reason, Time now);
// The address is the user's again: verified, nothing held against it (of other accounts with this address only the score is cleared).
// Fails: not_found; syntax (he has none).
Result<void> restore_address(store::Transaction& tx, UserId user);
// The same for every account whose address it is, and for one that is nobody's. Fails: not_found, if nothing is held against it.
Result<void> restore_everywhere(store::Transaction& tx, std::string_view address);

// Is `recipient` the user's address, and suppressed? Of nobody here (user 0): has it bounced so that nothing goes there? A mail to it
// leaves the queue by withhold(): unsent, and either placed in its folder or, if it lies there, noted as skipped.
bool is_suppressed(store::Snapshot const& s, UserId user, std::string_view recipient);
void withhold(store::Transaction& tx, store::OutboxEntry const& entry, Time now);

}  // namespace mc::center
