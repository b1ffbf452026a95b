// center/bounces.h - what comes back to the return path of external mail.
//
// Every external copy has a return path of its own, b-<token>@; the token is the proof, whoever brings the report. It is about one
// decision and the one address the copy went to: a report that comes after the user changed his address does not touch the new one.
#pragma once
#include <string>
#include <string_view>

#include "center/context.h"
#include "center/policy_holder.h"
#include "center/prepared.h"
#include "store/decisions.h"

namespace mc::center {

// The token of a copy's return path.
std::string issue_return_token(store::Transaction& tx, UserId user, DecisionId decision, std::string_view recipient,
                               Time now);

// Notes a failure (center/bounce_report.h) on the decision whose copy it is about, at most a few times, and counts it against the
// address if that is still the user's (center/bounce_score.h). Anything else changes nothing.
void record_bounce(Context const& context, store::Transaction& tx, PolicyInForce const& policy,
                   store::TokenSubject const& token, std::string_view reverse_path, Prepared const& report, Time now);

}  // namespace mc::center
