// center/ticket_notes.h - what the Message Center itself says about a ticket: to agents what happened, to the requester
// that his mail arrived. For the inside of center/ticket*.
#pragma once
#include <string>
#include <string_view>

#include "center/delivery.h"
#include "center/ticket_work.h"

namespace mc::center {

// An entry that only agents see, and a small message of it in the ticket's place. Counts the entry in `ticket`, which
// the caller stores. `seen`: nobody need be told (an agent did it himself).
void add_event(TicketWork& work, store::Ticket& ticket, UserId actor, std::string_view words, bool seen);

// "We received it, as [T-7]", to who opened it: by the rules for a user, directly for a stranger. Not for automatic
// mail, nor to whom nothing may be answered (center/automatic.h, center/answer_limit.h), nor to a stranger whose mail
// was not sent from his address.
void acknowledge(TicketWork& work, store::Ticket const& ticket, Addressed const& mail, std::string_view addressed);

// A note that is no entry: "ana is writing". Gives where it lies; uid 0: it could not be filed.
store::TicketWriting file_writing_note(TicketWork& work, store::Ticket const& ticket, UserId agent, MailboxId drafts);

}  // namespace mc::center
