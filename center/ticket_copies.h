// center/ticket_copies.h - the copies of a ticket's messages: the agents' in the place where the ticket is, the
// participants' own; where they move to, what flags they have, when they go. For the inside of center/ticket*.
#pragma once
#include "center/delivery.h"
#include "center/prepared.h"
#include "center/ticket_work.h"
#include "store/messages.h"

namespace mc::center {

// The agents' copy of an entry that is not stored yet: in the ticket's place, with the ticket's marks. Sets
// entry.mailbox and uid.
void file_on_desk(TicketWork& work, store::Ticket const& ticket, store::TicketEntry& entry, Prepared const& shown,
                  bool seen);
// The message as received, kept with the entry.
MessageId keep_raw(TicketWork& work, Prepared const& mail, Envelope const& envelope);
// What a user wrote himself, in his Tickets, read.
void file_own_copy(TicketWork& work, store::Ticket const& ticket, UserId user, Prepared const& mail,
                   Envelope const& envelope);
// A participant's copy that delivery placed.
void note_participants_copy(TicketWork& work, store::Ticket const& ticket, Outcome const& outcome);

// The agents' copies, those of tickets merged into it too, go to where the ticket belongs now. Sets ticket.mailbox; the
// caller stores it.
void move_to_place(TicketWork& work, store::Ticket& ticket);
// \Flagged and $Overdue of the agents' copies as the ticket says.
void mark_copies(TicketWork& work, store::Ticket const& ticket);

// Counts their time to stay from the ticket's close on; or no longer. `closed`: Ticket::solved. Before and after a
// move: where the copies lie is part of what is noted.
void count_from_close(TicketWork& work, store::Ticket const& ticket, Time closed);
void forget_close(TicketWork& work, store::Ticket const& ticket, Time closed);

}  // namespace mc::center
