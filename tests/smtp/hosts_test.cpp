#include "smtp/hosts.h"

#include <boost/test/unit_test.hpp>

using namespace mc;
using namespace mc::smtp;

namespace {

struct HostsFixture {
  Hosts hosts;
  std::vector<std::string> const names{"first", "second"};
  net::SteadyTime now = net::SteadyTime(std::chrono::hours(1));

  int pick() {
    auto at = hosts.pick(names, now);
    return at ? static_cast<int>(*at) : -1;
  }
  void open(std::string const& name) {
    hosts.begin(name);
    hosts.opened(name);
  }
  void fail(std::string const& name) {
    hosts.begin(name);
    hosts.failed(name, "refused", now, Time());
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(hosts_test, HostsFixture)

BOOST_AUTO_TEST_CASE(the_first_that_is_well) {
  BOOST_TEST(pick() == 0);
  fail("first");
  BOOST_TEST(pick() == 1);
  fail("second");
  BOOST_TEST(pick() == -1);
  BOOST_TEST((hosts.next_try(names, now) > now));
  BOOST_TEST((hosts.next_try(names, now) <= now + std::chrono::seconds(1)));
}

BOOST_AUTO_TEST_CASE(one_whose_time_has_come_is_tried_by_one_connection) {
  fail("first");
  now += std::chrono::seconds(1);
  BOOST_TEST(pick() == 0);
  hosts.begin("first");
  BOOST_TEST(pick() == 1);
  hosts.opened("first");
  BOOST_TEST(pick() == 0);
}

BOOST_AUTO_TEST_CASE(pauses_double_up_to_a_minute) {
  for (int seconds : {1, 2, 4, 8, 16, 32, 60, 60}) {
    fail("first");
    Millis const left = hosts.state("first", now).retry_in;
    BOOST_TEST(left.count() <= seconds * 1000);
    BOOST_TEST(left.count() >= seconds * 500);
    now += std::chrono::minutes(1);
  }
  BOOST_TEST(hosts.state("first", now).failures == 8u);
}

BOOST_AUTO_TEST_CASE(one_that_has_connections_is_only_full) {
  open("first");
  fail("first");
  BOOST_TEST(pick() == -1);
  hosts.closed("first");
  BOOST_TEST(pick() == 1);
}

BOOST_AUTO_TEST_CASE(who_is_connected_to_a_lesser_one_makes_room_when_a_better_one_can_be_tried) {
  fail("first");
  open("second");
  BOOST_TEST(!hosts.is_surpassed(names, 1, now));
  now += std::chrono::seconds(1);
  BOOST_TEST(hosts.is_surpassed(names, 1, now));
  hosts.begin("first");
  BOOST_TEST(!hosts.is_surpassed(names, 1, now));  // somebody is trying
  hosts.opened("first");
  BOOST_TEST(hosts.is_surpassed(names, 1, now));
  BOOST_TEST(!hosts.is_surpassed(names, 0, now));
}

BOOST_AUTO_TEST_CASE(an_admin_has_all_tried_at_once) {
  fail("first");
  fail("second");
  hosts.forgive();
  BOOST_TEST(pick() == 0);
}

BOOST_AUTO_TEST_CASE(what_is_well_and_unused_is_forgotten_and_what_is_not_is_told) {
  open("second");
  fail("first");
  BOOST_TEST(hosts.connected() == 1u);
  hosts.closed("second");
  auto const troubles = hosts.troubles(now, 10);
  BOOST_REQUIRE(troubles.size() == 1u);
  BOOST_TEST(troubles[0].name == "first");
  BOOST_TEST(troubles[0].trouble == "refused");
  BOOST_TEST(!troubles[0].well);
  BOOST_TEST(hosts.connected() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
