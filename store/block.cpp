#include "store/block.h"

#include <algorithm>
#include <cassert>

#include "store/engine.h"

namespace mc::store {

BlockView::BlockView(std::string_view value) : at_(value.data()) {
  if (value.size() >= header_octets) count_ = load<std::uint16_t>(at_);
  if (count_ == 0 || count_ > block_capacity || value.size() != packed_size(count_))
    throw StorageBroken("an index block of a mailbox is damaged");
}

std::size_t BlockView::lower_bound(std::uint32_t wanted) const {
  if (wanted <= first_uid()) return 0;
  if (wanted > last_uid()) return count_;
  if (contiguous()) return wanted - first_uid();
  std::size_t low = 0, high = count_;
  while (low < high) {
    std::size_t middle = (low + high) / 2;
    if (uid(middle) < wanted)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

std::vector<Entry> unpack(BlockView const& block) {
  std::vector<Entry> entries;
  entries.reserve(block_capacity);
  for (std::size_t i = 0; i < block.count(); ++i) entries.push_back(block.entry(i));
  return entries;
}

namespace {

struct Totals {
  std::uint16_t unseen = 0, deleted = 0;
  std::uint64_t highest = 0, octets = 0;
};

Totals totals_of(std::span<Entry const> entries) {
  Totals t;
  for (Entry const& e : entries) {
    t.unseen += (e.flags & flag::seen) == 0;
    t.deleted += (e.flags & flag::deleted) != 0;
    t.highest = std::max(t.highest, e.modseq.value);
    t.octets += e.size;
  }
  return t;
}

template <class F>
char* pack_column(std::span<Entry const> entries, char* out, F value) {
  for (Entry const& e : entries) {
    auto v = value(e);
    save(out, v);
    out += sizeof v;
  }
  return out;
}

}  // namespace

void pack(std::span<Entry const> entries, char* out) {
  assert(!entries.empty() && entries.size() <= block_capacity);
  Totals t = totals_of(entries);
  save(out, static_cast<std::uint16_t>(entries.size()));
  save(out + 2, t.unseen);
  save(out + 4, t.deleted);
  save(out + 6, std::uint16_t{0});
  save(out + 8, entries.front().uid.value);
  save(out + 12, entries.back().uid.value);
  save(out + 16, t.highest);
  save(out + 24, t.octets);
  out += BlockView::header_octets;
  out = pack_column(entries, out, [](Entry const& e) { return e.uid.value; });
  out = pack_column(entries, out, [](Entry const& e) { return e.size; });
  out = pack_column(entries, out, [](Entry const& e) { return e.flags; });
  out = pack_column(entries, out, [](Entry const& e) { return e.modseq.value; });
  out = pack_column(entries, out, [](Entry const& e) { return e.date; });
  out = pack_column(entries, out, [](Entry const& e) { return e.message.value; });
  pack_column(entries, out, [](Entry const& e) { return e.saved; });
}

}  // namespace mc::store
