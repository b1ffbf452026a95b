// center/folders.h - which system folder a tab of the policy is.
#pragma once
#include "rules/words.h"
#include "store/mailboxes.h"

namespace mc::center {

constexpr store::MailboxKind folder_of(rules::Tab tab) {
  switch (tab) {
    case rules::Tab::alerts: return store::MailboxKind::alerts;
    case rules::Tab::updates: return store::MailboxKind::updates;
    case rules::Tab::tickets: return store::MailboxKind::tickets;
    case rules::Tab::inbox: break;
  }
  return store::MailboxKind::inbox;
}

}  // namespace mc::center
