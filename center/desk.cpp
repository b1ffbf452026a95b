#include "center/desk.h"

#include <algorithm>
#include <array>

namespace mc::center {

namespace {

constexpr std::string_view prefix = "Support/";
constexpr std::array places{DeskPlace::unassigned, DeskPlace::mine, DeskPlace::waiting, DeskPlace::solved};

std::optional<DeskPlace> find_place(std::string_view name) {
  for (DeskPlace place : places)
    if (name == name_of(place)) return place;
  return std::nullopt;
}

// Each agent's own needs a name of its own among those of the desk's owner; it is shown without.
std::string stored_name(DeskPlace place, UserId agent) {
  std::string name(name_of(place));
  return place == DeskPlace::mine ? name + '/' + std::to_string(agent.value) : name;
}

std::optional<store::MailboxInfo> find_desk_mailbox(store::Snapshot const& s, DeskPlace place, UserId agent) {
  auto info = store::find_mailbox(s, desk_owner, stored_name(place, agent));
  if (info) info->name = name_of(place);
  return info;
}

}  // namespace

std::string_view name_of(DeskPlace place) {
  switch (place) {
    case DeskPlace::unassigned: return "Support/Unassigned";
    case DeskPlace::mine: return "Support/Mine";
    case DeskPlace::waiting: return "Support/Waiting";
    case DeskPlace::solved: break;
  }
  return "Support/Solved";
}

std::optional<DeskPlace> place_of(store::MailboxInfo const& mailbox) {
  if (mailbox.kind != store::MailboxKind::desk) return std::nullopt;
  auto place = find_place(mailbox.name);
  return place ? *place : DeskPlace::mine;
}

MailboxId get_desk_mailbox(store::Transaction& tx, DeskPlace place, UserId agent, Time now) {
  if (auto found = find_desk_mailbox(tx, place, agent)) return found->id;
  if (place == DeskPlace::mine)
    for (DeskPlace each : places) store::subscribe(tx, agent, name_of(each));
  return store::make_desk_mailbox(tx, desk_owner, stored_name(place, agent), now);
}

DeskPlace place_for(store::Ticket const& ticket) {
  switch (ticket.status) {
    case store::TicketStatus::open: return ticket.assignee ? DeskPlace::mine : DeskPlace::unassigned;
    case store::TicketStatus::waiting: return DeskPlace::waiting;
    case store::TicketStatus::solved:
    case store::TicketStatus::merged: break;
  }
  return DeskPlace::solved;
}

MailboxId get_place_for(store::Transaction& tx, store::Ticket const& ticket, Time now) {
  DeskPlace place = place_for(ticket);
  if (place == DeskPlace::mine && !is_agent(tx, ticket.assignee)) place = DeskPlace::unassigned;
  return get_desk_mailbox(tx, place, ticket.assignee, now);
}

bool is_agent(store::User const& user) {
  return user.enabled && (user.role == store::Role::agent || user.role == store::Role::admin);
}

bool is_agent(store::Snapshot const& s, UserId user) {
  auto found = store::find_user(s, user);
  return found && is_agent(*found);
}

std::vector<store::MailboxInfo> list_visible_mailboxes(store::Snapshot const& s, UserId user) {
  auto out = store::list_mailboxes(s, user);
  if (!is_agent(s, user)) return out;
  for (DeskPlace place : places)
    if (auto info = find_desk_mailbox(s, place, user)) out.push_back(std::move(*info));
  return out;
}

std::optional<store::MailboxInfo> find_visible_mailbox(store::Snapshot const& s, UserId user, std::string_view name) {
  if (name.starts_with(prefix))
    if (auto place = find_place(name); place && is_agent(s, user)) return find_desk_mailbox(s, *place, user);
  return store::find_mailbox(s, user, name);
}

bool has_desk(store::Snapshot const& s, UserId agent) {
  return std::all_of(places.begin(), places.end(),
                     [&](DeskPlace place) { return find_desk_mailbox(s, place, agent).has_value(); });
}

void join_desk(store::Transaction& tx, UserId agent, Time now) {
  for (DeskPlace place : places) get_desk_mailbox(tx, place, agent, now);
}

void drop_desk(store::Transaction& tx, UserId agent) {
  for (DeskPlace place : places) store::unsubscribe(tx, agent, name_of(place));
  auto mine = find_desk_mailbox(tx, DeskPlace::mine, agent);
  if (mine && store::state_of(tx, mine->id).exists == 0)
    store::delete_mailbox(tx, desk_owner, stored_name(DeskPlace::mine, agent)).value();
}

}  // namespace mc::center
