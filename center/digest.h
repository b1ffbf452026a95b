// center/digest.h - the one mail that names several messages: a fold (of one type) or a digest (of all).
//
// It says what came, from whom and when, and where to read it; it repeats no content, and shows nobody's
// address: of a sender only the name he gives himself. Pure but for describe(), which reads the store.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "center/context.h"
#include "rules/policy.h"
#include "store/accounts.h"
#include "store/decisions.h"

namespace mc::center {

constexpr std::size_t most_named = 100;

struct NamedMessage {
  std::string folder;   // "Account Alerts"
  std::string label;    // of its type
  std::string subject;  // may be empty
  std::string sender;   // a name; may be empty
  Time at{};
};

// Requires: the message lies in a folder.
NamedMessage describe(store::Snapshot const& s, rules::Policy const& policy, store::DecisionRecord const& record);

// Whole messages, ready to be sent. Requires: at least one is named; all of one type for a fold. At most
// `most_named` are named, in the order given (a digest: by folder and type), the rest counted.
std::string compose_fold(Context const& context, store::User const& user, rules::Type const& type,
                         std::vector<NamedMessage> const& messages, Time now);
std::string compose_digest(Context const& context, store::User const& user, std::vector<NamedMessage> messages,
                           Time now);

}  // namespace mc::center
