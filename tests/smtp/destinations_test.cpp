#include "smtp/destinations.h"

#include <boost/test/unit_test.hpp>

using namespace mc;
using namespace mc::smtp;
using Answer = Destinations::Answer;

namespace {

struct LineFixture {
  Destinations::Limits limits{2, 10, 3, std::chrono::minutes(1), std::chrono::minutes(8)};
  Destinations all{limits};
  net::SteadyTime now = net::SteadyTime(std::chrono::hours(1));
  std::uint64_t last = 0;

  void add(std::string const& domain, int count = 1) {
    for (int i = 0; i < count; ++i) BOOST_REQUIRE(!all.add(OutboxId(++last), domain, now));
  }
  std::string next() {
    auto turn = all.next();
    return turn ? turn->domain : "-";
  }
  bool answer(std::string const& domain, Answer answer) { return all.done(domain, answer, "451 not now", now); }
  // One mail, to be answered so.
  bool try_one(std::string const& domain, Answer a) {
    add(domain);
    BOOST_REQUIRE(all.next_of(domain));
    return answer(domain, a);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(destinations_test, LineFixture)

BOOST_AUTO_TEST_CASE(domains_take_turns) {
  add("a", 3);
  add("b");
  add("c");
  std::string order;
  for (int i = 0; i < 4; ++i) order += next();
  BOOST_TEST(order == "abca");
  BOOST_TEST(next() == "-");  // two of a are under way
  BOOST_TEST(all.waiting() == 1u);
  BOOST_TEST(all.may_go() == 0u);
  answer("a", Answer::good);
  BOOST_TEST(next() == "a");
}

BOOST_AUTO_TEST_CASE(what_is_put_back_is_first_in_line_again) {
  add("a", 2);
  auto const first = all.next();
  all.put_back(first->id, "a");
  BOOST_TEST((all.next()->id == first->id));
}

BOOST_AUTO_TEST_CASE(the_third_refusal_in_a_row_begins_a_pause_and_a_success_in_between_does_not_count) {
  BOOST_TEST(!try_one("a", Answer::not_now));
  BOOST_TEST(!try_one("a", Answer::not_now));
  BOOST_TEST(!try_one("a", Answer::good));
  BOOST_TEST(!try_one("a", Answer::not_now));
  BOOST_TEST(!try_one("a", Answer::not_now));
  BOOST_TEST(try_one("a", Answer::not_now));
  auto const left = all.add(OutboxId(99), "a", now);
  BOOST_REQUIRE(left.has_value());
  BOOST_TEST(left->count() >= 30'000);
  BOOST_TEST(left->count() <= 60'000);
  BOOST_TEST(all.trouble("a") == "451 not now");
  add("b");  // nobody else is concerned
  BOOST_TEST(next() == "b");
}

BOOST_AUTO_TEST_CASE(trouble_begins_a_pause_at_once_and_each_is_twice_as_long_up_to_the_longest) {
  Millis const whole[] = {std::chrono::minutes(1), std::chrono::minutes(2), std::chrono::minutes(4), std::chrono::minutes(8),
                          std::chrono::minutes(8)};
  for (Millis length : whole) {
    BOOST_TEST(try_one("a", Answer::in_trouble));
    Millis const left = all.pause("a", now);
    BOOST_TEST(left.count() >= length.count() / 2);
    BOOST_TEST(left.count() <= length.count());
    now += left;
  }
}

BOOST_AUTO_TEST_CASE(the_line_of_a_domain_that_pauses_can_be_taken_away) {
  add("a", 5);
  (void)all.next();
  BOOST_TEST(answer("a", Answer::in_trouble));
  BOOST_TEST(all.take_line("a").size() == 4u);
  BOOST_TEST(all.waiting() == 0u);
  BOOST_TEST(all.may_go() == 0u);
}

BOOST_AUTO_TEST_CASE(after_a_pause_one_goes_first_and_each_success_allows_one_more) {
  BOOST_TEST(try_one("a", Answer::in_trouble));
  now += std::chrono::minutes(1);
  add("a", 6);
  BOOST_TEST(all.may_go() == 1u);
  (void)all.next();
  BOOST_TEST(all.may_go() == 0u);
  answer("a", Answer::good);
  BOOST_TEST(all.may_go() == 2u);
}

BOOST_AUTO_TEST_CASE(after_a_pause_one_refusal_is_enough) {
  BOOST_TEST(try_one("a", Answer::in_trouble));
  now += std::chrono::minutes(1);
  BOOST_TEST(try_one("a", Answer::not_now));
}

BOOST_AUTO_TEST_CASE(an_admin_ends_a_pause) {
  BOOST_TEST(try_one("a", Answer::in_trouble));
  all.forgive("a");
  add("a");
  BOOST_TEST(next() == "a");
}

BOOST_AUTO_TEST_CASE(what_tells_nothing_changes_nothing) {
  for (int i = 0; i < 10; ++i) BOOST_TEST(!try_one("a", Answer::none));
  BOOST_TEST(all.troubles(now, 10).empty());
}

BOOST_AUTO_TEST_CASE(lines_are_bounded) {
  add("a", 10);
  BOOST_TEST(!all.wants("a"));
  BOOST_TEST(all.wants("b"));
  for (char const* name : {"b", "c", "d", "e"}) add(name, 10);
  BOOST_TEST(!all.wants("new"));
}

BOOST_AUTO_TEST_CASE(so_many_domains_in_trouble_are_remembered_and_the_oldest_are_forgotten) {
  for (int i = 0; i < 100; ++i) {
    try_one("d" + std::to_string(i), Answer::in_trouble);
    now += std::chrono::seconds(1);
  }
  BOOST_TEST(all.troubles(now, 1000).size() <= 6u);
  BOOST_TEST(all.pause("d99", now).count() > 0);
  BOOST_TEST(all.pause("d0", now).count() == 0);
}

BOOST_AUTO_TEST_CASE(sums_stay_right_whatever_happens) {
  std::minstd_rand random(7);
  std::vector<std::string> const names{"a", "b", "c", "d"};
  std::map<std::string, std::vector<OutboxId>> under_way;
  std::size_t in_line = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string const& name = names[random() % names.size()];
    switch (random() % 5) {
      case 0:
        if (all.wants(name) && !all.add(OutboxId(++last), name, now)) ++in_line;
        break;
      case 1:
        if (auto turn = all.next()) under_way[turn->domain].push_back(turn->id), --in_line;
        break;
      case 2:
        if (!under_way[name].empty()) {
          under_way[name].pop_back();
          if (answer(name, static_cast<Answer>(random() % 4))) in_line -= all.take_line(name).size();
        }
        break;
      case 3:
        if (!under_way[name].empty()) {
          all.put_back(under_way[name].back(), name);
          under_way[name].pop_back();
          ++in_line;
        }
        break;
      default: now += std::chrono::seconds(random() % 100);
    }
    BOOST_REQUIRE(all.waiting() == in_line);
    std::size_t may_go = 0;
    for (auto const& [domain, count] : all.ready(10)) may_go += count;
    BOOST_REQUIRE(all.may_go() == may_go);
    for (std::string const& domain : names) BOOST_REQUIRE(all.under_way(domain) == under_way[domain].size());
  }
  BOOST_TEST(all.take_all().size() == in_line);
}

BOOST_AUTO_TEST_SUITE_END()
