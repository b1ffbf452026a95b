#include "store/index_edit.h"

#include <algorithm>
#include <cassert>

#include "store/state.h"
#include "store/watchers.h"

namespace mc::store {

namespace {
// Blocks below half are joined with a neighbour if both leave a quarter free: neither the
// next expunge nor the next join then follows at once.
constexpr std::size_t small_block = block_capacity / 2, joined_most = block_capacity * 3 / 4;
// Where the change log is cut, and to what.
constexpr std::size_t log_most = 10'000, log_after_cut = 9'000;
}  // namespace

Selection::Selection(UidSet const& uids, std::uint32_t from) : rest_(uids.ranges()) {
  auto at = std::lower_bound(rest_.begin(), rest_.end(), from,
                             [](UidRange const& r, std::uint32_t v) { return r.last < v; });
  rest_ = rest_.subspan(static_cast<std::size_t>(at - rest_.begin()));
}

bool Selection::has(std::uint32_t uid) {
  while (!rest_.empty() && rest_.front().last < uid) rest_ = rest_.subspan(1);
  return !rest_.empty() && rest_.front().first <= uid;
}

std::optional<std::uint32_t> Selection::at_or_after(std::uint32_t uid) {
  while (!rest_.empty() && rest_.front().last < uid) rest_ = rest_.subspan(1);
  if (rest_.empty()) return std::nullopt;
  return std::max(uid, rest_.front().first);
}

IndexEdit::IndexEdit(Transaction& tx, MailboxId id)
    : tx_(tx), id_(id), state_(state_of(tx, id)), modseq_(state_.highest_modseq.next()) {}

void IndexEdit::count(Entry const& e) {
  state_.exists += 1;
  state_.unseen += (e.flags & flag::seen) == 0;
  state_.deleted += (e.flags & flag::deleted) != 0;
  state_.octets += e.size;
}

void IndexEdit::discount(Entry const& e) {
  state_.exists -= 1;
  state_.unseen -= (e.flags & flag::seen) == 0;
  state_.deleted -= (e.flags & flag::deleted) != 0;
  state_.octets -= e.size;
}

void IndexEdit::append(std::vector<Entry>& entries) {
  assert(has_room_for(entries.size()));
  auto const saved = static_cast<std::uint32_t>(tx_.now().time_since_epoch().count() / 1000);
  for (Entry& e : entries) {
    e.uid = state_.uid_next;
    e.modseq = modseq_;
    e.saved = saved;
    state_.uid_next = state_.uid_next.next();
    count(e);
  }
  std::span<Entry const> rest = entries;
  BlockWalk walk(tx_, id_);
  if (!rest.empty() && walk.last() && walk.block().count() < block_capacity) {
    std::vector<Entry> block = unpack(walk.block());
    auto fit = rest.first(std::min(rest.size(), block_capacity - block.size()));
    block.insert(block.end(), fit.begin(), fit.end());
    put_block(walk.least_uid(), block);
    rest = rest.subspan(fit.size());
  }
  for (; !rest.empty(); rest = rest.subspan(std::min(rest.size(), block_capacity)))
    put_block(rest.front().uid.value, rest.first(std::min(rest.size(), block_capacity)));
}

void IndexEdit::put_block(std::uint32_t least_uid, std::span<Entry const> entries) {
  pack(entries, tx_.put_reserve(key::index_block(id_, least_uid), packed_size(entries.size())));
  written_ = true;
}

void IndexEdit::rewrite(std::uint32_t least_uid, std::vector<Entry>& entries, std::size_t old_count) {
  if (entries.size() < old_count && entries.size() < small_block && !entries.empty()) merge(least_uid, entries);
  if (!entries.empty()) return put_block(least_uid, entries);
  tx_.del(key::index_block(id_, least_uid));
  written_ = true;
}

// Takes in the neighbours that fit: their keys go, `least_uid` and `entries` become the whole.
void IndexEdit::merge(std::uint32_t& least_uid, std::vector<Entry>& entries) {
  BlockWalk walk(tx_, id_);
  if (walk.before(least_uid) && walk.block().count() + entries.size() <= joined_most) {
    std::vector<Entry> left = unpack(walk.block());
    entries.insert(entries.begin(), left.begin(), left.end());
    std::uint32_t const left_least = walk.least_uid();
    tx_.del(key::index_block(id_, least_uid));
    least_uid = left_least;
  }
  if (walk.after(least_uid) && walk.block().count() + entries.size() <= joined_most) {
    std::vector<Entry> right = unpack(walk.block());
    entries.insert(entries.end(), right.begin(), right.end());
    tx_.del(key::index_block(id_, walk.least_uid()));
  }
}

void IndexEdit::log(LogKind kind, UidSet const& uids) {
  std::uint32_t const next = write_log(tx_, id_, modseq_, log_part_, kind, uids);
  state_.log_records += next - log_part_;
  log_part_ = next;
}

void IndexEdit::finish() {
  if (!written_) return;
  state_.highest_modseq = modseq_;
  if (state_.log_records > log_most) trim_log(tx_, id_, state_, log_after_cut);
  put_state(tx_, id_, state_);
  tx_.publish(topic::mailbox(id_));
}

}  // namespace mc::store
