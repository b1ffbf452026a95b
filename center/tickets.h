// center/tickets.h - tickets by mail: what a mail to support@ or to a ticket's token does, and every change of a ticket.
//
//   receive_*     an incoming mail, as part of its delivery (center/delivery.cpp calls them by the kind of its recipient)
//   the gestures  what agents do from a mail client or the command line; each leaves a system note
//
// Everything here runs inside one store operation, on the writer thread. Knows no protocol.
//
// How sure of the sender (A3 SMTP AUTH; A2 token + From is the token's user + DMARC; A1 token + From; A0 the rest) is found by
// certainty_of(); agents act at A3, requesters at A1, a foreign From with a token is held as an internal note.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "center/addresses.h"
#include "center/delivery.h"
#include "store/tickets.h"

namespace mc::center {

enum class Certainty : unsigned char { a0, a1, a2, a3 };
std::string_view to_string(Certainty certainty);  // "A0"

// A mail to support@, t-…@ or n-…@ (`target.kind` says which). Which ticket: the token; else In-Reply-To/References known to
// us and the sender takes part; else [T-n] in the subject and the sender takes part; else a new one. Never by body.
// Fails: not_found (the token's user is gone), forbidden (550: strangers may not, 5.7.1; collision, 5.7.0, naming who answered and
//        when; unknown #command, 5.5.4 with the list; From is nobody), unavailable (4.7.1: a storm).
Result<Outcome> receive_ticket_mail(Context const& context, store::Transaction& tx, Addressed const& mail, Target const& target,
                                    Recipient const& recipient);

// --- what agents do; `agent` is the account that acts (0: the command line as admin). Fails: not_found, forbidden, conflict.

struct TicketChange {
  std::optional<UserId> assignee;                 // 0: nobody
  std::optional<store::TicketStatus> status;
  std::optional<store::TicketPriority> priority;
};
// One system note for all of it; the agents' copies move to where the ticket now belongs. Nothing changed: nothing written.
Result<void> change_ticket(Context const& context, store::Transaction& tx, store::TicketId ticket, TicketChange const& change,
                           UserId agent, Time now);
// `from`'s entries stay readable, its tokens and numbers lead to `into`; participants are joined.
Result<void> merge_tickets(Context const& context, store::Transaction& tx, store::TicketId from, store::TicketId into, UserId agent,
                           Time now);
// A third person who wrote, or was named in CC, takes part from now on.
Result<void> accept_participant(Context const& context, store::Transaction& tx, store::TicketId ticket, std::string_view address,
                                UserId agent, Time now);

// "ana is writing": a note in the ticket's place while her draft answers it; taken away when the draft goes. `entry_id`:
// Message-IDs (In-Reply-To, References) and recipients of the draft. Nothing happens if it answers no ticket.
void note_draft(Context const& context, store::Transaction& tx, UserId agent, MailboxId drafts, Uid uid, mail::Summary const& draft, Time now);
void note_draft_gone(Context const& context, store::Transaction& tx, MailboxId drafts, UidSet const& gone);

// The same for drafts that went in other ways, with their mailbox. For housekeeping.
void forget_lost_drafts(Context const& context, store::Transaction& tx);

// Marks tickets whose promise ran out ($Overdue on the agents' copies, a note); true: there may be more. For housekeeping.
bool mark_overdue(Context const& context, store::Transaction& tx, Time now, std::size_t most);

// "T-7", "t-7", "7". Fails: syntax.
Result<store::TicketId> parse_ticket_id(std::string_view text);

}  // namespace mc::center
