#include "imap/fetch.h"

#include <chrono>

#include "imap/fetch_large.h"
#include "imap/fetch_writer.h"
#include "imap/stored.h"
#include "imap/updates.h"
#include "store/messages.h"

namespace mc::imap {

namespace {

constexpr std::uint32_t slice_messages = 10'000;
constexpr std::size_t slice_octets = 256 * 1024;
constexpr auto slice_time = std::chrono::milliseconds(50);
constexpr unsigned clock_interval = 64;  // messages between looks at the clock

// The UIDs still to be answered, given out from the lowest up.
class Rest {
 public:
  explicit Rest(UidSet const& uids) : ranges_(uids.ranges()) {
    if (!ranges_.empty()) next_ = ranges_.front().first.value;
  }
  bool empty() const { return at_ == ranges_.size(); }
  mc::UidSet front(std::uint32_t most) const {
    mc::UidSet slice;
    std::uint32_t first = next_;
    for (std::size_t i = at_; i < ranges_.size() && most > 0;
         ++i, first = i < ranges_.size() ? ranges_[i].first.value : 0) {
      std::uint32_t last = std::min(ranges_[i].last.value - first, most - 1) + first;
      slice.add(first, last);
      most -= last - first + 1;
    }
    return slice;
  }
  void drop_through(std::uint32_t last) {
    while (at_ < ranges_.size() && ranges_[at_].last.value <= last) ++at_;
    if (at_ < ranges_.size()) next_ = std::max(ranges_[at_].first.value, last + 1);
  }

 private:
  std::span<UidSet::Range const> ranges_;
  std::size_t at_ = 0;
  std::uint32_t next_ = 0;
};

// One slice of the answer, in one snapshot.
class Slice {
 public:
  Slice(Session& session, FetchPlan const& plan, UidSet const& newly_seen, FetchOutcome& outcome)
      : session_(session), plan_(plan), newly_seen_(newly_seen), outcome_(outcome) {}

  void write(store::Snapshot const& s, Rest& rest) {
    Selected& selected = session_.selected();
    if (!store::find_mailbox(s, selected.id)) return rest.drop_through(~std::uint32_t{0});
    tell_keywords(session_, s);
    FlagText flags(selected.keywords);
    FetchWriter writer(s, plan_, flags, session_.limits().body_chunk, session_.out());
    NumberedUids::Walker numbers(selected.view.list());
    mc::UidSet wanted = rest.front(slice_messages);
    std::uint32_t reached = wanted.ranges().back().last;
    store::MailboxReader(s, selected.id).for_each(wanted, [&](store::Entry const& entry) {
      write_message(writer, entry, numbers.seq_of(entry.uid));
      if (!is_full() && writer.large().empty()) return true;
      reached = entry.uid.value;
      return false;
    });
    rest.drop_through(reached);
    outcome_.unknown_encoding |= writer.unknown_encoding();
    large_ = writer.large();
  }

  std::vector<LargeItem>& large() { return large_; }
  bool nothing_before_large() const { return nothing_before_large_; }

 private:
  void write_message(FetchWriter& writer, store::Entry const& entry, SeqNum seq) {
    session_.response_begins();
    bool newly_seen = !newly_seen_.empty() && newly_seen_.contains(entry.uid);
    writer.write({entry, seq, session_.is_recent(entry.uid), newly_seen, session_.enabled().condstore});
    nothing_before_large_ = !writer.large().empty() && session_.out().buffer().back() == '(';
    ++outcome_.answered;
  }

  bool is_full() {
    if (session_.output_size() >= slice_octets) return true;
    if (++count_ % clock_interval != 0) return false;
    return std::chrono::steady_clock::now() - start_ >= slice_time;
  }

  Session& session_;
  FetchPlan const& plan_;
  UidSet const& newly_seen_;
  FetchOutcome& outcome_;
  std::vector<LargeItem> large_;
  bool nothing_before_large_ = false;
  unsigned count_ = 0;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace

asio::awaitable<FetchOutcome> fetch_messages(Session& session, FetchPlan const& plan, UidSet const& uids,
                                             UidSet const& newly_seen) {
  FetchOutcome outcome;
  Rest rest(uids);
  while (!rest.empty()) {
    Slice slice(session, plan, newly_seen, outcome);
    session.store().read([&](store::Snapshot const& s) { slice.write(s, rest); });
    if (!slice.large().empty())
      co_await stream_large(session, std::move(slice.large()), slice.nothing_before_large());
    session.response_begins();
    if (rest.empty()) break;
    co_await session.flush();
    co_await session.breathe();
  }
  co_return outcome;
}

}  // namespace mc::imap
