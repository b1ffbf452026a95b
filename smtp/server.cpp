#include "smtp/server.h"

#include <utility>

#include "smtp/session.h"

namespace mc::smtp {

bool MemoryBudget::try_take(std::uint64_t octets) {
  std::uint64_t left = left_.load();
  while (left >= octets)
    if (left_.compare_exchange_weak(left, left - octets)) return true;
  return false;
}

bool MemoryBudget::Share::try_cover(std::uint64_t octets) {
  if (octets <= taken_) return true;
  if (!budget_.try_take(octets - taken_)) return false;
  taken_ = octets;
  return true;
}

void MemoryBudget::Share::drop() {
  if (taken_) budget_.give_back(std::exchange(taken_, 0));
}

namespace {
net::asio::awaitable<void> run_session(ServerContext& context, std::unique_ptr<net::Stream> stream,
                                       Service service, bool implicit_tls) {
  Session session(context, std::move(stream), service, implicit_tls);
  co_await session.run();
}
}  // namespace

// No coroutine itself: the Listener may be gone before its sessions are.
net::Session make_session(ServerContext& context, Service service, bool implicit_tls) {
  return [&context, service, implicit_tls](std::unique_ptr<net::Stream> stream) {
    return run_session(context, std::move(stream), service, implicit_tls);
  };
}

void stop_sessions(ServerContext& context) {
  context.stopping = true;
  context.sessions.signal_all();
}

}  // namespace mc::smtp
