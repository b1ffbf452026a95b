#include "center/suppression.h"

#include <optional>

#include "center/addresses.h"
#include "center/bounce_score.h"
#include "center/departure.h"
#include "center/fallback.h"
#include "center/notices.h"
#include "center/own_mail.h"
#include "core/text.h"
#include "store/address_scores.h"
#include "store/decisions.h"
#include "store/outbox.h"

namespace mc::center {

namespace {

// More than anybody has under way; a queued mail beyond it meets is_suppressed() when its turn comes.
constexpr std::size_t looked_through = 1000;
constexpr std::size_t most_accounts = 100;  // with one address

std::string write_notice(Context const& context, store::User const& user, std::string_view reason, Time now) {
  mail::Draft draft = begin_mail(context.settings, address_here(context.settings, user), now);
  draft.fields = {{"X-MC-Type", "account.address_suppressed"}};
  draft.subject = "Your email address does not work: " + printable(user.email, 100);
  draft.text = "Mail to " + printable(user.email, 320) + " came back. The mail server there said:\n\n    " +
               printable(reason, 400) +
               "\n\nSo nothing is emailed to you any more, whatever your settings say. All messages are kept here in the "
               "Message Center instead; none is lost.\n\nTo have it verified again, set your address once more (the setting "
               "\"address\", to this address or another one): a code is mailed there, the only mail that still goes to it. Show "
               "the code as the setting \"code\", and email goes on as you set it. An administrator can do the same for you.\n" +
               (context.settings.settings_url.empty() ? std::string() : "\nYour settings: " + context.settings.settings_url + "\n");
  return mail::compose(draft);
}

void withhold_all(store::Transaction& tx, UserId user, std::string_view address, Time now) {
  auto is_for = [&](store::OutboxEntry const& entry) { return iequals(entry.recipient, address); };
  for (store::OutboxEntry const& entry : store::list_waiting(tx, user, Time::max(), looked_through))
    if (is_for(entry)) withhold(tx, entry, now);
  for (store::DecisionRecord const& decision : store::list_decisions(tx, user, {}, looked_through)) {
    auto entry = decision.outbox ? store::find_outbox(tx, decision.outbox) : std::nullopt;
    if (entry && is_for(*entry)) withhold(tx, *entry, now);
  }
}

}  // namespace

void suppress_address(Context const& context, store::Transaction& tx, PolicyInForce const& policy, UserId id,
                      std::string_view address, std::string_view reason, Time now) {
  auto user = store::find_user(tx, id);
  if (!user || user->email.empty() || !iequals(user->email, address)) return;
  if (user->email_state == store::AddressState::suppressed) return;
  user->email_state = store::AddressState::suppressed;
  if (!store::update_user(tx, *user)) return;
  withhold_all(tx, id, address, now);
  send_generated(context, tx, policy, write_notice(context, *user, reason, now),
                 address_of(context.settings, user->login), now);
}

void suppress_everywhere(Context const& context, store::Transaction& tx, PolicyInForce const& policy,
                         std::string_view address, std::string_view reason, Time now) {
  for (UserId user : store::list_users_by_email(tx, address, most_accounts))
    suppress_address(context, tx, policy, user, address, reason, now);
}

void withhold(store::Transaction& tx, store::OutboxEntry const& entry, Time now) {
  if (keep_in_folder(tx, entry, "the external address is suppressed", now))
    note_on_all(tx, entry.decision, {now, store::EventKind::skipped, "address-suppressed"});
  store::remove_outbox(tx, entry.id);
}

Result<void> restore_address(store::Transaction& tx, UserId id) {
  auto user = store::find_user(tx, id);
  if (!user) return fail(Errc::not_found, "No such user");
  if (user->email.empty()) return fail(Errc::syntax, "The user has no external address");
  user->email_state = store::AddressState::verified;
  clear_score(tx, user->email);
  return store::update_user(tx, *user);
}

Result<void> restore_everywhere(store::Transaction& tx, std::string_view address) {
  std::vector<UserId> const users = store::list_users_by_email(tx, address, most_accounts);
  for (UserId user : users)
    if (auto restored = restore_address(tx, user); !restored) return restored.error();
  auto const score = store::find_address_score(tx, address);
  if (users.empty() && (!score || score->score <= 0))
    return fail(Errc::not_found, "No such user, and nothing is held against such an address: " + printable(address, 100));
  clear_score(tx, address);
  return {};
}

bool is_suppressed(store::Snapshot const& s, UserId id, std::string_view recipient) {
  if (!id) {
    auto score = store::find_address_score(s, recipient);
    return score && score->suppressed;
  }
  auto user = store::find_user(s, id);
  return user && user->email_state == store::AddressState::suppressed && iequals(user->email, recipient);
}

}  // namespace mc::center
