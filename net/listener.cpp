#include "net/listener.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>

#include "core/log.h"
#include "net/bind.h"

namespace mc::net {

// --- limits

namespace {

constexpr std::string_view near = "near";  // loopback and Unix peers share one count

// One count for an IPv4 address, an IPv6 /64 (what one customer gets), and all that is near.
std::string count_key(std::optional<asio::ip::address> const& ip) {
  if (!ip || is_loopback(*ip)) return std::string(near);
  auto const one_form = normalize(*ip);
  std::string key;
  if (one_form.is_v4()) {
    for (unsigned char c : one_form.to_v4().to_bytes()) key.push_back(static_cast<char>(c));
  } else {
    auto const octets = one_form.to_v6().to_bytes();
    for (std::size_t i = 0; i < 8; ++i) key.push_back(static_cast<char>(octets[i]));
    key.push_back('6');  // never as long as an IPv4 key or "near"
  }
  return key;
}

}  // namespace

std::variant<ConnectionLimits::Permit, Refusal> ConnectionLimits::admit(std::optional<asio::ip::address> ip) {
  std::string key = count_key(ip);
  std::lock_guard lock(mutex_);
  if (total_ >= config_.total) return Refusal::too_many;
  std::size_t const most = key == near ? config_.per_loopback : config_.per_address;
  std::size_t& count = by_address_[key];
  if (count >= most) {
    if (count == 0) by_address_.erase(key);
    return Refusal::too_many_from_address;
  }
  ++count;
  ++total_;
  return Permit(*this, std::move(key));
}

void ConnectionLimits::give_back(std::string const& key) {
  std::lock_guard lock(mutex_);
  --total_;
  auto const found = by_address_.find(key);
  if (--found->second == 0) by_address_.erase(found);
}

void ConnectionLimits::set(Config config) {
  std::lock_guard lock(mutex_);
  config_ = config;
}

std::size_t ConnectionLimits::total() const {
  std::lock_guard lock(mutex_);
  return total_;
}

// --- accepting

class Listener::Acceptor : public std::enable_shared_from_this<Acceptor> {
 public:
  Acceptor(IoPool& pool, ConnectionLimits& limits, Bound bound, ListenerOptions options, Session session);
  asio::awaitable<void> accept_until_stopped();
  void stop();

  IoPool& pool;
  Bound const bound;

 private:
  enum class Outcome { drained, more, exhausted };

  Outcome accept_some();
  Outcome accept_one();
  Outcome out_of_descriptors();
  void admit(UniqueFd connection);
  void refuse(UniqueFd connection, Refusal why);
  void log_refusal(Refusal why);
  void start(UniqueFd connection, ConnectionLimits::Permit permit);
  asio::awaitable<void> back_off();

