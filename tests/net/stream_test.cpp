#include "net/stream.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/test/unit_test.hpp>
#include <vector>

#include "net/address.h"
#include "net/bind.h"
#include "tests/net/support.h"

using namespace mc;
using namespace mc::net;
using namespace mc::net::test;
using namespace std::chrono_literals;
namespace error = boost::asio::error;

BOOST_AUTO_TEST_SUITE(stream)

BOOST_AUTO_TEST_CASE(what_one_end_writes_the_other_reads) {
  asio::io_context context(1);
  Pair pair(context);
  run(context, [&]() -> asio::awaitable<void> {
    co_await pair.a->write("a1 NOOP\r\n");
    std::string const got = co_await read_exactly(*pair.b, 9);
    BOOST_TEST(got == "a1 NOOP\r\n");
    pair.a->close();
    std::string const rest = co_await read_to_end(*pair.b);
    BOOST_TEST(rest.empty());
  });
}

BOOST_AUTO_TEST_CASE(octets_that_are_there_are_read_without_the_event_loop) {
  asio::io_context context(1);
  Pair pair(context);
  bool posted_ran = false;
  run(context, [&]() -> asio::awaitable<void> {
    asio::post(context, [&] { posted_ran = true; });
    co_await pair.a->write("x");
    std::string const got = co_await read_exactly(*pair.b, 1);
    BOOST_TEST(got == "x");
    BOOST_TEST(!posted_ran);
  });
}

BOOST_AUTO_TEST_CASE(a_peer_that_always_has_more_does_not_keep_the_thread) {
  asio::io_context context(1);
  Pair pair(context);
  bool others_ran = false;
  run(context, [&]() -> asio::awaitable<void> {
    asio::post(context, [&] { others_ran = true; });
    for (int i = 0; i < 1000; ++i) {
      co_await pair.a->write("x");
      co_await read_exactly(*pair.b, 1);
    }
    BOOST_TEST(others_ran);
  });
}

BOOST_AUTO_TEST_CASE(large_writes_and_gathered_pieces_arrive_whole_and_in_order) {
  asio::io_context context(1);
  Pair pair(context);
  std::string expected;
  std::vector<std::string> owned;
  for (int i = 0; i < 300; ++i)
    owned.push_back(std::string(static_cast<std::size_t>(i * 37 % 9000), char('a' + i % 26)));
  std::vector<std::string_view> pieces(owned.begin(), owned.end());
  for (auto const& piece : owned) expected += piece;
  std::string const large(3'000'000, 'L');
  run(
      context,
      [&]() -> asio::awaitable<void> {
        co_await pair.a->write(std::span<std::string_view const>(pieces));
        co_await pair.a->write(large);
        pair.a->close();
      },
      [&]() -> asio::awaitable<void> {
        std::string const got = co_await read_to_end(*pair.b);
        BOOST_TEST((got == expected + large));
      });
}

BOOST_AUTO_TEST_CASE(empty_pieces_are_nothing) {
  asio::io_context context(1);
  Pair pair(context);
  run(context, [&]() -> asio::awaitable<void> {
    std::vector<std::string_view> const pieces{"", "a", "", "", "b", ""};
    co_await pair.a->write(std::span<std::string_view const>(pieces));
    co_await pair.a->write(std::span<std::string_view const>());
    co_await pair.a->write("");
    pair.a->close();
    std::string const got = co_await read_to_end(*pair.b);
    BOOST_TEST(got == "ab");
  });
}

BOOST_AUTO_TEST_CASE(a_read_that_gets_nothing_times_out) {
  asio::io_context context(1);
  Pair pair(context);
  pair.a->set_timeout(20ms);
  run(context, [&]() -> asio::awaitable<void> {
    auto const began = std::chrono::steady_clock::now();
    auto const code = co_await failure_of(read_exactly(*pair.a, 1));
    BOOST_TEST(code == error::timed_out);
    BOOST_TEST((std::chrono::steady_clock::now() - began >= 20ms));
  });
}

