// tests/net/support.h - what the tests of net/ share.
#pragma once
#include <sys/socket.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "net/stream.h"
#include "net/tls.h"

namespace mc::net::test {

// Starts all `bodies` (callables that return awaitable<void>) on `context`, runs it until all have
// ended and rethrows the first exception.
template <class... Bodies>
void run(asio::io_context& context, Bodies... bodies) {
  std::exception_ptr fault;
  std::size_t left = sizeof...(bodies);
  auto start = [&](auto body) {
    asio::co_spawn(context, std::move(body), [&](std::exception_ptr e) {
      if (e && !fault) fault = e;
      if (--left == 0) context.stop();
    });
  };
  (start(std::move(bodies)), ...);
  context.restart();
  context.run();
  if (fault) std::rethrow_exception(fault);
}

// Lets everything that is ready on the thread happen before going on.
inline asio::awaitable<void> let_others_run() {
  for (int i = 0; i < 10; ++i) co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
}

// The two ends of a connection, both on one context.
struct Pair {
  explicit Pair(asio::io_context& context) {
    int fds[2];
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
    a = std::make_unique<Stream>(context, fds[0]);
    b = std::make_unique<Stream>(context, fds[1]);
  }
  std::unique_ptr<Stream> a;
  std::unique_ptr<Stream> b;
};

inline asio::awaitable<std::string> read_exactly(Stream& stream, std::size_t n) {
  std::string got(n, '\0');
  std::size_t have = 0;
  while (have < n) {
    std::size_t const more = co_await stream.read_some({got.data() + have, n - have});
    if (more == 0) break;
    have += more;
  }
  got.resize(have);
  co_return got;
}

inline asio::awaitable<std::string> read_to_end(Stream& stream) {
  std::string got;
  std::string chunk(4096, '\0');
  while (std::size_t const n = co_await stream.read_some(chunk)) got.append(chunk, 0, n);
  co_return got;
}

// The error code with which `operation` fails; success if it does not.
template <class T>
asio::awaitable<boost::system::error_code> failure_of(asio::awaitable<T> operation) {
  try {
    co_await std::move(operation);
  } catch (boost::system::system_error const& e) {
    co_return e.code();
  }
  co_return boost::system::error_code();
}

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "mc-net-XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(pattern.data()));
    path_ = pattern;
  }
  TemporaryDirectory(TemporaryDirectory const&) = delete;
  TemporaryDirectory& operator=(TemporaryDirectory const&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(std::string_view name) const { return (path_ / name).string(); }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

inline void write_file(std::string const& path, std::string_view content) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

// A certificate authority and a server certificate for localhost, made once by certs/make-certs.
class Certificates {
 public:
  explicit Certificates(std::string const& names = "") {
    std::string const command =
        MC_SOURCE_DIR "/certs/make-certs --dir " + directory_.path() + " " + names + " >/dev/null";
    BOOST_REQUIRE_EQUAL(std::system(command.c_str()), 0);
  }
  static Certificates const& shared() {
    static Certificates const certificates;
    return certificates;
  }
  ServerTlsFiles files() const { return {directory_ / "server.crt", directory_ / "server.key"}; }
  std::string ca() const { return directory_ / "ca.crt"; }
  std::shared_ptr<TlsContext> server() const { return TlsContext::make_server(files()).value(); }
  std::shared_ptr<TlsContext> client() const {
    return TlsContext::make_client({Verify::required, ca()}).value();
  }

 private:
  TemporaryDirectory directory_;
};

}  // namespace mc::net::test
