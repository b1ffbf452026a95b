// The setting `blocked`, by the service that command line, IMAP and web use.
#include <boost/test/unit_test.hpp>

#include "center/preferences.h"
#include "core/text.h"
#include "people_fixture.h"

using namespace mc;
using namespace mc::center;

namespace {

struct BlockingFixture : PeopleFixture {
  Result<void> set(std::string_view value) {
    return store->write_and_wait([&](store::Transaction& tx) {
      return set_preference(tx, context, policy.get(), bob, "blocked", value, rules::ChoiceSource::client, clock.now());
    });
  }
  PreferenceLine get() {
    return store->read([&](store::Snapshot const& s) { return get_preference(s, context, *policy.get().policy, bob, "blocked").value(); });
  }
  std::vector<UserId> blocked() {
    return store->read([&](store::Snapshot const& s) {
      std::vector<UserId> out;
      for (auto const& [user, since] : store::list_blocked(s, bob)) out.push_back(user);
      return out;
    });
  }
  std::string hear_from(UserId user, std::string login) {
    BOOST_REQUIRE(send(user, login, {"bob@example.test"}, letter(login + "@example.test", "bob@example.test", "Hi")));
    return answer_address(bob);
  }
};

using Users = std::vector<UserId>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(settings_blocked, BlockingFixture)

BOOST_AUTO_TEST_CASE(nobody_is_blocked_at_first) {
  BOOST_TEST(get().choice == "none");
  BOOST_TEST(get().effect == "mail of every user is taken");
}

BOOST_AUTO_TEST_CASE(by_token_login_address_and_name_it_is_the_same_person) {
  std::string const token = hear_from(jane, "jane");
  for (std::string who : {token, "Jane Doe <" + token + ">", mc::to_upper(token), std::string("jane"), std::string("JANE@example.test"), std::string("jane doe")}) {
    BOOST_REQUIRE_MESSAGE(set(who).has_value(), who);
    BOOST_TEST((blocked() == Users{jane}), who);
    BOOST_REQUIRE(set("none").has_value());
    BOOST_TEST(blocked().empty());
  }
}

BOOST_AUTO_TEST_CASE(what_is_read_names_no_login_and_can_be_written_back) {
  hear_from(jane, "jane");
  BOOST_REQUIRE(set("jane, eve"));
  PreferenceLine const line = get();
  BOOST_TEST((!has(line.choice, "jane") && !has(line.choice, "eve") && has(line.choice, "c-")));
  BOOST_TEST(line.effect == "no mail is taken from Jane Doe, Eve Example");
  BOOST_REQUIRE(set("none"));
  BOOST_REQUIRE(set(line.choice));
  BOOST_TEST((blocked() == Users{jane, eve}));
}

BOOST_AUTO_TEST_CASE(a_list_replaces_and_signs_change) {
  BOOST_REQUIRE(set("jane"));
  BOOST_REQUIRE(set("eve"));
  BOOST_TEST((blocked() == Users{eve}));
  BOOST_REQUIRE(set("+jane"));
  BOOST_TEST((blocked() == Users{jane, eve}));
  BOOST_REQUIRE(set("-eve; +jane,"));
  BOOST_TEST((blocked() == Users{jane}));
  BOOST_REQUIRE(set("-eve"));
}

BOOST_AUTO_TEST_CASE(a_list_with_a_mistake_changes_nothing) {
  BOOST_REQUIRE(set("jane"));
  for (std::string value : {"eve, nobody", "", ",;,", "bob", "c-aaaaaaaaaaaaaaaaaaaaaaaaaa@example.test", "x@elsewhere.test",
                            "postmaster@example.test", "\"", "+"})
    BOOST_TEST(!set(value).has_value(), value);
  BOOST_TEST((blocked() == Users{jane}));
}

BOOST_AUTO_TEST_CASE(a_token_of_another_blocks_nobody) {
  hear_from(jane, "jane");
  BOOST_REQUIRE(send(bob, "bob", {"jane@example.test"}, letter("bob@example.test", "jane@example.test", "x")));
  BOOST_TEST(!set(answer_address(jane)).has_value());
}

BOOST_AUTO_TEST_CASE(a_name_that_several_have_is_not_guessed) {
  name(eve, "Jane Doe");
  hear_from(jane, "jane");
  hear_from(eve, "eve");
  auto const refused = set("Jane Doe");
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().code == Errc::conflict));
}

BOOST_AUTO_TEST_CASE(names_in_one_list_are_few) {
  std::string many;
  for (int i = 0; i < 21; ++i) many += "name" + std::to_string(i) + ", ";
  BOOST_TEST((set(many).error().code == Errc::limit));
}

BOOST_AUTO_TEST_SUITE_END()
