#include "net/listener.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/test/unit_test.hpp>
#include <condition_variable>
#include <mutex>
#include <set>
#include <vector>

#include "net/connect.h"
#include "net/unique_fd.h"
#include "tests/net/support.h"

using namespace mc;
using namespace mc::net;
using namespace mc::net::test;
using namespace std::chrono_literals;

namespace {

asio::awaitable<void> greet_and_echo(std::unique_ptr<Stream> stream) {
  co_await stream->write("hello\n");
  std::string chunk(100, '\0');
  while (std::size_t const n = co_await stream->read_some(chunk))
    co_await stream->write(std::string_view(chunk).substr(0, n));
}

// A blocking client connection.
UniqueFd dial(Endpoint const& endpoint) {
  bool const is_unix = endpoint.is_unix();
  UniqueFd fd(::socket(is_unix ? AF_UNIX : endpoint.ip.is_v4() ? AF_INET : AF_INET6, SOCK_STREAM, 0));
  int code;
  if (is_unix) {
    asio::local::stream_protocol::endpoint const to(endpoint.path);
    code = ::connect(fd.get(), to.data(), static_cast<socklen_t>(to.size()));
  } else {
    asio::ip::tcp::endpoint const to(endpoint.ip, endpoint.port);
    code = ::connect(fd.get(), to.data(), static_cast<socklen_t>(to.size()));
  }
  if (code != 0) fd.reset();
  return fd;
}

std::string read_line(UniqueFd const& fd) {
  std::string line;
  char c;
  while (::read(fd.get(), &c, 1) == 1 && c != '\n') line += c;
  return line;
}

std::unique_ptr<Listener> listen(IoPool& pool, ConnectionLimits& limits, std::string const& where,
                                 ListenerOptions options = {}, Session session = &greet_and_echo) {
  return Listener::make(pool, limits, parse_endpoint(where).value(), std::move(options), std::move(session))
      .value();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(listener)

BOOST_AUTO_TEST_CASE(port_0_picks_a_port_and_sessions_answer_there) {
  ConnectionLimits limits;
  IoPool pool(2);
  for (char const* where : {"127.0.0.1:0", "[::1]:0"}) {
    auto const listener = listen(pool, limits, where);
    BOOST_TEST(listener->endpoint().port != 0);
    auto const client = dial(listener->endpoint());
    BOOST_REQUIRE(client);
    BOOST_TEST(read_line(client) == "hello");
  }
}

BOOST_AUTO_TEST_CASE(a_port_in_use_is_refused_in_words) {
  ConnectionLimits limits;
  IoPool pool(1);
  auto const first = listen(pool, limits, "127.0.0.1:0");
  auto const second = Listener::make(pool, limits, first->endpoint(), {}, &greet_and_echo);
  BOOST_REQUIRE(!second);
  BOOST_TEST((second.error().code == Errc::conflict));
  BOOST_TEST((second.error().text.find(write_endpoint(first->endpoint())) != std::string::npos));
}

BOOST_AUTO_TEST_CASE(connections_are_spread_over_the_threads_and_stay_there) {
  ConnectionLimits limits;
  IoPool pool(2);
  std::mutex mutex;
  std::multiset<std::size_t> seen;
  auto session = [&](std::unique_ptr<Stream> stream) -> asio::awaitable<void> {
    {
      std::lock_guard lock(mutex);
      seen.insert(IoPool::current_index().value());
    }
    co_await greet_and_echo(std::move(stream));
  };
  auto const listener = listen(pool, limits, "127.0.0.1:0", {}, session);
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 10; ++i) {
    clients.push_back(dial(listener->endpoint()));
    BOOST_TEST(read_line(clients.back()) == "hello");
  }
  BOOST_TEST(seen.count(0) == 5u);
  BOOST_TEST(seen.count(1) == 5u);
}

BOOST_AUTO_TEST_CASE(a_thousand_connections_from_one_address_meet_the_limit) {
  ConnectionLimits limits({10'000, 5, 20});
  IoPool pool(2);
  ListenerOptions options;
  options.refusal_line = [](Refusal why) {
    return std::string(why == Refusal::too_many ? "full\n" : "too many of you\n");
  };
  auto const listener = listen(pool, limits, "127.0.0.1:0", std::move(options));
  std::vector<UniqueFd> kept;
  std::size_t refused = 0;
  for (int i = 0; i < 1000; ++i) {
    UniqueFd client = dial(listener->endpoint());
    std::string const line = read_line(client);
    if (line == "hello")
      kept.push_back(std::move(client));
    else if (line == "too many of you")
      ++refused;
  }
  BOOST_TEST(kept.size() == 20u);
  BOOST_TEST(refused == 980u);
  BOOST_TEST(limits.total() == 20u);
}

BOOST_AUTO_TEST_CASE(a_place_is_free_again_when_its_session_ends_however_it_ends) {
  ConnectionLimits limits({1, 1, 1});
  IoPool pool(1);
  auto session = [](std::unique_ptr<Stream> stream) -> asio::awaitable<void> {
    co_await stream->write("hello\n");
    throw std::runtime_error("a bug");
  };
  auto const listener = listen(pool, limits, "127.0.0.1:0", {}, session);
  for (int i = 0; i < 20; ++i) {
    UniqueFd client;
    std::string line;
    // The place is given back just after the peer sees the end.
    do {
      client = dial(listener->endpoint());
      line = read_line(client);
    } while (line.empty());
    BOOST_TEST(line == "hello");
    BOOST_TEST(read_line(client).empty());
  }
}

BOOST_AUTO_TEST_CASE(addresses_are_counted_by_what_one_customer_has) {
  ConnectionLimits limits({100, 2, 3});
  auto ip = [](char const* text) { return asio::ip::make_address(text); };
  auto is_permit = [](auto const& place) { return place.index() == 0; };
  auto const a = limits.admit(ip("2001:db8::1"));
  auto const b = limits.admit(ip("2001:db8::ffff:1"));
  auto const c = limits.admit(ip("2001:db8::2"));
  auto const d = limits.admit(ip("2001:db8:0:1::1"));
  BOOST_TEST((is_permit(a) && is_permit(b) && !is_permit(c) && is_permit(d)));
  auto const e = limits.admit(ip("10.0.0.1"));
  auto const f = limits.admit(ip("::ffff:10.0.0.1"));
  auto const g = limits.admit(ip("10.0.0.1"));
  BOOST_TEST((is_permit(e) && is_permit(f) && !is_permit(g)));
  auto const h = limits.admit(std::nullopt);
  auto const i = limits.admit(ip("127.0.0.1"));
  auto const j = limits.admit(ip("::1"));
  auto const k = limits.admit(ip("127.0.0.2"));
  BOOST_TEST((is_permit(h) && is_permit(i) && is_permit(j) && !is_permit(k)));
  limits.set({8, 100, 100});
  auto const l = limits.admit(ip("10.0.0.9"));
  BOOST_REQUIRE(!is_permit(l));
  BOOST_TEST((std::get<Refusal>(l) == Refusal::too_many));
}

BOOST_AUTO_TEST_CASE(a_unix_socket_gets_its_mode_and_is_removed_at_the_end) {
  TemporaryDirectory directory;
  std::string const path = directory / "lmtp.sock";
  ConnectionLimits limits;
  IoPool pool(1);
  ListenerOptions options;
  options.unix_mode = 0600;
  auto listener = listen(pool, limits, "unix:" + path, options);
  struct stat status {};
  BOOST_REQUIRE(::stat(path.c_str(), &status) == 0);
  BOOST_TEST((status.st_mode & 0777) == 0600u);
  auto const client = dial(listener->endpoint());
  BOOST_TEST(read_line(client) == "hello");
  auto const second = Listener::make(pool, limits, listener->endpoint(), {}, &greet_and_echo);
  BOOST_TEST(!second);  // somebody answers there
  listener->stop();
  BOOST_TEST(::stat(path.c_str(), &status) != 0);
}

BOOST_AUTO_TEST_CASE(a_stale_unix_socket_is_replaced_and_a_file_is_not) {
  TemporaryDirectory directory;
  ConnectionLimits limits;
  IoPool pool(1);
  std::string const path = directory / "lmtp.sock";
  {
    UniqueFd const dead(::socket(AF_UNIX, SOCK_STREAM, 0));
    asio::local::stream_protocol::endpoint const at(path);
    BOOST_REQUIRE(::bind(dead.get(), at.data(), static_cast<socklen_t>(at.size())) == 0);
  }
  auto const listener = listen(pool, limits, "unix:" + path);
  auto const client = dial(listener->endpoint());
  BOOST_TEST(read_line(client) == "hello");
  std::string const file = directory / "precious";
  write_file(file, "data");
  auto const refused =
      Listener::make(pool, limits, parse_endpoint("unix:" + file).value(), {}, &greet_and_echo);
  BOOST_TEST(!refused);
  BOOST_TEST(std::filesystem::file_size(file) == 4u);
}

BOOST_AUTO_TEST_CASE(after_stop_nobody_gets_in_and_those_inside_go_on) {
  ConnectionLimits limits;
  IoPool pool(1);
  auto const listener = listen(pool, limits, "127.0.0.1:0");
  auto const client = dial(listener->endpoint());
  BOOST_TEST(read_line(client) == "hello");
  listener->stop();
  listener->stop();
  BOOST_TEST(!dial(listener->endpoint()));
  BOOST_REQUIRE(::write(client.get(), "still\n", 6) == 6);
  BOOST_TEST(read_line(client) == "still");
}

BOOST_AUTO_TEST_CASE(running_out_of_descriptors_refuses_politely_and_recovers) {
  ConnectionLimits limits;
  IoPool pool(1);
  ListenerOptions options;
  options.refusal_line = [](Refusal) { return std::string("full\n"); };
  auto const listener = listen(pool, limits, "127.0.0.1:0", std::move(options));
  UniqueFd probe = dial(listener->endpoint());
  BOOST_TEST(read_line(probe) == "hello");
  UniqueFd waiting(::socket(AF_INET, SOCK_STREAM, 0));  // while we still can
  struct rlimit before {};
  ::getrlimit(RLIMIT_NOFILE, &before);
  UniqueFd const next(::dup(0));
  struct rlimit tight = before;
  tight.rlim_cur = static_cast<rlim_t>(next.get()) + 1;
  BOOST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &tight) == 0);
  asio::ip::tcp::endpoint const to(listener->endpoint().ip, listener->endpoint().port);
  BOOST_REQUIRE(::connect(waiting.get(), to.data(), static_cast<socklen_t>(to.size())) == 0);
  std::string const line = read_line(waiting);
  ::setrlimit(RLIMIT_NOFILE, &before);
  BOOST_TEST(line == "full");
  auto const later = dial(listener->endpoint());
  BOOST_TEST(read_line(later) == "hello");
}

BOOST_AUTO_TEST_CASE(sessions_still_open_are_destroyed_with_the_pool) {
  ConnectionLimits limits;
  UniqueFd client;
  {
    IoPool pool(2);
    auto const listener = listen(pool, limits, "127.0.0.1:0");
    client = dial(listener->endpoint());
    BOOST_TEST(read_line(client) == "hello");
  }
  BOOST_TEST(read_line(client).empty());
  BOOST_TEST(limits.total() == 0u);
}

BOOST_AUTO_TEST_CASE(our_client_reaches_our_server) {
  TemporaryDirectory directory;
  ConnectionLimits limits;
  IoPool pool(1);
  for (std::string const& where : {std::string("127.0.0.1:0"), "unix:" + (directory / "s")}) {
    auto const listener = listen(pool, limits, where);
    asio::io_context context(1);
    run(context, [&]() -> asio::awaitable<void> {
      auto stream = co_await connect(context, listener->endpoint(), Millis(5000));
      std::string const line = co_await read_exactly(*stream, 6);
      BOOST_TEST(line == "hello\n");
      if (listener->endpoint().is_unix()) co_return;
      auto by_name =
          co_await connect(context, std::string("localhost"), listener->endpoint().port, Millis(5000));
      std::string const again = co_await read_exactly(*by_name, 6);
      BOOST_TEST(again == "hello\n");
    });
    Endpoint const gone = listener->endpoint();
    listener->stop();
    run(context, [&]() -> asio::awaitable<void> {
      auto const code = co_await failure_of(connect(context, gone, Millis(5000)));
      BOOST_TEST(!!code);
    });
  }
}

BOOST_AUTO_TEST_CASE(connecting_to_one_who_does_not_answer_times_out) {
  // A listening socket whose queue is full: the kernel drops further SYNs.
  UniqueFd const deaf(::socket(AF_INET, SOCK_STREAM, 0));
  asio::ip::tcp::endpoint at(asio::ip::address_v4::loopback(), 0);
  BOOST_REQUIRE(::bind(deaf.get(), at.data(), static_cast<socklen_t>(at.size())) == 0);
  BOOST_REQUIRE(::listen(deaf.get(), 0) == 0);
  socklen_t length = static_cast<socklen_t>(at.capacity());
  ::getsockname(deaf.get(), at.data(), &length);
  std::vector<UniqueFd> fillers;
  for (int i = 0; i < 5; ++i) {
    fillers.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    ::connect(fillers.back().get(), at.data(), static_cast<socklen_t>(at.size()));
  }
  asio::io_context context(1);
  run(context, [&]() -> asio::awaitable<void> {
    Endpoint const endpoint{at.address(), at.port(), {}};
    auto const code = co_await failure_of(connect(context, endpoint, Millis(30)));
    BOOST_TEST(code == asio::error::timed_out);
  });
}

BOOST_AUTO_TEST_SUITE_END()
