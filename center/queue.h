// center/queue.h - what admins do with the outbox: queue list|show|retry|hold|release|drop.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "center/context.h"
#include "core/ids.h"
#include "core/result.h"
#include "store/outbox.h"

namespace mc::center {

struct QueueFilter {
  std::string domain;  // of the recipient, lower case; empty: any
  std::optional<store::OutboxState> state;
};
// The first `most` after `after`, by id. `next`: where to go on; 0: that was all. Looks at 10,000 entries at most.
struct QueuePage {
  std::vector<store::OutboxEntry> entries;
  OutboxId next;
};
QueuePage list_queue(store::Snapshot const& s, QueueFilter const& filter, OutboxId after, std::size_t most);

// Tried now, whatever is known of its domain. One that waits is sent now. Fails: not_found, forbidden (on hold …).
Result<void> retry_queued(Context& c, store::Transaction& tx, OutboxId id);
// The same for those of `ids` that are queued; those that wait are left alone, that nobody's quiet hours be broken, and so
// are those on hold. How many.
Result<std::size_t> retry_all_queued(Context& c, store::Transaction& tx, std::vector<OutboxId> const& ids);
Result<void> hold_queued(Context& c, store::Transaction& tx, OutboxId id);
// What waited goes on waiting.
Result<void> release_queued(Context& c, store::Transaction& tx, OutboxId id);
Result<void> drop_queued(Context& c, store::Transaction& tx, OutboxId id);

}  // namespace mc::center
