// TLS on a Stream: handshakes, STARTTLS injection, waiting, ends.
#include <boost/asio/steady_timer.hpp>
#include <boost/test/unit_test.hpp>
#include <vector>

#include "net/line_buffer.h"
#include "net/stream.h"
#include "tests/net/support.h"

using namespace mc;
using namespace mc::net;
using namespace mc::net::test;
using namespace std::chrono_literals;
namespace error = boost::asio::error;

namespace {

// A pair with TLS established between a (server) and b (client).
struct TlsPair : Pair {
  explicit TlsPair(asio::io_context& context) : Pair(context) {
    auto const server = Certificates::shared().server();
    auto const client = Certificates::shared().client();
    run(
        context, [&]() -> asio::awaitable<void> { co_await a->start_tls_server(*server); },
        [&]() -> asio::awaitable<void> { co_await b->start_tls_client(*client, "localhost"); });
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(stream_tls)

BOOST_AUTO_TEST_CASE(octets_go_both_ways_and_the_protection_is_known) {
  asio::io_context context(1);
  TlsPair pair(context);
  auto const info = pair.a->tls_info();
  BOOST_REQUIRE(info);
  BOOST_TEST(info->version == "TLSv1.3");
  BOOST_TEST(info->bits >= 128);
  BOOST_TEST(!info->cipher.empty());
  run(context, [&]() -> asio::awaitable<void> {
    co_await pair.b->write("a1 NOOP\r\n");
    std::string const got = co_await read_exactly(*pair.a, 9);
    BOOST_TEST(got == "a1 NOOP\r\n");
    co_await pair.a->write("a1 OK\r\n");
    std::string const answer = co_await read_exactly(*pair.b, 7);
    BOOST_TEST(answer == "a1 OK\r\n");
  });
}

BOOST_AUTO_TEST_CASE(both_ends_know_the_same_channel_binding) {
  asio::io_context context(1);
  TlsPair one(context);
  TlsPair two(context);
  BOOST_REQUIRE(one.a->tls_exporter());
  BOOST_TEST(one.a->tls_exporter()->size() == 32u);
  BOOST_TEST((one.a->tls_exporter() == one.b->tls_exporter()));
  BOOST_TEST((one.a->tls_exporter() != two.a->tls_exporter()));
}

BOOST_AUTO_TEST_CASE(large_data_and_gathered_pieces_arrive_whole) {
  asio::io_context context(1);
  TlsPair pair(context);
  std::vector<std::string> owned;
  std::string expected;
  for (int i = 0; i < 200; ++i)
    owned.push_back(std::string(static_cast<std::size_t>(i * 311 % 40000), char('a' + i % 26)));
  for (auto const& piece : owned) expected += piece;
  std::vector<std::string_view> pieces(owned.begin(), owned.end());
  std::string const large(3'000'000, 'L');
  run(
      context,
      [&]() -> asio::awaitable<void> {
        co_await pair.a->write(std::span<std::string_view const>(pieces));
        co_await pair.a->write(large);
        co_await pair.a->finish();
      },
      [&]() -> asio::awaitable<void> {
        std::string const got = co_await read_to_end(*pair.b);
        BOOST_TEST((got == expected + large));
        pair.b->close();
      });
}

BOOST_AUTO_TEST_CASE(what_is_sent_along_with_STARTTLS_is_not_seen_after_it) {
  asio::io_context context(1);
  Pair pair(context);
  auto const server = Certificates::shared().server();
  auto const client = Certificates::shared().client();
  run(
      context,
      [&]() -> asio::awaitable<void> {
        InputBuffer input(1000);
        std::size_t const n = co_await pair.a->read_some(input.prepare());
        input.commit(n);
        auto const line = input.take_line();
        BOOST_TEST(line->text == "a1 STARTTLS");
        BOOST_TEST(!input.empty());  // the injected command is here
        co_await pair.a->write("a1 OK\r\n");
        input.clear();
        co_await pair.a->start_tls_server(*server);
        std::string const got = co_await read_exactly(*pair.a, 9);
        BOOST_TEST(got == "a3 NOOP\r\n");
      },
      [&]() -> asio::awaitable<void> {
        co_await pair.b->write("a1 STARTTLS\r\na2 INJECTED\r\n");
        co_await read_exactly(*pair.b, 7);
        co_await pair.b->start_tls_client(*client, "localhost");
        co_await pair.b->write("a3 NOOP\r\n");
      });
}

BOOST_AUTO_TEST_CASE(plain_octets_that_arrive_after_STARTTLS_break_the_handshake) {
  asio::io_context context(1);
  Pair pair(context);
  auto const server = Certificates::shared().server();
  run(context, [&]() -> asio::awaitable<void> {
    co_await pair.b->write("a2 INJECTED AND LONG ENOUGH\r\n");
    auto const code = co_await failure_of(pair.a->start_tls_server(*server));
    BOOST_TEST(code == tls_fault());
    pair.a->close();
  });
}

BOOST_AUTO_TEST_CASE(a_certificate_that_nobody_vouches_for_is_refused_unless_verification_is_off) {
  Certificates const others;
  for (bool verify : {true, false}) {
    asio::io_context context(1);
    Pair pair(context);
    auto const server = Certificates::shared().server();
    auto const client = verify ? others.client() : TlsContext::make_client({Verify::none, {}}).value();
    run(
        context, [&]() -> asio::awaitable<void> { co_await failure_of(pair.a->start_tls_server(*server)); },
        [&]() -> asio::awaitable<void> {
          auto const code = co_await failure_of(pair.b->start_tls_client(*client, "localhost"));
          BOOST_TEST((code == tls_fault()) == verify);
          pair.b->close();
        });
  }
}

BOOST_AUTO_TEST_CASE(a_certificate_for_another_host_is_refused) {
  struct Row {
    char const* host;
    bool good;
  };
  for (Row const row : {Row{"localhost", true},
                        {"127.0.0.1", true},
                        {"::1", true},
                        {"mc.example.test", true},
                        {"mail.example.test", false},
                        {"127.0.0.2", false},
                        {"", false}}) {
    BOOST_TEST_CONTEXT(row.host) {
      asio::io_context context(1);
      Pair pair(context);
      auto const server = Certificates::shared().server();
      auto const client = Certificates::shared().client();
      run(
          context, [&]() -> asio::awaitable<void> { co_await failure_of(pair.a->start_tls_server(*server)); },
          [&]() -> asio::awaitable<void> {
            auto const code = co_await failure_of(pair.b->start_tls_client(*client, row.host));
            BOOST_TEST(!code == row.good);
            pair.b->close();
          });
    }
  }
}

BOOST_AUTO_TEST_CASE(a_handshake_with_a_silent_peer_times_out) {
  asio::io_context context(1);
  Pair pair(context);
  auto const server = Certificates::shared().server();
  pair.a->set_timeout(20ms);
  run(context, [&]() -> asio::awaitable<void> {
    auto const code = co_await failure_of(pair.a->start_tls_server(*server));
    BOOST_TEST(code == error::timed_out);
    pair.a->close();
  });
}

BOOST_AUTO_TEST_CASE(a_peer_that_leaves_during_the_handshake_is_a_fault) {
  asio::io_context context(1);
  Pair pair(context);
  auto const server = Certificates::shared().server();
  pair.b->close();
  run(context, [&]() -> asio::awaitable<void> {
    auto const code = co_await failure_of(pair.a->start_tls_server(*server));
    BOOST_TEST(!!code);
  });
}

BOOST_AUTO_TEST_CASE(wait_sees_octets_that_are_decrypted_already) {
  asio::io_context context(1);
  TlsPair pair(context);
  run(context, [&]() -> asio::awaitable<void> {
    co_await pair.b->write("DONE\r\n");
    std::string const got = co_await read_exactly(*pair.a, 1);
    BOOST_TEST(got == "D");
    Woke const woke = co_await pair.a->wait(10s);
    BOOST_TEST((woke == Woke::readable));
    std::string const rest = co_await read_exactly(*pair.a, 5);
    BOOST_TEST(rest == "ONE\r\n");
  });
}

BOOST_AUTO_TEST_CASE(wait_under_TLS_is_not_woken_by_tickets_but_by_signals_and_data) {
  asio::io_context context(1);
  TlsPair pair(context);
  run(
      context,
      [&]() -> asio::awaitable<void> {
        // The server's session ticket is on the wire and no application data.
        Woke const first = co_await pair.b->wait(10ms);
        BOOST_TEST((first == Woke::timed_out));
        Woke const second = co_await pair.b->wait(10s);
        BOOST_TEST((second == Woke::signalled));
        Woke const third = co_await pair.b->wait(10s);
        BOOST_TEST((third == Woke::readable));
      },
      [&]() -> asio::awaitable<void> {
        asio::steady_timer later(context, 20ms);
        co_await later.async_wait(asio::use_awaitable);
        pair.b->signal();
        co_await let_others_run();
        co_await pair.a->write("* 1 EXISTS\r\n");
      });
}

BOOST_AUTO_TEST_CASE(the_end_of_TLS_is_the_end_of_input_with_or_without_close_notify) {
  for (bool polite : {true, false}) {
    asio::io_context context(1);
    TlsPair pair(context);
    if (polite)
      pair.b->close();
    else
      pair.b->fail_at(1);
    run(context, [&]() -> asio::awaitable<void> {
      if (!polite) pair.b.reset();
      std::string const rest = co_await read_to_end(*pair.a);
      BOOST_TEST(rest.empty());
    });
  }
}

BOOST_AUTO_TEST_CASE(a_TCP_end_without_close_notify_is_an_end_too) {
  asio::io_context context(1);
  int fds[2];
  BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
  int const shared = ::dup(fds[1]);
  Stream a(context, fds[0]);
  Stream b(context, fds[1]);
  auto const server = Certificates::shared().server();
  auto const client = Certificates::shared().client();
  run(
      context, [&]() -> asio::awaitable<void> { co_await a.start_tls_server(*server); },
      [&]() -> asio::awaitable<void> { co_await b.start_tls_client(*client, "localhost"); });
  ::shutdown(shared, SHUT_WR);
  run(context, [&]() -> asio::awaitable<void> {
    Woke const woke = co_await a.wait(10s);
    BOOST_TEST((woke == Woke::readable));
    std::string const rest = co_await read_to_end(a);
    BOOST_TEST(rest.empty());
  });
  ::close(shared);
}

BOOST_AUTO_TEST_CASE(garbage_in_the_stream_of_records_is_a_fault) {
  asio::io_context context(1);
  int fds[2];
  BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
  int const shared = ::dup(fds[1]);
  Stream a(context, fds[0]);
  Stream b(context, fds[1]);
  auto const server = Certificates::shared().server();
  auto const client = Certificates::shared().client();
  run(
      context, [&]() -> asio::awaitable<void> { co_await a.start_tls_server(*server); },
      [&]() -> asio::awaitable<void> { co_await b.start_tls_client(*client, "localhost"); });
  BOOST_REQUIRE(::write(shared, "plain text, not a record\r\n", 26) == 26);
  run(context, [&]() -> asio::awaitable<void> {
    auto const code = co_await failure_of(read_exactly(a, 1));
    BOOST_TEST(code == tls_fault());
    co_await a.finish(1ms);
  });
  ::close(shared);
}

BOOST_AUTO_TEST_CASE(a_TLS_peer_that_stops_reading_times_out) {
  asio::io_context context(1);
  TlsPair pair(context);
  pair.a->set_timeout(20ms);
  std::string const more_than_buffers_hold(8'000'000, 'x');
  run(context, [&]() -> asio::awaitable<void> {
    auto const code = co_await failure_of(pair.a->write(more_than_buffers_hold));
    BOOST_TEST(code == error::timed_out);
    co_await pair.a->finish(1ms);
  });
}

BOOST_AUTO_TEST_CASE(closing_during_the_handshake_and_during_a_wait_is_safe) {
  for (bool established : {false, true}) {
    asio::io_context context(1);
    auto const server = Certificates::shared().server();
    std::unique_ptr<Pair> pair =
        established ? std::make_unique<TlsPair>(context) : std::make_unique<Pair>(context);
    run(
        context,
        [&]() -> asio::awaitable<void> {
          boost::system::error_code code;
          if (established)
            code = co_await failure_of(pair->a->wait(10s));
          else
            code = co_await failure_of(pair->a->start_tls_server(*server));
          BOOST_TEST(code == error::operation_aborted);
        },
        [&]() -> asio::awaitable<void> {
          co_await let_others_run();
          pair->a->close();
        });
  }
}

BOOST_AUTO_TEST_SUITE_END()
