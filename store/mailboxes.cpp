#include "store/mailboxes.h"

#include <algorithm>

#include "core/text.h"
#include "store/fixed.h"
#include "store/keys.h"
#include "store/mailbox_name.h"
#include "store/messages.h"
#include "store/reclaim.h"
#include "store/records.h"
#include "store/state.h"
#include "store/watchers.h"

namespace mc::store {

namespace {

constexpr std::string_view inbox = "INBOX";

MailboxInfo parse_mailbox(UserId owner, MailboxId id, std::string_view value) {
  fb::Mailbox const& record = record_of<fb::Mailbox>(value);
  MailboxInfo info;
  info.id = id;
  info.owner = owner;
  info.name = string_of(record.name());
  info.kind = static_cast<MailboxKind>(record.kind());
  info.special_use = string_of(record.special_use());
  info.uid_validity = UidValidity(record.uid_validity());
  for (flatbuffers::uoffset_t i = 0; record.keywords() && i < record.keywords()->size(); ++i)
    info.keywords.push_back(string_of(record.keywords()->Get(i)));
  return info;
}

void put_mailbox(Transaction& tx, MailboxInfo const& info, Time created) {
  Builder b;
  auto name = text_in(b, info.name), special_use = text_in(b, info.special_use);
  std::vector<flatbuffers::Offset<flatbuffers::String>> texts;
  for (std::string const& keyword : info.keywords) texts.push_back(b.CreateString(keyword));
  auto keywords = b.CreateVector(texts);
  b.Finish(fb::CreateMailbox(b, name, static_cast<std::uint8_t>(info.kind), special_use, info.uid_validity.value,
                             created.time_since_epoch().count(), keywords));
  tx.put(key::mailbox(info.owner, info.id), finished(b));
}

// Rewrites a mailbox's record; the time it was made stays.
void update_mailbox(Transaction& tx, MailboxInfo const& info) {
  auto value = tx.get(key::mailbox(info.owner, info.id));
  Time const created{Millis(value ? record_of<fb::Mailbox>(*value).created() : 0)};
  put_mailbox(tx, info, created);
}

// Calls f(id, record) for the owner's mailboxes by id until it returns false.
template <class F>
void for_each_mailbox(Snapshot const& s, UserId owner, F&& f) {
  Key const prefix = key::mailboxes(owner);
  s.scan(prefix, [&](std::string_view key, std::string_view value) {
    return f(MailboxId(number_in_key<std::uint64_t>(key, prefix.view().size())), value);
  });
}

std::size_t count_mailboxes(Snapshot const& s, UserId owner) {
  std::size_t n = 0;
  for_each_mailbox(s, owner, [&](MailboxId, std::string_view) { return ++n, true; });
  return n;
}

// Greater than any before, also if the store was put back to an older state.
Result<UidValidity> next_uid_validity(Transaction& tx, Time now) {
  auto value = tx.get(key::uid_validity());
  std::uint64_t const last = value ? load<std::uint64_t>(value->data()) : 0;
  std::int64_t const seconds = std::max<std::int64_t>(now.time_since_epoch().count() / 1000, 1);
  std::uint64_t const fresh = std::max<std::uint64_t>(last + 1, static_cast<std::uint64_t>(seconds));
  if (fresh > ~std::uint32_t{0}) return fail(Errc::limit, "No UIDVALIDITY is left");
  save(tx.put_reserve(key::uid_validity(), sizeof fresh), fresh);
  return UidValidity(static_cast<std::uint32_t>(fresh));
}

// The mailbox alone, its name checked and free.
Result<MailboxId> put_new_mailbox(Transaction& tx, MailboxInfo info, Time now) {
  auto validity = next_uid_validity(tx, now);
  if (!validity) return validity.error();
  info.id = MailboxId(tx.next_id(Counter::mailbox));
  info.uid_validity = *validity;
  put_mailbox(tx, info, now);
  save(tx.put_reserve(key::mailbox_owner(info.id), 8), info.owner.value);
  put_state(tx, info.id, {});
  return info.id;
}

// The superior levels of `name` that have no mailbox, from the top.
std::vector<std::string> missing_superiors(Snapshot const& s, UserId owner, std::string_view name) {
  std::vector<std::string> missing;
  for (std::string_view above = superior_of(name); !above.empty(); above = superior_of(above)) {
    if (find_mailbox(s, owner, above)) break;
    missing.emplace(missing.begin(), above);
  }
  return missing;
}

Result<void> make_superiors(Transaction& tx, UserId owner, std::vector<std::string> const& names, Time now) {
  for (std::string const& name : names) {
    MailboxInfo info;
    info.owner = owner;
    info.name = name;
    if (auto made = put_new_mailbox(tx, info, now); !made) return made.error();
  }
  return {};
}

int rank_of(MailboxKind kind) {
  switch (kind) {
    case MailboxKind::inbox: return 0;
    case MailboxKind::alerts: return 1;
    case MailboxKind::updates: return 2;
    case MailboxKind::tickets: return 3;
    case MailboxKind::special: return 4;
    case MailboxKind::desk: return 5;
    case MailboxKind::user: break;
  }
  return 6;
}

bool listed_before(MailboxInfo const& a, MailboxInfo const& b) {
  if (int x = rank_of(a.kind), y = rank_of(b.kind); x != y) return x < y;
  return a.kind == MailboxKind::user ? name_before(a.name, b.name) : a.id < b.id;
}

}  // namespace

void make_account_mailboxes(Transaction& tx, UserId owner, Time now) {
  struct Row {
    char const* name;
    MailboxKind kind;
    char const* special_use;
  };
  static constexpr Row rows[] = {
      {"INBOX", MailboxKind::inbox, ""},          {"Account Alerts", MailboxKind::alerts, ""},
      {"Updates", MailboxKind::updates, ""},      {"Tickets", MailboxKind::tickets, ""},
      {"Sent", MailboxKind::special, "\\Sent"},   {"Drafts", MailboxKind::special, "\\Drafts"},
      {"Trash", MailboxKind::special, "\\Trash"}, {"Archive", MailboxKind::special, "\\Archive"},
  };
  for (Row const& row : rows) {
    if (find_mailbox(tx, owner, row.name)) continue;
    create_mailbox(tx, owner, row.name, row.kind, row.special_use, now).value();
    subscribe(tx, owner, row.name);
  }
}

std::vector<MailboxInfo> list_mailboxes(Snapshot const& s, UserId owner) {
  std::vector<MailboxInfo> out;
  for_each_mailbox(s, owner, [&](MailboxId id, std::string_view value) {
    out.push_back(parse_mailbox(owner, id, value));
    return true;
  });
  std::sort(out.begin(), out.end(), listed_before);
  return out;
}

std::optional<MailboxInfo> find_mailbox(Snapshot const& s, UserId owner, std::string_view name) {
  std::string const wanted = normal_name(name);
  std::optional<MailboxInfo> found;
  for_each_mailbox(s, owner, [&](MailboxId id, std::string_view value) {
    if (view_of(record_of<fb::Mailbox>(value).name()) == wanted) found = parse_mailbox(owner, id, value);
    return !found;
  });
  return found;
}

std::optional<MailboxInfo> find_mailbox(Snapshot const& s, MailboxId id) {
  auto owner = s.get(key::mailbox_owner(id));
  if (!owner) return std::nullopt;
  UserId const user(load<std::uint64_t>(owner->data()));
  auto value = s.get(key::mailbox(user, id));
  if (!value) return std::nullopt;
  return parse_mailbox(user, id, *value);
}

std::optional<MailboxId> find_mailbox_of_kind(Snapshot const& s, UserId owner, MailboxKind kind) {
  std::optional<MailboxId> found;
  for_each_mailbox(s, owner, [&](MailboxId id, std::string_view value) {
    if (record_of<fb::Mailbox>(value).kind() == static_cast<std::uint8_t>(kind)) found = id;
    return !found;
  });
  return found;
}

Result<MailboxId> create_mailbox(Transaction& tx, UserId owner, std::string_view name, MailboxKind kind,
                                 std::string_view special_use, Time now) {
  auto checked = check_mailbox_name(name);
  if (!checked) return checked.error();
  if (find_mailbox(tx, owner, *checked)) return fail(Errc::exists, "The mailbox exists already");
  auto superiors = missing_superiors(tx, owner, *checked);
  if (count_mailboxes(tx, owner) + superiors.size() + 1 > max_mailboxes)
    return fail(Errc::limit, "Too many mailboxes");
  if (auto made = make_superiors(tx, owner, superiors, now); !made) return made.error();
  MailboxInfo info;
  info.owner = owner;
  info.name = *checked;
  info.kind = kind;
  info.special_use = special_use;
  tx.publish(topic::user_mailboxes(owner));
  return put_new_mailbox(tx, std::move(info), now);
}

MailboxId make_desk_mailbox(Transaction& tx, UserId owner, std::string_view name, Time now) {
  MailboxInfo info;
  info.owner = owner;
  info.name = check_mailbox_name(name).value();
  info.kind = MailboxKind::desk;
  tx.publish(topic::user_mailboxes(owner));
  return put_new_mailbox(tx, std::move(info), now).value();
}

namespace {

// The mailboxes a rename concerns, with their new names. Fails: as rename_mailbox().
Result<std::vector<MailboxInfo>> renamed(Snapshot const& s, UserId owner, std::string const& from,
                                         std::string const& to) {
  std::vector<MailboxInfo> out;
  for (MailboxInfo& info : list_mailboxes(s, owner)) {
    if (info.name == to || is_below(info.name, to)) return fail(Errc::exists, "The mailbox exists already");
    if (info.name != from && !is_below(info.name, from)) continue;
    auto name = check_mailbox_name(to + info.name.substr(from.size()));
    if (!name) return name.error();
    info.name = *name;
    out.push_back(std::move(info));
  }
  if (out.empty() || std::none_of(out.begin(), out.end(), [&](MailboxInfo const& m) { return m.name == to; }))
    return fail(Errc::not_found, "No such mailbox");
  return out;
}

}  // namespace

Result<void> rename_mailbox(Transaction& tx, UserId owner, std::string_view from, std::string_view to) {
  std::string const old_name = normal_name(from);
  if (old_name == inbox) return move_inbox_to(tx, owner, to, tx.now());
  auto new_name = check_mailbox_name(to);
  if (!new_name) return new_name.error();
  if (!find_mailbox(tx, owner, old_name)) return fail(Errc::not_found, "No such mailbox");
  if (is_below(*new_name, old_name)) return fail(Errc::forbidden, "A mailbox cannot move below itself");
  auto concerned = renamed(tx, owner, old_name, *new_name);
  if (!concerned) return concerned.error();
  auto superiors = missing_superiors(tx, owner, *new_name);
  if (count_mailboxes(tx, owner) + superiors.size() > max_mailboxes) return fail(Errc::limit, "Too many mailboxes");
  if (auto made = make_superiors(tx, owner, superiors, tx.now()); !made) return made.error();
  for (MailboxInfo const& info : *concerned) update_mailbox(tx, info);
  tx.publish(topic::user_mailboxes(owner));
  return {};
}

Result<void> delete_mailbox(Transaction& tx, UserId owner, std::string_view name) {
  std::string const wanted = normal_name(name);
  if (wanted == inbox) return fail(Errc::forbidden, "INBOX cannot be deleted");
  auto info = find_mailbox(tx, owner, wanted);
  if (!info) return fail(Errc::not_found, "No such mailbox");
  bool inferiors = false;
  for_each_mailbox(tx, owner, [&](MailboxId, std::string_view value) {
    inferiors = is_below(view_of(record_of<fb::Mailbox>(value).name()), wanted);
    return !inferiors;
  });
  if (inferiors) return fail(Errc::conflict, "The mailbox has inferior mailboxes");
  remove_mailbox(tx, owner, info->id);
  return {};
}

Result<void> move_inbox_to(Transaction& tx, UserId owner, std::string_view to, Time now) {
  auto source = find_mailbox(tx, owner, inbox);
  if (!source) return fail(Errc::not_found, "No such mailbox");
  auto made = create_mailbox(tx, owner, to, MailboxKind::user, {}, now);
  if (!made) return made.error();
  auto moved = move_messages(tx, source->id, UidSet{{1, ~std::uint32_t{0}}}, *made);
  if (!moved) return moved.error();
  return {};
}

void remove_mailbox(Transaction& tx, UserId owner, MailboxId id) {
  tx.del(key::mailbox(owner, id));
  tx.del(key::mailbox_owner(id));
  queue_mailbox(tx, id, owner);
  tx.publish(topic::mailbox(id));
  tx.publish(topic::user_mailboxes(owner));
}

bool subscribe(Transaction& tx, UserId owner, std::string_view name) {
  auto checked = check_mailbox_name(name);
  if (!checked) return false;
  Key const key = key::subscription(owner, sha256(*checked));
  if (tx.get(key)) return true;
  if (list_subscriptions(tx, owner).size() >= max_subscriptions) return false;
  tx.put(key, *checked);
  tx.publish(topic::user_mailboxes(owner));
  return true;
}

bool unsubscribe(Transaction& tx, UserId owner, std::string_view name) {
  if (!tx.del(key::subscription(owner, sha256(normal_name(name))))) return false;
  tx.publish(topic::user_mailboxes(owner));
  return true;
}

std::vector<std::string> list_subscriptions(Snapshot const& s, UserId owner) {
  std::vector<std::string> names;
  s.scan(key::subscriptions(owner), [&](std::string_view, std::string_view name) {
    names.emplace_back(name);
    return true;
  });
  std::sort(names.begin(), names.end(), name_before);
  return names;
}

std::optional<unsigned> find_keyword(MailboxInfo const& mailbox, std::string_view keyword) {
  for (std::size_t i = 0; i < mailbox.keywords.size(); ++i)
    if (iequals(mailbox.keywords[i], keyword)) return flag::first_keyword_bit + static_cast<unsigned>(i);
  return std::nullopt;
}

Result<unsigned> keyword_bit(Transaction& tx, MailboxId id, std::string_view keyword) {
  auto info = find_mailbox(tx, id);
  if (!info) return fail(Errc::not_found, "No such mailbox");
  if (auto bit = find_keyword(*info, keyword)) return *bit;
  if (!is_keyword_atom(keyword)) return fail(Errc::syntax, "Not a keyword");
  if (info->keywords.size() >= max_keywords) return fail(Errc::limit, "Too many keywords in the mailbox");
  info->keywords.emplace_back(keyword);
  update_mailbox(tx, *info);
  return flag::first_keyword_bit + static_cast<unsigned>(info->keywords.size() - 1);
}

}  // namespace mc::store
