// center/policy_store.h - policy versions: a file's text becomes version n of the store.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "center/policy_holder.h"
#include "core/result.h"
#include "rules/policy.h"
#include "store/store.h"

namespace mc::center {

// The version in force according to the store; its policy is null if no version was ever stored.
// Fails: internal (a stored text that no longer parses, with its first problem).
Result<PolicyInForce> load_stored_policy(store::Store const& store);

// Makes `text` the newest version unless it is that already. Fails: syntax, with all problems as
// the command line prints them; nothing changes then.
Result<PolicyInForce> install_policy(store::Store& store, std::string_view text, std::string_view file,
                                     std::string_view author, std::string_view why);

// The policy of one stored version, for rendering old decisions; null if unknown.
rules::PolicyPtr find_policy_version(store::Snapshot const& s, PolicyVersion version);

}  // namespace mc::center
