#include "center/bounces.h"

#include <algorithm>

#include "center/bounce_report.h"
#include "center/bounce_score.h"
#include "center/departure.h"
#include "center/suppression.h"
#include "core/crypto.h"
#include "core/text.h"
#include "store/accounts.h"

namespace mc::center {

namespace {

constexpr std::size_t max_bounced_events = 5;  // of one decision: who holds the token may send for ever

// What tells one address from another in a token; never 0.
std::uint64_t mark_of(std::string_view address) {
  Sha256 const hash = sha256(to_lower(address));
  std::uint64_t mark = 0;
  for (std::size_t i = 0; i < 8; ++i) mark = mark << 8 | static_cast<unsigned char>(hash[i]);
  return mark | 1;
}

bool may_note(store::Transaction& tx, DecisionId id) {
  auto const events = store::list_events(tx, id);
  auto const bounced = std::count_if(events.begin(), events.end(), [](store::DecisionEvent const& e) {
    return e.kind == store::EventKind::bounced;
  });
  return static_cast<std::size_t>(bounced) < max_bounced_events;
}

}  // namespace

std::string issue_return_token(store::Transaction& tx, UserId user, DecisionId decision, std::string_view recipient,
                               Time now) {
  return store::issue_token(tx, {'b', user, decision.value, mark_of(recipient), now, false});
}

void record_bounce(Context const& context, store::Transaction& tx, PolicyInForce const& policy,
                   store::TokenSubject const& token, std::string_view reverse_path, Prepared const& report, Time now) {
  DecisionId const id(token.subject);
  auto const decision = store::find_decision(tx, id);
  if (!decision || decision->user != token.user) return;
  auto const sent_to = [&](std::string_view address) { return mark_of(address) == token.sequence; };
  auto const failure = find_failure(report, reverse_path, sent_to);
  if (!failure) return;
  auto const user = store::find_user(tx, token.user);
  bool const his = user && sent_to(user->email);
  CountedFailure counted{"not his address any more"};
  if (his)
    counted = count_failure(context.settings, tx, {user->email, failure->is, failure->diagnosis, token.created}, now);
  if (may_note(tx, id))
    note_on_all(tx, id, {now, store::EventKind::bounced, failure->diagnosis + "; " + counted.words});
  if (counted.suppress) suppress_everywhere(context, tx, policy, user->email, failure->diagnosis, now);
}

}  // namespace mc::center