  ConnectionLimits& limits_;
  ListenerOptions options_;
  Session session_;
  UniqueFd reserve_;
  std::size_t refused_ = 0;  // and not logged yet
  SteadyTime next_log_ = SteadyTime::min();
  asio::posix::stream_descriptor readiness_;  // borrows bound.fd
  std::atomic<bool> stopped_{false};
};

namespace {

constexpr Millis back_off_time{100};
constexpr int most_at_once = 64;  // connections accepted before others get a turn

UniqueFd open_reserve() {
  return UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

// accept(2): the connection died in the queue, or a network error of its own; try the next.
bool concerns_one_connection(int error) {
  switch (error) {
    case ECONNABORTED:
    case EINTR:
    case EPERM:
    case EPROTO:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
      return true;
    default:
      return false;
  }
}

}  // namespace

Listener::Acceptor::Acceptor(IoPool& io_pool, ConnectionLimits& limits, Bound where, ListenerOptions options,
                             Session session)
    : pool(io_pool),
      bound(std::move(where)),
      limits_(limits),
      options_(std::move(options)),
      session_(std::move(session)),
      reserve_(open_reserve()),
      readiness_(io_pool.context(0), ::dup(bound.fd.get())) {}

asio::awaitable<void> Listener::Acceptor::accept_until_stopped() {
  while (!stopped_) {
    switch (accept_some()) {
      case Outcome::more:
        co_await asio::post(readiness_.get_executor(), asio::use_awaitable);
        break;
      case Outcome::exhausted:
        co_await back_off();
        break;
      case Outcome::drained:
        co_await readiness_.async_wait(asio::posix::stream_descriptor::wait_read,
                                       asio::as_tuple(asio::use_awaitable));
        break;
    }
  }
  readiness_.close();
}

asio::awaitable<void> Listener::Acceptor::back_off() {
  asio::steady_timer timer(readiness_.get_executor(), back_off_time);
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

Listener::Acceptor::Outcome Listener::Acceptor::accept_some() {
  for (int i = 0; i < most_at_once; ++i) {
    Outcome const outcome = accept_one();
    if (outcome != Outcome::more) return outcome;
  }
  return Outcome::more;
}

Listener::Acceptor::Outcome Listener::Acceptor::accept_one() {
  UniqueFd connection(::accept4(bound.fd.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (connection) {
    admit(std::move(connection));
    return Outcome::more;
  }
  int const error = errno;
  if (error == EAGAIN || error == EWOULDBLOCK) return Outcome::drained;
  if (concerns_one_connection(error)) return Outcome::more;
  if (stopped_) return Outcome::drained;
  if (error == EMFILE || error == ENFILE) return out_of_descriptors();
  log_error("accept failed",
            {{"listener", options_.name},
             {"why", boost::system::error_code(error, boost::system::system_category()).message()}});
  return Outcome::exhausted;
}

// The descriptor in reserve lets us take one connection off the queue and refuse it;
// otherwise it would stay there, ready for ever.
Listener::Acceptor::Outcome Listener::Acceptor::out_of_descriptors() {
  log_error("out of file descriptors", {{"listener", options_.name}});
  reserve_.reset();
  UniqueFd connection(::accept4(bound.fd.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (connection) refuse(std::move(connection), Refusal::too_many);
  reserve_ = open_reserve();
  return Outcome::exhausted;
}

void Listener::Acceptor::admit(UniqueFd connection) {
  try {
    auto place = limits_.admit(peer_address(connection.get()));
    if (auto const* refusal = std::get_if<Refusal>(&place))
      refuse(std::move(connection), *refusal);
    else
      start(std::move(connection), std::get<ConnectionLimits::Permit>(std::move(place)));
  } catch (std::exception const& e) {
    log_error("connection dropped", {{"listener", options_.name}, {"what", e.what()}});
  }
}

void Listener::Acceptor::refuse(UniqueFd connection, Refusal why) {
  log_refusal(why);
  if (!options_.refusal_line) return;
  std::string const line = options_.refusal_line(why);
  // Fits a fresh socket's buffer or is lost: a refused peer is never waited for.
  ::send(connection.get(), line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  ::shutdown(connection.get(), SHUT_WR);
}

// One line a second at most: a flood of connections must not become one of the log.
void Listener::Acceptor::log_refusal(Refusal why) {
  ++refused_;
  auto const now = std::chrono::steady_clock::now();
  if (now < next_log_) return;
  next_log_ = now + std::chrono::seconds(1);
  log_warning("connections refused",
              {{"listener", options_.name},
               {"count", std::exchange(refused_, 0)},
               {"why", why == Refusal::too_many ? "too many" : "too many from this address"}});
}

void Listener::Acceptor::start(UniqueFd connection, ConnectionLimits::Permit permit) {
  std::size_t const index = pool.least_loaded();
  auto& context = pool.context(index);
  auto run = [self = shared_from_this(), &context, connection = std::move(connection),
              permit = std::move(permit), lease = IoPool::Lease(pool, index)]() mutable {
    return self->session_(std::make_unique<Stream>(context, connection.release()));
  };
  spawn(context, options_.name, std::move(run));
}

void Listener::Acceptor::stop() {
  if (stopped_.exchange(true)) return;
  unlink_socket(bound);
  // Refuses new connections from now on and wakes the accept loop, from any thread.
  ::shutdown(bound.fd.get(), SHUT_RDWR);
}

// --- the handle

Result<std::unique_ptr<Listener>> Listener::make(IoPool& pool, ConnectionLimits& limits, Endpoint where,
                                                 ListenerOptions options, Session session) {
  auto bound = bind_endpoint(where, options.unix_mode, options.backlog);
  if (!bound) return bound.error();
  std::string const name = options.name;
  auto acceptor =
      std::make_shared<Acceptor>(pool, limits, std::move(*bound), std::move(options), std::move(session));
  spawn(pool.context(0), name, [acceptor] { return acceptor->accept_until_stopped(); });
  return std::unique_ptr<Listener>(new Listener(std::move(acceptor)));
}

Listener::~Listener() {
  stop();
}

Endpoint const& Listener::endpoint() const {
  return acceptor_->bound.endpoint;
}

void Listener::stop() {
  acceptor_->stop();
}

}  // namespace mc::net
