#include "center/suppression.h"

#include <algorithm>
#include <array>
#include <optional>

#include "center/addresses.h"
#include "center/departure.h"
#include "center/fallback.h"
#include "center/notices.h"
#include "center/own_mail.h"
#include "core/text.h"
#include "store/decisions.h"
#include "store/outbox.h"

namespace mc::center {

namespace {

// More than anybody has under way; a queued mail beyond it meets is_suppressed() when its turn comes.
constexpr std::size_t looked_through = 1000;

struct Status {
  unsigned klass = 0, subject = 0, detail = 0;
};

unsigned take_number(std::string_view& text, std::size_t most_digits) {
  unsigned value = 0;
  for (; most_digits > 0 && !text.empty() && is_digit(text.front()); --most_digits, text.remove_prefix(1))
    value = value * 10 + static_cast<unsigned>(text.front() - '0');
  return value;
}

// status-code = ("2" / "4" / "5") "." 1*3DIGIT "." 1*3DIGIT                                 RFC 3463, 2
std::optional<Status> take_status(std::string_view text) {
  Status s;
  auto digit = [&] { return !text.empty() && is_digit(text.front()); };
  auto dot = [&] {
    if (!text.starts_with('.')) return false;
    text.remove_prefix(1);
    return digit();
  };
  if (!digit()) return std::nullopt;
  s.klass = take_number(text, 1);
  if (!dot()) return std::nullopt;
  s.subject = take_number(text, 3);
  if (!dot()) return std::nullopt;
  s.detail = take_number(text, 3);
  if (digit()) return std::nullopt;
  return s;
}

struct Reply {
  unsigned code = 0;  // 0: none
  std::optional<Status> status;
};

// reply = [ "smtp;" ] [ 3DIGIT ( SP / "-" ) ] [ status-code ] text
Reply read_reply(std::string_view text) {
  text = trim(text);
  if (istarts_with(text, "smtp;")) text = trim(text.substr(5));
  Reply reply;
  bool coded = text.size() >= 3 && std::all_of(text.begin(), text.begin() + 3, is_digit) &&
               (text.size() == 3 || text[3] == ' ' || text[3] == '-');
  if (coded) {
    reply.code = take_number(text, 3);
    text = trim(text.substr(text.empty() ? 0 : 1));
    if (text.starts_with('#')) text.remove_prefix(1);  // qmail: "550 #5.1.1 …"
  }
  reply.status = take_status(text);
  if (reply.status && reply.status->subject == 0) reply.status.reset();  // "5.0.0" says nothing
  return reply;
}

bool is_about_address(Status const& status) {
  static constexpr std::array<unsigned, 4> others{5, 7, 8, 9};  // valid; the sender's (7, 8); a poor relay
  if (status.klass != 5) return false;
  if (status.subject == 1) return std::find(others.begin(), others.end(), status.detail) == others.end();
  return (status.subject == 2 && status.detail == 1) || (status.subject == 4 && status.detail == 4);
}

bool speaks_of_policy(std::string_view text) {
  static constexpr std::array<std::string_view, 8> words{"relay",  "spam",   "policy",    "block",
                                                         "denied", "banned", "blacklist", "reputation"};
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return ifind(text, word) != std::string_view::npos; });
}

std::string write_notice(Context const& context, store::User const& user, std::string_view reason, Time now) {
  mail::Draft draft = begin_mail(context.settings, address_here(context.settings, user), now);
  draft.fields = {{"X-MC-Type", "account.address_suppressed"}};
  draft.subject = "Your email address does not work: " + printable(user.email, 100);
  draft.text = "Mail to " + printable(user.email, 320) + " came back. The mail server there said:\n\n    " +
               printable(reason, 400) +
               "\n\nSo nothing is emailed to you any more, whatever your settings say. All messages are kept here in the "
               "Message Center instead; none is lost.\n\nAs soon as the address has been verified again, or another one "
               "has, email goes on as you set it.\n";
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

bool is_hard_failure(std::string_view text) {
  Reply reply = read_reply(text);
  if (reply.code != 0 && reply.code / 100 != 5) return false;
  if (reply.status) return is_about_address(*reply.status);
  bool bare = reply.code == 550 || reply.code == 551 || reply.code == 553;
  return bare && !speaks_of_policy(text);
}

bool has_status(std::string_view reply) { return read_reply(reply).status.has_value(); }

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
  return store::update_user(tx, *user);
}

bool is_suppressed(store::Snapshot const& s, UserId id, std::string_view recipient) {
  auto user = id ? store::find_user(s, id) : std::nullopt;
  return user && user->email_state == store::AddressState::suppressed && iequals(user->email, recipient);
}

}  // namespace mc::center
