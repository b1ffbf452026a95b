#include "center/address_change.h"
#include "center/addresses.h"
#include "center/local_time.h"
#include "center/settings.h"

namespace mc::center {

namespace {

bool waits(SettingAsked const& asked) {
  return !asked.user.pending.email.empty();
}

std::string describe_state(SettingAsked const& asked) {
  store::User const& user = asked.user;
  if (user.email.empty()) return "there is none: nothing is emailed";
  if (auto parsed = parse_address(user.email);
      parsed && is_our_domain(asked.context.settings, parsed->domain))
    return "one of our own addresses: nothing is emailed";
  switch (user.email_state) {
    case store::AddressState::verified:
      return "verified: mail goes there";
    case store::AddressState::suppressed:
      return "suppressed, because mail to it came back: nothing is emailed; set it again to get a code";
    case store::AddressState::unverified:
      break;
  }
  return "not verified: nothing is emailed; set it again to get a code";
}

std::string describe_pending(SettingAsked const& asked) {
  store::PendingAddress const& pending = asked.user.pending;
  std::string text = pending.email + " waits for the code mailed to it";
  if (asked.now >= code_expiry(pending))
    return text + ", which is too old by now: set it again for a new one";
  if (pending.tries >= max_code_tries)
    return text + ", but there were too many wrong ones: set it again for a new one";
  return text + " until " + write_local(code_expiry(pending), asked.zone(), asked.context.zones) + " (" +
         std::string(asked.zone()) + "); tries left: " + std::to_string(max_code_tries - pending.tries);
}

}  // namespace

std::string read_address(SettingAsked const& asked) {
  return asked.user.email.empty() ? "off" : asked.user.email;
}

std::string describe_address(SettingAsked const& asked) {
  return describe_state(asked) + (waits(asked) ? "; " + describe_pending(asked) : std::string());
}

Result<void> write_address(SettingChange& change, std::string_view value) {
  return ask_for_address(change.context, change.tx, change.policy, change.user, value, change.now);
}

std::string read_code(SettingAsked const&) {
  return "off";
}  // never told

std::string describe_code(SettingAsked const& asked) {
  return waits(asked) ? describe_pending(asked) : "none is waited for";
}

Result<void> write_code(SettingChange& change, std::string_view value) {
  return confirm_address(change.context, change.tx, change.policy, change.user, value, change.now);
}

}  // namespace mc::center