BOOST_AUTO_TEST_CASE(a_peer_that_stops_reading_times_out) {
  asio::io_context context(1);
  Pair pair(context);
  pair.a->set_timeout(20ms);
  std::string const more_than_buffers_hold(8'000'000, 'x');
  run(context, [&]() -> asio::awaitable<void> {
    auto const code = co_await failure_of(pair.a->write(more_than_buffers_hold));
    BOOST_TEST(code == error::timed_out);
  });
}

BOOST_AUTO_TEST_CASE(one_octet_at_a_time_passes_the_timeout_but_not_the_deadline) {
  asio::io_context context(1);
  Pair pair(context);
  bool done = false;
  pair.a->set_timeout(200ms);
  run(
      context,
      [&]() -> asio::awaitable<void> {
        pair.a->set_deadline(std::chrono::steady_clock::now() + 60ms);
        auto const code = co_await failure_of(read_exactly(*pair.a, 1'000'000));
        BOOST_TEST(code == error::timed_out);
        done = true;
      },
      [&]() -> asio::awaitable<void> {
        asio::steady_timer pace(context);
        while (!done) {
          co_await pair.b->write("x");
          pace.expires_after(2ms);
          co_await pace.async_wait(asio::use_awaitable);
        }
      });
}

BOOST_AUTO_TEST_CASE(after_the_deadline_is_cleared_reading_goes_on) {
  asio::io_context context(1);
  Pair pair(context);
  run(context, [&]() -> asio::awaitable<void> {
    pair.a->set_deadline(std::chrono::steady_clock::now() - 1ms);
    auto const code = co_await failure_of(read_exactly(*pair.a, 1));
    BOOST_TEST(code == error::timed_out);
    pair.a->clear_deadline();
    co_await pair.b->write("x");
    std::string const got = co_await read_exactly(*pair.a, 1);
    BOOST_TEST(got == "x");
  });
}

BOOST_AUTO_TEST_CASE(wait_tells_readable_and_consumes_nothing) {
  asio::io_context context(1);
  Pair pair(context);
  run(
      context,
      [&]() -> asio::awaitable<void> {
        Woke const woke = co_await pair.a->wait(10s);
        BOOST_TEST((woke == Woke::readable));
        std::string const got = co_await read_exactly(*pair.a, 4);
        BOOST_TEST(got == "DONE");
      },
      [&]() -> asio::awaitable<void> {
        co_await let_others_run();
        co_await pair.b->write("DONE");
      });
}

BOOST_AUTO_TEST_CASE(wait_tells_the_end_of_input_as_readable) {
  asio::io_context context(1);
  Pair pair(context);
  run(
      context,
      [&]() -> asio::awaitable<void> {
        Woke const woke = co_await pair.a->wait(10s);
        BOOST_TEST((woke == Woke::readable));
        std::string const rest = co_await read_to_end(*pair.a);
        BOOST_TEST(rest.empty());
      },
      [&]() -> asio::awaitable<void> {
        co_await let_others_run();
        pair.b->close();
      });
}

BOOST_AUTO_TEST_CASE(wait_times_out) {
  asio::io_context context(1);
  Pair pair(context);
  run(context, [&]() -> asio::awaitable<void> {
    for (auto timeout : {0ms, 10ms}) {
      Woke const woke = co_await pair.a->wait(timeout);
      BOOST_TEST((woke == Woke::timed_out));
    }
  });
}

BOOST_AUTO_TEST_CASE(the_deadline_ends_a_wait_as_a_fault) {
  asio::io_context context(1);
  Pair pair(context);
  run(context, [&]() -> asio::awaitable<void> {
    pair.a->set_deadline(std::chrono::steady_clock::now() + 10ms);
    auto const code = co_await failure_of(pair.a->wait(10s));
    BOOST_TEST(code == error::timed_out);
  });
}

