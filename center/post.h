// center/post.h - messages that arise inside an operation (answers, relayed mail, notes) put where they belong.
//
// By the policy's rules for users, directly for strangers and for copies that are nobody's choice. All on the writer thread, as
// part of the operation that causes them.
#pragma once
#include <string>
#include <string_view>

#include "center/delivery.h"

namespace mc::center {

// What stands for the envelope of such a message.
struct Posting {
  std::string type;          // of the policy: "ticket.reply"; decides tab, email and folder
  std::string mail_id;       // of the mail that caused it, or new_mail_id()
  std::string reverse_path;  // "" for automatic mail; of relayed mail also "" (nothing is ever bounced to people)
  bool smtputf8 = false;
  bool personal = false;     // a person wrote it: its external copy is not called automatic (RFC 3834)
};

// One copy for one user, as the policy and his choices say. Fails: as Delivery::deliver_to.
Result<Outcome> post_to_user(Context const& context, store::Transaction& tx, PolicyInForce const& policy,
                             Posting const& posting, Prepared const& prepared, store::User const& user, Time now);

// To an address elsewhere that is no user's: queued, with a return path of ours. Does nothing (0) for an address of our domain.
OutboxId post_outside(Context const& context, store::Transaction& tx, Posting const& posting, Prepared const& prepared,
                      std::string_view address, Time now);

// A copy in one mailbox without asking any rule: the author's own, an agents' one. Noted for retention under `type` if not empty.
struct Filed {
  Uid uid;
  MessageId message;
};
Result<Filed> file_copy(store::Transaction& tx, PolicyInForce const& policy, MailboxId mailbox, Prepared const& prepared,
                        std::string_view prefix, store::Flags flags, std::string_view type, Time now);

}  // namespace mc::center
