#include "net/connect.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "net/timers.h"

namespace mc::net {

namespace {

using Generic = asio::generic::stream_protocol;

// Cancels what is pending on `Target` (a socket, a resolver) when its time has come.
template <class Target>
class CancelAt final : private Deadline {
 public:
  CancelAt(asio::io_context& context, Target& target, SteadyTime due) : Deadline(context), target_(target) {
    arm(due);
  }
  ~CancelAt() override = default;
  boost::system::error_code explain(boost::system::error_code error) const {
    return error && passed_ ? asio::error::timed_out : error;
  }

 private:
  void on_deadline() override {
    passed_ = true;
    target_.cancel();
  }
  Target& target_;
  bool passed_ = false;
};

asio::awaitable<boost::system::error_code> try_connect(asio::io_context& context, Generic::socket& socket,
                                                       Generic::endpoint endpoint, SteadyTime due) {
  if (std::chrono::steady_clock::now() >= due) co_return asio::error::timed_out;
  CancelAt limit(context, socket, due);
  auto [error] = co_await socket.async_connect(endpoint, asio::as_tuple(asio::use_awaitable));
  co_return limit.explain(error);
}

[[noreturn]] void fault(boost::system::error_code error) {
  throw boost::system::system_error(error);
}

}  // namespace

asio::awaitable<std::unique_ptr<Stream>> connect(asio::io_context& context, Endpoint endpoint,
                                                 Millis timeout) {
  Generic::endpoint raw;
  if (endpoint.is_unix())
    raw = asio::local::stream_protocol::endpoint(endpoint.path);
  else
    raw = asio::ip::tcp::endpoint(endpoint.ip, endpoint.port);
  Generic::socket socket(context);
  auto const due = std::chrono::steady_clock::now() + timeout;
  auto const error = co_await try_connect(context, socket, raw, due);
  if (error) fault(error);
  co_return std::make_unique<Stream>(context, socket.release());
}

asio::awaitable<std::unique_ptr<Stream>> connect(asio::io_context& context, std::string host,
                                                 std::uint16_t port, Millis timeout) {
  auto const due = std::chrono::steady_clock::now() + timeout;
  asio::ip::tcp::resolver resolver(context);
  CancelAt limit(context, resolver, due);
  std::string const service = std::to_string(port);
  auto [failure, found] = co_await resolver.async_resolve(
      host, service, asio::ip::tcp::resolver::numeric_service, asio::as_tuple(asio::use_awaitable));
  if (failure) fault(limit.explain(failure));
  boost::system::error_code last = asio::error::host_not_found;
  for (auto const& entry : found) {
    Generic::endpoint const raw = entry.endpoint();
    Generic::socket socket(context);
    last = co_await try_connect(context, socket, raw, due);
    if (!last) co_return std::make_unique<Stream>(context, socket.release());
    if (last == asio::error::timed_out) break;
  }
  fault(last);
}

}  // namespace mc::net
