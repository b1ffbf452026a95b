// net/stream_tls.cpp - the half of Stream that knows OpenSSL: TLS, single tries, the end.
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <climits>

#include "net/stream.h"
#include "net/tls.h"
#include "net/tls_bio.h"

namespace mc::net {

namespace {

constexpr std::size_t record_octets = 16'384;     // the most plain text of one TLS record
constexpr std::size_t most_drained = 256 * 1024;  // read and dropped at the end

class TlsCategory final : public boost::system::error_category {
 public:
  char const* name() const noexcept override { return "tls"; }
  std::string message(int) const override { return "TLS failed"; }
};

boost::system::error_code last_error() {
  return {errno, boost::system::system_category()};
}
bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

// Why the last TLS call failed, in OpenSSL's or the verifier's words.
std::string failure_text(SSL* ssl) {
  if (long const verdict = SSL_get_verify_result(ssl); verdict != X509_V_OK)
    return std::string("certificate: ") + X509_verify_cert_error_string(verdict);
  char const* reason = ERR_reason_error_string(ERR_peek_error());
  return reason ? reason : "unknown reason";
}

// OpenSSL's error queue belongs to the thread, not to the connection: empty it before each call.
void clear_errors() {
  ERR_clear_error();
  errno = 0;
}

int clamp(std::size_t n) {
  return n > INT_MAX ? INT_MAX : static_cast<int>(n);
}

}  // namespace

boost::system::error_code tls_fault() {
  static TlsCategory const category;
  return {1, category};
}

// --- single tries

Stream::Attempt Stream::tls_outcome(int returned) {
  if (returned > 0) return {Want::nothing, static_cast<std::size_t>(returned)};
  switch (SSL_get_error(ssl_, returned)) {
    case SSL_ERROR_WANT_READ:
      return {Want::input, 0};
    case SSL_ERROR_WANT_WRITE:
      return {Want::output, 0};
    case SSL_ERROR_ZERO_RETURN:
      return {};
    case SSL_ERROR_SYSCALL:
      broken_ = true;
      throw boost::system::system_error(errno ? last_error() : asio::error::connection_reset);
    default:
      broken_ = true;
      throw boost::system::system_error(tls_fault(), failure_text(ssl_));
  }
}

Stream::Attempt Stream::try_read(std::span<char> into) {
  if (ssl_) {
    clear_errors();
    return tls_outcome(SSL_read(ssl_, into.data(), clamp(into.size())));
  }
  auto const received = ::recv(socket_.native_handle(), into.data(), into.size(), 0);
  if (received >= 0) return {Want::nothing, static_cast<std::size_t>(received)};
  if (would_block()) return {Want::input, 0};
  broken_ = true;
  throw boost::system::system_error(last_error());
}

Stream::Attempt Stream::try_write(std::string_view octets) {
  if (ssl_) {
    clear_errors();
    Attempt const attempt = tls_outcome(SSL_write(ssl_, octets.data(), clamp(octets.size())));
    if (attempt.want == Want::nothing && attempt.count == 0)
      throw boost::system::system_error(asio::error::broken_pipe);
    return attempt;
  }
  auto const sent = ::send(socket_.native_handle(), octets.data(), octets.size(), MSG_NOSIGNAL);
  if (sent >= 0) return {Want::nothing, static_cast<std::size_t>(sent)};
  if (would_block()) return {Want::output, 0};
  broken_ = true;
  throw boost::system::system_error(last_error());
}

Stream::Want Stream::probe() {
  char octet;
  if (ssl_) {
    clear_errors();
    return SSL_pending(ssl_) > 0 ? Want::nothing : tls_outcome(SSL_peek(ssl_, &octet, 1)).want;
  }
  bool const nothing_yet = ::recv(socket_.native_handle(), &octet, 1, MSG_PEEK) < 0 && would_block();
  return nothing_yet ? Want::input : Want::nothing;
}

// Small pieces share a record, large ones are written as they are.
asio::awaitable<void> Stream::write_tls(std::span<std::string_view const> pieces) {
  std::string record;
  for (std::string_view const piece : pieces) {
    if (record.size() + piece.size() > record_octets && !record.empty()) {
      co_await write(std::string_view(record));
      record.clear();
    }
    if (piece.size() > record_octets)
      co_await write(piece);
    else
      record.append(piece);
  }
  if (!record.empty()) co_await write(std::string_view(record));
}

// --- the handshake

void Stream::begin_tls(TlsContext& context, bool server) {
  begin_operation();
  auto const current = context.current();
  ERR_clear_error();
  ssl_ = SSL_new(current.get());
  if (!ssl_) throw boost::system::system_error(tls_fault(), failure_text(nullptr));
  BIO* const bio = make_socket_bio(socket_.native_handle());
  SSL_set_bio(ssl_, bio, bio);
  server ? SSL_set_accept_state(ssl_) : SSL_set_connect_state(ssl_);
}

void Stream::expect_host(std::string const& host, bool verify) {
  in6_addr ignored;
  bool const is_ip =
      ::inet_pton(AF_INET, host.c_str(), &ignored) == 1 || ::inet_pton(AF_INET6, host.c_str(), &ignored) == 1;
  if (!is_ip && !host.empty()) SSL_set_tlsext_host_name(ssl_, host.c_str());
  if (!verify) return;
  int const set = is_ip ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_), host.c_str())
                        : SSL_set1_host(ssl_, host.c_str());
  if (set != 1 || host.empty()) throw boost::system::system_error(tls_fault(), "no host to verify");
}

