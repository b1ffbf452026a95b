#include "imap/search.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include "imap/search_match.h"
#include "imap/stored.h"
#include "imap/updates.h"
#include "store/messages.h"

namespace mc::imap {

namespace {

constexpr std::uint32_t slice_messages = 10'000;
constexpr auto slice_time = std::chrono::milliseconds(50);
constexpr std::uint64_t octets_at_once = 256 * 1024;  // of one message; more is for a worker
constexpr std::uint64_t any_size = ~std::uint64_t{0};

void note(Found& found, store::Entry const& entry) {
  if (found.uids.empty()) found.of_first = entry.modseq;
  found.of_last = entry.modseq;
  found.highest = std::max(found.highest, entry.modseq);
  found.uids.add(entry.uid);
}

// One slice, in one snapshot.
class Slice {
 public:
  Slice(SearchPlan const& plan, MailboxId mailbox, Found& found)
      : plan_(plan),
        mailbox_(mailbox),
        found_(found),
        interval_(plan.test.cost == SearchCost::index ? 1024u : 16u) {}

  // Goes on where `rest` begins, and takes from it what is settled. A message that is too large
  // for this thread is then the first of `rest`, and given back.
  std::optional<store::Entry> search(store::Snapshot const& s, mc::UidSet& rest) {
    std::optional<store::Entry> large;
    if (!store::find_mailbox(s, mailbox_)) {
      rest.clear();
      return large;
    }
    SearchMatcher matcher(s, plan_, octets_at_once);
    std::uint32_t reached = rest.ranges().back().last;
    store::MailboxReader(s, mailbox_).for_each(rest, [&](store::Entry const& entry) {
      auto answer = matcher.match(entry);
      if (answer == SearchMatcher::Answer::too_large) large = entry;
      if (answer == SearchMatcher::Answer::yes) note(found_, entry);
      if (!large && !is_full()) return true;
      reached = large ? entry.uid.value - 1 : entry.uid.value;
      return false;
    });
    if (reached > 0) rest.subtract({{1, reached}});
    return large;
  }

 private:
  bool is_full() {
    if (++count_ >= slice_messages) return true;
    return count_ % interval_ == 0 && std::chrono::steady_clock::now() - start_ >= slice_time;
  }

  SearchPlan const& plan_;
  MailboxId mailbox_;
  Found& found_;
  unsigned interval_;  // messages between looks at the clock
  std::uint32_t count_ = 0;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// One message, on a worker's thread. It may be gone by now.
asio::awaitable<void> search_large(Session& session, SearchPlan const& plan, MailboxId mailbox, Uid uid,
                                   Found& found) {
  store::Store& store = session.store();
  auto job = [&]() -> std::optional<store::Entry> {
    return store.read([&](store::Snapshot const& s) -> std::optional<store::Entry> {
      if (!store::find_mailbox(s, mailbox)) return std::nullopt;
      auto entry = store::MailboxReader(s, mailbox).find(uid);
      if (!entry || SearchMatcher(s, plan, any_size).match(*entry) != SearchMatcher::Answer::yes)
        return std::nullopt;
      return entry;
    });
  };
  auto entry = co_await session.server().center.workers.run(job);
  if (entry) note(found, *entry);
}

}  // namespace

Result<SearchPlan> plan_search(Session& session, SearchKey const& key) {
  catch_up(session, Expunges::hold);
  return session.store().read([&](store::Snapshot const& s) -> Result<SearchPlan> {
    Selected& selected = session.selected();
    auto info = store::find_mailbox(s, selected.id);
    if (!info) return fail(Errc::not_found, "The mailbox has been deleted");
    load_view(s, selected.id, selected.view);
    return make_search_plan(key, {selected.view, selected.saved, selected.recent, info->keywords});
  });
}

asio::awaitable<Result<Found>> search_messages(Session& session, SearchPlan const& plan) {
  MailboxId mailbox = session.selected().id;
  mc::UidSet rest = store_set(plan.candidates);
  Found found;
  while (!rest.empty()) {
    if (session.server().stopping) co_return fail(Errc::unavailable, "Server is shutting down");
    Slice slice(plan, mailbox, found);
    auto large = session.store().read([&](store::Snapshot const& s) { return slice.search(s, rest); });
    if (large) {
      co_await search_large(session, plan, mailbox, large->uid, found);
      rest.subtract({{1, large->uid.value}});
    }
    if (!rest.empty()) co_await session.breathe();
  }
  co_return found;
}

}  // namespace mc::imap
