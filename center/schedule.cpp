#include "center/schedule.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "center/release.h"
#include "core/log.h"
#include "store/watchers.h"

namespace mc::center {

namespace {

constexpr std::size_t slice = 200;  // waiting mails in one operation
constexpr Millis longest_sleep = std::chrono::seconds(2);  // the clock may have been set
constexpr Millis shortest_sleep = std::chrono::milliseconds(5);

}  // namespace

Result<bool> release_due(Context const& context, store::Transaction& tx, Time now, std::size_t most) {
  Release release(context, tx, now);
  for (store::OutboxEntry const& due : store::due_waiting(tx, now, most)) {
    if (release.settled() >= most) break;
    auto entry = store::find_outbox(tx, due.id);  // an earlier one may have taken it along
    if (entry && entry->state == store::OutboxState::waiting && entry->due <= now) release.settle(std::move(*entry));
  }
  auto next = store::next_waiting(tx);
  return next && *next <= now;
}

struct Scheduler::State : std::enable_shared_from_this<State> {
  State(boost::asio::io_context& context, Context& c) : center(c), pause(context) {}

  boost::asio::awaitable<void> run();
  boost::asio::awaitable<void> release_all();
  bool is_due() const {
    auto next = next_due();
    return next && *next <= center.clock.now();
  }
  std::optional<Time> next_due() const {
    return center.store.read([](store::Snapshot const& s) { return store::next_waiting(s); });
  }
  Millis sleep_time() const {
    auto next = next_due();
    if (!next) return longest_sleep;
    return std::clamp(*next - center.clock.now(), shortest_sleep, longest_sleep);
  }
  void wake() {
    woken = true;
    pause.cancel();
  }

  Context& center;
  boost::asio::steady_timer pause;
  store::Watchers::Handle watch;
  std::atomic<bool> stopping{false};
  bool woken = false;
  bool failed = false;
};

// Slice after slice, each an operation of its own, while more is due.
boost::asio::awaitable<void> Scheduler::State::release_all() {
  auto operation = [&](store::Transaction& tx) -> Result<bool> {
    return release_due(center, tx, center.clock.now(), slice);
  };
  failed = false;
  while (!stopping && is_due()) {
    Result<bool> more = co_await center.store.write_shrinking(operation);
    if (more) continue;
    failed = true;
    log_error("release_failed", {{"reason", more.error().text}});
    co_return;
  }
}

boost::asio::awaitable<void> Scheduler::State::run() {
  watch = center.store.watchers().watch(store::topic::outbox, pause.get_executor(), [weak = weak_from_this()] {
    if (auto state = weak.lock()) state->wake();
  });
  while (!stopping) {
    woken = false;
    co_await release_all();
    if (woken && !failed) continue;
    pause.expires_after(failed ? longest_sleep : sleep_time());
    boost::system::error_code cancelled;
    co_await pause.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
  }
  watch = {};
}

Scheduler::Scheduler(boost::asio::io_context& context, Context& center)
    : state_(std::make_shared<State>(context, center)) {
  auto run = [state = state_]() -> boost::asio::awaitable<void> { co_await state->run(); };
  boost::asio::co_spawn(context, std::move(run), boost::asio::detached);
}

Scheduler::~Scheduler() { stop(); }

void Scheduler::stop() {
  if (state_->stopping.exchange(true)) return;
  boost::asio::post(state_->pause.get_executor(), [state = state_] { state->pause.cancel(); });
}

}  // namespace mc::center