asio::awaitable<void> Stream::handshake() {
  for (;;) {
    require_open();
    clear_errors();
    int const returned = SSL_do_handshake(ssl_);
    Attempt const attempt = tls_outcome(returned);
    if (returned == 1) co_return;
    if (attempt.want == Want::nothing) throw boost::system::system_error(asio::error::connection_reset);
    co_await make_progress(attempt.want);
  }
}

asio::awaitable<void> Stream::start_tls_server(TlsContext& context) {
  begin_tls(context, true);
  co_await handshake();
}

asio::awaitable<void> Stream::start_tls_client(TlsContext& context, std::string host) {
  begin_tls(context, false);
  expect_host(host, context.verifies());
  co_await handshake();
}

std::optional<TlsInfo> Stream::tls_info() const {
  if (!ssl_) return std::nullopt;
  SSL_CIPHER const* const cipher = SSL_get_current_cipher(ssl_);
  if (!cipher) return std::nullopt;
  return TlsInfo{SSL_get_version(ssl_), SSL_CIPHER_get_name(cipher), SSL_CIPHER_get_bits(cipher, nullptr)};
}

std::optional<std::string> Stream::tls_exporter() const {
  if (!ssl_ || !SSL_is_init_finished(ssl_)) return std::nullopt;
  if (SSL_version(ssl_) < TLS1_3_VERSION && SSL_get_extms_support(ssl_) != 1) return std::nullopt;
  constexpr std::string_view label = "EXPORTER-Channel-Binding";
  std::string binding(32, '\0');
  unsigned char context = 0;  // empty, but present                                RFC 9266, 2
  int const made = SSL_export_keying_material(ssl_, reinterpret_cast<unsigned char*>(binding.data()),
                                              binding.size(), label.data(), label.size(), &context, 0, 1);
  return made == 1 ? std::optional(std::move(binding)) : std::nullopt;
}

// --- the end

void Stream::close() {
  if (socket_.is_open()) {
    if (ssl_ && !broken_ && SSL_is_init_finished(ssl_)) {
      ERR_clear_error();
      SSL_shutdown(ssl_);
    }
    boost::system::error_code ignored;
    socket_.close(ignored);
  }
  disarm();
  SSL_free(std::exchange(ssl_, nullptr));
  ERR_clear_error();
}

asio::awaitable<void> Stream::say_goodbye(SteadyTime until) {
  if (ssl_ && !broken_ && SSL_is_init_finished(ssl_)) {
    clear_errors();
    int const returned = SSL_shutdown(ssl_);
    if (returned < 0 && SSL_get_error(ssl_, returned) == SSL_ERROR_WANT_WRITE) {
      co_await ready(Want::output, until);
      require_open();
      SSL_shutdown(ssl_);
    }
  }
  ::shutdown(socket_.native_handle(), SHUT_WR);
  std::size_t drained = 0;
  while (drained < most_drained && std::chrono::steady_clock::now() < until) {
    std::array<char, 1024> unread;
    auto const received = ::recv(socket_.native_handle(), unread.data(), unread.size(), 0);
    if (received == 0 || (received < 0 && !would_block())) co_return;
    drained += received > 0 ? static_cast<std::size_t>(received) : 0;
    if (received > 0) continue;
    auto const error = co_await ready(Want::input, until);
    if (error) co_return;
    require_open();
  }
}

asio::awaitable<void> Stream::finish(Millis linger) {
  try {
    if (is_open()) co_await say_goodbye(std::chrono::steady_clock::now() + linger);
  } catch (boost::system::system_error const&) {
    // The connection is gone or was closed meanwhile: nothing more to be said.
  }
  close();
}

}  // namespace mc::net
