// center/relay.h - mail between users: neither sees the other's address, client or host; replies find their way.
//
// Runs inside the store operation of the delivery. `Conversation` (store/conversations.h) is who with whom; each side knows the
// other as c-<token>@, a token that works for him alone. What is passed on is the content under a header of ours
// (center/rewrite.h): From the counterpart's token, To the reader, Cc the others as he may reach them, a Message-ID of ours.
#pragma once
#include <string>
#include <string_view>

#include "center/addresses.h"
#include "center/delivery.h"
#include "store/conversations.h"

namespace mc::center {

// A user's or agent's mail to another user's address here. What he writes to himself is delivered as it is. Fails: forbidden
// (550 5.7.1: blocked).
Result<Outcome> relay_to_user(Context const& context, store::Transaction& tx, Addressed const& mail, store::User const& to,
                              Recipient const& recipient);
// Mail to c-<token>@: by the user whose token it is, authenticated, or from his own provider (From is his address; A1), or by
// the platform in his name. Answers that nobody wrote are taken and not passed on.
// Fails: forbidden (550 5.7.1: not his token, blocked by the other, a program's mail), not_found (the other is gone),
//        unavailable (450 4.7.1: too much in an hour).
Result<Outcome> relay_in_conversation(Context const& context, store::Transaction& tx, Addressed const& mail, Target const& target,
                                      Recipient const& recipient);
// The platform's mail of a type in the Inbox tab whose From, or X-MC-Counterpart, is a user here (interviews, invitations):
// the recipient gets it from that user's token, and both can go on by mail. Which conversation: X-MC-Conversation, else one
// of the two that knows a Message-ID it answers, else its first reference or its own Message-ID; the ordinary one for
// "user.message". Absent: it is no such mail; deliver it as it is.
std::optional<Result<Outcome>> relay_from_platform(Context const& context, store::Transaction& tx, Addressed const& mail,
                                                   store::User const& to, Recipient const& recipient);

// May this submitter write to the user or conversation that `target` is? What can be said at RCPT already; the mail itself is
// looked at later. Fails: forbidden, not_found, as above.
Result<void> check_may_write(store::Snapshot const& s, Submitter const& submitter, Target const& target,
                             std::string_view address);

// The user who writes to this c-<token>@, as far as the mail proves it. Fails: forbidden.
Result<store::User> find_writer(store::Snapshot const& s, Settings const& settings, Submitter const& submitter,
                                Prepared const& mail, UserId holder);

// The Message-ID that everybody but its author sees on what comes of this mail.
std::string shown_message_id(Settings const& settings, Envelope const& envelope);

// A user's name as he wrote it himself in From; may be empty.
std::string_view written_name(Prepared const& mail);

}  // namespace mc::center
