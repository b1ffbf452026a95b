#include "smtp/server.h"

#include "smtp/session.h"

namespace mc::smtp {

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
