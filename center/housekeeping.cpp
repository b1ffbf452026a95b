#include "center/housekeeping.h"

#include <array>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "center/broadcast.h"
#include "center/retention.h"
#include "center/tickets.h"
#include "core/log.h"
#include "store/address_scores.h"
#include "store/mailboxes.h"
#include "store/recent.h"
#include "store/thread_ids.h"
#include "store/watchers.h"

namespace mc::center {

namespace {

constexpr auto interval = std::chrono::seconds(10);
constexpr std::size_t slice = 1'000;  // messages or records in one operation: a few milliseconds
constexpr auto thread_memory = std::chrono::hours(24 * 731);  // how long an answer finds what it answers

}  // namespace

struct Housekeeping::State : std::enable_shared_from_this<State> {
  State(boost::asio::io_context& context, Context& c) : center(c), pause(context) {}

  // A policy that is stored while a round is under way has another follow it.
  store::Watchers::Handle watch_policy() {
    return center.store.watchers().watch(store::topic::policy, pause.get_executor(), [weak = weak_from_this()] {
      auto state = weak.lock();
      if (!state) return;
      state->again = true;
      state->pause.cancel();
    });
  }

  Context& center;
  boost::asio::steady_timer pause;
  std::atomic<bool> stopping{false};
  bool again = false;
};

namespace {

using boost::asio::awaitable;
using Task = Result<bool> (*)(Context& center, store::Transaction& tx);

Result<bool> deliver(Context& center, store::Transaction& tx) {
  return continue_broadcasts(center, tx, center.clock.now());
}
Result<bool> follow(Context& center, store::Transaction& tx) {
  return follow_policy(center, tx, center.policy.get(), center.clock.now());
}
Result<bool> expire(Context& center, store::Transaction& tx) {
  return expire_messages(tx, *center.policy.get().policy, center.clock.now(), slice);
}
Result<bool> forget(Context& center, store::Transaction& tx) {
  return expire_decisions(tx, *center.policy.get().policy, center.clock.now(), slice);
}
Result<bool> forget_threads(Context& center, store::Transaction& tx) {
  return store::forget_thread_messages(tx, center.clock.now() - thread_memory, slice) == slice;
}
Result<bool> forget_scores(Context& center, store::Transaction& tx) {
  return store::forget_address_scores(tx, center.clock.now(), slice);
}
Result<bool> forget_counts(Context& center, store::Transaction& tx) {
  return store::forget_recent(tx, center.clock.now(), slice);
}
Result<bool> look_at_tickets(Context& center, store::Transaction& tx) {
  constexpr std::size_t tickets = 50;
  forget_lost_drafts(center, tx);
  return mark_overdue(center, tx, center.clock.now(), tickets);
}
Result<bool> reclaim(Context&, store::Transaction& tx) { return store::reclaim_deleted(tx, slice); }

struct Row {
  std::string_view name;
  Task task;
  store::Effect effect;
};
constexpr std::array rows{
    Row{"finish_broadcasts", deliver, store::Effect::grows},
    Row{"follow_policy", follow, store::Effect::grows},
    Row{"tickets", look_at_tickets, store::Effect::grows},
    Row{"expire_messages", expire, store::Effect::shrinks},
    Row{"expire_decisions", forget, store::Effect::shrinks},
    Row{"forget_threads", forget_threads, store::Effect::shrinks},
    Row{"forget_scores", forget_scores, store::Effect::shrinks},
    Row{"forget_counts", forget_counts, store::Effect::shrinks},
    Row{"reclaim", reclaim, store::Effect::shrinks},
};

// Slice after slice, each an operation of its own, while there is more to do.
awaitable<void> run_task(Row row, Context& center, std::atomic<bool> const& stopping) {
  auto operation = [&](store::Transaction& tx) -> Result<bool> { return row.task(center, tx); };
  while (!stopping) {
    Result<bool> more = false;
    if (row.effect == store::Effect::grows)
      more = co_await center.store.write(operation);
    else
      more = co_await center.store.write_shrinking(operation);
    if (!more) log_warning("housekeeping_failed", {{"task", row.name}, {"reason", more.error().text}});
    if (!more || !*more) co_return;
  }
}

}  // namespace

Housekeeping::Housekeeping(boost::asio::io_context& context, Context& center)
    : state_(std::make_shared<State>(context, center)) {
  auto run = [state = state_]() -> awaitable<void> {
    auto const watch = state->watch_policy();
    while (!state->stopping) {
      state->again = false;
      for (Row const& row : rows) co_await run_task(row, state->center, state->stopping);
      if (state->again || state->stopping) continue;
      state->pause.expires_after(interval);
      boost::system::error_code cancelled;
      co_await state->pause.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
    }
  };
  boost::asio::co_spawn(context, std::move(run), boost::asio::detached);
}

Housekeeping::~Housekeeping() { stop(); }

void Housekeeping::stop() {
  if (state_->stopping.exchange(true)) return;
  boost::asio::post(state_->pause.get_executor(), [state = state_] { state->pause.cancel(); });
}

}  // namespace mc::center