BOOST_AUTO_TEST_CASE(signal_wakes_wait_and_is_consumed) {
  asio::io_context context(1);
  Pair pair(context);
  run(
      context,
      [&]() -> asio::awaitable<void> {
        Woke const first = co_await pair.a->wait(10s);
        BOOST_TEST((first == Woke::signalled));
        Woke const second = co_await pair.a->wait(5ms);
        BOOST_TEST((second == Woke::timed_out));
      },
      [&]() -> asio::awaitable<void> {
        co_await let_others_run();
        pair.a->signal();
        pair.a->signal();
      });
}

BOOST_AUTO_TEST_CASE(signal_before_wait_is_kept) {
  asio::io_context context(1);
  Pair pair(context);
  pair.a->signal();
  run(context, [&]() -> asio::awaitable<void> {
    Woke const woke = co_await pair.a->wait(10s);
    BOOST_TEST((woke == Woke::signalled));
  });
}

BOOST_AUTO_TEST_CASE(signal_does_not_disturb_a_read_and_waits_for_the_next_wait) {
  asio::io_context context(1);
  Pair pair(context);
  run(
      context,
      [&]() -> asio::awaitable<void> {
        std::string const got = co_await read_exactly(*pair.a, 2);
        BOOST_TEST(got == "ok");
        Woke const woke = co_await pair.a->wait(10s);
        BOOST_TEST((woke == Woke::signalled));
      },
      [&]() -> asio::awaitable<void> {
        co_await let_others_run();
        pair.a->signal();
        co_await let_others_run();
        co_await pair.b->write("ok");
      });
}

BOOST_AUTO_TEST_CASE(readable_and_signalled_together_are_told_one_after_the_other) {
  asio::io_context context(1);
  Pair pair(context);
  run(context, [&]() -> asio::awaitable<void> {
    co_await pair.b->write("x");
    pair.a->signal();
    Woke const first = co_await pair.a->wait(10s);
    BOOST_TEST((first == Woke::readable));
    co_await read_exactly(*pair.a, 1);
    Woke const second = co_await pair.a->wait(10s);
    BOOST_TEST((second == Woke::signalled));
  });
}

BOOST_AUTO_TEST_CASE(close_from_elsewhere_aborts_what_is_pending) {
  for (bool waiting : {false, true}) {
    asio::io_context context(1);
    Pair pair(context);
    run(
        context,
        [&]() -> asio::awaitable<void> {
          boost::system::error_code code;
          if (waiting)
            code = co_await failure_of(pair.a->wait(10s));
          else
            code = co_await failure_of(read_exactly(*pair.a, 1));
          BOOST_TEST(code == error::operation_aborted);
          code = co_await failure_of(pair.a->write("x"));
          BOOST_TEST(code == error::operation_aborted);
        },
        [&]() -> asio::awaitable<void> {
          co_await let_others_run();
          pair.a->close();
          pair.a->close();
          BOOST_TEST(!pair.a->is_open());
        });
  }
}

BOOST_AUTO_TEST_CASE(writing_to_a_peer_that_is_gone_is_a_fault_and_no_signal) {
  asio::io_context context(1);
  Pair pair(context);
  run(context, [&]() -> asio::awaitable<void> {
    pair.b->close();
    auto const code = co_await failure_of(pair.a->write("x"));
    BOOST_TEST(code == error::broken_pipe);
  });
}

BOOST_AUTO_TEST_CASE(the_nth_operation_can_be_made_to_fail) {
  asio::io_context context(1);
  Pair pair(context);
  pair.a->fail_at(3);
  run(context, [&]() -> asio::awaitable<void> {
    co_await pair.a->write("1");
    co_await pair.a->write("2");
    for (int i = 0; i < 2; ++i) {
      auto const code = co_await failure_of(pair.a->write("3"));
      BOOST_TEST(code == error::connection_reset);
    }
  });
}

