// center/preferences.h - a user's choices: one service for the command line, IMAP and the web.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "center/context.h"
#include "core/result.h"
#include "rules/choice.h"

namespace mc::center {

struct PreferenceLine {
  std::string scope;     // "type:payment.sent", "tab:alerts"
  std::string choice;    // both | email | center | none | default
  Time at{};             // of the choice; zero for default
  std::string source;    // web, unsubscribe link, admin, import …; empty for default
  std::string effect;    // in words: what holds now, e.g. "locked by the policy: always both"
};

// Every tab and type of the policy, in its order.
std::vector<PreferenceLine> list_preferences(store::Snapshot const& s, rules::Policy const& policy, UserId user);

// `choice`: both|email|center|none|default. Fails: not_found (scope, with a guess), forbidden (in
// words), syntax.
Result<void> set_preference(store::Transaction& tx, rules::Policy const& policy, UserId user, std::string_view scope,
                            std::string_view choice, rules::ChoiceSource source, Time now);

}  // namespace mc::center
