#include "store/decisions.h"

#include "store/fixed.h"
#include "store/keys.h"
#include "store/records.h"

namespace mc::store {

std::string_view to_string(EventKind kind) {
  switch (kind) {
    case EventKind::queued: return "queued";
    case EventKind::sent: return "sent";
    case EventKind::deferred: return "deferred";
    case EventKind::bounced: return "bounced";
    case EventKind::skipped: return "skipped";
    case EventKind::read: return "read";
    case EventKind::expired: return "expired";
    case EventKind::held: return "held";
    case EventKind::released: return "released";
    case EventKind::dropped: return "dropped";
    case EventKind::placed_after_failure: return "placed after failure";
    case EventKind::duplicate: return "duplicate";
    case EventKind::waiting: return "waiting";
    case EventKind::delayed: return "delayed";
  }
  return "unknown";
}

namespace {

std::string_view without_brackets(std::string_view message_id) {
  if (message_id.starts_with('<') && message_id.ends_with('>')) return message_id.substr(1, message_id.size() - 2);
  return message_id;
}

// What the index of a user's decisions keeps of a Message-ID: enough to pass over the others.
std::string mark_of(std::string_view message_id) {
  return std::string(as_octets(sha256(without_brackets(message_id))).substr(0, 8));
}

std::vector<DecisionId> parse_ids(std::string_view octets) {
  std::vector<DecisionId> ids;
  for (; octets.size() >= 8; octets.remove_prefix(8)) ids.emplace_back(load<std::uint64_t>(octets.data()));
  return ids;
}

std::string write_ids(std::vector<DecisionId> const& ids) {
  std::string octets(ids.size() * 8, '\0');
  for (std::size_t i = 0; i < ids.size(); ++i) save(octets.data() + i * 8, ids[i].value);
  return octets;
}

DecisionRecord parse_decision(DecisionId id, std::string_view value) {
  fb::Decision const& r = record_of<fb::Decision>(value);
  DecisionRecord out;
  out.id = id;
  out.user = UserId(r.user());
  out.at = time_of(r.at());
  out.mail_id = string_of(r.mail_id());
  out.message_id = string_of(r.message_id());
  out.event_id = string_of(r.event_id());
  out.type = string_of(r.type());
  out.subject = string_of(r.subject());
  out.from = string_of(r.from());
  out.policy = PolicyVersion(r.policy());
  out.record = string_of(r.record());
  out.mailbox = MailboxId(r.mailbox());
  out.uid = Uid(r.uid());
  out.message = MessageId(r.message());
  out.outbox = OutboxId(r.outbox());
  out.size = r.size();
  out.token = string_of(r.token());
  out.event_key = string_of(r.event_key());
  out.folded = parse_ids(view_of(r.folded()));
  return out;
}

}  // namespace

DecisionId next_decision_id(Transaction& tx) { return DecisionId(tx.next_id(Counter::decision)); }

void put_decision(Transaction& tx, DecisionRecord const& r) {
  Builder b;
  auto mail_id = text_in(b, r.mail_id), message_id = text_in(b, r.message_id), event_id = text_in(b, r.event_id);
  auto type = text_in(b, r.type), subject = text_in(b, r.subject), from = text_in(b, r.from);
  auto record = octets_in(b, r.record), token = octets_in(b, r.token), event_key = octets_in(b, r.event_key);
  auto folded = octets_in(b, write_ids(r.folded));
  b.Finish(fb::CreateDecision(b, r.user.value, ms_of(r.at), mail_id, message_id, event_id, type, subject, from,
                              r.policy.value, record, r.mailbox.value, r.uid.value, r.message.value,
                              r.outbox.value, r.size, token, event_key, folded));
  tx.put(key::decision(r.id), finished(b));
  tx.put(key::user_decision(r.user, r.id), mark_of(r.message_id));
}

std::optional<DecisionRecord> find_decision(Snapshot const& s, DecisionId id) {
  auto value = s.get(key::decision(id));
  if (!value) return std::nullopt;
  return parse_decision(id, *value);
}

std::vector<DecisionRecord> list_decisions(Snapshot const& s, UserId user, std::string_view message_id,
                                           std::size_t most) {
  std::vector<DecisionRecord> out;
  Key const prefix = key::user_decisions(user);
  std::string const mark = mark_of(message_id);
  auto cursor = s.cursor();
  bool more = cursor->seek_last_below(key::user_decisions(user.next()));
  for (; more && out.size() < most && cursor->key().starts_with(prefix.view()); more = cursor->prev()) {
    if (!message_id.empty() && cursor->value() != mark) continue;
    auto found = find_decision(s, DecisionId(number_in_key<std::uint64_t>(cursor->key(), prefix.view().size())));
    if (!found) continue;
    if (message_id.empty() || without_brackets(found->message_id) == without_brackets(message_id))
      out.push_back(std::move(*found));
  }
  return out;
}

void walk_decisions_back(Snapshot const& s, DecisionId before,
                         std::function<bool(DecisionRecord const&)> const& f) {
  Key const prefix = key::table(Table::decision);
  auto cursor = s.cursor();
  bool more = cursor->seek_last_below(before ? key::decision(before) : key::after_table(Table::decision));
  for (; more && cursor->key().starts_with(prefix.view()); more = cursor->prev()) {
    DecisionId const id(number_in_key<std::uint64_t>(cursor->key(), prefix.view().size()));
    if (!f(parse_decision(id, cursor->value()))) return;
  }
}

namespace {

void put_event(Transaction& tx, DecisionId id, std::uint32_t number, DecisionEvent const& event) {
  Builder b;
  auto text = text_in(b, event.text);
  b.Finish(fb::CreateEvent(b, ms_of(event.at), static_cast<std::uint8_t>(event.kind), text));
  tx.put(key::event(id, number), finished(b));
}

}  // namespace

void put_first_event(Transaction& tx, DecisionId id, DecisionEvent const& event) { put_event(tx, id, 0, event); }

void append_event(Transaction& tx, DecisionId id, DecisionEvent const& event) {
  Key const prefix = key::events(id);
  auto cursor = tx.cursor();
  std::uint32_t number = 0;
  if (cursor->seek_last_below(key::events(id.next())) && cursor->key().starts_with(prefix.view()))
    number = number_in_key<std::uint32_t>(cursor->key(), prefix.view().size()) + 1;
  put_event(tx, id, number, event);
}

std::vector<DecisionEvent> list_events(Snapshot const& s, DecisionId id) {
  std::vector<DecisionEvent> out;
  s.scan(key::events(id), [&](std::string_view, std::string_view value) {
    fb::Event const& r = record_of<fb::Event>(value);
    DecisionEvent& event = out.emplace_back();
    event.at = time_of(r.at());
    event.kind = static_cast<EventKind>(r.kind());
    event.text = string_of(r.text());
    return true;
  });
  return out;
}

// Each part with its length before it: no two triples give the same octets.
std::string event_key(std::string_view submitter, UserId recipient, std::string_view event_id) {
  std::string all = std::to_string(submitter.size()) + ':';
  all.append(submitter).append(std::to_string(recipient.value)).append(":").append(event_id);
  return std::string(as_octets(sha256(all)).substr(0, 16));
}

std::optional<SeenEvent> find_event_id(Snapshot const& s, std::string_view submitter, UserId recipient,
                                       std::string_view event_id) {
  auto value = s.get(key::event_id(recipient, event_key(submitter, recipient, event_id)));
  if (!value) return std::nullopt;
  fb::Idempotency const& r = record_of<fb::Idempotency>(*value);
  SeenEvent seen;
  std::string_view const hash = view_of(r.body_hash());
  std::copy_n(hash.begin(), std::min(hash.size(), seen.body_hash.size()), seen.body_hash.begin());
  seen.decision = DecisionId(r.decision());
  seen.at = time_of(r.at());
  return seen;
}

std::string put_event_id(Transaction& tx, std::string_view submitter, UserId recipient, std::string_view event_id,
                         SeenEvent const& seen) {
  Builder b;
  auto hash = octets_in(b, as_octets(seen.body_hash));
  b.Finish(fb::CreateIdempotency(b, hash, seen.decision.value, ms_of(seen.at)));
  std::string key = event_key(submitter, recipient, event_id);
  tx.put(key::event_id(recipient, key), finished(b));
  return key;
}

}  // namespace mc::store
