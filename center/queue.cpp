#include "center/queue.h"

#include "center/departure.h"
#include "center/outbox.h"
#include "core/text.h"

namespace mc::center {

namespace {

constexpr std::size_t most_looked_at = 10'000;  // entries in one read

Result<store::OutboxEntry> get_queued(store::Transaction& tx, OutboxId id) {
  auto entry = store::find_outbox(tx, id);
  if (!entry) return fail(Errc::not_found, "No mail " + to_string(id) + " in the queue");
  return *entry;
}

void note(store::Transaction& tx, store::OutboxEntry const& entry, store::EventKind kind, std::string_view text, Time now) {
  note_on_all(tx, entry.decision, {now, kind, std::string(text)});
}

void try_at_once(store::Transaction& tx, store::OutboxEntry entry, Time now) {
  entry.due = now;
  entry.at_once = true;
  store::update_outbox(tx, entry);
}

}  // namespace

QueuePage list_queue(store::Snapshot const& s, QueueFilter const& filter, OutboxId after, std::size_t most) {
  QueuePage page;
  auto entries = store::list_outbox(s, after, most_looked_at);
  for (store::OutboxEntry& entry : entries) {
    if (page.entries.size() >= most) return page;
    page.next = entry.id;
    bool const fits = (filter.domain.empty() || domain_of(entry.recipient) == filter.domain) &&
                      (!filter.state || entry.state == *filter.state);
    if (fits) page.entries.push_back(std::move(entry));
  }
  if (entries.size() < most_looked_at) page.next = {};
  return page;
}

Result<void> retry_queued(Context& c, store::Transaction& tx, OutboxId id) {
  auto entry = get_queued(tx, id);
  if (!entry) return entry.error();
  if (entry->state == store::OutboxState::held)
    return fail(Errc::forbidden, "Mail " + to_string(id) + " is on hold; release it first");
  if (entry->state == store::OutboxState::waiting) return send_early(c, tx, std::move(*entry), c.clock.now());
  try_at_once(tx, std::move(*entry), c.clock.now());
  return {};
}

Result<std::size_t> retry_all_queued(Context& c, store::Transaction& tx, std::vector<OutboxId> const& ids) {
  std::size_t count = 0;
  for (OutboxId id : ids) {
    auto entry = store::find_outbox(tx, id);
    if (!entry || entry->state != store::OutboxState::queued) continue;
    try_at_once(tx, std::move(*entry), c.clock.now());
    ++count;
  }
  return count;
}

Result<void> hold_queued(Context& c, store::Transaction& tx, OutboxId id) {
  auto entry = get_queued(tx, id);
  if (!entry) return entry.error();
  entry->state = store::OutboxState::held;
  store::update_outbox(tx, *entry);
  note(tx, *entry, store::EventKind::held, "by an admin", c.clock.now());
  return {};
}

Result<void> release_queued(Context& c, store::Transaction& tx, OutboxId id) {
  auto entry = get_queued(tx, id);
  if (!entry) return entry.error();
  if (entry->state != store::OutboxState::held)
    return fail(Errc::conflict, "Mail " + to_string(id) + " is not on hold");
  bool const waits = never_queued(*entry);
  entry->state = waits ? store::OutboxState::waiting : store::OutboxState::queued;
  if (!waits) entry->due = c.clock.now();
  store::update_outbox(tx, *entry);
  note(tx, *entry, store::EventKind::released, waits ? "by an admin; it waits as before" : "by an admin", c.clock.now());
  tx.publish(store::topic::outbox);
  return {};
}

Result<void> drop_queued(Context& c, store::Transaction& tx, OutboxId id) {
  auto entry = get_queued(tx, id);
  if (!entry) return entry.error();
  note(tx, *entry, store::EventKind::dropped, "by an admin", c.clock.now());
  store::remove_outbox(tx, id);
  return {};
}

}  // namespace mc::center
