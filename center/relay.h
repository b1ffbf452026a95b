// center/relay.h - mail between users: neither sees the other's address, client or host; replies find their way.
//
// Runs inside the store operation of the delivery. `Conversation` (store/conversations.h) is who with whom; each side knows the
// other as c-<token>@, a token that works for him alone.
#pragma once
#include <string>
#include <string_view>

#include "center/addresses.h"
#include "center/delivery.h"
#include "store/conversations.h"

namespace mc::center {

// A user's or agent's mail to another user's address here.
Result<Outcome> relay_to_user(Context const& context, store::Transaction& tx, Addressed const& mail, store::User const& to,
                              Recipient const& recipient);
// Mail to c-<token>@: by the user whose token it is, authenticated, or from his own provider (From is his address; A1).
// Fails: forbidden (550 5.7.1: not his token, blocked by the other), not_found (the other is gone), unavailable (450 4.7.1:
//        too much in an hour).
Result<Outcome> relay_in_conversation(Context const& context, store::Transaction& tx, Addressed const& mail, Target const& target,
                                      Recipient const& recipient);
// The platform's mail of a type in the Inbox tab whose From is a user here (interviews, invitations): the recipient gets it
// from that user's token, and both can go on by mail. Absent: it is no such mail; deliver it as it is.
std::optional<Result<Outcome>> relay_from_platform(Context const& context, store::Transaction& tx, Addressed const& mail,
                                                   store::User const& to, Recipient const& recipient);

}  // namespace mc::center
