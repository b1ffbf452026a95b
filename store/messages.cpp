#include "store/messages.h"

#include <algorithm>

#include "store/changelog.h"
#include "store/state.h"

namespace mc::store {

MailboxReader::MailboxReader(Snapshot const& s, MailboxId id) : impl_(std::make_shared<Impl>(s, id)) {}

MailboxState const& MailboxReader::state() const { return impl_->state; }

std::optional<Entry> MailboxReader::find(Uid uid) const {
  if (!impl_->finder.reach(uid.value)) return std::nullopt;
  BlockView const& block = impl_->finder.block();
  std::size_t i = block.lower_bound(uid.value);
  if (i == block.count() || block.uid(i) != uid.value) return std::nullopt;
  return block.entry(i);
}

UidSet MailboxReader::uids() const {
  UidSet out;
  BlockWalk walk(impl_->s, impl_->id);
  for (bool more = walk.first(); more; more = walk.next()) {
    BlockView const& block = walk.block();
    if (block.contiguous())
      out.add(block.first_uid(), block.last_uid());
    else
      for (std::size_t i = 0; i < block.count(); ++i) out.add(block.uid(i));
  }
  return out;
}

std::optional<SeqNum> MailboxReader::first_unseen() const {
  std::uint32_t before = 0;
  BlockWalk walk(impl_->s, impl_->id);
  for (bool more = walk.first(); more; more = walk.next()) {
    BlockView const& block = walk.block();
    for (std::size_t i = 0; block.unseen() > 0 && i < block.count(); ++i)
      if ((block.flags(i) & flag::seen) == 0) return SeqNum(before + static_cast<std::uint32_t>(i) + 1);
    before += static_cast<std::uint32_t>(block.count());
  }
  return std::nullopt;
}

namespace {

using Ranges = std::vector<UidRange>;

// The union of ranges in any order, less what is `known_next` or later.
UidSet set_below(Ranges ranges, Uid known_next) {
  std::sort(ranges.begin(), ranges.end(), [](UidRange a, UidRange b) { return a.first < b.first; });
  UidSet out;
  for (UidRange r : ranges)
    if (r.first < known_next.value) out.add(r.first, std::min(r.last, known_next.value - 1));
  return out;
}

// Flags of messages that arrived after `since`. They are the last ones: the walk goes from
// `known_next` down and ends at a block untouched since.
void add_arrived(Snapshot const& s, MailboxId id, ModSeq since, Uid known_next, Ranges& out) {
  BlockWalk walk(s, id);
  bool more = walk.before(known_next.value);
  for (; more && walk.block().highest_modseq() > since; more = walk.prev()) {
    BlockView const& block = walk.block();
    for (std::size_t i = 0; i < block.count(); ++i)
      if (block.modseq(i) > since) out.push_back({block.uid(i), block.uid(i)});
  }
}

// The change log is no longer complete: what the index itself knows.
void changes_from_index(MailboxReader const& reader, ModSeq since, Uid known_next, Changes& out) {
  reader.for_each_changed(since, [&](Entry const& e) {
    if (e.uid < known_next) out.flags.add(e.uid.value);
    return e.uid < known_next;
  });
  if (known_next > Uid(1)) out.expunged.add(1, known_next.value - 1);
  out.expunged.subtract(reader.uids());
}

void changes_from_log(Snapshot const& s, MailboxId id, ModSeq since, Uid known_next, Changes& out) {
  Ranges changed, expunged;
  scan_log(s, id, since, [&](LogRecord const& record) {
    Ranges& into = record.kind == LogKind::expunged ? expunged : changed;
    into.insert(into.end(), record.ranges.begin(), record.ranges.end());
    return true;
  });
  add_arrived(s, id, since, known_next, changed);
  out.expunged = set_below(std::move(expunged), known_next);
  out.flags = set_below(std::move(changed), known_next);
  out.flags.subtract(out.expunged);
}

}  // namespace

Changes changes_since(Snapshot const& s, MailboxId id, ModSeq since, Uid known_next) {
  MailboxReader reader(s, id);
  MailboxState const& state = reader.state();
  Changes out{state.highest_modseq, state.uid_next, {}, {}};
  if (since >= state.highest_modseq) return out;
  known_next = std::min(known_next, state.uid_next);
  if (since < state.log_floor)
    changes_from_index(reader, since, known_next, out);
  else
    changes_from_log(s, id, since, known_next, out);
  return out;
}

std::optional<Time> first_seen_at(Snapshot const& s, MailboxId id, Uid uid) {
  std::optional<Time> at;
  scan_log(s, id, ModSeq(0), [&](LogRecord const& record) {
    auto in_range = [&](UidRange r) { return r.first <= uid.value && uid.value <= r.last; };
    if (record.kind == LogKind::seen && std::any_of(record.ranges.begin(), record.ranges.end(), in_range))
      at = record.at;
    return !at;
  });
  return at;
}

namespace {

// The last change of a message is in the log unless it is its arrival, which is not logged.
UidSet changed_since_arrival(Snapshot const& s, MailboxId id, std::span<Entry const> entries) {
  ModSeq const floor = state_of(s, id).log_floor;
  UidSet out;
  for (Entry const& e : entries)
    if (e.modseq <= floor || s.get(key::change_log(id, e.modseq, 0))) out.add(e.uid.value);
  return out;
}

}  // namespace

LoggedTimes logged_times(Snapshot const& s, MailboxId id, UidSet const& uids) {
  LoggedTimes out;
  if (uids.empty()) return out;
  UidSet present = uids;
  scan_log(s, id, ModSeq(0), [&](LogRecord const& record) {
    ++out.records;
    if (record.kind == LogKind::flags) return true;
    UidSet logged;
    for (UidRange range : record.ranges) logged.add(range.first, range.last);
    UidSet const hit = present.intersect(logged);
    auto& times = record.kind == LogKind::seen ? out.seen : out.gone;
    for (UidRange range : hit.ranges())
      for (std::uint64_t uid = range.first; uid <= range.last; ++uid)
        times.emplace(Uid(static_cast<std::uint32_t>(uid)), record.at);
    if (record.kind == LogKind::expunged) present.subtract(hit);
    return !present.empty();
  });
  return out;
}

LoggedTimes logged_times(Snapshot const& s, MailboxId id, std::span<Entry const> entries) {
  return logged_times(s, id, changed_since_arrival(s, id, entries));
}

void trim_change_log(Transaction& tx, MailboxId id, std::size_t most) {
  MailboxState state = state_of(tx, id);
  if (state.log_records <= most) return;
  trim_log(tx, id, state, most);
  put_state(tx, id, state);
}

Uid take_recent(Transaction& tx, MailboxId id) {
  MailboxState state = state_of(tx, id);
  Uid const from = state.recent_from;
  if (from < state.uid_next) {
    state.recent_from = state.uid_next;
    put_state(tx, id, state);
  }
  return from;
}

}  // namespace mc::store
