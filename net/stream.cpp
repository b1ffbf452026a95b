#include "net/stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>

#include "net/address.h"

namespace mc::net {

namespace {

constexpr std::size_t most_pieces = 32;  // of one gathering system call
constexpr std::uint8_t longest_streak = 64;

[[noreturn]] void fault(boost::system::error_code error) {
  throw boost::system::system_error(error);
}

boost::system::error_code last_error() {
  return {errno, boost::system::system_category()};
}

bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK;
}

SteadyTime after(SteadyTime now, Millis wait) {
  return wait < never - now ? now + wait : never;
}

// Repeats a system call that a signal interrupted.
template <class Call>
ssize_t uninterrupted(Call call) {
  ssize_t returned = call();
  while (returned < 0 && errno == EINTR) returned = call();
  return returned;
}

// Keeps a dead peer from holding its place for longer than about four minutes.
void configure_tcp(int fd) {
  auto set = [fd](int level, int name, int value) { ::setsockopt(fd, level, name, &value, sizeof value); };
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 120);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 30);
  set(IPPROTO_TCP, TCP_KEEPCNT, 4);
}

}  // namespace

Stream::Stream(asio::io_context& context, int connected_fd)
    : Deadline(context), context_(context), socket_(context.get_executor()) {
  peer_ = read_address(connected_fd, true);
  local_ = read_address(connected_fd, false);
  if (peer_.internet) configure_tcp(connected_fd);
  int const family = !peer_.internet ? AF_UNIX : peer_.ip.is_v4() ? AF_INET : AF_INET6;
  boost::system::error_code error;
  socket_.assign(asio::generic::stream_protocol(family, 0), connected_fd, error);
  if (error) {
    ::close(connected_fd);
    fault(error);
  }
  socket_.native_non_blocking(true);
}

Stream::~Stream() {
  close();
}

void Stream::on_deadline() {
  expired_ = true;
  if (suspended_) socket_.cancel();
}

void Stream::require_open() const {
  if (!socket_.is_open()) fault(asio::error::operation_aborted);
}

void Stream::fail_at(std::uint32_t nth) {
  fail_at_ = nth;
}

void Stream::begin_operation() {
  require_open();
  if (fail_at_ == 0) return;
  if (fail_at_ == 1) fault(asio::error::connection_reset);
  --fail_at_;
}

// A peer that always has the next command ready must not keep the thread from the others.
bool Stream::due_to_yield() {
  if (++streak_ < longest_streak) return false;
  streak_ = 0;
  return true;
}

// --- waiting

asio::awaitable<boost::system::error_code> Stream::ready(Want want, SteadyTime until) {
  auto const kind = want == Want::input ? Socket::wait_read : Socket::wait_write;
  expired_ = false;
  streak_ = 0;
  arm(until);
  suspended_ = true;
  auto [error] = co_await socket_.async_wait(kind, asio::as_tuple(asio::use_awaitable));
  suspended_ = false;
  disarm();
  if (error && expired_) error = asio::error::timed_out;
  co_return error;
}

asio::awaitable<void> Stream::make_progress(Want want) {
  auto const now = std::chrono::steady_clock::now();
  if (deadline_ <= now) fault(asio::error::timed_out);
  auto const patience = timeout_ > Millis::zero() ? after(now, timeout_) : never;
  auto const error = co_await ready(want, std::min(patience, deadline_));
  if (error) fault(error);
  require_open();
}

asio::awaitable<Woke> Stream::wait(Millis timeout) {
  auto const end = after(std::chrono::steady_clock::now(), timeout);
  for (;;) {
    require_open();
    Want const want = probe();
    if (want == Want::nothing) co_return Woke::readable;
    if (std::exchange(signalled_, false)) co_return Woke::signalled;
    auto const now = std::chrono::steady_clock::now();
    if (deadline_ <= now) fault(asio::error::timed_out);
    if (end <= now) co_return Woke::timed_out;
    waiting_ = true;
    auto const error = co_await ready(want, std::min(end, deadline_));
    waiting_ = false;
    if (error && error != asio::error::timed_out && !signalled_) fault(error);
  }
}

void Stream::signal() {
  if (std::exchange(signalled_, true)) return;
  if (waiting_) socket_.cancel();
}

