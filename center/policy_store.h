// center/policy_store.h - policy versions: checked, tested, then version n of the store, for ever.
//
// There is one way for a text to take force (install_policy), whoever asks: the file at the start, SIGHUP, the
// watched file, `rules apply`, `rollback`. It is checked, its cases are run, and it becomes the newest version in one store
// operation; a text that fails changes nothing.
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

struct PolicyCandidate {
  std::string text;
  std::string file;        // its name in messages
  std::string tests;       // a cases file (rules/cases.h); empty: none
  std::string tests_file;  // its name in messages
  std::string author, why;
};

// Makes it the newest version unless text and tests are those of the newest already. Fails: syntax, with all
// problems or failed cases as the command line prints them; nothing changes then. Blocks: not on an I/O thread.
Result<PolicyInForce> install_policy(store::Store& store, rules::Zones const& zones, PolicyCandidate const& candidate);

// The policy of one stored version, for rendering old decisions; null if unknown.
rules::PolicyPtr find_policy_version(store::Snapshot const& s, PolicyVersion version);

}  // namespace mc::center
