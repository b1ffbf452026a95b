#include "center/ticket_changes.h"

#include <algorithm>

#include "center/addresses.h"
#include "center/desk.h"
#include "center/ticket_copies.h"
#include "center/ticket_notes.h"
#include "core/text.h"

namespace mc::center {

namespace {

using store::Ticket;
using store::TicketStatus;

Error no_such_ticket(store::TicketId id) { return fail(Errc::not_found, "There is no ticket " + write_ticket_id(id)); }

void append(std::string& words, std::string const& more) { words += (words.empty() ? "" : ", ") + more; }

std::string status_in_words(TicketStatus status, TicketStatus before) {
  if (status == TicketStatus::open) return before == TicketStatus::solved ? "opened again" : "open";
  return status == TicketStatus::waiting ? "waiting for the requester" : std::string(store::to_string(status));
}

// What of the change is one, in the ticket itself.
std::string change_record(TicketWork const& work, Ticket& ticket, TicketChange const& change) {
  std::string words;
  if (change.status && *change.status != ticket.status) {
    append(words, status_in_words(*change.status, ticket.status));
    ticket.status = *change.status;
    ticket.solved = ticket.status == TicketStatus::solved ? work.now : Time{};
  }
  if (change.assignee && *change.assignee != ticket.assignee) {
    ticket.assignee = *change.assignee;
    append(words, ticket.assignee ? "assigned to " + name_of_actor(work.tx, ticket.assignee) : "assigned to nobody");
  }
  if (change.priority && *change.priority != ticket.priority) {
    ticket.priority = *change.priority;
    append(words, "priority " + std::string(store::to_string(ticket.priority)));
  }
  return words;
}

}  // namespace

Result<void> check_change(TicketWork const& work, Ticket const& ticket, TicketChange const& change) {
  if (ticket.status == TicketStatus::merged)
    return fail(Errc::conflict, write_ticket_id(ticket.id) + " is merged into " + write_ticket_id(ticket.merged_into));
  if (change.status == TicketStatus::merged)
    return fail(Errc::forbidden, "A ticket is merged into another one, not by a status");
  if (change.assignee && *change.assignee && !is_agent(work.tx, *change.assignee))
    return fail(Errc::forbidden, name_of_actor(work.tx, *change.assignee) + " is no agent");
  return {};
}

std::string apply_change(TicketWork& work, Ticket& ticket, TicketChange const& change) {
  Time const closed = ticket.solved;
  store::TicketPriority const priority = ticket.priority;
  std::string words = change_record(work, ticket, change);
  if (words.empty()) return words;
  ticket.changed = work.now;
  if (closed != Time{}) forget_close(work, ticket, closed);
  move_to_place(work, ticket);
  if (ticket.solved != Time{}) count_from_close(work, ticket, ticket.solved);
  if (ticket.priority != priority) mark_copies(work, ticket);
  return words;
}

Result<void> change_ticket(Context const& context, store::Transaction& tx, store::TicketId id,
                           TicketChange const& change, UserId agent, Time now) {
  TicketWork work{context, tx, context.policy.get(), now, new_mail_id()};
  auto ticket = store::find_open_end(tx, id);
  if (!ticket) return no_such_ticket(id);
  if (auto good = check_change(work, *ticket, change); !good) return good.error();
  std::string const words = apply_change(work, *ticket, change);
  if (words.empty()) return {};
  store::update_ticket(tx, *ticket);
  add_event(work, *ticket, agent, name_of_actor(tx, agent) + ": " + words, true);
  return {};
}

// --- merging

Result<Ticket> check_merge(TicketWork const& work, Ticket const& from, store::TicketId id) {
  constexpr std::size_t most_merged = 200;
  auto into = store::find_open_end(work.tx, id);
  if (!into) return no_such_ticket(id);
  if (from.status == TicketStatus::merged)
    return fail(Errc::conflict,
                write_ticket_id(from.id) + " is merged into " + write_ticket_id(from.merged_into) + " already");
  if (into->id == from.id) return fail(Errc::conflict, "A ticket cannot be merged into itself");
  if (store::list_merged(work.tx, into->id, most_merged).size() >= most_merged)
    return fail(Errc::limit, "Too many tickets are merged into " + write_ticket_id(into->id));
  return *std::move(into);
}

namespace {

bool is_same_person(store::Participant const& a, store::Participant const& b) {
  if (a.user || b.user) return a.user == b.user;
  return !a.address.empty() && iequals(a.address, b.address);
}

void join_participants(Ticket& into, Ticket const& from) {
  for (store::Participant const& p : from.participants) {
    auto same = std::find_if(into.participants.begin(), into.participants.end(),
                             [&](store::Participant const& known) { return is_same_person(p, known); });
    if (same != into.participants.end())
      same->accepted = same->accepted || p.accepted;
    else if (into.participants.size() < 2 * max_participants)
      into.participants.push_back(p);
  }
}

}  // namespace

void merge_checked(TicketWork& work, Ticket& from, Ticket into, UserId agent) {
  if (from.solved != Time{}) forget_close(work, from, from.solved);
  std::string const who = name_of_actor(work.tx, agent);
  bool const unsolved = from.status != TicketStatus::solved;
  from.status = TicketStatus::merged;
  from.merged_into = into.id;
  from.solved = Time{};
  from.changed = into.changed = work.now;
  join_participants(into, from);
  store::update_ticket(work.tx, from);
  if (into.solved != Time{}) forget_close(work, into, into.solved);
  bool const reopened = into.status == TicketStatus::solved && unsolved;
  if (reopened) into.status = TicketStatus::open, into.solved = Time{};
  move_to_place(work, into);
  from.mailbox = into.mailbox;
  store::update_ticket(work.tx, from);
  store::update_ticket(work.tx, into);
  add_event(work, from, agent, who + " merged this ticket into " + write_ticket_id(into.id), true);
  mark_copies(work, into);
  if (into.solved != Time{}) count_from_close(work, into, into.solved);
  add_event(
      work, into, agent,
      who + " merged " + write_ticket_id(from.id) + " into this ticket" + (reopened ? ", which is open again" : ""),
      true);
}

Result<void> merge_tickets(Context const& context, store::Transaction& tx, store::TicketId from, store::TicketId into,
                           UserId agent, Time now) {
  TicketWork work{context, tx, context.policy.get(), now, new_mail_id()};
  auto ticket = store::find_ticket(tx, from);
  if (!ticket) return no_such_ticket(from);
  auto target = check_merge(work, *ticket, into);
  if (!target) return target.error();
  merge_checked(work, *ticket, *std::move(target), agent);
  return {};
}

// --- participants

std::size_t find_place(store::Snapshot const& s, Settings const& settings, Ticket const& ticket,
                       std::string_view address) {
  for (std::size_t i = 0; i < ticket.participants.size(); ++i) {
    store::Participant const& p = ticket.participants[i];
    if (!p.user && !p.address.empty() && iequals(p.address, address)) return i + 1;
    auto const user = p.user ? store::find_user(s, p.user) : std::nullopt;
    if (user && ((!user->email.empty() && iequals(user->email, address)) ||
                 iequals(address_of(settings, user->login), address)))
      return i + 1;
  }
  return 0;
}

namespace {

Error is_no_participant(Ticket const& ticket, std::string_view address) {
  return fail(Errc::not_found,
              printable(address, 100) + " neither wrote to " + write_ticket_id(ticket.id) + " nor was named in it");
}

}  // namespace

void accept_checked(TicketWork& work, Ticket& ticket, std::string_view address, UserId agent) {
  std::size_t const place = find_place(work.tx, work.settings(), ticket, address);
  if (place == 0 || ticket.participants[place - 1].accepted) return;
  ticket.participants[place - 1].accepted = true;
  ticket.changed = work.now;
  store::update_ticket(work.tx, ticket);
  add_event(work, ticket, agent,
            name_of_actor(work.tx, agent) + " lets " + printable(address, 320) + " take part from now on", true);
}

Result<void> accept_participant(Context const& context, store::Transaction& tx, store::TicketId id,
                                std::string_view address, UserId agent, Time now) {
  TicketWork work{context, tx, context.policy.get(), now, new_mail_id()};
  auto ticket = store::find_open_end(tx, id);
  if (!ticket) return no_such_ticket(id);
  if (find_place(tx, context.settings, *ticket, address) == 0) return is_no_participant(*ticket, address);
  accept_checked(work, *ticket, address, agent);
  return {};
}

Result<void> check_accept(TicketWork const& work, Ticket const& ticket, std::string_view address) {
  if (find_place(work.tx, work.settings(), ticket, address) == 0) return is_no_participant(ticket, address);
  return {};
}

// --- time

bool mark_overdue(Context const& context, store::Transaction& tx, Time now, std::size_t most) {
  TicketWork work{context, tx, context.policy.get(), now, new_mail_id()};
  auto const due = store::list_overdue(tx, now, most);
  for (store::TicketId id : due) {
    Ticket ticket = store::find_ticket(tx, id).value();
    ticket.overdue = true;
    store::update_ticket(tx, ticket);
    mark_copies(work, ticket);
    add_event(work, ticket, {},
              "The first answer is overdue: it was promised by " + write_moment(ticket.answer_due) + ".", false);
  }
  return due.size() == most;
}

}  // namespace mc::center
