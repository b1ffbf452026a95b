#include "core/uid_set.h"

#include <algorithm>

namespace mc {

void UidSet::add(std::uint32_t first, std::uint32_t last) {
  if (ranges_.empty() || first > std::uint64_t{ranges_.back().last} + 1) {
    ranges_.push_back({first, last});
    return;
  }
  // The first range that touches or follows the new one, and the first wholly behind it.
  auto begin = std::lower_bound(ranges_.begin(), ranges_.end(), first, [](UidRange const& r, std::uint32_t v) {
    return std::uint64_t{r.last} + 1 < v;
  });
  auto end = begin;
  for (; end != ranges_.end() && end->first <= std::uint64_t{last} + 1; ++end) {
    first = std::min(first, end->first);
    last = std::max(last, end->last);
  }
  if (begin == end) {
    ranges_.insert(begin, {first, last});
  } else {
    *begin = {first, last};
    ranges_.erase(begin + 1, end);
  }
}

void UidSet::add(UidSet const& other) {
  for (UidRange r : other.ranges_) add(r.first, r.last);
}

void UidSet::subtract(UidSet const& other) {
  std::vector<UidRange> left;
  auto cut = other.ranges_.begin();
  for (UidRange r : ranges_) {
    while (cut != other.ranges_.end() && cut->last < r.first) ++cut;
    std::uint64_t from = r.first;
    for (auto c = cut; c != other.ranges_.end() && c->first <= r.last; ++c) {
      if (c->first > from) left.push_back({static_cast<std::uint32_t>(from), c->first - 1});
      from = std::uint64_t{c->last} + 1;
    }
    if (from <= r.last) left.push_back({static_cast<std::uint32_t>(from), r.last});
  }
  ranges_ = std::move(left);
}

UidSet UidSet::intersect(UidSet const& other) const {
  UidSet out;
  auto a = ranges_.begin();
  auto b = other.ranges_.begin();
  while (a != ranges_.end() && b != other.ranges_.end()) {
    std::uint32_t first = std::max(a->first, b->first), last = std::min(a->last, b->last);
    if (first <= last) out.ranges_.push_back({first, last});
    if (a->last < b->last)
      ++a;
    else
      ++b;
  }
  return out;
}

bool UidSet::contains(std::uint32_t number) const {
  auto at = std::lower_bound(ranges_.begin(), ranges_.end(), number,
                             [](UidRange const& r, std::uint32_t v) { return r.last < v; });
  return at != ranges_.end() && at->first <= number;
}

std::uint64_t UidSet::size() const {
  std::uint64_t n = 0;
  for (UidRange r : ranges_) n += std::uint64_t{r.last} - r.first + 1;
  return n;
}

}  // namespace mc
