// center/policy_store.h - policy versions: checked, tested, then version n of the store, for ever.
//
// There is one way for a text to take force (install_policy), whoever asks: the file at the start, SIGHUP, the
// watched file, `rules apply`, `rollback`. It is checked, its cases are run, and it becomes the newest version in one store
// operation; a text that fails changes nothing.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "center/context.h"
#include "center/policy_holder.h"
#include "core/result.h"
#include "rules/policy.h"
#include "store/store.h"

namespace mc::center {

// Of what an admin says about a change.
inline constexpr std::size_t max_policy_why = 500, max_policy_author = 64;  // octets

// The version in force according to the store; its policy is null if no version was ever stored.
// Fails: internal (a stored text that no longer parses, with its problems).
Result<PolicyInForce> load_stored_policy(store::Store const& store);

struct PolicyCandidate {
  std::string text;
  std::string file;        // its name in messages
  std::string tests;       // a cases file (rules/cases.h); empty: none
  std::string tests_file;  // its name in messages
  std::string author, why;
  std::string file_mark = {};  // make_file_mark() of the configured file, when this is what it holds; else empty
};

struct CheckedPolicy {
  std::string warnings;   // as `rules check` prints them; empty: none
  std::size_t cases = 0;  // run, and passed
  std::size_t types = 0, rules = 0;
};
// What install_policy() does first. Fails: as that. Pure.
Result<CheckedPolicy> check_policy(PolicyCandidate const& candidate, rules::Zones const& zones, Time now);

struct InstalledPolicy : PolicyInForce, CheckedPolicy {
  bool is_new = false;  // false: the version in force has this text and these tests already
};

// Makes it the newest version unless text and tests are those of the newest already, and remembers its file_mark.
// Fails: syntax, with all problems or failed cases as the command line prints them; nothing changes then.
// Blocks: not on an I/O thread.
Result<InstalledPolicy> install_policy(store::Store& store, rules::Zones const& zones,
                                       PolicyCandidate const& candidate);
// The same in a running Message Center: from its return on every message is decided by this version or a later one.
Result<InstalledPolicy> apply_policy(Context const& context, PolicyCandidate const& candidate);

// What the store remembers of the configured file (store::PolicyFileMarks): a hash of it and of the cases beside it.
std::string make_file_mark(std::string_view text, std::string_view tests);

// The policy of one stored version, for rendering old decisions; null if unknown.
rules::PolicyPtr find_policy_version(store::Snapshot const& s, PolicyVersion version);

// One version for a list of them.
struct PolicyLogLine {
  PolicyVersion version;
  Time at{};
  std::string author, why;
  bool in_force = false;
  bool loads = false;  // does this program still accept it? If not, the counts are 0
  std::size_t types = 0, rules = 0;
  bool has_tests = false;
};
// The newest `most` versions, newest first, each read by itself.
std::vector<PolicyLogLine> list_policy_versions(store::Store const& store, std::size_t most);

}  // namespace mc::center
