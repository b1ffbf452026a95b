// store/changelog.h - what changed in a mailbox, by modseq. Inside store/ only.
//
// One operation writes one record, or several numbered parts when its UIDs need more than
// 2,000 octets. Arrivals are not logged: their UIDs tell.
//
//   record = time kind *( gap length )
//   time   = i64, ms since 1970      kind   = u8
//   gap    = varint: first UID less the last one before it (0 at the start)
//   length = varint: last UID of the range less its first
#pragma once
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/ids.h"
#include "core/uid_set.h"
#include "store/engine.h"
#include "store/mailboxes.h"

namespace mc::store {

enum class LogKind : unsigned char {
  flags = 1,     // changed, but did not get \Seen
  seen = 2,      // got \Seen (and perhaps more)
  expunged = 3,
};

// `part` numbers the records of one modseq; returns the next part.
std::uint32_t write_log(Transaction& tx, MailboxId id, ModSeq modseq, std::uint32_t part, LogKind kind,
                        UidSet const& uids);

struct LogRecord {
  ModSeq modseq;
  Time at{};
  LogKind kind = LogKind::flags;
  std::vector<UidRange> ranges;  // ascending
};
LogRecord parse_log_record(std::string_view key, std::string_view value);  // Throws StorageBroken

// Removes the oldest records until `most` are left (whole operations only, at most 10,000 records a
// call) and raises `state.log_floor`; the caller writes the state.
void trim_log(Transaction& tx, MailboxId id, MailboxState& state, std::size_t most);

// Calls f(LogRecord const&) for the records after `since`, in order, until f returns false.
template <class F>
void scan_log(Snapshot const& s, MailboxId id, ModSeq since, F&& f);

}  // namespace mc::store

#include "store/changelog_impl.h"
