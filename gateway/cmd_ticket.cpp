// ticket list|show|assign|status|priority|accept|merge
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "center/addresses.h"
#include "center/tickets.h"
#include "core/text.h"
#include "core/time_text.h"
#include "gateway/commands.h"
#include "store/accounts.h"
#include "store/mailboxes.h"

namespace mc::gateway {

namespace {

namespace json = boost::json;
using store::Ticket;
using store::TicketEntry;

constexpr std::size_t page_size = 500, usually_listed = 100, most_entries = 10'000;

std::string time_or_nothing(Time t) { return t == Time{} ? std::string() : write_rfc3339(t); }
std::string number_of(store::TicketId id) { return id ? "T-" + to_string(id) : std::string(); }

std::string login_or_nothing(store::Snapshot const& s, UserId user) {
  if (!user) return {};
  auto found = store::find_user(s, user);
  return found ? found->login : "(gone)";
}

std::string name_of(store::Snapshot const& s, store::Participant const& p) {
  if (p.user) return login_or_nothing(s, p.user);
  return p.address.empty() ? p.name + " (gone)" : p.address;
}

std::vector<std::string> const columns{"ticket", "status",  "priority", "assignee", "requester", "subject",
                                       "opened", "changed", "due",      "overdue",  "entries"};

std::vector<std::string> row_of(store::Snapshot const& s, Ticket const& t) {
  return {number_of(t.id),
          std::string(store::to_string(t.status)),
          std::string(store::to_string(t.priority)),
          login_or_nothing(s, t.assignee),
          t.participants.empty() ? std::string() : name_of(s, t.participants[0]),
          t.subject,
          write_rfc3339(t.opened),
          write_rfc3339(t.changed),
          t.first_answer == Time{} ? time_or_nothing(t.answer_due) : std::string(),
          t.overdue ? "yes" : "no",
          std::to_string(t.entries)};
}

// --- list

Result<UserId> find_login(store::Snapshot const& s, Desk const& desk, std::string const& name) {
  auto user = store::find_user_id(s, center::login_of(desk.context.settings, name));
  if (!user) return fail(Errc::not_found, "no user " + printable(name, 80));
  return *user;
}

Result<store::TicketFilter> read_filter(store::Snapshot const& s, Desk const& desk, Arguments const& arguments) {
  store::TicketFilter filter;
  if (arguments.has("status")) {
    filter.status = store::parse_ticket_status(arguments.get("status"));
    if (arguments.get("status") == "merged") filter.status = store::TicketStatus::merged;
    if (!filter.status)
      return fail(Errc::syntax,
                  "unknown status " + printable(arguments.get("status"), 40) + ": use open, waiting, solved or merged");
  }
  if (arguments.has("assignee")) {
    filter.assignee = UserId();
    if (arguments.get("assignee") != "nobody") {
      auto user = find_login(s, desk, arguments.get("assignee"));
      if (!user) return user.error();
      filter.assignee = *user;
    }
  }
  if (!arguments.has("requester")) return filter;
  auto user = find_login(s, desk, arguments.get("requester"));
  if (!user) return user.error();
  filter.requester = *user;
  return filter;
}

// One page in a snapshot of its own. Gives the last one, where the next page begins.
Result<store::TicketId> list_page(Desk& desk, Arguments const& arguments, store::TicketId before, std::size_t most,
                                  Listing& listing) {
  return desk.context.store.read([&](store::Snapshot const& s) -> Result<store::TicketId> {
    auto filter = read_filter(s, desk, arguments);
    if (!filter) return filter.error();
    store::TicketId last;
    for (Ticket const& ticket : store::list_tickets(s, *filter, before, most)) {
      listing.rows.push_back(row_of(s, ticket));
      last = ticket.id;
    }
    return last;
  });
}

// --- show

json::object object_of(store::Snapshot const& s, store::Participant const& p) {
  json::object o;
  o["login"] = login_or_nothing(s, p.user);
  o["address"] = p.address;
  o["name"] = p.name;
  o["accepted"] = p.accepted;
  o["joined"] = write_rfc3339(p.joined);
  return o;
}

std::string_view kind_of(TicketEntry const& e) {
  switch (e.kind) {
    case TicketEntry::Kind::message:
      return "message";
    case TicketEntry::Kind::note:
      return "note";
    case TicketEntry::Kind::event:
      break;
  }
  return "event";
}

std::string author_of(store::Snapshot const& s, TicketEntry const& e) {
  if (e.author) return login_or_nothing(s, e.author);
  return e.author_address.empty() ? "(message-center)" : e.author_address;
}

std::string place_of(store::Snapshot const& s, MailboxId mailbox) {
  auto info = mailbox ? store::find_mailbox(s, mailbox) : std::nullopt;
  return info ? info->name : std::string();
}

json::object object_of(store::Snapshot const& s, TicketEntry const& e) {
  json::object o;
  o["number"] = e.number;
  o["kind"] = kind_of(e);
  o["at"] = write_rfc3339(e.at);
  o["author"] = author_of(s, e);
  o["by_agent"] = e.by_agent;
  o["automatic"] = e.automatic;
  o["certainty"] =
      e.kind == TicketEntry::Kind::event
          ? std::string()
          : std::string(center::to_string(static_cast<center::Certainty>(std::min<unsigned char>(e.certainty, 3))));
  o["message_id"] = e.message_id;
  o["shown_id"] = e.shown_id;
  o["mail"] = e.mail_id;
  o["text"] = e.text;
  o["folder"] = place_of(s, e.mailbox);
  o["uid"] = e.uid.value;
  return o;
}

void show_json(store::Snapshot const& s, Ticket const& t, std::vector<TicketEntry> const& entries, Output& out) {
  json::object o;
  auto const row = row_of(s, t);
  for (std::size_t i = 0; i < columns.size(); ++i) o[columns[i]] = row[i];
  o["first_answer"] = time_or_nothing(t.first_answer);
  o["solved"] = time_or_nothing(t.solved);
  o["merged_into"] = number_of(t.merged_into);
  o["folder"] = place_of(s, t.mailbox);
  o["overdue"] = t.overdue;
  json::array people, all;
  for (store::Participant const& p : t.participants) people.push_back(object_of(s, p));
  for (TicketEntry const& e : entries) all.push_back(object_of(s, e));
  o["participants"] = std::move(people);
  o["entries"] = std::move(all);
  out.print(json::serialize(o) + '\n');
}

void show_text(store::Snapshot const& s, Ticket const& t, std::vector<TicketEntry> const& entries, Output& out) {
  Listing one{columns, {row_of(s, t)}};
  auto add = [&](std::string name, std::string value) {
    one.columns.push_back(std::move(name));
    one.rows[0].push_back(std::move(value));
  };
  add("first answer", time_or_nothing(t.first_answer));
  add("solved", time_or_nothing(t.solved));
  add("merged into", number_of(t.merged_into));
  add("folder", place_of(s, t.mailbox));
  for (store::Participant const& p : t.participants)
    add("participant", name_of(s, p) + (p.accepted ? "" : " (not accepted)"));
  out.show(one);
  out.say("");
  Listing listing{{"entry", "at", "kind", "author", "certainty", "text"}, {}};
  for (TicketEntry const& e : entries)
    listing.rows.push_back({std::to_string(e.number), write_rfc3339(e.at), std::string(kind_of(e)), author_of(s, e),
                            std::string(object_of(s, e)["certainty"].as_string()), printable(e.text, 300)});
  out.list(listing);
}

// --- changes

// What is done to one ticket, in one transaction.
template <class F>
int change(Desk& desk, std::string const& name, Output& out, F&& f) {
  auto id = center::parse_ticket_id(name);
  if (!id) {
    out.refuse(id.error().text);
    return exit_usage;
  }
  auto op = [&](store::Transaction& tx) -> Result<void> { return f(tx, *id); };
  auto done = desk.context.store.write_and_wait(op);
  if (!done) return out.refuse(done.error().text);
  out.say("Done: " + number_of(*id));
  return exit_done;
}

int change_by(Desk& desk, std::string const& name, center::TicketChange const& wanted, Output& out) {
  return change(desk, name, out, [&](store::Transaction& tx, store::TicketId id) {
    return center::change_ticket(desk.context, tx, id, wanted, {}, desk.context.clock.now());
  });
}

}  // namespace

int ticket_list(Desk& desk, Arguments const& arguments, Output& out) {
  auto const most =
      arguments.has("most") ? parse_number(arguments.get("most")) : std::optional<std::uint64_t>(usually_listed);
  if (!most) {
    out.refuse("--most takes a number");
    return exit_usage;
  }
  Listing listing{columns, {}};
  store::TicketId last;
  while (listing.rows.size() < *most) {
    std::size_t const before = listing.rows.size(), page = std::min<std::size_t>(page_size, *most - before);
    auto next = list_page(desk, arguments, last, page, listing);
    if (!next) return out.refuse(next.error().text);
    if (listing.rows.size() < before + page) break;
    last = *next;
  }
  out.list(listing);
  return exit_done;
}

int ticket_show(Desk& desk, Arguments const& arguments, Output& out) {
  auto id = center::parse_ticket_id(arguments.words[0]);
  if (!id) {
    out.refuse(id.error().text);
    return exit_usage;
  }
  return desk.context.store.read([&](store::Snapshot const& s) {
    auto ticket = store::find_ticket(s, *id);
    if (!ticket) return out.refuse("There is no ticket " + number_of(*id));
    auto const entries = store::list_entries(s, *id, 0, most_entries);
    if (out.json())
      show_json(s, *ticket, entries, out);
    else
      show_text(s, *ticket, entries, out);
    return exit_done;
  });
}

int ticket_assign(Desk& desk, Arguments const& arguments, Output& out) {
  std::string const& name = arguments.words[1];
  center::TicketChange wanted;
  wanted.assignee = UserId();
  if (name != "nobody") {
    auto user = desk.context.store.read([&](store::Snapshot const& s) { return find_login(s, desk, name); });
    if (!user) return out.refuse(user.error().text);
    wanted.assignee = *user;
  }
  return change_by(desk, arguments.words[0], wanted, out);
}

int ticket_status(Desk& desk, Arguments const& arguments, Output& out) {
  center::TicketChange wanted;
  wanted.status = store::parse_ticket_status(arguments.words[1]);
  if (!wanted.status)
    return out.refuse("unknown status " + printable(arguments.words[1], 40) + ": use open, waiting or solved");
  return change_by(desk, arguments.words[0], wanted, out);
}

int ticket_priority(Desk& desk, Arguments const& arguments, Output& out) {
  center::TicketChange wanted;
  wanted.priority = store::parse_ticket_priority(arguments.words[1]);
  if (!wanted.priority)
    return out.refuse("unknown priority " + printable(arguments.words[1], 40) + ": use low, normal, high or urgent");
  return change_by(desk, arguments.words[0], wanted, out);
}

int ticket_accept(Desk& desk, Arguments const& arguments, Output& out) {
  return change(desk, arguments.words[0], out, [&](store::Transaction& tx, store::TicketId id) {
    return center::accept_participant(desk.context, tx, id, arguments.words[1], {}, desk.context.clock.now());
  });
}

int ticket_merge(Desk& desk, Arguments const& arguments, Output& out) {
  auto into = center::parse_ticket_id(arguments.words[1]);
  if (!into) {
    out.refuse(into.error().text);
    return exit_usage;
  }
  return change(desk, arguments.words[0], out, [&](store::Transaction& tx, store::TicketId id) {
    return center::merge_tickets(desk.context, tx, id, *into, {}, desk.context.clock.now());
  });
}

}  // namespace mc::gateway
