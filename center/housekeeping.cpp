#include "center/housekeeping.h"

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "core/log.h"
#include "store/mailboxes.h"

namespace mc::center {

namespace {

constexpr auto interval = std::chrono::seconds(10);
constexpr std::size_t slice = 1'000;  // messages freed in one operation: a few milliseconds

}  // namespace

struct Housekeeping::State {
  State(boost::asio::io_context& context, Context& c) : center(c), pause(context) {}
  Context& center;
  boost::asio::steady_timer pause;
  std::atomic<bool> stopping{false};
};

namespace {

boost::asio::awaitable<void> reclaim(Context& center, std::atomic<bool> const& stopping) {
  auto operation = [](store::Transaction& tx) -> Result<bool> { return store::reclaim_deleted(tx, slice); };
  while (!stopping) {
    Result<bool> more = co_await center.store.write_shrinking(operation);
    if (!more) log_warning("reclaim_failed", {{"reason", more.error().text}});
    if (!more || !*more) co_return;
  }
}

}  // namespace

Housekeeping::Housekeeping(boost::asio::io_context& context, Context& center)
    : state_(std::make_shared<State>(context, center)) {
  auto run = [state = state_]() -> boost::asio::awaitable<void> {
    while (!state->stopping) {
      co_await reclaim(state->center, state->stopping);
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
