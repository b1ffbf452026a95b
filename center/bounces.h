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

struct Failure {
  std::string diagnosis;  // what the other server said, for people
  bool hard = false;      // the address is of no use (center/suppression.h)
};
// What a message to a return path reports as failed for good; absent when it is anything else (out-of-office, delay, receipt).
// A report (RFC 3464) has a recipient with Action: failed; else the plain text of servers that send no such report (qmail,
// Exim, old Sendmail and Postfix), known by their words, counts if it came with the null reverse path and quotes a 5xx reply.
std::optional<Failure> find_failure(Prepared const& report, std::string_view reverse_path);

// Notes a failure on the decision whose copy it is about (at most a few times), and suppresses the address if it is hard and
// still the user's. Anything else changes nothing.
void record_bounce(Context const& context, store::Transaction& tx, PolicyInForce const& policy,
                   store::TokenSubject const& token, std::string_view reverse_path, Prepared const& report, Time now);

}  // namespace mc::center
