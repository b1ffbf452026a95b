#include "center/address_change.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "center/address_check.h"
#include "center/addresses.h"
#include "center/local_time.h"
#include "center/notices.h"
#include "center/own_mail.h"
#include "center/suppression.h"
#include "core/crypto.h"
#include "core/text.h"
#include "store/decisions.h"
#include "store/recent.h"

namespace mc::center {

namespace {

constexpr std::string_view notice_type = "account.address_changed";
constexpr std::size_t code_length = 6;

std::string make_code() {
  std::string const octets = random_octets(8);
  std::uint64_t number = 0;
  std::memcpy(&number, octets.data(), sizeof number);
  char text[16];
  std::snprintf(text, sizeof text, "%06u", static_cast<unsigned>(number % 1'000'000));
  return text;
}

// A code of another user, or for another address, has another hash.
std::string hash_code(UserId user, std::string_view address, std::string_view code) {
  std::string all =
      "address code " + std::to_string(user.value) + ' ' + to_lower(address) + ' ' + std::string(code);
  return std::string(as_octets(sha256(all)));
}

std::string write_utc(Context const& context, Time t) { return write_local(t, "UTC", context.zones) + " UTC"; }

// The codes of the last hour, remembered like the events of a submitter that nobody else can be.
Result<void> count_code(store::Transaction& tx, UserId user, Time now) {
  constexpr std::string_view submitter = "message-center/codes";
  Millis wait = std::chrono::hours(1);
  for (unsigned i = 0; i < max_codes_an_hour; ++i) {
    auto sent = store::find_event_id(tx, submitter, user, std::to_string(i));
    Millis age = sent ? now - sent->at : std::chrono::hours(1);
    if (age >= std::chrono::hours(1) || age < Millis(0)) {
      store::put_event_id(tx, submitter, user, std::to_string(i), {{}, {}, now});
      return {};
    }
    wait = std::min<Millis>(wait, std::chrono::hours(1) - age);
  }
  return fail(Errc::limit, "Three codes were asked for within an hour; ask again in " +
                               std::to_string(std::chrono::ceil<std::chrono::minutes>(wait).count()) +
                               " minutes");
}

// An address that bounced is not written to at will. All accounts that ask count together.
Result<void> check_suppressed(store::Transaction& tx, store::User const& user, std::string_view address, Time now) {
  bool const his = iequals(user.email, address) && user.email_state == store::AddressState::suppressed;
  if (!his && !is_suppressed(tx, {}, address)) return {};
  if (store::count_recent(tx, store::Recent::code, to_lower(address), now) < max_codes_a_day_if_suppressed) return {};
  return fail(Errc::limit, "Mail to this address came back, and three codes were mailed to it within a day; ask again tomorrow");
}

std::string write_code_mail(Context const& context, store::User const& user, std::string_view code,
                            Time now) {
  mail::Draft draft = begin_mail(context.settings, address_outside(user.pending.email), now);
  draft.subject = "Confirm your email address";
  draft.text =
      "The account " + address_of(context.settings, user.login) +
      " asks to have its mail sent to this address.\n\n"
      "Your code: " +
      std::string(code) +
      "\n\n"
      "Enter it where you asked for the change. It is good until " +
      write_utc(context, now + code_lifetime) +
      ".\n\n"
      "If this was not you, do nothing: without the code nothing is sent here. Tell the code to nobody.\n";
  return mail::compose(draft);
}

std::string if_not_you(Context const& context) {
  return "If this was not you, change your password at once and write to postmaster@" +
         context.settings.domain + ".\n";
}

// Says nothing of the new address: whoever reads the old one's mail may not be the user any more.
std::string write_notice_to_old(Context const& context, store::User const& user, std::string_view old,
                                Time now) {
  mail::Draft draft = begin_mail(context.settings, address_outside(old), now);
  draft.fields = {{"X-MC-Type", std::string(notice_type)}};
  draft.subject = "Your email address was changed";
  draft.text = "Mail for the account " + address_of(context.settings, user.login) +
               " goes to another address since " + write_utc(context, now) + ", and no longer to this one.\n\n" +
               if_not_you(context);
  return mail::compose(draft);
}

std::string write_notice_to_user(Context const& context, store::User const& user, std::string_view old,
                                 Time now) {
  mail::Draft draft = begin_mail(context.settings, address_here(context.settings, user), now);
  draft.fields = {{"X-MC-Type", std::string(notice_type)}};
  draft.subject = "Your email address was changed";
  draft.text = "Your mail is sent to " + user.email + " since " + write_utc(context, now) + "." +
               (old.empty() ? std::string() : " Before, it went to " + printable(old, 320) + ".") + "\n\n" +
               if_not_you(context);
  return mail::compose(draft);
}

void tell_of_change(Context const& context, store::Transaction& tx, PolicyInForce const& policy,
                    store::User const& user, store::User const& before, Time now) {
  bool reachable = before.email_state == store::AddressState::verified &&
                   check_external_address(context.settings, before.email).has_value();
  if (reachable)
    send_generated(context, tx, policy, write_notice_to_old(context, user, before.email, now), before.email,
                   now);
  send_generated(context, tx, policy, write_notice_to_user(context, user, before.email, now),
                 address_of(context.settings, user.login), now);
}

Result<void> check_waiting(store::PendingAddress const& pending, Time now) {
  if (pending.email.empty())
    return fail(Errc::forbidden,
                "No code is waited for: set the new address first, and a code is mailed to it");
  if (now >= code_expiry(pending))
    return fail(Errc::forbidden, "The code was good for 24 hours only; set the address again for a new one");
  if (pending.tries >= max_code_tries)
    return fail(Errc::limit, "There were too many wrong codes; set the address again for a new one");
  return {};
}

Error count_wrong_code(store::Transaction& tx, store::User& user) {
  ++user.pending.tries;
  if (auto counted = store::update_user(tx, user); !counted) return counted.error();
  tx.keep();
  unsigned left = max_code_tries - user.pending.tries;
  return fail(Errc::forbidden, "This is not the code that was mailed to " + user.pending.email +
                                   (left ? "; tries left: " + std::to_string(left)
                                         : std::string("; set the address again for a new one")));
}

}  // namespace

Result<void> ask_for_address(Context const& context, store::Transaction& tx, PolicyInForce const& policy,
                             store::User user, std::string_view address, Time now) {
  if (auto good = check_external_address(context.settings, address); !good) return good.error();
  if (iequals(address, user.email) && user.email_state == store::AddressState::verified) {
    user.pending = {};
    return store::update_user(tx, user);
  }
  if (auto good = check_suppressed(tx, user, address, now); !good) return good.error();
  if (auto counted = count_code(tx, user.id, now); !counted) return counted.error();
  store::note_recent(tx, store::Recent::code, to_lower(address), now);
  std::string const code = make_code();
  user.pending = {std::string(address), hash_code(user.id, address, code), now, 0};
  if (auto saved = store::update_user(tx, user); !saved) return saved.error();
  send_generated(context, tx, policy, write_code_mail(context, user, code, now), user.pending.email, now,
                 Reach::suppressed_too);
  return {};
}

Result<void> confirm_address(Context const& context, store::Transaction& tx, PolicyInForce const& policy,
                             store::User user, std::string_view typed, Time now) {
  std::string code;
  for (char c : typed)
    if (c != ' ') code += c;
  if (code.size() != code_length || !std::all_of(code.begin(), code.end(), is_digit))
    return fail(Errc::syntax, "A code has six digits, as in the mail sent to the new address");
  if (auto waits = check_waiting(user.pending, now); !waits) return waits.error();
  if (!equal_constant_time(hash_code(user.id, user.pending.email, code), user.pending.code_hash))
    return count_wrong_code(tx, user);
  std::string address = user.pending.email;
  return change_address(context, tx, policy, std::move(user), std::move(address),
                        store::AddressState::verified, now);
}

Result<void> change_address(Context const& context, store::Transaction& tx, PolicyInForce const& policy,
                            store::User user, std::string address, store::AddressState state, Time now) {
  store::User const before = user;
  user.email = std::move(address);
  user.email_state = state;
  user.pending = {};
  if (auto saved = store::update_user(tx, user); !saved) return saved.error();
  if (state == store::AddressState::verified)
    if (auto restored = restore_address(tx, user.id); !restored) return restored.error();
  if (!iequals(before.email, user.email)) tell_of_change(context, tx, policy, user, before, now);
  return {};
}

}  // namespace mc::center
