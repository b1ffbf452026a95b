// center/teams.h - mail to a team: who may, and one copy for each member who is present now.
#pragma once
#include "center/addresses.h"
#include "center/delivery.h"
#include "store/teams.h"

namespace mc::center {

// Fails: forbidden (550 5.7.1: not a member, or only the owner may write), not_found, unavailable (rate).
Result<Outcome> deliver_to_team(Context const& context, store::Transaction& tx, Addressed const& mail, store::Team const& team,
                                Recipient const& recipient);

}  // namespace mc::center
