// net/stream.h - one connection: a non-blocking socket (TCP or Unix), plain or under TLS.
//
// Every operation tries the system call first and goes to the reactor only when the kernel
// has nothing, so a command that is already there costs no trip through the event loop. An
// idle connection holds no buffer: wait() is what a session sleeps in, and one pending
// readiness wait serves the peer, signal() and the timeout alike.
//
// Faults are exceptions (boost::system::system_error): asio::error::timed_out when a timeout
// or the deadline passed, operation_aborted after close() or a cancel, else what the system or
// TLS said (connection_reset, broken_pipe, tls_fault()). After a fault the stream is good for
// close() only. An end of input, with or without TLS close_notify, is not a fault.
//
// Thread rule: everything on the thread that runs the io_context. One coroutine performs I/O,
// one operation at a time; signal() and close() may be called by others on that thread.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/this_coro.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "core/clock.h"
#include "net/timers.h"

struct ssl_st;

namespace mc::net {

class TlsContext;

// Why wait() returned.
enum class Woke { readable, signalled, timed_out };

// What a Received header and the log say about the protection of a connection.
struct TlsInfo {
  std::string version;  // "TLSv1.3"
  std::string cipher;   // "TLS_AES_256_GCM_SHA384"
  int bits = 0;
};

boost::system::error_code tls_fault();  // the peer or its certificate broke TLS

class Stream final : private Deadline {
 public:
  // Takes over a connected socket of any kind (also one end of a socketpair); makes it
  // non-blocking and, for TCP, sets TCP_NODELAY and keepalive (first probe after 2 minutes, dead after
  // 4). Remembers the addresses.
  Stream(asio::io_context& context, int connected_fd);
  ~Stream() override;  // close()

  // --- input and output. Suspends: all of them, unless they can be done at once.

  // Reads what there is, at least one octet; 0 at the end of input. `into` is not empty and
  // must live until the call returns.
  asio::awaitable<std::size_t> read_some(std::span<char> into);
  // Writes all of it. `octets` must live until the call returns.
  asio::awaitable<void> write(std::string_view octets);
  // Writes all pieces in order, as one system call (plain) or few records (TLS) where possible.
  asio::awaitable<void> write(std::span<std::string_view const> pieces);

  // Sleeps until the peer sends something (or ends: the next read tells), signal() is called, or `timeout`
  // passes. Holds no buffer. Under TLS `readable` means that read_some will yield at once;
  // a ticket or half a record wakes nobody. If several hold, readable comes first, then
  // signalled. The deadline applies too (throws timed_out); the operation timeout does not.
  asio::awaitable<Woke> wait(Millis timeout);
  // Ends the current or the next wait() with `signalled`, once however often it was called before.
  void signal();

  // --- limits of time

  // The longest that read_some, write or a handshake may wait without the peer moving a single
  // octet. Default 5 minutes; zero: forever.
  void set_timeout(Millis without_progress) { timeout_ = without_progress; }
  Millis timeout() const { return timeout_; }
  // A point in time at which any operation, also a running one, fails with timed_out:
  // the measure against one octet a second. Operations that can be done at once still succeed.
  void set_deadline(SteadyTime at) { deadline_ = at; }
  void clear_deadline() { deadline_ = never; }

  // --- TLS (RFC 8446, RFC 3207, RFC 9051 6.2.1)

  // Performs the handshake; afterwards everything goes through TLS. The Stream keeps no plain
  // octets, so what the peer sent early is either in the caller's own InputBuffer, which the
  // caller must clear() before this call, or makes the handshake fail.
  // Fails: tls_fault(), what() says why; timed_out; then close().
  asio::awaitable<void> start_tls_server(TlsContext& context);
  // The same as client; `host` is sent as SNI and checked against the certificate if the
  // context verifies.
  asio::awaitable<void> start_tls_client(TlsContext& context, std::string host);

