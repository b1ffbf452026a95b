// center/unsubscribe.h - switching a type's external mail off from within the mail: RFC 2369, RFC 8058.
//
// A type with `unsubscribe = true` gets List-Unsubscribe (https, when a web address is configured, and mailto) and, with https,
// List-Unsubscribe-Post in its external copy. The token is the recipient's and the type's alone, and the same as long
// as it is not revoked; whoever holds it can switch that one thing off and nothing else.
#pragma once
#include <string>
#include <string_view>

#include "center/context.h"
#include "rules/policy.h"
#include "store/decisions.h"

namespace mc::center {

// The header lines for one external copy; empty for a type without `unsubscribe`.
std::string unsubscribe_fields(Context const& context, store::Transaction& tx, rules::Type const& type, UserId user,
                               DecisionId decision, Time now);

struct Unsubscription {
  std::string login, type, label;
  bool off = false;  // the email is off already
};
// What a token is about; any case. Fails: not_found, the same for unknown, revoked and other kinds of tokens.
Result<Unsubscription> find_unsubscription(store::Snapshot const& s, rules::Policy const& policy, std::string_view token);
// Switches the type's email off for its user (source: unsubscribe link; the folder choice stays). Doing it again changes
// nothing. Fails: not_found; forbidden, in words, when the policy locks it by now.
Result<Unsubscription> unsubscribe(store::Transaction& tx, rules::Policy const& policy, std::string_view token, Time now);

}  // namespace mc::center
