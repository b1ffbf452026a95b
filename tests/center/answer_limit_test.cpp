#include "center/answer_limit.h"

#include "center/storm_guard.h"
#include "store/keys.h"
#include "store/recent.h"
#include "tests/center/fixture.h"

using namespace mc;
using namespace mc::center;

namespace {

struct LimitFixture : CenterFixture {
  bool answer(std::string const& address, std::uint64_t subject) {
    auto op = [&](store::Transaction& tx) -> Result<bool> { return may_answer(tx, address, subject, clock.now()); };
    return store->write_and_wait(op).value();
  }
  Result<void> say(std::string const& sender, std::uint64_t thread) {
    auto op = [&](store::Transaction& tx) { return check_storm(context.settings, tx, sender, thread, clock.now()); };
    return store->write_and_wait(op);
  }
  std::size_t kept() {
    return store->read([](store::Snapshot const& s) {
      std::size_t count = 0;
      s.scan(store::key::table(store::Table::recent), [&](auto, auto) { return ++count, true; });
      return count;
    });
  }
  void forget(std::size_t most = 1'000) {
    auto op = [&](store::Transaction& tx) -> Result<bool> { return store::forget_recent(tx, clock.now(), most); };
    while (store->write_and_wait(op).value()) {
    }
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(answer_limit, LimitFixture)

BOOST_AUTO_TEST_CASE(one_answer_a_day_for_each_address_and_subject) {
  BOOST_TEST(answer("jane@ext.test", 7));
  BOOST_TEST(!answer("jane@ext.test", 7));
  BOOST_TEST(!answer("JANE@Ext.Test", 7));
  BOOST_TEST(answer("jane@ext.test", 8));
  BOOST_TEST(answer("bob@ext.test", 7));
  clock.advance(std::chrono::hours(24) - Millis(1));
  BOOST_TEST(!answer("jane@ext.test", 7));
  clock.advance(Millis(1));
  BOOST_TEST(answer("jane@ext.test", 7));
}

BOOST_AUTO_TEST_CASE(midnight_makes_no_difference) {
  clock.set(Time(std::chrono::sys_days(std::chrono::year(2026) / 11 / 24)) - Millis(1));
  BOOST_TEST(answer("jane@ext.test", 7));
  clock.advance(Millis(2));
  BOOST_TEST(!answer("jane@ext.test", 7));
}

BOOST_AUTO_TEST_CASE(an_address_gets_so_many_a_day_whatever_they_are_about) {
  for (unsigned i = 0; i < most_answers_a_day; ++i) BOOST_TEST(answer("victim@ext.test", i));
  BOOST_TEST(!answer("victim@ext.test", 1'000));
  BOOST_TEST(answer("other@ext.test", 1'000));
  clock.advance(std::chrono::hours(24));
  BOOST_TEST(answer("victim@ext.test", 1'000));
}

BOOST_AUTO_TEST_CASE(what_was_refused_is_not_recorded) {
  BOOST_TEST(answer("jane@ext.test", 7));
  clock.advance(std::chrono::hours(23));
  BOOST_TEST(!answer("jane@ext.test", 7));
  clock.advance(std::chrono::hours(1));
  BOOST_TEST(answer("jane@ext.test", 7));
}

BOOST_AUTO_TEST_CASE(a_clock_set_back_allows_no_second_answer) {
  BOOST_TEST(answer("jane@ext.test", 7));
  clock.advance(-std::chrono::hours(3));
  BOOST_TEST(!answer("jane@ext.test", 7));
}

BOOST_AUTO_TEST_CASE(what_counts_no_more_is_forgotten_a_slice_at_a_time) {
  for (int i = 0; i < 25; ++i) answer("a" + std::to_string(i) + "@ext.test", 1);
  BOOST_TEST(kept() == 50u);
  forget(7);
  BOOST_TEST(kept() == 50u);
  clock.advance(std::chrono::hours(48));
  answer("jane@ext.test", 7);
  forget(7);
  BOOST_TEST(kept() == 2u);
  BOOST_TEST(!answer("jane@ext.test", 7));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(storm_guard, LimitFixture)

BOOST_AUTO_TEST_CASE(sixty_an_hour_to_one_thread_and_no_more) {
  for (int i = 0; i < 60; ++i) {
    BOOST_TEST(say("jane@ext.test", 7).has_value());
    clock.advance(std::chrono::seconds(30));
  }
  auto refused = say("jane@ext.test", 7);
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST((refused.error().code == Errc::unavailable));
  BOOST_TEST(refused.error().text.starts_with("4.7.1 "));
  BOOST_TEST(!say("JANE@ext.test", 7).has_value());
  BOOST_TEST(say("jane@ext.test", 8).has_value());
  BOOST_TEST(say("bob@ext.test", 7).has_value());
}

BOOST_AUTO_TEST_CASE(the_hour_slides) {
  for (int i = 0; i < 60; ++i) BOOST_TEST(say("jane", 7).has_value());
  clock.advance(std::chrono::minutes(59));
  BOOST_TEST(!say("jane", 7).has_value());
  clock.advance(std::chrono::minutes(1));
  BOOST_TEST(say("jane", 7).has_value());
}

BOOST_AUTO_TEST_CASE(the_limit_is_a_setting_and_none_is_none) {
  context.settings.storm_limit = 2;
  BOOST_TEST(say("jane", 7).has_value());
  BOOST_TEST(say("jane", 7).has_value());
  BOOST_TEST(!say("jane", 7).has_value());
  context.settings.storm_limit = 0;
  for (int i = 0; i < 100; ++i) BOOST_TEST(say("jane", 8).has_value());
  BOOST_TEST(kept() == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_refused_leaves_nothing_and_old_counts_go) {
  context.settings.storm_limit = 1;
  for (int i = 0; i < 10; ++i) say("jane", 7).has_value();
  BOOST_TEST(kept() == 1u);
  clock.advance(std::chrono::hours(3));
  forget();
  BOOST_TEST(kept() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
