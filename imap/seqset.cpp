#include "imap/seqset.h"

#include <algorithm>
#include <charconv>

#include "core/text.h"

namespace mc::imap {

template <class I>
IdSet<I>::IdSet(std::vector<Range> ranges) {
  for (Range& r : ranges)
    if (r.last < r.first) std::swap(r.first, r.last);
  std::sort(ranges.begin(), ranges.end());
  for (Range const& r : ranges) add(r.first, r.last);
}

template <class I>
void IdSet<I>::add(I first, I last) {
  // Ascending use is the rule: extend or append at the end without searching.
  if (ranges_.empty() || first.value > ranges_.back().last.value + std::uint64_t{1}) {
    ranges_.push_back({first, last});
    return;
  }
  if (first >= ranges_.back().first) {
    ranges_.back().last = std::max(ranges_.back().last, last);
    return;
  }
  // [begin, end): the ranges that overlap or touch the new one.
  auto begin = std::partition_point(ranges_.begin(), ranges_.end(), [&](Range const& r) {
    return r.last.value + std::uint64_t{1} < first.value;
  });
  auto end = std::partition_point(
      begin, ranges_.end(), [&](Range const& r) { return r.first.value <= last.value + std::uint64_t{1}; });
  if (begin == end) {
    ranges_.insert(begin, {first, last});
    return;
  }
  begin->first = std::min(begin->first, first);
  begin->last = std::max(std::prev(end)->last, last);
  ranges_.erase(std::next(begin), end);
}

template <class I>
void IdSet<I>::add(IdSet const& other) {
  std::vector<Range> both;
  both.reserve(ranges_.size() + other.ranges_.size());
  std::merge(ranges_.begin(), ranges_.end(), other.ranges_.begin(), other.ranges_.end(),
             std::back_inserter(both));
  ranges_.clear();
  for (Range const& r : both) add(r.first, r.last);
}

template <class I>
bool IdSet<I>::contains(I id) const {
  auto at = std::partition_point(ranges_.begin(), ranges_.end(), [&](Range const& r) { return r.last < id; });
  return at != ranges_.end() && at->first <= id;
}

template <class I>
std::uint64_t IdSet<I>::size() const {
  std::uint64_t count = 0;
  for (Range const& r : ranges_) count += r.last.value - r.first.value + std::uint64_t{1};
  return count;
}

template <class I>
IdSet<I> IdSet<I>::intersection(IdSet const& other) const {
  IdSet out;
  auto a = ranges_.begin();
  auto b = other.ranges_.begin();
  while (a != ranges_.end() && b != other.ranges_.end()) {
    I first = std::max(a->first, b->first), last = std::min(a->last, b->last);
    if (first <= last) out.ranges_.push_back({first, last});
    if (a->last < b->last)
      ++a;
    else
      ++b;
  }
  return out;
}

template <class I>
IdSet<I> IdSet<I>::difference(IdSet const& other) const {
  IdSet out;
  auto b = other.ranges_.begin();
  for (Range r : ranges_) {
    while (b != other.ranges_.end() && b->last < r.first) ++b;
    // `b` may reach into the next range of ours: look ahead without moving it.
    bool left = true;
    for (auto cut = b; left && cut != other.ranges_.end() && cut->first <= r.last; ++cut) {
      if (r.first < cut->first) out.ranges_.push_back({r.first, I(cut->first.value - 1)});
      left = cut->last < r.last;
      if (left) r.first = cut->last.next();
      b = cut;
    }
    if (left) out.ranges_.push_back(r);
  }
  return out;
}

template class IdSet<Uid>;
template class IdSet<SeqNum>;

namespace {

void append_number(std::string& out, std::uint32_t value) {
  char digits[10];
  auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, end);
}

template <class I>
std::string write_set(IdSet<I> const& set) {
  std::string out;
  for (auto const& r : set.ranges()) {
    if (!out.empty()) out += ',';
    append_number(out, r.first.value);
    if (r.first == r.last) continue;
    out += ':';
    append_number(out, r.last.value);
  }
  return out;
}

// seq-number = nz-number / "*"; absent when it is neither.
std::optional<std::uint32_t> take_seq_number(std::string_view& in) {
  if (in.starts_with('*')) {
    in.remove_prefix(1);
    return SequenceSet::star;
  }
  std::uint32_t value = 0;
  auto [end, error] = std::from_chars(in.data(), in.data() + in.size(), value);
  if (error != std::errc{} || in.starts_with('0')) return std::nullopt;
  in.remove_prefix(static_cast<std::size_t>(end - in.data()));
  return value;
}

bool take(std::string_view& in, char c) {
  if (!in.starts_with(c)) return false;
  in.remove_prefix(1);
  return true;
}

// A range that touches '*' always holds the largest number, even where it is below the other end.
template <class I>
IdSet<I> resolve_with(SequenceSet const& set, I largest) {
  std::vector<typename IdSet<I>::Range> ranges;
  ranges.reserve(set.ranges.size());
  for (auto const& r : set.ranges) {
    I first = r.first == SequenceSet::star ? largest : I(r.first);
    I last = r.last == SequenceSet::star ? largest : I(r.last);
    if (first && last) ranges.push_back({first, last});
  }
  return IdSet<I>(std::move(ranges));
}

std::string write_seq_number(std::uint32_t n) {
  return n == SequenceSet::star ? "*" : std::to_string(n);
}

}  // namespace

std::string to_string(UidSet const& set) {
  return write_set(set);
}
std::string to_string(SeqNumSet const& set) {
  return write_set(set);
}

bool SequenceSet::has_star() const {
  return std::any_of(ranges.begin(), ranges.end(), [](Range r) { return r.first == star || r.last == star; });
}

UidSet SequenceSet::resolve(Uid largest) const {
  return resolve_with(*this, largest);
}
SeqNumSet SequenceSet::resolve(SeqNum largest) const {
  return resolve_with(*this, largest);
}

Result<SequenceSet> parse_sequence_set(std::string_view text) {
  SequenceSet set;
  if (text == "$") {
    set.saved = true;
    return set;
  }
  do {
    auto first = take_seq_number(text);
    if (!first) return fail(Errc::syntax, "Expected a message number from 1 to 4294967295 or '*'");
    auto last = take(text, ':') ? take_seq_number(text) : first;
    if (!last) return fail(Errc::syntax, "Expected a message number or '*' after ':'");
    set.ranges.push_back({*first, *last});
  } while (take(text, ','));
  if (!text.empty()) return fail(Errc::syntax, "Malformed set of message numbers");
  return set;
}

Result<UidSet> parse_uid_set(std::string_view text) {
  auto set = parse_sequence_set(text);
  if (!set) return set.error();
  if (set->saved || set->has_star())
    return fail(Errc::syntax, "'*' and '$' are not allowed in this set of UIDs");
  return set->resolve(Uid());
}

std::string to_string(SequenceSet const& set) {
  if (set.saved) return "$";
  std::string out;
  for (auto const& r : set.ranges) {
    if (!out.empty()) out += ',';
    out += write_seq_number(r.first);
    if (r.first != r.last) out += ':' + write_seq_number(r.last);
  }
  return out;
}

}  // namespace mc::imap
