#include "store/teams.h"

#include <boost/test/unit_test.hpp>

#include "memory_users.h"
#include "store/mailboxes.h"

using namespace mc;
using namespace mc::store;
using namespace mc::store::test;

BOOST_AUTO_TEST_SUITE(teams)

namespace {

struct Acme {
  MemoryStore tx;
  UserId jane = add(tx, "jane"), bob = add(tx, "bob");
  TeamId id = add_team(tx, {{}, "acme", "Acme", jane, TeamPost::owner, TeamReplies::author, at(5)}).value();
  Team team() { return find_team(tx, id).value(); }
};

Errc errc(Result<void> const& r) { return r.error().code; }

}  // namespace

BOOST_AUTO_TEST_CASE(a_short_name_is_part_of_an_address) {
  for (std::string const& slug : std::vector<std::string>{"a", "acme", "acme-2", "0", std::string(58, 'x')})
    BOOST_TEST(check_slug(slug).has_value(), slug);
  for (std::string const& slug :
       std::vector<std::string>{"", "-a", "a-", "A", "a.b", "a_b", "a b", "\xC3\xA4", std::string(59, 'x')})
    BOOST_TEST(!check_slug(slug).has_value(), slug);
}

BOOST_AUTO_TEST_CASE(a_team_comes_back_and_its_owner_is_in_it) {
  Acme s;
  Team const t = s.team();
  BOOST_TEST((t.slug == "acme" && t.name == "Acme" && t.owner == s.jane && t.created == at(5)));
  BOOST_TEST((t.post == TeamPost::owner && t.replies == TeamReplies::author));
  BOOST_TEST((find_team(s.tx, "ACME")->id == s.id));
  BOOST_TEST(!find_team(s.tx, "acm"));
  BOOST_TEST(!find_team(s.tx, std::string(1000, 'a')));
  BOOST_TEST(is_member(s.tx, s.id, s.jane));
  BOOST_TEST(list_teams(s.tx).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_team_is_refused_whose_name_is_taken_or_whose_owner_is_nobody) {
  Acme s;
  add(s.tx, "team-club");
  BOOST_TEST((add_team(s.tx, {{}, "acme", "", s.bob}).error().code == Errc::exists));
  BOOST_TEST((add_team(s.tx, {{}, "club", "", s.bob}).error().code == Errc::exists));
  BOOST_TEST((add_team(s.tx, {{}, "Acme", "", s.bob}).error().code == Errc::syntax));
  BOOST_TEST((add_team(s.tx, {{}, "x", "a\r\nb", s.bob}).error().code == Errc::syntax));
  BOOST_TEST((add_team(s.tx, {{}, "x", "", UserId(99)}).error().code == Errc::not_found));
}

BOOST_AUTO_TEST_CASE(members_come_go_and_come_again) {
  Acme s;
  BOOST_TEST(add_member(s.tx, s.id, s.bob, at(10)).has_value());
  BOOST_TEST((errc(add_member(s.tx, s.id, s.bob, at(11))) == Errc::exists));
  BOOST_TEST(present_members(s.tx, s.id).size() == 2u);
  BOOST_TEST(remove_member(s.tx, s.id, s.bob, at(20)).has_value());
  BOOST_TEST((errc(remove_member(s.tx, s.id, s.bob, at(20))) == Errc::not_found));
  BOOST_TEST(!is_member(s.tx, s.id, s.bob));
  BOOST_TEST((present_members(s.tx, s.id) == std::vector{s.jane}));
  BOOST_TEST(add_member(s.tx, s.id, s.bob, at(30)).has_value());
  auto const all = list_memberships(s.tx, s.id);
  BOOST_REQUIRE(all.size() == 3u);
  BOOST_TEST((all[0].user == s.jane && all[0].joined == at(5) && all[0].left == Time{}));
  BOOST_TEST((all[1].user == s.bob && all[1].joined == at(10) && all[1].left == at(20)));
  BOOST_TEST((all[2].user == s.bob && all[2].joined == at(30) && all[2].left == Time{}));
}

BOOST_AUTO_TEST_CASE(who_joins_again_within_the_same_moment_is_present) {
  Acme s;
  add_member(s.tx, s.id, s.bob, at(10)).value();
  remove_member(s.tx, s.id, s.bob, at(10)).value();
  add_member(s.tx, s.id, s.bob, at(10)).value();
  BOOST_TEST(is_member(s.tx, s.id, s.bob));
}

BOOST_AUTO_TEST_CASE(the_owner_stays_until_another_is_named) {
  Acme s;
  BOOST_TEST((errc(remove_member(s.tx, s.id, s.jane, at(9))) == Errc::forbidden));
  Team t = s.team();
  t.owner = s.bob;
  BOOST_TEST(update_team(s.tx, t).has_value());
  BOOST_TEST(is_member(s.tx, s.id, s.bob));
  BOOST_TEST(remove_member(s.tx, s.id, s.jane, at(9)).has_value());
  t.slug = "other";
  BOOST_TEST((errc(update_team(s.tx, t)) == Errc::conflict));
  t.id = TeamId(77);
  BOOST_TEST((errc(update_team(s.tx, t)) == Errc::not_found));
}

BOOST_AUTO_TEST_CASE(a_user_knows_the_teams_he_is_in_now) {
  Acme s;
  add_team(s.tx, {{}, "club", "", s.bob}).value();
  add_member(s.tx, s.id, s.bob, at(10)).value();
  BOOST_TEST(teams_of(s.tx, s.bob).size() == 2u);
  remove_member(s.tx, s.id, s.bob, at(11)).value();
  BOOST_REQUIRE(teams_of(s.tx, s.bob).size() == 1u);
  BOOST_TEST(teams_of(s.tx, s.bob)[0].slug == "club");
}

BOOST_AUTO_TEST_CASE(a_team_has_a_limit) {
  Acme s;
  s.tx.strict = false;
  for (std::size_t i = 1; i < max_members; ++i)
    BOOST_REQUIRE(add_member(s.tx, s.id, add(s.tx, "u" + std::to_string(i)), at(1)).has_value());
  BOOST_TEST((errc(add_member(s.tx, s.id, s.bob, at(1))) == Errc::limit));
}

BOOST_AUTO_TEST_CASE(a_deleted_team_leaves_nothing) {
  Acme s;
  std::size_t const before = s.tx.size();
  TeamId const id = add_team(s.tx, {{}, "club", "", s.bob}).value();
  add_member(s.tx, id, s.jane, at(3)).value();
  BOOST_TEST(delete_team(s.tx, id).has_value());
  BOOST_TEST((errc(delete_team(s.tx, id)) == Errc::not_found));
  BOOST_TEST(s.tx.size() == before);
}

BOOST_AUTO_TEST_CASE(a_deleted_user_leaves_his_teams_in_slices) {
  Acme s;
  add_member(s.tx, s.id, s.bob, at(3)).value();
  remove_member(s.tx, s.id, s.bob, at(4)).value();
  add_member(s.tx, s.id, s.bob, at(5)).value();
  BOOST_REQUIRE(delete_user(s.tx, "bob").has_value());
  while (reclaim_deleted(s.tx, 1)) {
  }
  BOOST_TEST(list_memberships(s.tx, s.id).size() == 1u);
  BOOST_TEST(teams_of(s.tx, s.bob).empty());
}

BOOST_AUTO_TEST_SUITE_END()
