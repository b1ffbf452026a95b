// rules/speak.h - policies and decisions in words. Rendering only; all text is made on demand.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "rules/decide.h"

namespace mc::rules {

// Why the copy in this field exists or not, as the value of X-MC-Why: ASCII, one line, e.g.
// "rule large-amounts-always-email", "type default", "type lock", "your choice for payment.sent",
// "your choice for tab alerts", "address suppressed", "unclassified".
std::string why_header(Policy const& policy, Decision const& decision, Field field);

// The same as one sentence a user may read; a rule's own `why` where there is one.
std::string why_sentence(Policy const& policy, Decision const& decision, Field field);

// One line of an explanation.
struct Spoken {
  Field field = Field::email;
  bool won = false;
  Verdict verdict;
  std::string says;    // "yes" or "no"
  std::string layer;   // "override-rule"
  std::string reason;  // "rule"
  std::string where;   // "policy.toml:42 large-amounts-always-email", or
                       // "choice type:payment.sent of 2026-11-23T15:33:15.000Z (web)"
};

struct Explanation {
  std::string type, tab, policy;    // "payment.sent", "alerts", "version 7 of policy.toml"
  std::vector<Spoken> rows;         // for each field the winner, then what lost
  std::vector<std::string> timing;  // "send between 08:00 and 20:00 recipient's time (rule …)"
  std::vector<std::string> notes;  // classified, sent under an old name, malformed, reported, ignored amounts
};
// Requires: `decision` was made by `policy`, or by another load of the same version's text.
Explanation make_explanation(Policy const& policy, Decision const& decision);
// The same as a table for a terminal.
std::string explain(Policy const& policy, Decision const& decision);

// The whole policy as sentences: the types by tab, old names, [[classify]] blocks and rules in order. Says
// everything: two policies that read the same, line numbers aside, decide the same.
std::string show(Policy const& policy);
std::string show_type(Policy const& policy, TypeIndex type);
std::string show_rule(Policy const& policy, RuleIndex rule);
std::string show_classifier(Policy const& policy, ClassifierIndex block);

}  // namespace mc::rules
