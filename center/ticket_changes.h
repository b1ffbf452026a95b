// center/ticket_changes.h - a ticket changes: where its copies lie, how long they stay, what is noted. For the inside
// of center/ticket*; what others call is in center/tickets.h.
#pragma once
#include <string>
#include <string_view>

#include "center/ticket_work.h"
#include "center/tickets.h"

namespace mc::center {

// Changes `ticket` (not stored yet), moves and marks its copies, counts or forgets its close. What changed, in words:
// "solved, assigned to bob, priority high"; empty: nothing did, and nothing was written.
std::string apply_change(TicketWork& work, store::Ticket& ticket, TicketChange const& change);

// May it be done? Fails: as center/tickets.h says; nothing is written.
Result<void> check_change(TicketWork const& work, store::Ticket const& ticket, TicketChange const& change);
Result<store::Ticket> check_merge(TicketWork const& work, store::Ticket const& from, store::TicketId into);
Result<void> check_accept(TicketWork const& work, store::Ticket const& ticket, std::string_view address);

// Requires: it was checked. They store the tickets.
void merge_checked(TicketWork& work, store::Ticket& from, store::Ticket into, UserId agent);
void accept_checked(TicketWork& work, store::Ticket& ticket, std::string_view address, UserId agent);

// The participant with this address (his ordinary one, or at our domain); place from 1, 0: none.
std::size_t find_place(store::Snapshot const& s, Settings const& settings, store::Ticket const& ticket,
                       std::string_view address);

}  // namespace mc::center
