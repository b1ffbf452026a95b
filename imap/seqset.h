// imap/seqset.h - sets of message numbers: as a client writes them, and as we compute.
//
// SequenceSet is the grammar's sequence-set with '*' and '$' still symbolic. Resolved
// against a mailbox it becomes an IdSet: sorted disjoint ranges, so that 1:4294967295
// costs one range. IdSets also carry VANISHED, COPYUID, ESEARCH and SEARCHRES.
//
// Pure; no locks.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"
#include "core/result.h"

namespace mc::imap {

// A set of non-zero ids as sorted, disjoint, non-touching closed ranges. Costs are in ranges.
template <class I>
class IdSet {
 public:
  struct Range {
    I first;
    I last;  // included; never below first
    auto operator<=>(Range const&) const = default;
  };

  IdSet() = default;
  // Any order, overlapping or touching, either end first; O(n log n).
  explicit IdSet(std::vector<Range> ranges);

  // Requires: ids are non-zero, first <= last. O(1) at the end of the set, else O(ranges).
  void add(I id) { add(id, id); }
  void add(I first, I last);
  void add(IdSet const& other);  // union; O(ranges of both)

  bool contains(I id) const;  // O(log ranges)
  bool empty() const { return ranges_.empty(); }
  std::uint64_t size() const;                                      // how many ids
  I min() const { return empty() ? I{} : ranges_.front().first; }  // 0 when empty
  I max() const { return empty() ? I{} : ranges_.back().last; }    // 0 when empty

  IdSet intersection(IdSet const& other) const;
  IdSet difference(IdSet const& other) const;  // what is here and not in `other`

  std::span<Range const> ranges() const { return ranges_; }
  // f(I) for every id in ascending order. Mind 1:4294967295: intersect with what exists first.
  template <class F>
  void for_each(F f) const {
    for (Range const& r : ranges_)
      for (I id = r.first;; id = id.next()) {
        f(id);
        if (id == r.last) break;
      }
  }
  bool operator==(IdSet const&) const = default;

 private:
  std::vector<Range> ranges_;
};

extern template class IdSet<Uid>;
extern template class IdSet<SeqNum>;
using UidSet = IdSet<Uid>;
using SeqNumSet = IdSet<SeqNum>;

// "1:3,5"; "" for the empty set, which the grammar cannot write.
std::string to_string(UidSet const& set);
std::string to_string(SeqNumSet const& set);

// What the client wrote: UIDs or sequence numbers, the command says which.
struct SequenceSet {
  static constexpr std::uint32_t star = 0;  // stands for '*', the largest number in use
  struct Range {
    std::uint32_t first = star;
    std::uint32_t last = star;
    bool operator==(Range const&) const = default;
  };

  bool saved = false;         // "$": the saved search result (RFC 5182); ranges is then empty
  std::vector<Range> ranges;  // as written: any order, "4:2" and "*:2" possible

  bool has_star() const;
  // The numbers meant when the largest in use is `largest` (0: the mailbox is empty, and
  // ranges that touch '*' mean nothing). Numbers above `largest` that were written out
  // stay in the set: the caller intersects, or complains. Empty for "$".
  UidSet resolve(Uid largest) const;
  SeqNumSet resolve(SeqNum largest) const;
  bool operator==(SequenceSet const&) const = default;
};

// sequence-set = (seq-number / seq-range) ["," sequence-set] / "$"       RFC 9051, 9
// Fails: syntax. The whole of `text` must be the set.
Result<SequenceSet> parse_sequence_set(std::string_view text);
// A sequence-set without '*' and '$' (uid-set, known-uids; RFC 7162, 7). Fails: syntax.
Result<UidSet> parse_uid_set(std::string_view text);
std::string to_string(SequenceSet const& set);

}  // namespace mc::imap
