// center/metadata.h - which IMAP annotations (RFC 5464) the store does not keep, and what they do.
//
//   of the server
//     /shared/admin, /shared/comment                       what the site says; read-only, as all of /shared
//     /private/vendor/message-center/type/<type name>      both | email | center | none
//     …/tab/<tab>                                          the same
//     …/zone /quiet /digest /pause /address                center/preferences.h, whose words they are
//     …/code                                               write-only
//   of INBOX, Account Alerts, Updates and Tickets
//     /private/vendor/message-center/choice                the choice of that folder's tab
//
// Reading tells what was set; for a type without a choice of its own, what its tab's choice, the policy's rules and its
// defaults come to (center/effect.h), as if his address could be written to. Names are in lower case. Any other name below our vendor prefix is refused, so that a misspelt one does not
// look as if it had an effect. Knows no IMAP.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "center/context.h"
#include "core/ids.h"
#include "core/result.h"
#include "store/mailboxes.h"

namespace mc::center {

// What an annotation belongs to: the server as one user sees it, or a mailbox of his.
struct Annotated {
  UserId user;
  MailboxId mailbox;  // 0: the server
  store::MailboxKind kind = store::MailboxKind::user;

  bool is_server() const { return !mailbox; }
};

struct ServedEntry {
  std::string name;
  std::string value;
};

// Is the entry ours, never the store's? True for every name that begins as ours do.
bool is_served(Annotated const& what, std::string_view name);

// Must the entry be set by an operation of its own? A code: a wrong one counts though it is refused, so that what the
// operation did before would stay.
bool stands_alone(Annotated const& what, std::string_view name);

// All of ours that can be read.
std::vector<ServedEntry> list_served(store::Snapshot const& s, Context const& context, PolicyInForce const& policy,
                                     Annotated const& what);

// Absent or "default": back to what holds without it. Requires: is_served(). Fails in words for the user: forbidden (a
// lock of the policy; read-only), unsupported (no such entry, with a guess; not a value), limit.
Result<void> set_served(store::Transaction& tx, Context const& context, PolicyInForce const& policy,
                        Annotated const& what, std::string_view name, std::optional<std::string_view> value, Time now);

}  // namespace mc::center