  bool is_tls() const { return ssl_ != nullptr; }
  std::optional<TlsInfo> tls_info() const;  // absent without TLS
  // RFC 9266 channel binding (32 octets); absent without TLS or where it would not be unique
  // (TLS 1.2 without extended master secret).
  std::optional<std::string> tls_exporter() const;

  // --- who is there

  std::optional<asio::ip::address> peer_ip() const;  // absent for Unix sockets; v4-mapped becomes v4
  std::optional<asio::ip::address> local_ip() const;
  std::string peer_text() const;  // "127.0.0.1:4711", "[::1]:4711", "unix"
  std::string local_text() const;
  bool is_loopback() const;  // 127/8, ::1 or a Unix socket

  // --- the end

  // Says goodbye properly: close_notify, end of output, then reads and drops for at most `linger` so
  // that our last words are not lost to a reset; then close(). Throws nothing.
  asio::awaitable<void> finish(Millis linger = Millis(2000));
  // Closes at once (close_notify is attempted without waiting); a pending operation fails with
  // operation_aborted. May be repeated.
  void close();
  bool is_open() const { return socket_.is_open(); }

  asio::io_context& context() const { return context_; }

  // For tests: the nth read_some, write or handshake from now on (1: the next) fails with
  // connection_reset, as do all later ones. 0: never.
  void fail_at(std::uint32_t nth);

 private:
  using Socket = asio::basic_stream_socket<asio::generic::stream_protocol, asio::io_context::executor_type>;
  enum class Want : std::uint8_t { nothing, input, output };
  // What one non-blocking try came to: `count` octets, or what to wait for before the next.
  struct Attempt {
    Want want = Want::nothing;
    std::size_t count = 0;
  };
  struct Where {
    asio::ip::address ip;
    std::uint16_t port = 0;
    bool internet = false;
  };

  void on_deadline() override;
  asio::awaitable<boost::system::error_code> ready(Want want, SteadyTime until);
  asio::awaitable<void> make_progress(Want want);  // ready() within the limits of time, or a fault
  asio::awaitable<void> handshake();
  asio::awaitable<void> write_tls(std::span<std::string_view const> pieces);
  asio::awaitable<void> say_goodbye(SteadyTime until);
  void begin_tls(TlsContext& context, bool server);
  void expect_host(std::string const& host, bool verify);
  Attempt try_read(std::span<char> into);
  Attempt try_write(std::string_view octets);
  Attempt try_write(std::span<std::string_view const> pieces, std::size_t skip);
  Attempt tls_outcome(int returned);
  Want probe();  // nothing: a read would yield at once
  void begin_operation();
  bool due_to_yield();
  void require_open() const;
  static Where read_address(int fd, bool peer);
  static std::string write_address(Where const& where);

  asio::io_context& context_;
  Socket socket_;
  ssl_st* ssl_ = nullptr;
  Millis timeout_{300'000};
  SteadyTime deadline_ = never;
  std::uint32_t fail_at_ = 0;
  std::uint8_t streak_ = 0;  // operations done at once since the thread was last left to others
  bool suspended_ = false;   // a readiness wait is pending
  bool waiting_ = false;     // ... and it is wait()'s: signal() may end it
  bool signalled_ = false;
  bool expired_ = false;
  bool broken_ = false;  // TLS or the socket failed: no close_notify
  Where peer_;
  Where local_;
};

// Awaits `operation` so that a terminal cancellation of the coroutine cannot cut it off half-way:
// for the wait on a commit of the store. Not begun if the coroutine is cancelled
// already. A cancellation that arrives meanwhile is dropped; who ends sessions closes their Stream.
template <class T>
asio::awaitable<T> shield(asio::awaitable<T> operation) {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  if constexpr (std::is_void_v<T>) {
    co_await std::move(operation);
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
  } else {
    T value = co_await std::move(operation);
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    co_return value;
  }
}

}  // namespace mc::net
