#include "center/counterparts.h"

#include <boost/test/unit_test.hpp>

#include "people_fixture.h"

using namespace mc;
using namespace mc::center;

BOOST_FIXTURE_TEST_SUITE(counterparts, PeopleFixture)

BOOST_AUTO_TEST_CASE(the_accounts_name_comes_first_and_an_address_never) {
  struct {
    std::string account, written, shown;
  } const cases[] = {
      {"Jane Doe", "Boss", "Jane Doe"},        {"", "Plumber", "Plumber"},           {"", "  Plumber ", "Plumber"},
      {"", "", "A user"},                      {"", "jane", "A user"},               {"", "Jane Doe", "A user"},
      {"", "me@x.test", "A user"},             {"", "Doe, j.doe", "A user"},         {"jane@x.test", "Plumber", "Plumber"},
      {"", std::string(201, 'x'), "A user"},   {"Jane", "", "Jane"},
  };
  store::User user;
  user.login = "jane";
  user.email = "j.doe@ext.test";
  for (auto const& c : cases) {
    user.display_name = c.account;
    BOOST_TEST_CONTEXT(c.account << " / " << c.written) BOOST_TEST(shown_name(user, c.written) == c.shown);
  }
}

BOOST_AUTO_TEST_CASE(each_reader_has_an_address_of_his_own_for_the_same_person) {
  write([&](store::Transaction& tx) -> Result<void> {
    auto const user = store::find_user(tx, jane).value();
    auto const for_bob = counterpart_address(settings, tx, bob, user, clock.now());
    auto const for_eve = counterpart_address(settings, tx, eve, user, clock.now());
    BOOST_TEST((for_bob.name == "Jane Doe" && for_bob.host == "example.test"));
    BOOST_TEST(for_bob.mailbox != for_eve.mailbox);
    BOOST_TEST(counterpart_address(settings, tx, bob, user, clock.now()).mailbox == for_bob.mailbox);
    BOOST_TEST((find_counterpart(tx, settings, bob, for_bob.spec()).value() == jane));
    BOOST_TEST((find_counterpart(tx, settings, bob, for_eve.spec()).error().code == Errc::not_found));
    BOOST_TEST((find_counterpart(tx, settings, bob, "bob").error().code == Errc::forbidden));
    BOOST_TEST((find_counterpart(tx, settings, bob, std::string(100'000, '<')).error().code == Errc::not_found));
    return {};
  });
}

BOOST_AUTO_TEST_SUITE_END()
