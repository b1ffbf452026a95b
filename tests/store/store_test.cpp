#include "store/store.h"

#include <atomic>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>
#include <future>
#include <thread>

#include "tests/store/temporary_store.h"

namespace asio = boost::asio;
using namespace mc;
using namespace mc::store;
using namespace mc::store::test;

namespace {

Result<void> put_v(Transaction& tx, std::string_view key) {
  tx.put(key, "v");
  return {};
}

// Keeps the writer busy from construction until open().
class Gate {
 public:
  explicit Gate(Store& store) : thread_([this, &store] { hold(store); }) { running_.get_future().wait(); }
  void open() {
    go_.set_value();
    thread_.join();
    BOOST_TEST(held_);
  }

 private:
  void hold(Store& store) {
    auto const held = store.write_and_wait([this](Transaction&) -> Result<void> {
      running_.set_value();
      go_.get_future().wait();
      return {};
    });
    held_ = held.has_value();
  }
  std::promise<void> running_, go_;
  bool held_ = false;
  std::thread thread_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(store_test)

BOOST_AUTO_TEST_CASE(a_coroutine_is_resumed_on_its_own_thread_after_the_commit) {
  TemporaryStore t;
  asio::io_context io;
  bool done = false;
  auto session = [&]() -> asio::awaitable<void> {
    auto const thread = std::this_thread::get_id();
    auto op = [](Transaction& tx) -> Result<std::uint64_t> {
      tx.put("k", "v");
      return tx.next_id(Counter::user);
    };
    auto const id = co_await t->write(op);
    BOOST_TEST(*id == 1u);
    BOOST_TEST((std::this_thread::get_id() == thread));
    BOOST_TEST(get(*t.store, "k").value() == "v");
    done = true;
  };
  asio::co_spawn(io, session, asio::detached);
  io.run();  // the pending write counts as work
  BOOST_TEST(done);
}

BOOST_AUTO_TEST_CASE(a_refusal_reaches_the_caller_with_its_words) {
  TemporaryStore t;
  asio::io_context io;
  auto session = [&]() -> asio::awaitable<void> {
    auto op = [](Transaction&) -> Result<std::string> { return fail(Errc::exists, "Mailbox exists"); };
    auto const result = co_await t->write(op);
    BOOST_REQUIRE(!result);
    BOOST_TEST((result.error().code == Errc::exists));
    BOOST_TEST(result.error().text == "Mailbox exists");
  };
  asio::co_spawn(io, session, asio::detached);
  io.run();
}

BOOST_AUTO_TEST_CASE(results_that_only_move_are_handed_over) {
  TemporaryStore t;
  auto const result = t->write_and_wait(
      [](Transaction&) -> Result<std::unique_ptr<int>> { return std::make_unique<int>(7); });
  BOOST_TEST(**result == 7);
}

BOOST_AUTO_TEST_CASE(eight_threads_of_sessions_lose_no_update) {
  TemporaryStore t;
  constexpr int threads = 8, sessions = 25, writes = 5;
  std::atomic<int> failed{0};
  auto increment = [](Transaction& tx) -> Result<void> {
    auto const n = std::stoi(std::string(tx.get("n").value_or("0")));
    tx.put("n", std::to_string(n + 1));
    return {};
  };
  auto session = [&]() -> asio::awaitable<void> {
    for (int i = 0; i < writes; ++i) {
      auto const result = co_await t->write(increment);
      if (!result) ++failed;
    }
  };
  auto run_thread = [&] {
    asio::io_context io;
    for (int i = 0; i < sessions; ++i) asio::co_spawn(io, session, asio::detached);
    io.run();
  };
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i) running.emplace_back(run_thread);
  for (auto& thread : running) thread.join();
  BOOST_TEST(failed == 0);
  BOOST_TEST(get(*t.store, "n").value() == std::to_string(threads * sessions * writes));
}

BOOST_AUTO_TEST_CASE(a_cancelled_session_still_learns_what_was_committed) {
  TemporaryStore t;
  asio::io_context io;
  asio::cancellation_signal cancel;
  bool learned = false, stopped = false;
  auto session = [&]() -> asio::awaitable<void> {
    auto op = [](Transaction& tx) { return put_v(tx, "k"); };
    auto const result = co_await t->write(op);
    learned = result.has_value();
    try {
      (void)co_await t->write(op);
    } catch (boost::system::system_error const&) {
      stopped = true;  // a cancelled coroutine begins nothing new
    }
  };
  Gate gate(*t.store);
  asio::co_spawn(io, session, asio::bind_cancellation_slot(cancel.slot(), asio::detached));
  io.poll();
  cancel.emit(asio::cancellation_type::terminal);
  io.poll();
  BOOST_TEST(!learned);
  gate.open();
  io.run();
  BOOST_TEST(learned);
  BOOST_TEST(stopped);
  BOOST_TEST(get(*t.store, "k").has_value());
}

BOOST_AUTO_TEST_CASE(a_context_that_ends_first_frees_its_waiting_sessions) {
  TemporaryStore t;
  auto alive = std::make_shared<int>(0);
  std::weak_ptr<int> const watch = alive;
  auto op = [](Transaction& tx) { return put_v(tx, "k"); };
  {
    asio::io_context io;
    auto session = [&t, &op](std::shared_ptr<int>) -> asio::awaitable<void> {
      (void)co_await t->write(op);
      BOOST_ERROR("resumed by a context that does not run");
    };
    asio::co_spawn(io, session(std::move(alive)), asio::detached);
    io.poll();
    t->stop();  // the completion is posted, and never run
    BOOST_TEST(!watch.expired());
  }
  BOOST_TEST(watch.expired());
  BOOST_TEST(get(*t.store, "k").has_value());
}

BOOST_AUTO_TEST_CASE(one_callers_exception_does_not_keep_its_neighbours_waiting) {
  TemporaryStore t;
  asio::io_context io;
  int resumed = 0;
  auto op = [](Transaction&) -> Result<void> { return {}; };
  auto session = [&](int number) -> asio::awaitable<void> {
    auto const result = co_await t->write(op);
    BOOST_TEST(result.has_value());
    ++resumed;
    if (number == 1) throw std::runtime_error("a bug");
  };
  auto rethrow = [](std::exception_ptr e) {
    if (e) std::rethrow_exception(e);
  };
  Gate gate(*t.store);
  for (int i = 0; i < 4; ++i) asio::co_spawn(io, session(i), rethrow);
  io.poll();
  gate.open();
  BOOST_CHECK_THROW(io.run(), std::runtime_error);
  io.run();
  BOOST_TEST(resumed == 4);
}

BOOST_AUTO_TEST_CASE(a_stopped_store_refuses_writes_and_still_reads) {
  TemporaryStore t;
  BOOST_TEST(put(*t.store, "k", "v").has_value());
  t->stop();
  auto const result = put(*t.store, "l", "v");
  BOOST_REQUIRE(!result);
  BOOST_TEST((result.error().code == Errc::unavailable));
  BOOST_TEST(get(*t.store, "k").value() == "v");
}

BOOST_AUTO_TEST_CASE(a_command_waits_for_its_write) {
  TemporaryStore t;
  BOOST_TEST(put(*t.store, "a", "1").has_value());
  t.reopen();
  BOOST_TEST(get(*t.store, "a").value() == "1");
}

BOOST_AUTO_TEST_CASE(only_its_owner_may_look_into_a_new_store) {
  TemporaryStore t;
  using std::filesystem::perms;
  auto const mode = [&](char const* name) {
    return std::filesystem::status(t.directory.path(name)).permissions() &
           (perms::group_all | perms::others_all);
  };
  BOOST_TEST((mode("store") == perms::none));
  BOOST_TEST((mode("store/data.mdb") == perms::none));
}

BOOST_AUTO_TEST_CASE(a_store_that_is_not_there_cannot_be_read) {
  TemporaryDirectory directory;
  FakeClock clock{Time{}};
  auto options = small_options(directory.path("absent"), clock);
  options.read_only = true;
  auto const opened = Store::open(options);
  BOOST_REQUIRE(!opened);
  BOOST_TEST((opened.error().code == Errc::not_found));
  BOOST_TEST(!std::filesystem::exists(directory.path("absent")));
}

BOOST_AUTO_TEST_CASE(a_store_open_for_reading_refuses_to_write) {
  TemporaryStore t;
  t.store.reset();
  auto options = small_options(t.directory.path("store"), t.clock);
  options.read_only = true;
  auto const reader = open_store(options);
  auto const result = put(*reader, "k", "v");
  BOOST_REQUIRE(!result);
  BOOST_TEST((result.error().code == Errc::forbidden));
}

BOOST_AUTO_TEST_SUITE_END()
