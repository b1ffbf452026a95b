// store/messages.h - the messages of one mailbox: a packed index in blocks of up to 100
// entries (one database page each), and a log of changes by modseq.
//
// The block is the unit of I/O: flagging 100,000 messages rewrites 1,000 blocks. Every write
// below takes one new modseq for the whole operation, updates the mailbox's counts, logs what
// changed and publishes the mailbox.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/ids.h"
#include "core/result.h"
#include "core/uid_set.h"
#include "store/engine.h"
#include "store/mailboxes.h"

namespace mc::store {

// System flags in bits 0 to 4, keyword i of the mailbox in bit 8 + i.
using Flags = std::uint64_t;
namespace flag {
constexpr Flags seen = 1, answered = 2, flagged = 4, deleted = 8, draft = 16;
constexpr unsigned first_keyword_bit = 8;
}  // namespace flag

struct Entry {
  Uid uid;
  std::uint32_t size = 0;     // RFC822.SIZE
  Flags flags = 0;
  ModSeq modseq;
  std::int64_t date = 0;      // INTERNALDATE, seconds since 1970
  MessageId message;          // also EMAILID
};  // 40 octets a message on disk; SAVEDATE is its time of arrival in the mailbox, kept with the block

// Reads the index of one mailbox as of one snapshot. Lifetime: within the snapshot.
class MailboxReader {
 public:
  MailboxReader(Snapshot const& s, MailboxId id);
  MailboxState const& state() const;

  // Calls f(Entry const&) for the messages of `uids` that exist, ascending, until f returns false.
  // Costs what is asked for: blocks outside `uids` are not read.
  template <class F>
  void for_each(UidSet const& uids, F&& f) const;
  std::optional<Entry> find(Uid uid) const;

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
// Requires: the mailbox exists. Fails: limit (UIDs exhausted).
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
// anywhere go with them. Returns what went.
UidSet expunge(Transaction& tx, MailboxId id, UidSet const& uids, bool only_deleted);

struct Copied {
  std::vector<UidRange> from, to;  // same total length, in order: COPYUID (RFC 4315)
};
// Flags and keywords go along (keyword bits translated), INTERNALDATE too. Messages that no
// longer exist are passed over. Fails: limit.
Result<Copied> copy_messages(Transaction& tx, MailboxId from, UidSet const& uids, MailboxId to);
Result<Copied> move_messages(Transaction& tx, MailboxId from, UidSet const& uids, MailboxId to);

// What happened after `since`, for a session that knows the UIDs below `known_next`.
struct Changes {
  ModSeq highest_modseq;
  Uid uid_next;
  UidSet flags;     // changed flags, still present, below known_next
  UidSet expunged;  // gone, below known_next
};
// Cost grows with the log after `since`. Where `since` is older than the log's
// floor, `flags` holds every message with a later modseq and `expunged` every UID below
// known_next that does not exist.
Changes changes_since(Snapshot const& s, MailboxId id, ModSeq since, Uid known_next);

// When a message first got \Seen after `since`, from the change log; absent: not, or too long ago.
std::optional<Time> first_seen_at(Snapshot const& s, MailboxId id, Uid uid);

// Shortens the logs of mailboxes grown past `most` records; called now and then by the server.
void trim_change_log(Transaction& tx, MailboxId id, std::size_t most);

}  // namespace mc::store

#include "store/messages_impl.h"  // the templates' bodies