BOOST_AUTO_TEST_CASE(a_terminal_cancellation_ends_the_operation) {
  asio::io_context context(1);
  Pair pair(context);
  asio::cancellation_signal cancel;
  std::exception_ptr fault;
  auto body = [&]() -> asio::awaitable<void> { co_await pair.a->wait(10s); };
  asio::co_spawn(context, body,
                 asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr e) { fault = e; }));
  asio::post(context, [&] { asio::post(context, [&] { cancel.emit(asio::cancellation_type::terminal); }); });
  context.run();
  BOOST_REQUIRE(fault);
  BOOST_CHECK_THROW(std::rethrow_exception(fault), boost::system::system_error);
}

BOOST_AUTO_TEST_CASE(shield_keeps_a_cancellation_from_what_must_end) {
  asio::io_context context(1);
  asio::cancellation_signal cancel;
  bool committed = false;
  int value = 0;
  auto commit = [&]() -> asio::awaitable<int> {
    asio::steady_timer timer(context, 10ms);
    co_await timer.async_wait(asio::use_awaitable);
    committed = true;
    co_return 42;
  };
  auto body = [&]() -> asio::awaitable<void> {
    value = co_await shield(commit());
    asio::steady_timer timer(context, 1ms);
    co_await timer.async_wait(asio::use_awaitable);
  };
  std::exception_ptr fault;
  asio::co_spawn(context, body,
                 asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr e) { fault = e; }));
  asio::post(context, [&] { asio::post(context, [&] { cancel.emit(asio::cancellation_type::terminal); }); });
  context.run();
  BOOST_TEST(committed);
  BOOST_TEST(value == 42);
  BOOST_TEST(!fault);
}

BOOST_AUTO_TEST_CASE(the_last_words_before_finish_arrive_although_the_peer_still_talks) {
  asio::io_context context(1);
  auto bound = bind_endpoint(parse_endpoint("127.0.0.1:0").value(), 0, 5);
  BOOST_REQUIRE(bound);
  int const fd = ::socket(AF_INET, SOCK_STREAM, 0);
  asio::ip::tcp::endpoint const to(bound->endpoint.ip, bound->endpoint.port);
  BOOST_REQUIRE(::connect(fd, to.data(), static_cast<socklen_t>(to.size())) == 0);
  Stream client(context, fd);
  Stream server(context, ::accept(bound->fd.get(), nullptr, nullptr));
  BOOST_TEST(server.peer_text() == client.local_text());
  BOOST_TEST(server.local_text() == write_endpoint(bound->endpoint));
  BOOST_TEST(server.is_loopback());
  run(
      context,
      [&]() -> asio::awaitable<void> {
        co_await server.write("* BYE\r\n");
        co_await server.finish(1s);
        BOOST_TEST(!server.is_open());
      },
      [&]() -> asio::awaitable<void> {
        co_await client.write("a1 NOOP\r\na2 NOOP\r\n");
        std::string const got = co_await read_to_end(client);
        BOOST_TEST(got == "* BYE\r\n");
        client.close();
      });
}

BOOST_AUTO_TEST_CASE(finish_does_not_wait_for_ever_for_a_peer_that_stays) {
  asio::io_context context(1);
  Pair pair(context);
  run(context, [&]() -> asio::awaitable<void> {
    co_await pair.a->finish(10ms);
    BOOST_TEST(!pair.a->is_open());
    co_await pair.a->finish(10ms);
  });
}

BOOST_AUTO_TEST_CASE(a_unix_peer_is_called_unix_and_counts_as_loopback) {
  asio::io_context context(1);
  Pair pair(context);
  BOOST_TEST(pair.a->peer_text() == "unix");
  BOOST_TEST(!pair.a->peer_ip());
  BOOST_TEST(pair.a->is_loopback());
  BOOST_TEST(!pair.a->is_tls());
  BOOST_TEST(!pair.a->tls_info());
}

BOOST_AUTO_TEST_SUITE_END()
