#include "store/tickets.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "store/fixed.h"
#include "store/keys.h"
#include "store/reclaim.h"
#include "store/records.h"

namespace mc::store {

namespace {

constexpr std::array<std::string_view, 4> status_names{"open", "waiting", "solved", "merged"};
constexpr std::array<std::string_view, 4> priority_names{"low", "normal", "high", "urgent"};

template <std::size_t n>
std::optional<std::size_t> find_name(std::array<std::string_view, n> const& names, std::string_view text) {
  auto at = std::find(names.begin(), names.end(), text);
  if (at == names.end()) return std::nullopt;
  return static_cast<std::size_t>(at - names.begin());
}

}  // namespace

std::string_view to_string(TicketStatus status) { return status_names.at(static_cast<std::size_t>(status)); }
std::optional<TicketStatus> parse_ticket_status(std::string_view text) {
  auto at = find_name(status_names, text);
  if (!at || static_cast<TicketStatus>(*at) == TicketStatus::merged) return std::nullopt;
  return static_cast<TicketStatus>(*at);
}

std::string_view to_string(TicketPriority priority) { return priority_names.at(static_cast<std::size_t>(priority)); }
std::optional<TicketPriority> parse_ticket_priority(std::string_view text) {
  auto at = find_name(priority_names, text);
  if (!at) return std::nullopt;
  return static_cast<TicketPriority>(*at);
}

// --- records

namespace {

Participant parse_participant(fb::Participant const& r) {
  return {UserId(r.user()), string_of(r.address()), string_of(r.name()), r.accepted(), time_of(r.joined())};
}

Ticket parse_ticket(TicketId id, std::string_view value) {
  fb::Ticket const& r = record_of<fb::Ticket>(value);
  Ticket t;
  t.id = id;
  t.subject = string_of(r.subject());
  t.status = static_cast<TicketStatus>(r.status());
  t.priority = static_cast<TicketPriority>(r.priority());
  t.assignee = UserId(r.assignee());
  for (flatbuffers::uoffset_t i = 0; r.participants() && i < r.participants()->size(); ++i)
    t.participants.push_back(parse_participant(*r.participants()->Get(i)));
  t.opened = time_of(r.opened());
  t.changed = time_of(r.changed());
  t.answer_due = time_of(r.answer_due());
  t.first_answer = time_of(r.first_answer());
  t.overdue = r.overdue();
  t.solved = time_of(r.solved());
  t.merged_into = TicketId(r.merged_into());
  t.mailbox = MailboxId(r.mailbox());
  t.entries = r.entries();
  return t;
}

void put_record(Transaction& tx, Ticket const& t) {
  Builder b;
  std::vector<flatbuffers::Offset<fb::Participant>> people;
  for (Participant const& p : t.participants) {
    auto address = text_in(b, p.address), name = text_in(b, p.name);
    people.push_back(fb::CreateParticipant(b, p.user.value, address, name, p.accepted, ms_of(p.joined)));
  }
  auto subject = text_in(b, t.subject);
  auto participants = b.CreateVector(people);
  b.Finish(fb::CreateTicket(b, subject, static_cast<std::uint8_t>(t.status), static_cast<std::uint8_t>(t.priority),
                            t.assignee.value, participants, ms_of(t.opened), ms_of(t.changed), ms_of(t.answer_due),
                            ms_of(t.first_answer), t.overdue, ms_of(t.solved), t.merged_into.value, t.mailbox.value,
                            t.entries));
  tx.put(key::ticket(t.id.value), finished(b));
}

bool has_promise(Ticket const& t) {
  return t.status == TicketStatus::open && t.answer_due != Time{} && t.first_answer == Time{} && !t.overdue;
}

Key with_time(Key order, Ticket const& t) { return key::ticket_changed(order, ms_of(t.changed), t.id.value); }

// Everything that leads to it but its number, as the record stands.
std::vector<Key> index_keys(Ticket const& t) {
  std::vector<Key> keys{with_time(key::tickets_of_status(static_cast<unsigned char>(t.status)), t),
                        with_time(key::tickets_of_assignee(t.assignee), t)};
  for (std::size_t i = 0; i < t.participants.size(); ++i)
    if (UserId user = t.participants[i].user) keys.push_back(with_time(key::tickets_of(user, i == 0), t));
  if (has_promise(t)) keys.push_back(key::ticket_due(ms_of(t.answer_due), t.id.value));
  if (t.merged_into) keys.push_back(key::ticket_merged(t.merged_into.value, t.id.value));
  return keys;
}

void put_whole(Transaction& tx, Ticket const& t) {
  put_record(tx, t);
  for (Key const& key : index_keys(t)) tx.put(key, {});
}

TicketId last_ticket(Snapshot const& s) {
  auto cursor = s.cursor();
  Key const prefix = key::table(Table::ticket);
  if (!cursor->seek_last_below(key::after_table(Table::ticket)) || !cursor->key().starts_with(prefix.view())) return {};
  return TicketId(number_in_key<std::uint64_t>(cursor->key(), 1));
}

}  // namespace

// Numbers have no gaps: people read them.
TicketId add_ticket(Transaction& tx, Ticket const& ticket) {
  Ticket added = ticket;
  added.id = last_ticket(tx).next();
  added.entries = 0;
  put_whole(tx, added);
  return added.id;
}

void update_ticket(Transaction& tx, Ticket const& ticket) {
  auto old = find_ticket(tx, ticket.id);
  if (!old) throw std::logic_error("no such ticket");
  for (Key const& key : index_keys(*old)) tx.del(key);
  put_whole(tx, ticket);
}

std::optional<Ticket> find_ticket(Snapshot const& s, TicketId id) {
  auto value = s.get(key::ticket(id.value));
  if (!value) return std::nullopt;
  return parse_ticket(id, *value);
}

std::optional<Ticket> find_open_end(Snapshot const& s, TicketId id) {
  constexpr int most_steps = 1'000;  // center lets no circle arise
  auto ticket = find_ticket(s, id);
  for (int i = 0; ticket && ticket->merged_into && i < most_steps; ++i) ticket = find_ticket(s, ticket->merged_into);
  return ticket;
}

std::vector<TicketId> list_merged(Snapshot const& s, TicketId id, std::size_t most) {
  std::vector<TicketId> out;
  auto add_below = [&](TicketId into) {
    Key const prefix = key::tickets_merged(into.value);
    s.scan(prefix, [&](std::string_view key, std::string_view) {
      if (out.size() >= most) return false;
      out.emplace_back(number_in_key<std::uint64_t>(key, prefix.view().size()));
      return true;
    });
  };
  add_below(id);
  for (std::size_t i = 0; i < out.size(); ++i) {
    TicketId const into = out[i];
    add_below(into);
  }
  return out;
}

// --- entries

namespace {

TicketEntry parse_entry(std::uint32_t number, std::string_view value) {
  fb::TicketEntry const& r = record_of<fb::TicketEntry>(value);
  TicketEntry e;
  e.number = number;
  e.kind = static_cast<TicketEntry::Kind>(r.kind());
  e.at = time_of(r.at());
  e.author = UserId(r.author());
  e.author_address = string_of(r.author_address());
  e.by_agent = r.by_agent();
  e.automatic = r.automatic();
  e.message_id = string_of(r.message_id());
  e.shown_id = string_of(r.shown_id());
  e.mail_id = string_of(r.mail_id());
  e.text = string_of(r.text());
  e.raw = MessageId(r.raw());
  e.mailbox = MailboxId(r.mailbox());
  e.uid = Uid(r.uid());
  e.certainty = r.certainty();
  return e;
}

void put_entry(Transaction& tx, TicketId id, TicketEntry const& e) {
  Builder b;
  auto author_address = text_in(b, e.author_address), message_id = text_in(b, e.message_id);
  auto shown_id = text_in(b, e.shown_id), mail_id = text_in(b, e.mail_id), text = text_in(b, e.text);
  b.Finish(fb::CreateTicketEntry(b, static_cast<std::uint8_t>(e.kind), ms_of(e.at), e.author.value, author_address,
                                 e.by_agent, e.automatic, message_id, shown_id, mail_id, text, e.raw.value,
                                 e.mailbox.value, e.uid.value, e.certainty));
  tx.put(key::ticket_entry(id.value, e.number), finished(b));
  if (!e.mailbox) return;
  char* place = tx.put_reserve(key::ticket_place(e.mailbox, e.uid), 12);
  save(place, id.value);
  save(place + 8, e.number);
}

}  // namespace

Ticket add_entry(Transaction& tx, TicketId id, TicketEntry& entry) {
  auto ticket = find_ticket(tx, id);
  if (!ticket) throw std::logic_error("no such ticket");
  entry.number = ++ticket->entries;
  put_entry(tx, id, entry);
  put_record(tx, *ticket);
  return *ticket;
}

void update_entry(Transaction& tx, TicketId id, TicketEntry const& entry) {
  auto old = find_entry(tx, id, entry.number);
  if (!old) throw std::logic_error("no such entry of a ticket");
  if (old->mailbox) tx.del(key::ticket_place(old->mailbox, old->uid));
  put_entry(tx, id, entry);
}

std::optional<TicketEntry> find_entry(Snapshot const& s, TicketId id, std::uint32_t number) {
  auto value = s.get(key::ticket_entry(id.value, number));
  if (!value) return std::nullopt;
  return parse_entry(number, *value);
}

std::vector<TicketEntry> list_entries(Snapshot const& s, TicketId id, std::uint32_t after, std::size_t most) {
  std::vector<TicketEntry> out;
  Key const prefix = key::ticket_entries(id.value);
  auto take = [&](std::string_view key, std::string_view value) {
    if (out.size() >= most) return false;
    out.push_back(parse_entry(number_in_key<std::uint32_t>(key, prefix.view().size()), value));
    return true;
  };
  s.scan(prefix, take, key::ticket_entry(id.value, after + 1));
  return out;
}

std::optional<TicketPlace> find_ticket_place(Snapshot const& s, MailboxId mailbox, Uid uid) {
  auto value = s.get(key::ticket_place(mailbox, uid));
  if (!value) return std::nullopt;
  return TicketPlace{TicketId(load<std::uint64_t>(value->data())), load<std::uint32_t>(value->data() + 8)};
}

// --- lists

namespace {

// What ends the keys of the orders by change: when, then which.
constexpr std::size_t ending = 16;

// One order, walked from the last changed back.
struct Walk {
  Key prefix;
  std::unique_ptr<Cursor> cursor;
  bool more = false;