// --- reading and writing

asio::awaitable<std::size_t> Stream::read_some(std::span<char> into) {
  begin_operation();
  if (due_to_yield()) co_await asio::post(context_, asio::use_awaitable);
  for (;;) {
    require_open();
    Attempt const attempt = try_read(into);
    if (attempt.want == Want::nothing) co_return attempt.count;
    co_await make_progress(attempt.want);
  }
}

asio::awaitable<void> Stream::write(std::string_view octets) {
  begin_operation();
  if (due_to_yield()) co_await asio::post(context_, asio::use_awaitable);
  while (!octets.empty()) {
    require_open();
    Attempt const attempt = try_write(octets);
    octets.remove_prefix(attempt.count);
    if (attempt.want != Want::nothing) co_await make_progress(attempt.want);
  }
}

asio::awaitable<void> Stream::write(std::span<std::string_view const> pieces) {
  if (ssl_) {
    co_await write_tls(pieces);
    co_return;
  }
  begin_operation();
  if (due_to_yield()) co_await asio::post(context_, asio::use_awaitable);
  std::size_t skip = 0;  // octets of the first piece already written
  while (!pieces.empty()) {
    if (skip == pieces.front().size()) {
      pieces = pieces.subspan(1);
      skip = 0;
      continue;
    }
    require_open();
    Attempt const attempt = try_write(pieces, skip);
    if (attempt.want != Want::nothing) co_await make_progress(attempt.want);
    skip += attempt.count;
    while (!pieces.empty() && skip >= pieces.front().size()) {
      skip -= pieces.front().size();
      pieces = pieces.subspan(1);
    }
  }
}

Stream::Attempt Stream::try_write(std::span<std::string_view const> pieces, std::size_t skip) {
  std::array<iovec, most_pieces> vector;
  std::size_t used = 0;
  for (; used < pieces.size() && used < most_pieces; ++used) {
    auto const piece = used == 0 ? pieces[0].substr(skip) : pieces[used];
    vector[used] = {const_cast<char*>(piece.data()), piece.size()};
  }
  msghdr message{};
  message.msg_iov = vector.data();
  message.msg_iovlen = used;
  int const fd = socket_.native_handle();
  auto const sent = uninterrupted([&] { return ::sendmsg(fd, &message, MSG_NOSIGNAL); });
  if (sent >= 0) return {Want::nothing, static_cast<std::size_t>(sent)};
  if (would_block()) return {Want::output, 0};
  broken_ = true;
  fault(last_error());
}

// --- who is there

Stream::Where Stream::read_address(int fd, bool peer) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  auto* const address = reinterpret_cast<sockaddr*>(&storage);
  if ((peer ? ::getpeername : ::getsockname)(fd, address, &length) != 0) return {};
  Where where;
  if (storage.ss_family == AF_INET) {
    auto const& v4 = reinterpret_cast<sockaddr_in const&>(storage);
    where = {asio::ip::address_v4(ntohl(v4.sin_addr.s_addr)), ntohs(v4.sin_port), true};
  } else if (storage.ss_family == AF_INET6) {
    auto const& v6 = reinterpret_cast<sockaddr_in6 const&>(storage);
    asio::ip::address_v6::bytes_type octets;
    std::copy_n(v6.sin6_addr.s6_addr, octets.size(), octets.begin());
    where = {normalize(asio::ip::address_v6(octets, v6.sin6_scope_id)), ntohs(v6.sin6_port), true};
  }
  return where;
}

std::string Stream::write_address(Where const& where) {
  if (!where.internet) return "unix";
  return write_endpoint({where.ip, where.port, {}});
}

std::optional<asio::ip::address> Stream::peer_ip() const {
  return peer_.internet ? std::optional(peer_.ip) : std::nullopt;
}

std::optional<asio::ip::address> Stream::local_ip() const {
  return local_.internet ? std::optional(local_.ip) : std::nullopt;
}

std::string Stream::peer_text() const {
  return write_address(peer_);
}
std::string Stream::local_text() const {
  return write_address(local_);
}
bool Stream::is_loopback() const {
  return !peer_.internet || net::is_loopback(peer_.ip);
}

}  // namespace mc::net
