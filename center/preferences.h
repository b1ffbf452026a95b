// center/preferences.h - what a user wants: one service for the command line, IMAP METADATA and the web.
//
// Two kinds under one roof, each addressed by a text (its scope):
//   type:<name>, tab:<tab>   both | email | center | none | default
//   zone                     an IANA time zone | default (the site's)
//   quiet                    22:00-07:00 (his time) | off
//   digest                   off | hourly | daily 08:00
//   pause                    until when no external mail comes (RFC 3339, a date, or "3d") | off
//   address                  a new external address: a code is mailed to it | the same again: a new code
//   code                     the code, which makes that address the user's (write-only)
//   blocked                  whose mail he does not take: addresses (c-<token>@…), names or logins, all of them; or only
//                            changes, "+c-…@… -c-…@…" | none
// Everything is refused in words a user may read. Nothing here knows who asks: callers check that.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "center/context.h"
#include "center/policy_holder.h"
#include "core/result.h"
#include "rules/choice.h"
#include "rules/timing.h"
#include "store/accounts.h"

namespace mc::center {

struct PreferenceLine {
  std::string scope;   // "type:payment.sent", "tab:alerts", "zone", "quiet" …
  std::string choice;  // the value as set_preference() takes it; "default"/"off" where nothing is set. A choice that
                       // says only email or only folder: what it amounts to
  Time at{};           // of a choice; zero for default and for what keeps no time
  std::string source;  // web, unsubscribe-link, admin, import …; empty for default
  std::string effect;  // in words: what holds now, e.g. "locked by the policy: always both"
};

// Every tab and type of the policy in its order, then choices for types that are gone, then the settings.
std::vector<PreferenceLine> list_preferences(store::Snapshot const& s, Context const& context,
                                             rules::Policy const& policy, UserId user);
// One of them. Fails: not_found (with a guess).
Result<PreferenceLine> get_preference(store::Snapshot const& s, Context const& context, rules::Policy const& policy,
                                      UserId user, std::string_view scope);

// Fails: not_found (scope, with a guess), forbidden (in words), syntax, limit (too many codes asked for or tried). A wrong
// code counts though it fails: the operation then keeps what it wrote (Transaction::keep), so let nothing go before it.
// `address` mails a code as part of the operation; waiting mail is looked at anew by `quiet`, `digest`, `pause`, `zone`
// only when it is due.
Result<void> set_preference(store::Transaction& tx, Context const& context, PolicyInForce const& policy, UserId user,
                            std::string_view scope, std::string_view value, rules::ChoiceSource source, Time now);

// What rules/timing.h asks about a user. Lifetime: views into `user` and `settings`.
rules::Availability make_availability(store::User const& user, Settings const& settings);

}  // namespace mc::center