  Walk(Snapshot const& s, Key p, std::optional<Ticket> const& before) : prefix(p), cursor(s.cursor()) {
    constexpr std::int64_t last_ms = std::numeric_limits<std::int64_t>::max();
    Key const end = before ? key::ticket_changed(p, ms_of(before->changed), before->id.value)
                           : key::ticket_changed(p, last_ms, ~std::uint64_t{0});
    check(cursor->seek_last_below(end));
  }
  void check(bool there) { more = there && cursor->key().starts_with(prefix.view()); }
  void back() { check(cursor->prev()); }
  std::string_view place() const { return cursor->key().substr(prefix.view().size()); }
  TicketId id() const { return TicketId(number_in_key<std::uint64_t>(place(), ending - 8)); }
};

// The orders that hold what the filter asks for: one of them if it names one, else that of each status.
std::vector<Key> orders_of(TicketFilter const& filter) {
  if (filter.assignee) return {key::tickets_of_assignee(*filter.assignee)};
  if (filter.requester) return {key::tickets_of(*filter.requester, true)};
  if (filter.status) return {key::tickets_of_status(static_cast<unsigned char>(*filter.status))};
  std::vector<Key> all;
  for (unsigned char status = 0; status < status_names.size(); ++status) all.push_back(key::tickets_of_status(status));
  return all;
}

bool passes(Ticket const& t, TicketFilter const& filter) {
  if (filter.status && t.status != *filter.status) return false;
  if (filter.assignee && t.assignee != *filter.assignee) return false;
  return !filter.requester || (!t.participants.empty() && t.participants[0].user == *filter.requester);
}

}  // namespace

std::vector<Ticket> list_tickets(Snapshot const& s, TicketFilter const& filter, TicketId before, std::size_t most) {
  std::vector<Ticket> out;
  auto const start = before ? find_ticket(s, before) : std::nullopt;
  std::vector<Walk> walks;
  for (Key const& order : orders_of(filter)) walks.emplace_back(s, order, start);
  while (out.size() < most) {
    Walk* last = nullptr;
    for (Walk& walk : walks)
      if (walk.more && (!last || walk.place() > last->place())) last = &walk;
    if (!last) break;
    auto ticket = find_ticket(s, last->id());
    last->back();
    if (ticket && passes(*ticket, filter)) out.push_back(std::move(*ticket));
  }
  return out;
}

std::vector<TicketId> list_overdue(Snapshot const& s, Time now, std::size_t most) {
  std::vector<TicketId> out;
  s.scan(key::table(Table::ticket_due), [&](std::string_view key, std::string_view) {
    if (out.size() >= most || time_of(key::time_in_key(key, 1)) > now) return false;
    out.emplace_back(number_in_key<std::uint64_t>(key, 9));
    return true;
  });
  return out;
}

// --- of deleted accounts

namespace {

// The first ticket under `prefix`, whose keys end with a ticket's number.
std::optional<Ticket> first_ticket(Snapshot const& s, std::string_view prefix) {
  std::optional<Ticket> found;
  s.scan(prefix, [&](std::string_view key, std::string_view) {
    found = find_ticket(s, TicketId(number_in_key<std::uint64_t>(key, key.size() - 8)));
    return false;
  });
  return found;
}

void leave(Ticket& ticket, UserId user) {
  for (Participant& p : ticket.participants) {
    if (p.user != user) continue;
    p.user = UserId();
    p.address.clear();
    p.accepted = false;
  }
  if (ticket.assignee == user) ticket.assignee = UserId();
}

}  // namespace

bool reclaim_tickets(Transaction& tx, UserId user, Budget& budget) {
  for (Key const& prefix : {key::tickets_of(user), key::tickets_of_assignee(user)})
    while (auto ticket = first_ticket(tx, prefix)) {
      if (!budget.left()) return false;
      leave(*ticket, user);
      update_ticket(tx, *ticket);
      budget.spend(0);
    }
  return true;
}

}  // namespace mc::store
