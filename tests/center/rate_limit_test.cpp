#include "center/rate_limit.h"

#include <boost/test/unit_test.hpp>
#include <thread>

using namespace mc;
using namespace mc::center;

BOOST_AUTO_TEST_SUITE(rate_limit)

namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr UserId jane{1}, bob{2};
Time const start{Millis(1'700'000'000'000)};

struct Limited {
  RateLimiter limiter;
  RateLimits limits{3, 10};
  Result<void> take(Time at, std::size_t recipients = 1, UserId user = jane) {
    return limiter.take(user, recipients, limits, at);
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(as_many_messages_an_hour_as_allowed_and_no_more) {
  Limited s;
  for (int i = 0; i < 3; ++i) BOOST_TEST(s.take(start + minutes(i * 10)).has_value());
  auto const refused = s.take(start + minutes(30));
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().code == Errc::unavailable));
  BOOST_TEST(refused.error().text == "4.7.1 You may send 3 messages an hour; try again in 30 minutes");
  BOOST_TEST(s.take(start + minutes(30), 1, bob).has_value());
}

BOOST_AUTO_TEST_CASE(the_window_slides) {
  Limited s;
  for (int i = 0; i < 3; ++i) BOOST_REQUIRE(s.take(start + minutes(i * 10)));
  BOOST_TEST(!s.take(start + hours(1) - seconds(1)));
  BOOST_TEST(s.take(start + hours(1)).has_value());
  BOOST_TEST(!s.take(start + hours(1)));
  BOOST_TEST(s.take(start + minutes(70)).has_value());
}

BOOST_AUTO_TEST_CASE(recipients_count_by_the_day) {
  Limited s;
  BOOST_TEST(!s.take(start, 11));
  BOOST_TEST(s.take(start, 6).has_value());
  auto const refused = s.take(start + hours(2), 5);
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.error().text == "4.7.1 You may send 10 recipients a day; try again in 1320 minutes");
  BOOST_TEST(s.take(start + hours(2), 4).has_value());
  BOOST_TEST(!s.take(start + hours(24) - seconds(1), 1));
  BOOST_TEST(s.take(start + hours(24), 6).has_value());
}

BOOST_AUTO_TEST_CASE(what_is_refused_or_only_asked_is_not_counted) {
  Limited s;
  for (int i = 0; i < 20; ++i) BOOST_TEST(s.limiter.check(jane, 1, s.limits, start).has_value());
  BOOST_TEST(s.limiter.users() == 0u);
  for (int i = 0; i < 20; ++i) BOOST_TEST(!s.take(start, 11));
  for (int i = 0; i < 3; ++i) BOOST_TEST(s.take(start).has_value());
  BOOST_TEST(!s.limiter.check(jane, 1, s.limits, start));
}

BOOST_AUTO_TEST_CASE(a_limit_that_is_changed_counts_at_once) {
  Limited s;
  for (int i = 0; i < 3; ++i) BOOST_REQUIRE(s.take(start));
  s.limits.messages_per_hour = 4;
  BOOST_TEST(s.take(start).has_value());
  s.limits.messages_per_hour = 0;
  BOOST_TEST(!s.take(start + hours(5)));
}

BOOST_AUTO_TEST_CASE(a_clock_set_back_makes_nobody_wait_longer_than_the_window) {
  Limited s;
  for (int i = 0; i < 3; ++i) BOOST_REQUIRE(s.take(start + hours(24 * 365)));
  BOOST_TEST(!s.take(start));
  BOOST_TEST(s.take(start + hours(1)).has_value());
}

BOOST_AUTO_TEST_CASE(memory_is_bounded_and_the_longest_silent_are_forgotten) {
  Limited s;
  s.limits.messages_per_hour = 1;
  BOOST_REQUIRE(s.take(start, 1, bob));
  for (std::uint64_t i = 0; i < RateLimiter::max_users - 1; ++i) BOOST_REQUIRE(s.take(start, 1, UserId(100 + i)));
  BOOST_TEST(!s.take(start, 1, bob));  // known, and now the latest again
  BOOST_REQUIRE(s.take(start, 1, UserId(99)));
  BOOST_TEST(s.limiter.users() == RateLimiter::max_users);
  BOOST_TEST(!s.take(start, 1, bob));
  BOOST_TEST(s.take(start, 1, UserId(100)).has_value());  // forgotten
}

BOOST_AUTO_TEST_CASE(threads_share_one_count) {
  RateLimiter limiter;
  RateLimits const limits{1000, 100'000};
  std::atomic<int> taken = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&] {
        for (int n = 0; n < 400; ++n) taken += limiter.take(jane, 1, limits, start).has_value();
      });
  }
  BOOST_TEST(taken == 1000);
}

BOOST_AUTO_TEST_SUITE_END()
