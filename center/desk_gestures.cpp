// What agents do at the desk: center/desk.h's gestures, in terms of center/tickets.h.
#include <algorithm>
#include <map>

#include "center/desk.h"
#include "center/tickets.h"

namespace mc::center {

namespace {

constexpr std::size_t most_tickets = 500;  // of one gesture: each leaves a note

Error no_agent() {
  return fail(Errc::forbidden, "Only agents work at the desk");
}

// Where messages of a mailbox belong, by UID; those that are no ticket's are left out.
std::map<std::uint32_t, store::TicketPlace> find_ticket_places(store::Snapshot const& s, MailboxId mailbox, UidSet const& uids) {
  std::map<std::uint32_t, store::TicketPlace> found;
  store::MailboxReader(s, mailbox).for_each(uids, [&](store::Entry const& entry) {
    if (auto place = store::find_ticket_place(s, mailbox, entry.uid)) found.emplace(entry.uid.value, *place);
  });
  return found;
}

Result<std::vector<store::TicketId>> tickets_of(std::map<std::uint32_t, store::TicketPlace> const& messages) {
  std::vector<store::TicketId> tickets;
  for (auto const& [uid, place] : messages) tickets.push_back(place.ticket);
  std::sort(tickets.begin(), tickets.end());
  tickets.erase(std::unique(tickets.begin(), tickets.end()), tickets.end());
  if (tickets.size() > most_tickets)
    return fail(Errc::limit, "At most " + std::to_string(most_tickets) + " tickets at once");
  return tickets;
}

// What it means that an agent puts a ticket there.
TicketChange change_by(DeskPlace place, UserId agent) {
  using store::TicketStatus;
  switch (place) {
    case DeskPlace::unassigned: return {UserId{}, TicketStatus::open, {}};
    case DeskPlace::mine: return {agent, TicketStatus::open, {}};
    case DeskPlace::waiting: return {{}, TicketStatus::waiting, {}};
    case DeskPlace::solved: break;
  }
  return {{}, TicketStatus::solved, {}};
}

void add_uid(std::vector<UidRange>& ranges, std::uint32_t uid) {
  if (!ranges.empty() && ranges.back().last + 1 == uid)
    ranges.back().last = uid;
  else
    ranges.push_back({uid, uid});
}

// Where those that stood in `from` are now, as far as they went to `to`.
store::Copied find_new_places(store::Snapshot const& s, std::map<std::uint32_t, store::TicketPlace> const& before, MailboxId to) {
  store::Copied copied;
  for (auto const& [uid, place] : before) {
    auto entry = store::find_entry(s, place.ticket, place.entry);
    if (!entry || entry->mailbox != to || !entry->uid) continue;
    add_uid(copied.from, uid);
    add_uid(copied.to, entry->uid.value);
  }
  return copied;
}

}  // namespace

Result<store::Copied> move_on_desk(Context const& context, store::Transaction& tx, UserId agent, MailboxId from, UidSet const& uids,
                                   MailboxId to, Time now) {
  auto target = store::find_mailbox(tx, to);
  auto place = target ? place_of(*target) : std::nullopt;
  if (!place || !is_agent(tx, agent)) return no_agent();
  if (from == to) return store::Copied{};
  auto const messages = find_ticket_places(tx, from, uids);
  auto tickets = tickets_of(messages);
  if (!tickets) return tickets.error();
  for (store::TicketId ticket : *tickets)
    if (auto changed = change_ticket(context, tx, ticket, change_by(*place, agent), agent, now); !changed) return changed.error();
  return find_new_places(tx, messages, to);
}

Result<void> flags_on_desk(Context const& context, store::Transaction& tx, UserId agent, MailboxId mailbox, UidSet const& uids,
                           store::FlagChange how, store::Flags flags, Time now) {
  if (!is_agent(tx, agent)) return no_agent();
  bool const named = (flags & store::flag::flagged) != 0;
  if (!named && how != store::FlagChange::set) return {};
  bool const urgent = named && how != store::FlagChange::remove;
  auto tickets = tickets_of(find_ticket_places(tx, mailbox, uids));
  if (!tickets) return tickets.error();
  for (store::TicketId id : *tickets) {
    auto ticket = store::find_open_end(tx, id);
    if (!ticket || (ticket->priority == store::TicketPriority::urgent) == urgent) continue;
    TicketChange change;
    change.priority = urgent ? store::TicketPriority::urgent : store::TicketPriority::normal;
    if (auto changed = change_ticket(context, tx, id, change, agent, now); !changed) return changed.error();
  }
  return {};
}

namespace {

// true: there may be more.
Result<bool> hand_back(Context const& context, store::Transaction& tx, UserId agent, store::TicketStatus status, Time now,
                       std::size_t most) {
  store::TicketFilter filter;
  filter.status = status;
  filter.assignee = agent;
  auto const tickets = store::list_tickets(tx, filter, {}, most);
  TicketChange change;
  change.assignee = UserId{};
  for (store::Ticket const& ticket : tickets)
    if (auto changed = change_ticket(context, tx, ticket.id, change, UserId{}, now); !changed) return changed.error();
  return tickets.size() == most;
}

void drop_drafts(Context const& context, store::Transaction& tx, UserId agent) {
  for (store::MailboxInfo const& mailbox : store::list_mailboxes(tx, agent))
    drafts_left(context, tx, mailbox, UidSet{{1, ~std::uint32_t{0}}});
}

}  // namespace

Result<bool> leave_desk(Context const& context, store::Transaction& tx, UserId agent, Time now, std::size_t most) {
  for (auto status : {store::TicketStatus::open, store::TicketStatus::waiting}) {
    auto more = hand_back(context, tx, agent, status, now, most);
    if (!more || *more) return more;
  }
  drop_drafts(context, tx, agent);
  drop_desk(tx, agent);
  return false;
}

void drafts_left(Context const& context, store::Transaction& tx, store::MailboxInfo const& mailbox, UidSet const& gone) {
  if (mailbox.special_use == "\\Drafts" && !gone.empty()) note_draft_gone(context, tx, mailbox.id, gone);
}

}  // namespace mc::center
