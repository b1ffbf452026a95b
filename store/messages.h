// store/messages.h - the messages of one mailbox: a packed index in blocks of up to 92
// entries (one database page each), and a log of changes by modseq.
//
// The block is the unit of I/O: flagging 100,000 messages rewrites 1,087 blocks. Every write
// below takes one new modseq for the whole operation, updates the mailbox's counts, logs what
// changed and publishes the mailbox. An operation that changes nothing takes none and
// publishes nothing. Every function requires that the mailbox exists (else std::logic_error).
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/ids.h"
#include "core/result.h"
#include "core/uid_set.h"
#include "store/block.h"  // Entry, Flags
#include "store/engine.h"
#include "store/mailboxes.h"

namespace mc::store {

// Reads the index of one mailbox as of one snapshot. Lifetime: within the snapshot; in a
// transaction, until its next write. One thread.
class MailboxReader {
 public:
  MailboxReader(Snapshot const& s, MailboxId id);
  MailboxState const& state() const;

  // Calls f(Entry const&) for the messages of `uids` that exist, ascending, until f returns false
  // (an f of type void sees them all). Costs what is asked for: blocks outside `uids` are not read.
  template <class F>
  void for_each(UidSet const& uids, F&& f) const;
  std::optional<Entry> find(Uid uid) const;  // neighbours asked in order cost no search

  // Every UID, as ranges; with runs without gaps this is small and cheap (headers only).
  UidSet uids() const;
  // Position of the first message without \Seen, from block counts; absent: all seen.
  std::optional<SeqNum> first_unseen() const;
  // Entries with modseq > since, ascending; blocks with no such entry are skipped by their header.
  template <class F>
  void for_each_changed(ModSeq since, F&& f) const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

struct NewMessage {
  MessageId message;
  std::uint32_t size = 0;
  Flags flags = 0;
  std::int64_t date = 0;  // seconds
};

struct Appended {
  Uid uid;
  ModSeq modseq;
};
// SAVEDATE is the transaction's time. Not logged: a new message is known by its UID.
// Fails: limit (UIDs exhausted), not_found (deleted since it was looked up).
Result<Appended> append(Transaction& tx, MailboxId id, NewMessage const& message);

enum class FlagChange { set, add, remove };  // FLAGS, +FLAGS, -FLAGS

struct FlagsStored {
  ModSeq modseq;    // of this change; the mailbox's highest if nothing changed
  UidSet changed;   // whose flags are now different
  UidSet modified;  // not touched: changed after unchanged_since (RFC 7162, 3.1.3)
};
FlagsStored store_flags(Transaction& tx, MailboxId id, UidSet const& uids, FlagChange how, Flags flags,
                        std::optional<ModSeq> unchanged_since = {});

// Removes these messages (only those with \Deleted if `only_deleted`); bodies no longer placed
// anywhere go with them (beyond 10,000 messages or 64 MiB with a later reclaim_deleted(), so that
// no operation holds the writer long). Returns what went.
UidSet expunge(Transaction& tx, MailboxId id, UidSet const& uids, bool only_deleted);

struct Copied {
  std::vector<UidRange> from, to;  // same total length, in order: COPYUID (RFC 4315)
};
// Flags and keywords go along (keyword bits translated), INTERNALDATE too. Messages that no
// longer exist are passed over. `to` may be `from`. Fails: limit (keywords, UIDs), not_found (deleted
// since), before anything is written.
Result<Copied> copy_messages(Transaction& tx, MailboxId from, UidSet const& uids, MailboxId to);
Result<Copied> move_messages(Transaction& tx, MailboxId from, UidSet const& uids, MailboxId to);

// What happened after `since`, for a session that knows the UIDs below `known_next`.
struct Changes {
  ModSeq highest_modseq;
  Uid uid_next;
  UidSet flags;     // modseq after `since`, present, below known_next
  UidSet expunged;  // gone after `since`, below known_next
};
// Cost grows with the log after `since` and what arrived after it. Where `since` is older than the log's
// floor, `flags` holds every message with a later modseq and `expunged` every UID below
// known_next that does not exist.
Changes changes_since(Snapshot const& s, MailboxId id, ModSeq since, Uid known_next);

// The first UID a session that selects now may call \Recent; from then on they are nobody's (RFC 3501,
// 2.3.2). Takes no modseq, publishes nothing, writes only if something is recent.
Uid take_recent(Transaction& tx, MailboxId id);

// When a message first got \Seen by a change of flags, from the change log; absent: it did not (it
// may have arrived so), or too long ago. Cost: the log.
std::optional<Time> first_seen_at(Snapshot const& s, MailboxId id, Uid uid);

// The same for several messages of one mailbox, and when they went, by one pass over the log.
struct LoggedTimes {
  std::map<Uid, Time> seen, gone;  // of those of which the log tells it
  std::size_t records = 0;         // of the log that were read: what it cost
};
LoggedTimes logged_times(Snapshot const& s, MailboxId id, UidSet const& uids);
// For messages that exist; costs nothing where nobody ever changed them.
LoggedTimes logged_times(Snapshot const& s, MailboxId id, std::span<Entry const> entries);

// Shortens the logs of mailboxes grown past `most` records; called now and then by the server.
void trim_change_log(Transaction& tx, MailboxId id, std::size_t most);

}  // namespace mc::store

#include "store/messages_impl.h"  // the templates' bodies
