#include "web/server.h"

#include "web/session.h"

namespace mc::web {

namespace {

net::asio::awaitable<void> run_session(ServerContext& context, std::unique_ptr<net::Stream> stream) {
  Session session(context, std::move(stream));
  co_await session.run();
}

}  // namespace

// No coroutine itself: the Listener may be gone before its sessions are.
net::Session make_session(ServerContext& context) {
  return [&context](std::unique_ptr<net::Stream> stream) { return run_session(context, std::move(stream)); };
}

void stop_sessions(ServerContext& context) {
  context.stopping = true;
  context.sessions.signal_all();
}

}  // namespace mc::web
