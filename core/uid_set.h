// core/uid_set.h - a set of UIDs (or sequence numbers) as sorted, disjoint ranges.
//
// Costs grow with the number of ranges, never with the numbers they span: 1:4294967295
// is one range. Pure; not thread-safe.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace mc {

// Inclusive at both ends; first <= last; never contains 0.
struct UidRange {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  bool operator==(UidRange const&) const = default;
};

class UidSet {
 public:
  UidSet() = default;
  UidSet(std::initializer_list<UidRange> ranges) {
    for (UidRange r : ranges) add(r.first, r.last);
  }

  // Appending at the end is O(1); elsewhere O(ranges).
  void add(std::uint32_t first, std::uint32_t last);
  void add(std::uint32_t number) { add(number, number); }
  void add(UidSet const& other);
  void subtract(UidSet const& other);
  UidSet intersect(UidSet const& other) const;
  bool contains(std::uint32_t number) const;  // O(log ranges)

  bool empty() const { return ranges_.empty(); }
  std::uint64_t size() const;  // how many numbers
  std::span<UidRange const> ranges() const { return ranges_; }
  void clear() { ranges_.clear(); }
  bool operator==(UidSet const&) const = default;

 private:
  std::vector<UidRange> ranges_;  // sorted, disjoint, not adjacent
};

}  // namespace mc
