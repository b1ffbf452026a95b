#include "center/own_mail.h"

namespace mc::center {

mail::Address our_address(Settings const& settings) { return {"Message Center", "postmaster", settings.domain}; }

mail::Address address_here(Settings const& settings, store::User const& user) {
  return {user.display_name, user.login, settings.domain};
}

mail::Address address_outside(std::string_view address, std::string_view name) {
  auto const at = address.rfind('@');
  std::string_view const domain = at == std::string_view::npos ? std::string_view() : address.substr(at + 1);
  return {std::string(name), std::string(address.substr(0, at)), std::string(domain)};
}

mail::Draft begin_mail(Settings const& settings, mail::Address to, Time now) {
  mail::Draft draft;
  draft.from = our_address(settings);
  draft.to = {std::move(to)};
  draft.host = settings.hostname;
  draft.date = now;
  return draft;
}

Envelope own_envelope(std::string_view recipient) {
  Envelope e;
  e.submitter.kind = SubmitterKind::platform;
  e.submitter.name = "message-center";
  e.trace.protocol = "LOCAL";
  e.mail_id = new_mail_id();
  e.recipients = {Recipient{std::string(recipient)}};
  return e;
}

}  // namespace mc::center
