// center/access.h - what a user may do to which of his mailboxes. Pure.
#pragma once
#include "core/result.h"
#include "store/mailboxes.h"

namespace mc::center {

enum class MailboxAction { append, copy_into, rename, remove };

// System folders (INBOX apart) take no mail from clients and can be neither renamed nor deleted; INBOX
// can be appended to but not deleted (RFC 9051, 6.3.5; renaming it is RFC 9051's special case).
// Special-use folders may be renamed and deleted like any other. The desk's take nothing from elsewhere; what moving
// within it means is center/desk.h. Fails: forbidden, in words.
Result<void> may(store::MailboxKind kind, MailboxAction action);

// May a mailbox of this name be made? Not below or equal to a system folder's name, nor in "Support".
Result<void> may_create(std::string_view name);

}  // namespace mc::center
