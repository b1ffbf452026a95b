#include "store/conversations.h"

#include <algorithm>
#include <stdexcept>

#include "core/crypto.h"
#include "store/accounts.h"
#include "store/decisions.h"
#include "store/fixed.h"
#include "store/keys.h"
#include "store/reclaim.h"
#include "store/records.h"
#include "store/watchers.h"

namespace mc::store {

namespace {

Conversation parse_conversation(ConversationId id, std::string_view value) {
  fb::Conversation const& r = record_of<fb::Conversation>(value);
  Conversation c;
  c.id = id;
  c.low = UserId(r.low());
  c.high = UserId(r.high());
  c.context = string_of(r.context());
  c.type = string_of(r.type());
  c.messages = r.messages();
  c.opened = time_of(r.opened());
  c.changed = time_of(r.changed());
  c.low_token = string_of(r.low_token());
  c.high_token = string_of(r.high_token());
  return c;
}

Key pair_key(Conversation const& c) { return key::conversation_pair(c.low, c.high, sha256(c.context)); }

std::optional<ConversationId> find_id(Snapshot const& s, Conversation const& like) {
  auto value = s.get(pair_key(like));
  if (!value) return std::nullopt;
  return ConversationId(load<std::uint64_t>(value->data()));
}

bool has_token(Snapshot const& s, std::string_view token) {
  auto const known = token.empty() ? std::nullopt : find_token(s, token);
  return known && !known->revoked;
}

// true: one was made.
bool renew_token(Transaction& tx, Conversation& c, UserId side, Time now) {
  if (has_token(tx, c.token_of(side))) return false;
  c.token_of(side) = issue_token(tx, {'c', side, c.id.value, 0, now, false});
  return true;
}

void add_conversation(Transaction& tx, Conversation& c) {
  c.id = ConversationId(tx.next_id(Counter::conversation));
  save(tx.put_reserve(pair_key(c), 8), c.id.value);
  tx.put(key::user_conversation(c.low, c.id.value), {});
  tx.put(key::user_conversation(c.high, c.id.value), {});
}

void remove_conversation(Transaction& tx, Conversation const& c) {
  for (std::string const* token : {&c.low_token, &c.high_token})
    if (!token->empty()) revoke_token(tx, *token);
  tx.del(pair_key(c));
  tx.del(key::user_conversation(c.low, c.id.value));
  tx.del(key::user_conversation(c.high, c.id.value));
  tx.del(key::conversation(c.id.value));
}

// Room for one more, after those who are gone.
bool has_room(Transaction& tx, UserId user) {
  auto const blocked = list_blocked(tx, user);
  if (blocked.size() >= max_blocked) return false;
  std::vector<std::string> gone;
  Key const prefix = key::blocked(user);
  tx.scan(prefix, [&](std::string_view key, std::string_view) {
    if (!find_user(tx, UserId(number_in_key<std::uint64_t>(key, prefix.view().size())))) gone.emplace_back(key);
    return true;
  });
  for (std::string const& key : gone) tx.del(key);
  return true;
}

}  // namespace

Conversation get_conversation(Transaction& tx, UserId a, UserId b, std::string_view context, std::string_view type,
                              Time now) {
  if (a == b) throw std::logic_error("a conversation is of two");
  Conversation c;
  c.low = std::min(a, b);
  c.high = std::max(a, b);
  c.context = context;
  c.type = type;
  c.opened = c.changed = now;
  bool changed = false;
  if (auto id = find_id(tx, c)) {
    c = find_conversation(tx, *id).value();
  } else {
    add_conversation(tx, c);
    changed = true;
  }
  changed |= renew_token(tx, c, c.low, now);
  changed |= renew_token(tx, c, c.high, now);
  if (changed) update_conversation(tx, c);
  return c;
}

std::optional<Conversation> find_conversation(Snapshot const& s, ConversationId id) {
  auto value = s.get(key::conversation(id.value));
  if (!value) return std::nullopt;
  return parse_conversation(id, *value);
}

void update_conversation(Transaction& tx, Conversation const& c) {
  Builder b(512);
  auto context = text_in(b, c.context), type = text_in(b, c.type);
  auto low_token = text_in(b, c.low_token), high_token = text_in(b, c.high_token);
  b.Finish(fb::CreateConversation(b, c.low.value, c.high.value, context, type, c.messages, ms_of(c.opened),
                                  ms_of(c.changed), low_token, high_token));
  tx.put(key::conversation(c.id.value), finished(b));
}

std::vector<Conversation> list_conversations(Snapshot const& s, UserId user, std::size_t most) {
  std::vector<Conversation> out;
  Key const prefix = key::user_conversations(user);
  auto cursor = s.cursor();
  bool more = cursor->seek_last_below(key::user_conversations(user.next()));
  for (; more && out.size() < most && cursor->key().starts_with(prefix.view()); more = cursor->prev())
    if (auto c = find_conversation(s, ConversationId(number_in_key<std::uint64_t>(cursor->key(), prefix.view().size()))))
      out.push_back(std::move(*c));
  return out;
}

std::vector<Conversation> list_conversations(Snapshot const& s, UserId a, UserId b, std::size_t most) {
  std::vector<Conversation> out;
  s.scan(key::conversation_pairs(std::min(a, b), std::max(a, b)), [&](std::string_view, std::string_view value) {
    if (out.size() >= most) return false;
    if (auto c = find_conversation(s, ConversationId(load<std::uint64_t>(value.data())))) out.push_back(std::move(*c));
    return true;
  });
  return out;
}

bool block(Transaction& tx, UserId user, UserId other, Time now) {
  if (is_blocked(tx, user, other) || !has_room(tx, user)) return false;
  save(tx.put_reserve(key::blocked(user, other), 8), ms_of(now));
  tx.publish(topic::user_mailboxes(user));
  return true;
}

bool unblock(Transaction& tx, UserId user, UserId other) {
  if (!tx.del(key::blocked(user, other))) return false;
  tx.publish(topic::user_mailboxes(user));
  return true;
}

bool is_blocked(Snapshot const& s, UserId user, UserId other) { return s.get(key::blocked(user, other)).has_value(); }

std::vector<std::pair<UserId, Time>> list_blocked(Snapshot const& s, UserId user) {
  std::vector<std::pair<UserId, Time>> out;
  Key const prefix = key::blocked(user);
  s.scan(prefix, [&](std::string_view key, std::string_view value) {
    UserId const other(number_in_key<std::uint64_t>(key, prefix.view().size()));
    if (find_user(s, other)) out.emplace_back(other, time_of(load<std::int64_t>(value.data())));
    return true;
  });
  return out;
}

bool reclaim_conversations(Transaction& tx, UserId user, Budget& budget) {
  Key const prefix = key::user_conversations(user);
  auto cursor = tx.cursor();
  while (cursor->seek(prefix) && cursor->key().starts_with(prefix.view())) {
    if (!budget.left()) return false;
    std::string const place(cursor->key());
    ConversationId const id(number_in_key<std::uint64_t>(place, prefix.view().size()));
    if (auto c = find_conversation(tx, id)) remove_conversation(tx, *c);
    tx.del(place);
    budget.spend(0);
  }
  return delete_prefix(tx, key::blocked(user), budget);
}

}  // namespace mc::store
