// What an idle connection costs, as the allocator counts it. Bounds with some room; the
// figures that matter (RSS at 5,000 connections) are the benchmark's.
#include <malloc.h>

#include <boost/test/unit_test.hpp>
#include <deque>
#include <vector>

#include "net/stream.h"
#include "tests/net/support.h"

using namespace mc;
using namespace mc::net;
using namespace mc::net::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t many = 200;

// A session as idle as one in IDLE: asleep in wait() below a root and one handler.
asio::awaitable<void> idle(Stream& stream) {
  co_await stream.wait(30min);
}

// Heap octets of each connection asleep in wait(), without the client's end of it.
std::size_t octets_per_connection(bool tls) {
  auto const server = Certificates::shared().server();
  auto const client = Certificates::shared().client();
  asio::io_context context(1);
  std::deque<Pair> pairs;
  auto open_one = [&]() -> asio::awaitable<void> {
    Pair& pair = pairs.emplace_back(context);
    if (!tls) co_return;
    auto accept = [&]() -> asio::awaitable<void> { co_await pair.a->start_tls_server(*server); };
    asio::co_spawn(context, accept, asio::detached);
    co_await pair.b->start_tls_client(*client, "localhost");
    co_await pair.b->write("x");
    co_await read_exactly(*pair.a, 1);
    co_await pair.b->wait(0ms);  // takes in the ticket
  };
  auto open_and_sleep = [&]() -> asio::awaitable<void> {
    co_await open_one();
    auto sleep = [&stream = *pairs.back().a]() -> asio::awaitable<void> { co_await idle(stream); };
    asio::co_spawn(context, sleep, asio::detached);
    co_await let_others_run();
  };
  run(context, open_and_sleep);  // what is made only once
  std::size_t const before = ::mallinfo2().uordblks;
  for (std::size_t i = 0; i < many; ++i) run(context, open_and_sleep);
  for (Pair& pair : pairs) pair.b.reset();
  std::size_t const after = ::mallinfo2().uordblks;
  return (after - before) / many;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(memory)

BOOST_AUTO_TEST_CASE(an_idle_plain_connection_costs_less_than_4_KiB) {
  std::size_t const octets = octets_per_connection(false);
  BOOST_TEST_MESSAGE("plain: " << octets);
  BOOST_TEST(octets < 4096u);
}

BOOST_AUTO_TEST_CASE(an_idle_TLS_connection_costs_less_than_20_KiB) {
  std::size_t const octets = octets_per_connection(true);
  BOOST_TEST_MESSAGE("TLS: " << octets);
  BOOST_TEST(octets < 20 * 1024u);
}

BOOST_AUTO_TEST_SUITE_END()
