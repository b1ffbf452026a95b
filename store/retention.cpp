#include "store/retention.h"

#include "store/fixed.h"
#include "store/keys.h"
#include "store/records.h"
#include "store/reclaim.h"

namespace mc::store {

namespace {

TextKey kept_key(KeptNote const& n) { return key::kept(n.type, ms_of(n.arrival), n.mailbox, n.uid); }

void put_number(Transaction& tx, std::string_view key, std::uint64_t v) { save(tx.put_reserve(key, sizeof v), v); }

std::string_view checked(std::string_view value, std::size_t least) {
  if (value.size() < least) throw StorageBroken("a record of how long messages are kept is damaged");
  return value;
}

// Arrival, mailbox, UID: the end of a note's key.
constexpr std::size_t place_octets = 20;

KeptNote parse_kept(std::string_view type, std::string_view key, std::string_view value) {
  std::string_view const place = key.substr(checked(key, place_octets).size() - place_octets);
  KeptNote note;
  note.type = type;
  note.arrival = time_of(key::time_in_key(place, 0));
  note.mailbox = MailboxId(number_in_key<std::uint64_t>(place, 8));
  note.uid = Uid(number_in_key<std::uint32_t>(place, 16));
  note.decision = DecisionId(load<std::uint64_t>(checked(value, 8).data()));
  return note;
}

}  // namespace

void put_kept(Transaction& tx, KeptNote const& note) { put_number(tx, kept_key(note), note.decision.value); }
bool del_kept(Transaction& tx, KeptNote const& note) { return tx.del(kept_key(note)); }

std::vector<KeptNote> list_kept(Snapshot const& s, std::string_view type, Time until, std::size_t most,
                                KeptNote const* after) {
  std::vector<KeptNote> out;
  TextKey const prefix = key::kept(type);
  TextKey from = prefix;
  // The first key behind that note: its own and one octet more.
  if (after) from = key::kept(type, ms_of(after->arrival), after->mailbox, after->uid).text({"\0", 1});
  s.scan(
      prefix,
      [&](std::string_view key, std::string_view value) {
        if (out.size() >= most) return false;
        KeptNote note = parse_kept(type, key, value);
        if (note.arrival > until) return false;
        out.push_back(std::move(note));
        return true;
      },
      from);
  return out;
}

std::vector<std::string> kept_types(Snapshot const& s) {
  std::vector<std::string> out;
  Key const table = key::table(Table::kept);
  auto cursor = s.cursor();
  for (bool more = cursor->seek(table); more && cursor->key().starts_with(table.view());) {
    std::string_view const rest = cursor->key().substr(1);
    std::string const name(rest.substr(0, rest.find('\0')));
    out.push_back(name);
    more = cursor->seek(TextKey(Table::kept).text(name).text({"\1", 1}));
  }
  return out;
}

// Under when it is looked at again: i64 arrival, u64 decision, the type.
void put_kept_again(Transaction& tx, Time when, KeptNote const& note) {
  std::string value(16, '\0');
  save(value.data(), ms_of(note.arrival));
  save(value.data() + 8, note.decision.value);
  tx.put(key::kept_again(ms_of(when), note.mailbox, note.uid), value += note.type);
}

void del_kept_again(Transaction& tx, Time when, KeptNote const& note) {
  tx.del(key::kept_again(ms_of(when), note.mailbox, note.uid));
}

std::vector<KeptAgain> list_kept_again(Snapshot const& s, Time until, std::size_t most) {
  std::vector<KeptAgain> out;
  s.scan(key::table(Table::kept_again), [&](std::string_view key, std::string_view value) {
    Time const when = time_of(key::time_in_key(key, 1));
    if (when > until || out.size() >= most) return false;
    checked(value, 16);
    KeptNote note{std::string(value.substr(16)), time_of(load<std::int64_t>(value.data())),
                  MailboxId(number_in_key<std::uint64_t>(key, 9)), Uid(number_in_key<std::uint32_t>(key, 17)),
                  DecisionId(load<std::uint64_t>(value.data() + 8))};
    out.push_back({when, std::move(note)});
    return true;
  });
  return out;
}

// --- terms -------------------------------------------------------------------------------
//
//   0 i64 keep   16 i64 announced    32 i64 noticed until     48 u32 noticed UID
//   8 i64 next   24 i64 next from    40 u64 noticed mailbox
// keep, next: −1 none (keep: for ever).

namespace {

constexpr std::size_t term_octets = 52;

KeepTerm parse_term(std::string_view value) {
  char const* at = checked(value, term_octets).data();
  KeepTerm term;
  auto const keep = load<std::int64_t>(at), next = load<std::int64_t>(at + 8);
  term.keep = keep < 0 ? Millis::max() : Millis(keep);
  if (next >= 0) term.next = Millis(next);
  term.announced = time_of(load<std::int64_t>(at + 16));
  term.next_from = time_of(load<std::int64_t>(at + 24));
  term.noticed_until = time_of(load<std::int64_t>(at + 32));
  term.noticed_mailbox = MailboxId(load<std::uint64_t>(at + 40));
  term.noticed_uid = Uid(load<std::uint32_t>(at + 48));
  return term;
}

}  // namespace

void put_keep_term(Transaction& tx, std::string_view type, KeepTerm const& term) {
  char* at = tx.put_reserve(key::keep_term(type), term_octets);
  save(at, term.keep == Millis::max() ? std::int64_t{-1} : std::int64_t{term.keep.count()});
  save(at + 8, term.next ? std::int64_t{term.next->count()} : std::int64_t{-1});
  save(at + 16, ms_of(term.announced));
  save(at + 24, ms_of(term.next_from));
  save(at + 32, ms_of(term.noticed_until));
  save(at + 40, term.noticed_mailbox.value);
  save(at + 48, term.noticed_uid.value);
}

void del_keep_term(Transaction& tx, std::string_view type) { tx.del(key::keep_term(type)); }

std::optional<KeepTerm> find_keep_term(Snapshot const& s, std::string_view type) {
  auto value = s.get(key::keep_term(type));
  if (!value) return std::nullopt;
  return parse_term(*value);
}

std::vector<std::pair<std::string, KeepTerm>> list_keep_terms(Snapshot const& s) {
  std::vector<std::pair<std::string, KeepTerm>> out;
  s.scan(key::table(Table::keep_term), [&](std::string_view key, std::string_view value) {
    out.emplace_back(key.substr(1), parse_term(value));
    return true;
  });
  return out;
}

// --- notices -------------------------------------------------------------------------------
//
//   0 i64 announced   8 u32 messages

void add_owed_notice(Transaction& tx, OwedNotice const& notice) {
  TextKey const key = key::owed_notice(notice.user, notice.type);
  std::uint32_t messages = notice.messages;
  if (auto owed = tx.get(key); owed && load<std::int64_t>(checked(*owed, 12).data()) == ms_of(notice.announced))
    messages += load<std::uint32_t>(owed->data() + 8);
  char* at = tx.put_reserve(key, 12);
  save(at, ms_of(notice.announced));
  save(at + 8, messages);
}

std::vector<OwedNotice> first_owed_notices(Snapshot const& s) {
  std::vector<OwedNotice> out;
  s.scan(key::table(Table::owed_notice), [&](std::string_view key, std::string_view value) {
    OwedNotice notice;
    notice.user = UserId(number_in_key<std::uint64_t>(key, 1));
    if (!out.empty() && out.front().user != notice.user) return false;
    notice.type = key.substr(9);
    notice.announced = time_of(load<std::int64_t>(checked(value, 12).data()));
    notice.messages = load<std::uint32_t>(value.data() + 8);
    out.push_back(std::move(notice));
    return true;
  });
  return out;
}

void del_owed_notice(Transaction& tx, OwedNotice const& notice) { tx.del(key::owed_notice(notice.user, notice.type)); }

// --- decisions -----------------------------------------------------------------------------

namespace {

// false: some of its events are left.
bool remove_decision(Transaction& tx, DecisionId id, Budget& budget) {
  fb::Decision const& r = record_of<fb::Decision>(*tx.get(key::decision(id)));
  UserId const user(r.user());
  std::string const tokens = string_of(r.token()), event_key = string_of(r.event_key());
  if (!delete_prefix(tx, key::events(id), budget)) return false;
  for (std::size_t at = 0; at + 16 <= tokens.size(); at += 16) {
    std::string_view const token = std::string_view(tokens).substr(at, 16);
    tx.del(key::token(token));
    tx.del(key::user_token(user, token));
  }
  if (!event_key.empty()) tx.del(key::event_id(user, event_key));
  tx.del(key::user_decision(user, id));
  tx.del(key::decision(id));
  return true;
}

// The first decision from `from` on, if there is one and it is old enough.
std::optional<DecisionId> next_old_decision(Snapshot const& s, std::uint64_t from, Time until) {
  auto cursor = s.cursor();
  Key const table = key::table(Table::decision);
  if (!cursor->seek(key::decision(DecisionId(from))) || !cursor->key().starts_with(table.view())) return std::nullopt;
  if (time_of(record_of<fb::Decision>(cursor->value()).at()) > until) return std::nullopt;
  return DecisionId(number_in_key<std::uint64_t>(cursor->key(), 1));
}

bool waits_outside(Snapshot const& s, DecisionId id) {
  OutboxId const outbox(record_of<fb::Decision>(*s.get(key::decision(id))).outbox());
  return outbox && s.get(key::outbox(outbox));
}

}  // namespace

bool remove_old_decisions(Transaction& tx, Time until, std::size_t most) {
  Budget budget;
  budget.units = most;
  auto const place = tx.get(key::decision_place());
  std::uint64_t from = place ? load<std::uint64_t>(checked(*place, 8).data()) : 1;
  bool const resumed = place.has_value();
  while (auto id = next_old_decision(tx, from, until)) {
    from = id->value;
    if (!budget.left()) {
      put_number(tx, key::decision_place(), from);
      return true;
    }
    budget.spend(0);
    bool const gone = waits_outside(tx, *id) || remove_decision(tx, *id, budget);
    if (gone) ++from;
  }
  if (resumed) tx.del(key::decision_place());
  return false;
}

}  // namespace mc::store
