#include "center/access.h"

#include "core/text.h"

namespace mc::center {

namespace {

bool is_system(store::MailboxKind kind) {
  using enum store::MailboxKind;
  return kind == inbox || kind == alerts || kind == updates || kind == tickets;
}

Result<void> may_on_desk(MailboxAction action) {
  bool filing = action == MailboxAction::append || action == MailboxAction::copy_into;
  return fail(Errc::forbidden, filing ? "Only tickets stand on the desk: mail cannot be filed there"
                                      : "The desk's folders can be neither renamed nor deleted");
}

}  // namespace

Result<void> may(store::MailboxKind kind, MailboxAction action) {
  if (kind == store::MailboxKind::desk) return may_on_desk(action);
  if (!is_system(kind)) return {};
  bool inbox = kind == store::MailboxKind::inbox;
  switch (action) {
    case MailboxAction::append:
    case MailboxAction::copy_into:
      if (inbox) return {};
      return fail(Errc::forbidden, "This folder is filled by the Message Center only; mail can be copied out of it");
    case MailboxAction::rename:
      if (inbox) return {};
      return fail(Errc::forbidden, "This folder belongs to the Message Center and cannot be renamed");
    case MailboxAction::remove: break;
  }
  return fail(Errc::forbidden, inbox ? "INBOX cannot be deleted"
                                     : "This folder belongs to the Message Center and cannot be deleted");
}

Result<void> may_create(std::string_view name) {
  std::string_view top = name.substr(0, name.find('/'));
  for (std::string_view reserved : {"Account Alerts", "Updates", "Tickets", "Support"})
    if (iequals(top, reserved))
      return fail(Errc::forbidden, "The name " + std::string(reserved) + " is reserved for the Message Center");
  return {};
}

}  // namespace mc::center
