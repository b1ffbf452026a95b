#include "store/watchers.h"

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>
#include <optional>
#include <thread>

#include "tests/store/temporary_store.h"

namespace asio = boost::asio;
using namespace mc;
using namespace mc::store;

namespace {

struct Fixture {
  asio::io_context io;
  Watchers watchers;
  int calls = 0;

  Watchers::Handle watch(std::uint64_t topic) {
    return watchers.watch(topic, io.get_executor(), [this] { ++calls; });
  }
  int calls_after(std::vector<std::uint64_t> const& topics) {
    calls = 0;
    watchers.publish(topics);
    run();
    return calls;
  }
  std::size_t run() {
    io.restart();
    return io.poll();
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(watchers_test, Fixture)

BOOST_AUTO_TEST_CASE(only_watchers_of_the_topic_are_told) {
  auto const a = watch(1), b = watch(1), c = watch(2);
  BOOST_TEST(calls_after({1}) == 2);
  BOOST_TEST(calls_after({2}) == 1);
  BOOST_TEST(calls_after({1, 2}) == 3);
  BOOST_TEST(calls_after({3}) == 0);
  BOOST_TEST(calls_after({}) == 0);
}

BOOST_AUTO_TEST_CASE(commits_in_quick_succession_are_one_call) {
  auto const a = watch(1);
  watchers.publish({1});
  watchers.publish({1});
  BOOST_TEST(run() == 1u);  // one function posted
  BOOST_TEST(calls == 1);
  BOOST_TEST(calls_after({1}) == 1);
}

BOOST_AUTO_TEST_CASE(one_function_is_posted_for_all_of_a_thread) {
  std::vector<Watchers::Handle> handles;
  for (std::uint64_t topic = 1; topic <= 100; ++topic) handles.push_back(watch(topic));
  std::vector<std::uint64_t> all;
  for (std::uint64_t topic = 1; topic <= 100; ++topic) all.push_back(topic);
  watchers.publish(all);
  BOOST_TEST(run() == 1u);
  BOOST_TEST(calls == 100);
}

BOOST_AUTO_TEST_CASE(no_call_comes_after_the_end_of_a_handle) {
  std::optional<Watchers::Handle> a = watch(1);
  auto const b = watch(1);
  watchers.publish({1});
  a.reset();  // while its call is on the way
  run();
  BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(a_handle_may_end_in_its_own_call_and_in_a_neighbours) {
  std::optional<Watchers::Handle> a, b;
  std::string captured(100, 'x');
  a = watchers.watch(1, io.get_executor(), [&, captured] {
    a.reset();
    b.reset();
    ++calls;
    BOOST_TEST(captured.size() == 100u);  // the function lives until it returns
  });
  b = watchers.watch(1, io.get_executor(), [&, captured] {
    b.reset();
    a.reset();
    ++calls;
  });
  BOOST_TEST(calls_after({1}) == 1);
  BOOST_TEST(calls_after({1}) == 0);
}

BOOST_AUTO_TEST_CASE(a_call_may_register_and_publish) {
  std::vector<Watchers::Handle> handles;
  int first = 0;
  handles.push_back(watchers.watch(1, io.get_executor(), [&] {
    if (++first > 3) return;
    handles.push_back(watch(2));
    watchers.publish({1});
  }));
  watchers.publish({1});
  run();
  BOOST_TEST(first == 4);
  BOOST_TEST(calls_after({2}) == 3);
}

BOOST_AUTO_TEST_CASE(a_moved_handle_goes_on) {
  auto a = watch(1);
  auto b = std::move(a);
  BOOST_TEST(calls_after({1}) == 1);
  b = watch(2);  // ends the first
  BOOST_TEST(calls_after({1}) == 0);
  BOOST_TEST(calls_after({2}) == 1);
  b = Watchers::Handle();
  BOOST_TEST(calls_after({2}) == 0);
}

BOOST_AUTO_TEST_CASE(handles_may_outlive_the_watchers) {
  std::optional<Watchers> shorter;
  shorter.emplace();
  auto const handle = shorter->watch(1, io.get_executor(), [&] { ++calls; });
  shorter->publish({1});
  shorter.reset();
  run();
  BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(a_context_may_end_with_calls_on_the_way) {
  std::optional<asio::io_context> shorter;
  shorter.emplace();
  auto handle = std::optional(watchers.watch(1, shorter->get_executor(), [&] { ++calls; }));
  watchers.publish({1});
  shorter.reset();
  handle.reset();
  BOOST_TEST(calls == 0);
}

BOOST_AUTO_TEST_CASE(each_is_called_on_its_own_thread_while_others_come_and_go) {
  std::atomic<bool> stop{false};
  std::atomic<int> told{0}, elsewhere{0};
  auto session_thread = [&] {
    asio::io_context own;
    auto const me = std::this_thread::get_id();
    std::vector<Watchers::Handle> handles(20);
    for (std::size_t i = 0; !stop; ++i) {
      handles[i % 20] = watchers.watch(1 + i % 7, own.get_executor(), [&, me] {
        ++told;
        if (std::this_thread::get_id() != me) ++elsewhere;
      });
      own.restart();
      own.poll();
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(session_thread);
  while (told < 20'000) watchers.publish({1, 2, 3, 4, 5, 6, 7});
  stop = true;
  for (auto& t : threads) t.join();
  BOOST_TEST(elsewhere == 0);
}

BOOST_AUTO_TEST_CASE(twenty_thousand_idle_sessions_end_as_fast_as_they_came) {
  std::vector<Watchers::Handle> handles;
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    handles.push_back(watch(topic::accounts));
    handles.push_back(watch(i));
  }
  BOOST_TEST(calls_after({topic::accounts}) == 20'000);
  handles.clear();  // quadratic time would show
  BOOST_TEST(calls_after({topic::accounts}) == 0);
}

BOOST_AUTO_TEST_CASE(a_commit_tells_and_a_refusal_does_not) {
  test::TemporaryStore t;
  auto const handle = t->watchers().watch(7, io.get_executor(), [&] { ++calls; });
  auto publish_and = [&](Result<void> outcome) {
    auto const result = t->write_and_wait([&](Transaction& tx) {
      tx.publish(7);
      return outcome;
    });
    BOOST_TEST(result.has_value() == outcome.has_value());
    run();
    return std::exchange(calls, 0);
  };
  BOOST_TEST(publish_and({}) == 1);
  BOOST_TEST(publish_and(fail(Errc::limit, "no")) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
