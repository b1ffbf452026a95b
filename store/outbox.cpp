#include "store/outbox.h"

#include <algorithm>

#include "store/bodies.h"
#include "store/fixed.h"
#include "store/keys.h"
#include "store/records.h"
#include "store/watchers.h"

namespace mc::store {

namespace {

std::optional<SendWindow> parse_window(fb::Outbox const& r) {
  if (r.window_from() < 0) return std::nullopt;
  return SendWindow{static_cast<std::uint16_t>(r.window_from()), static_cast<std::uint16_t>(r.window_until()),
                    string_of(r.window_zone())};
}

OutboxEntry parse_entry(OutboxId id, std::string_view value) {
  fb::Outbox const& r = record_of<fb::Outbox>(value);
  OutboxEntry e;
  e.id = id;
  e.message = MessageId(r.message());
  e.user = UserId(r.user());
  e.decision = DecisionId(r.decision());
  e.sender = string_of(r.sender());
  e.recipient = string_of(r.recipient());
  e.extra_prefix = string_of(r.extra_prefix());
  e.mail_id = string_of(r.mail_id());
  e.created = time_of(r.created());
  e.expires = time_of(r.expires());
  e.due = time_of(r.due());
  e.attempts = r.attempts();
  e.state = static_cast<OutboxState>(r.state());
  e.last_reply = string_of(r.last_reply());
  e.notify = r.notify();
  e.ret = r.ret();
  e.envid = string_of(r.envid());
  e.orcpt = string_of(r.orcpt());
  e.smtputf8 = r.smtputf8();
  e.eight_bit = r.eight_bit();
  e.waits = r.waits();
  e.type = string_of(r.type());
  e.window = parse_window(r);
  e.together_until = time_of(r.together_until());
  e.to_suppressed = r.to_suppressed();
  e.ready = time_of(r.ready());
  e.delay_told = r.delay_told();
  e.at_once = r.at_once();
  e.report_to = string_of(r.report_to());
  e.addressed = string_of(r.addressed());
  e.personal = r.personal();
  return e;
}

// Its place in the order of those that wait or of those to be sent; held ones have none.
void put_place(Transaction& tx, OutboxEntry const& e) {
  if (e.state == OutboxState::queued) tx.put(key::outbox_due(ms_of(e.due), e.id), {});
  if (e.state != OutboxState::waiting) return;
  tx.put(key::outbox_waiting(ms_of(e.due), e.id), {});
  tx.put(key::user_waiting(e.user, ms_of(e.due), e.id), {});
}

void del_place(Transaction& tx, OutboxEntry const& e) {
  if (e.state == OutboxState::queued) tx.del(key::outbox_due(ms_of(e.due), e.id));
  if (e.state != OutboxState::waiting) return;
  tx.del(key::outbox_waiting(ms_of(e.due), e.id));
  tx.del(key::user_waiting(e.user, ms_of(e.due), e.id));
}

// The record and its place.
void put_entry(Transaction& tx, OutboxEntry const& e) {
  Builder b;
  auto sender = text_in(b, e.sender), recipient = text_in(b, e.recipient), last_reply = text_in(b, e.last_reply);
  auto mail_id = text_in(b, e.mail_id), envid = text_in(b, e.envid), orcpt = text_in(b, e.orcpt);
  auto extra_prefix = text_in(b, e.extra_prefix), type = text_in(b, e.type);
  auto report_to = text_in(b, e.report_to), addressed = text_in(b, e.addressed);
  auto zone = text_in(b, e.window ? std::string_view(e.window->zone) : std::string_view());
  std::int16_t const from = e.window ? static_cast<std::int16_t>(e.window->from) : std::int16_t{-1};
  std::int16_t const until = e.window ? static_cast<std::int16_t>(e.window->until) : std::int16_t{-1};
  b.Finish(fb::CreateOutbox(b, e.message.value, e.user.value, e.decision.value, sender, recipient,
                            ms_of(e.created), ms_of(e.expires), ms_of(e.due), e.attempts,
                            static_cast<std::uint8_t>(e.state), last_reply, mail_id, e.notify, e.ret, envid, orcpt,
                            e.smtputf8, e.eight_bit, extra_prefix, e.waits, type, from, until, zone,
                            ms_of(e.together_until), e.to_suppressed, ms_of(e.ready), e.delay_told, e.at_once,
                            report_to, addressed, e.personal));
  tx.put(key::outbox(e.id), finished(b));
  put_place(tx, e);
}

// Where a key's due time begins: in the two orders of all, and in a user's.
constexpr std::size_t due_at = 1, users_due_at = 9;
Time due_in_key(std::string_view key, std::size_t at = due_at) { return time_of(key::time_in_key(key, at)); }

}  // namespace

OutboxId put_outbox(Transaction& tx, OutboxEntry entry) {
  entry.id = OutboxId(tx.next_id(Counter::outbox));
  put_entry(tx, entry);
  tx.publish(topic::outbox);
  return entry.id;
}

void update_outbox(Transaction& tx, OutboxEntry const& entry) {
  auto old = find_outbox(tx, entry.id);
  if (!old) return;
  del_place(tx, *old);
  put_entry(tx, entry);
  tx.publish(topic::outbox);
}

bool remove_outbox(Transaction& tx, OutboxId id) {
  auto old = find_outbox(tx, id);
  if (!old) return false;
  del_place(tx, *old);
  tx.del(key::outbox(id));
  drop_reference(tx, old->message);
  return true;
}

std::optional<OutboxEntry> find_outbox(Snapshot const& s, OutboxId id) {
  auto value = s.get(key::outbox(id));
  if (!value) return std::nullopt;
  return parse_entry(id, *value);
}

void walk_due(Snapshot const& s, Time now, DuePlace after, std::function<bool(DuePlace)> const& f) {
  s.scan(
      key::table(Table::outbox_due),
      [&](std::string_view key, std::string_view) {
        DuePlace const place{due_in_key(key), OutboxId(number_in_key<std::uint64_t>(key, 9))};
        return place.due <= now && f(place);
      },
      after == DuePlace() ? key::table(Table::outbox_due) : key::outbox_due(ms_of(after.due), after.id.next()));
}

std::optional<OutboxHead> find_outbox_head(Snapshot const& s, OutboxId id) {
  auto value = s.get(key::outbox(id));
  if (!value) return std::nullopt;
  fb::Outbox const& r = record_of<fb::Outbox>(*value);
  return OutboxHead{view_of(r.recipient()), r.at_once()};
}

std::vector<OutboxEntry> due_waiting(Snapshot const& s, Time now, std::size_t most) {
  std::vector<OutboxEntry> out;
  s.scan(key::table(Table::outbox_waiting), [&](std::string_view key, std::string_view) {
    if (due_in_key(key) > now || out.size() >= most) return false;
    if (auto entry = find_outbox(s, OutboxId(number_in_key<std::uint64_t>(key, 9)))) out.push_back(std::move(*entry));
    return true;
  });
  return out;
}

std::optional<Time> next_waiting(Snapshot const& s) {
  std::optional<Time> first;
  s.scan(key::table(Table::outbox_waiting), [&](std::string_view key, std::string_view) {
    first = due_in_key(key);
    return false;
  });
  return first;
}

std::vector<OutboxEntry> list_waiting(Snapshot const& s, UserId user, Time until, std::size_t most) {
  std::vector<OutboxEntry> out;
  s.scan(key::user_waiting(user), [&](std::string_view key, std::string_view) {
    if (due_in_key(key, users_due_at) > until || out.size() >= most) return false;
    if (auto entry = find_outbox(s, OutboxId(number_in_key<std::uint64_t>(key, 17)))) out.push_back(std::move(*entry));
    return true;
  });
  return out;
}

std::vector<Time> list_departures(Snapshot const& s, UserId user, std::string_view type) {
  std::vector<Time> out;
  std::string_view octets = s.get(key::departures(user, type)).value_or(std::string_view());
  for (; octets.size() >= 8; octets.remove_prefix(8)) out.push_back(time_of(load<std::int64_t>(octets.data())));
  return out;
}

void note_departure(Transaction& tx, UserId user, std::string_view type, Time at, Time since, std::size_t most) {
  std::vector<Time> times = list_departures(tx, user, type);
  std::erase_if(times, [&](Time t) { return t <= since || t > at; });
  times.push_back(at);
  if (times.size() > most) times.erase(times.begin(), times.end() - static_cast<std::ptrdiff_t>(most));
  char* to = tx.put_reserve(key::departures(user, type), times.size() * 8);
  for (Time t : times) {
    save(to, ms_of(t));
    to += 8;
  }
}

std::vector<OutboxEntry> list_outbox(Snapshot const& s, OutboxId after, std::size_t most) {
  std::vector<OutboxEntry> out;
  s.scan(
      key::table(Table::outbox),
      [&](std::string_view key, std::string_view value) {
        if (out.size() >= most) return false;
        out.push_back(parse_entry(OutboxId(number_in_key<std::uint64_t>(key, 1)), value));
        return true;
      },
      key::outbox(after.next()));
  return out;
}

}  // namespace mc::store
