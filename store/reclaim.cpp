#include "store/reclaim.h"

#include <stdexcept>

#include "store/block_walk.h"
#include "store/decisions.h"
#include "store/fixed.h"
#include "store/keys.h"
#include "store/mailboxes.h"
#include "store/outbox.h"

namespace mc::store {

namespace {

constexpr std::size_t ids_a_record = 500;

std::string_view ids_as_octets(std::vector<MessageId> const& ids, std::size_t from, std::size_t count) {
  static_assert(sizeof(MessageId) == 8);
  return {reinterpret_cast<char const*>(ids.data() + from), count * sizeof(MessageId)};
}

std::vector<MessageId> parse_ids(std::string_view value) {
  std::vector<MessageId> ids;
  for (; value.size() >= 8; value.remove_prefix(8)) ids.emplace_back(load<std::uint64_t>(value.data()));
  return ids;
}

// The first key under `prefix`, copied; absent: none.
std::optional<std::string> first_key(Snapshot const& s, std::string_view prefix) {
  auto cursor = s.cursor();
  if (!cursor->seek(prefix) || !cursor->key().starts_with(prefix)) return std::nullopt;
  return std::string(cursor->key());
}

// Messages that lost their place in large expunges. true: none is left.
bool reclaim_unplaced(Transaction& tx, Budget& budget) {
  Key const prefix = key::table(Table::unplaced);
  while (auto key = first_key(tx, prefix)) {
    std::vector<MessageId> ids = parse_ids(*tx.get(*key));
    while (!ids.empty() && budget.left()) {
      budget.spend(release(tx, ids.back()));
      ids.pop_back();
    }
    if (!ids.empty()) {
      tx.put(*key, ids_as_octets(ids, 0, ids.size()));
      return false;
    }
    tx.del(*key);
  }
  return true;
}

// `owner` is empty where the mailbox was deleted before there were annotations.
bool reclaim_metadata(Transaction& tx, MailboxId id, std::string_view owner, Budget& budget) {
  if (owner.size() != 8) return true;
  return delete_prefix(tx, key::metadata(UserId(load<std::uint64_t>(owner.data())), id), budget);
}

// Entries of a deleted mailbox, from the first block on. true: none is left.
bool reclaim_entries(Transaction& tx, MailboxId id, Budget& budget) {
  BlockWalk walk(tx, id);
  while (walk.first()) {
    if (!budget.left()) return false;
    std::vector<Entry> entries = unpack(walk.block());
    Key const key = key::index_block(id, walk.least_uid());
    walk.forget();
    while (!entries.empty() && budget.left()) {
      budget.spend(release(tx, entries.back().message));
      entries.pop_back();
    }
    if (entries.empty())
      tx.del(key);
    else
      pack(entries, tx.put_reserve(key, packed_size(entries.size())));
  }
  return true;
}

bool reclaim_mailboxes(Transaction& tx, Budget& budget) {
  while (auto marker = first_key(tx, key::table(Table::deleted_mailbox))) {
    if (!budget.left()) return false;
    MailboxId const id(number_in_key<std::uint64_t>(*marker, 1));
    std::string const owner(*tx.get(*marker));
    if (!reclaim_entries(tx, id, budget) || !delete_prefix(tx, key::change_log(id), budget) ||
        !reclaim_metadata(tx, id, owner, budget))
      return false;
    tx.del(key::mailbox_state(id));
    tx.del(*marker);
  }
  return true;
}

// Decisions with their events and what still waits to be sent to him.
bool reclaim_decisions(Transaction& tx, UserId user, Budget& budget) {
  Key const prefix = key::user_decisions(user);
  while (auto key = first_key(tx, prefix)) {
    if (!budget.left()) return false;
    DecisionId const id(number_in_key<std::uint64_t>(*key, prefix.view().size()));
    if (!delete_prefix(tx, key::events(id), budget)) return false;
    auto decision = find_decision(tx, id);
    if (decision && decision->outbox) remove_outbox(tx, decision->outbox);
    tx.del(key::decision(id));
    tx.del(*key);
    budget.spend(0);
  }
  return true;
}

bool reclaim_tokens(Transaction& tx, UserId user, Budget& budget) {
  Key const prefix = key::user_tokens(user);
  while (auto key = first_key(tx, prefix)) {
    if (!budget.left()) return false;
    tx.del(key::token(std::string_view(*key).substr(prefix.view().size())));
    tx.del(*key);
    budget.spend(0);
  }
  return true;
}

bool reclaim_users(Transaction& tx, Budget& budget) {
  while (auto marker = first_key(tx, key::table(Table::deleted_user))) {
    if (!budget.left()) return false;
    UserId const id(number_in_key<std::uint64_t>(*marker, 1));
    if (!reclaim_decisions(tx, id, budget) || !reclaim_tokens(tx, id, budget) || !reclaim_tickets(tx, id, budget) ||
        !delete_prefix(tx, key::event_ids(id), budget) || !delete_prefix(tx, key::metadata(id), budget) ||
        !delete_prefix(tx, key::departures(id), budget) || !reclaim_conversations(tx, id, budget) ||
        !reclaim_memberships(tx, id, budget))
      return false;
    tx.del(*marker);
  }
  return true;
}

}  // namespace

void free_or_queue(Transaction& tx, MailboxId id, ModSeq modseq, std::vector<MessageId> const& messages) {
  Budget budget;
  std::size_t done = 0;
  for (; done < messages.size() && budget.left(); ++done) budget.spend(release(tx, messages[done]));
  for (std::uint32_t part = 0; done < messages.size(); ++part) {
    std::size_t const count = std::min(ids_a_record, messages.size() - done);
    tx.put(key::unplaced(id, modseq, part), ids_as_octets(messages, done, count));
    done += count;
  }
}

void queue_mailbox(Transaction& tx, MailboxId id, UserId owner) {
  save(tx.put_reserve(key::deleted_mailbox(id), 8), owner.value);
}
void queue_user(Transaction& tx, UserId id) { tx.put(key::deleted_user(id), {}); }

bool delete_prefix(Transaction& tx, std::string_view prefix, Budget& budget) {
  auto cursor = tx.cursor();
  while (cursor->seek(prefix) && cursor->key().starts_with(prefix)) {
    if (!budget.left()) return false;
    tx.del(std::string(cursor->key()));
    budget.spend(0);
  }
  return true;
}

bool reclaim_deleted(Transaction& tx, std::size_t most) {
  Budget budget;
  budget.units = most;
  return !(reclaim_unplaced(tx, budget) && reclaim_mailboxes(tx, budget) && reclaim_users(tx, budget));
}

}  // namespace mc::store
