#include "imap/view.h"

#include <algorithm>
#include <utility>

namespace mc::imap {

namespace {

std::uint32_t count_of(UidSet::Range const& r) {
  return r.last.value - r.first.value + 1;
}

// The `n` highest of `set`.
UidSet highest(UidSet const& set, std::uint64_t n) {
  std::vector<UidSet::Range> taken;
  auto ranges = set.ranges();
  for (auto r = ranges.rbegin(); r != ranges.rend() && n > 0; ++r) {
    std::uint64_t size = std::min<std::uint64_t>(n, count_of(*r));
    taken.push_back({Uid(static_cast<std::uint32_t>(r->last.value - size + 1)), r->last});
    n -= size;
  }
  return UidSet(std::move(taken));
}

}  // namespace

NumberedUids::NumberedUids(UidSet const& uids) {
  runs_.reserve(uids.ranges().size());
  append(uids);
}

NumberedUids::Run const* NumberedUids::run_at_or_after(Uid uid) const {
  auto run =
      std::lower_bound(runs_.begin(), runs_.end(), uid, [](Run const& r, Uid u) { return r.last < u; });
  return run == runs_.end() ? nullptr : &*run;
}

std::optional<SeqNum> NumberedUids::seq_of(Uid uid) const {
  Run const* run = run_at_or_after(uid);
  if (!run || uid < run->first) return std::nullopt;
  return SeqNum(run->before + (uid.value - run->first.value) + 1);
}

std::optional<Uid> NumberedUids::uid_of(SeqNum seq) const {
  if (seq.value == 0 || seq.value > size_) return std::nullopt;
  auto after = std::upper_bound(runs_.begin(), runs_.end(), seq.value,
                                [](std::uint32_t n, Run const& r) { return n <= r.before; });
  Run const& run = *std::prev(after);
  return Uid(run.first.value + (seq.value - run.before - 1));
}

UidSet NumberedUids::uids_of(SeqNumSet const& seqs) const {
  UidSet uids;
  for (auto const& wanted : seqs.ranges()) {
    if (wanted.first.value > size_) break;
    std::uint32_t next = wanted.first.value;
    std::uint32_t last = std::min(wanted.last.value, size_);
    auto run = std::prev(std::upper_bound(runs_.begin(), runs_.end(), next,
                                          [](std::uint32_t n, Run const& r) { return n <= r.before; }));
    for (; next <= last; ++run) {
      std::uint32_t run_end = run->before + (run->last.value - run->first.value) + 1;
      std::uint32_t until = std::min(last, run_end);
      uids.add(Uid(run->first.value + (next - run->before - 1)),
               Uid(run->first.value + (until - run->before - 1)));
      next = until + 1;
    }
  }
  return uids;
}

SeqNumSet NumberedUids::seqs_of(UidSet const& uids) const {
  SeqNumSet seqs;
  for (auto const& wanted : uids.ranges()) {
    Run const* run = run_at_or_after(wanted.first);
    for (Run const* end = runs_.data() + runs_.size(); run && run != end && run->first <= wanted.last;
         ++run) {
      std::uint32_t first = std::max(run->first, wanted.first).value;
      std::uint32_t last = std::min(run->last, wanted.last).value;
      seqs.add(SeqNum(run->before + (first - run->first.value) + 1),
               SeqNum(run->before + (last - run->first.value) + 1));
    }
  }
  return seqs;
}

UidSet NumberedUids::uids() const {
  UidSet all;
  for (Run const& run : runs_) all.add(run.first, run.last);
  return all;
}

void NumberedUids::add_run(Uid first, Uid last) {
  if (!runs_.empty() && runs_.back().last.next() == first)
    runs_.back().last = last;
  else
    runs_.push_back({first, last, size_});
  size_ += last.value - first.value + 1;
}

void NumberedUids::append(UidSet const& later) {
  for (auto const& r : later.ranges()) add_run(r.first, r.last);
}

void NumberedUids::remove(UidSet const& gone) {
  NumberedUids rest(uids().difference(gone));
  rest.runs_.shrink_to_fit();
  *this = std::move(rest);
}

// The log of removals may have been cut, so that `expunged` names more than the client knew. No
// number has been used by either side while the View was not loaded, so any choice of as many as
// are missing is true to what the client was told.
void View::load(UidSet const& present, UidSet const& expunged) {
  std::uint64_t missing = exists_ - std::min<std::uint64_t>(exists_, present.size());
  UidSet known = present;
  known.add(highest(expunged.difference(present), missing));
  list_ = NumberedUids(known);
  exists_ = list_.size();
  loaded_ = true;
}

void View::absorb(ViewChanges const& changes) {
  if (loaded_) {
    removed_.add(changes.expunged.intersection(list_.uids()));
    flags_.add(changes.flags);
    if (!removed_.empty()) flags_ = flags_.difference(removed_);
    list_.append(changes.arrived);
  }
  exists_ += static_cast<std::uint32_t>(changes.arrived.size());
  uid_next_ = std::max(uid_next_, changes.uid_next);
  skip_to(changes.modseq);
}

SeqNumSet View::take_removed() {
  SeqNumSet seqs = list_.seqs_of(removed_);
  list_.remove(removed_);
  removed_ = {};
  exists_ = list_.size();
  told_exists_ -= std::min<std::uint32_t>(told_exists_, static_cast<std::uint32_t>(seqs.size()));
  return seqs;
}

}  // namespace mc::imap
