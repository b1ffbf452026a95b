// store/reclaim.h - freeing what nothing points to any more, a slice at a time, so that no
// operation holds the writer long. Inside store/ only; reclaim_deleted() (store/mailboxes.h)
// is the way in for the server's background task.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/ids.h"
#include "store/engine.h"

namespace mc::store {

// What one slice may still do: a unit is a message or a record removed.
struct Budget {
  std::size_t units = 10'000;
  std::uint64_t octets = std::uint64_t{64} << 20;
  bool left() const { return units > 0 && octets > 0; }
  void spend(std::uint64_t freed_octets) {
    units -= std::min<std::size_t>(units, 1);
    octets -= std::min(octets, freed_octets);
  }
};

// As drop_reference(); how many octets of bodies went (store/bodies.cpp).
std::uint64_t release(Transaction& tx, MessageId id);

// Drops one reference of each: a slice at once, the rest later. `id` and `modseq` name the operation.
void free_or_queue(Transaction& tx, MailboxId id, ModSeq modseq, std::vector<MessageId> const& messages);

// Unconditionally: the mailbox is gone for every find, its contents are queued (store/mailboxes.cpp).
void remove_mailbox(Transaction& tx, UserId owner, MailboxId id);

void queue_mailbox(Transaction& tx, MailboxId id, UserId owner);  // its entries, log, annotations and state go later
void queue_user(Transaction& tx, UserId id);  // his decisions, event ids, tokens and annotations go later

// Of a deleted user; true: none is left (store/conversations.cpp, store/teams.cpp).
bool reclaim_conversations(Transaction& tx, UserId user, Budget& budget);
bool reclaim_memberships(Transaction& tx, UserId user, Budget& budget);

// The user is a participant and an assignee of no ticket any more (store/tickets.cpp). true: none is left.
bool reclaim_tickets(Transaction& tx, UserId user, Budget& budget);

// Deletes entries under `prefix` while the budget lasts; true: none is left.
bool delete_prefix(Transaction& tx, std::string_view prefix, Budget& budget);

}  // namespace mc::store
