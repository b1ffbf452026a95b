// center/unsubscribe.h - switching a type's external mail off from within the mail: RFC 2369, RFC 8058.
//
// A type with `unsubscribe = true` gets List-Unsubscribe (https, when a web address is configured, and mailto) and, with https,
// List-Unsubscribe-Post in its external copy; fields of these names in the mail itself are hidden, so that there is one.
// Every copy has a token of its own, about its decision: only hashes of tokens are stored, so an old one cannot be
// written again. It works as long as the decision's record is kept. Whoever holds it can switch the email of that
// one type off for that one user, and nothing else.
#pragma once
#include <string>
#include <string_view>

#include "center/context.h"
#include "center/prepared.h"
#include "rules/policy.h"
#include "store/decisions.h"

namespace mc::center {

// Does this message, by the type it names, get unsubscribe fields of ours?
bool has_own_unsubscribe(rules::Policy const& policy, std::string_view octets);

struct UnsubscribeFields {
  std::string lines;      // of the header
  std::string token_key;  // of their token, for the decision's record (store::token_key)
};
// For one external copy; empty for a type without `unsubscribe`.
UnsubscribeFields unsubscribe_fields(Context const& context, store::Transaction& tx, rules::Type const& type, UserId user,
                               DecisionId decision, Time now);

struct Unsubscription {
  std::string login, type, label;
  bool off = false;    // the email is off already
  std::string locked;  // not empty: why it cannot be switched off
};
// What a token is about; any case. Fails: not_found, the same for unknown, revoked and other kinds of tokens.
Result<Unsubscription> find_unsubscription(store::Snapshot const& s, rules::Policy const& policy, std::string_view token);
// Switches the type's email off for its user (source: unsubscribe link; the folder choice stays). Doing it again changes
// nothing. Fails: not_found; forbidden, in words, when the policy locks it by now.
Result<Unsubscription> unsubscribe(store::Transaction& tx, rules::Policy const& policy, std::string_view token, Time now);

// Mail to u-<token>@: the same, except that automatic mail (RFC 3834; a null reverse path) changes nothing. The text for the reply.
Result<std::string> unsubscribe_by_mail(store::Transaction& tx, rules::Policy const& policy, std::string_view token,
                                        std::string_view reverse_path, Prepared const& mail, Time now);

}  // namespace mc::center
