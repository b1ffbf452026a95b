#include "center/teams.h"

#include <boost/test/unit_test.hpp>

#include "people_fixture.h"

using namespace mc;
using namespace mc::center;

namespace {

struct TeamFixture : PeopleFixture {
  UserId dan = add("dan", "dan@fourth.test", store::Role::user);
  store::TeamId acme = make();

  store::TeamId make() {
    return write([&](store::Transaction& tx) -> Result<store::TeamId> {
      auto id = store::add_team(tx, {{}, "acme", "Acme", jane, store::TeamPost::members, store::TeamReplies::team, clock.now()});
      if (id)
        for (UserId user : {bob, eve})
          if (auto joined = store::add_member(tx, *id, user, clock.now()); !joined) return joined.error();
      return id;
    });
  }
  template <class F>
  void change(F&& f) {
    write([&](store::Transaction& tx) -> Result<void> {
      auto team = store::find_team(tx, acme).value();
      f(team);
      return store::update_team(tx, team);
    });
  }
  Result<Delivered> post(UserId user, std::string login, std::string more = {}, std::vector<std::string> also = {}) {
    also.insert(also.begin(), "team-acme@example.test");
    return send(user, login, also, letter(login + "@example.test", "team-acme@example.test", "Meeting", more));
  }
  std::string own_copy(UserId user) { return last(user); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(teams, TeamFixture)

BOOST_AUTO_TEST_CASE(each_present_member_gets_one_copy_from_the_team) {
  BOOST_REQUIRE(post(jane, "jane", "Message-ID: <j1@laptop.home.test>\r\n"));
  for (UserId user : {bob, eve}) {
    BOOST_REQUIRE(inbox(user).size() == 1u);
    std::string const message = last(user);
    BOOST_TEST((addresses(message, "From")[0] == (mail::Address{"Jane Doe", "team-acme", "example.test"})));
    BOOST_TEST((addresses(message, "To")[0] == (mail::Address{"Acme", "team-acme", "example.test"})));
    BOOST_TEST(addresses(message, "Reply-To")[0].spec() == "team-acme@example.test");
    BOOST_TEST(field(message, "List-Id") == "Acme <acme.teams.example.test>");
    BOOST_TEST(field(message, "List-Post") == "<mailto:team-acme@example.test>");
    BOOST_TEST(field(message, "X-MC-Type") == "team.message");
    for (std::string_view part : {"jane@", "ext.test", "laptop", "203.0.113.5", "192.0.2.77", "FancyMail", "provider.test"})
      BOOST_TEST(!has(message, part), part);
    BOOST_TEST(body(message) == "Hello there.\r\n");
  }
  BOOST_TEST(inbox(dan).empty());
}

BOOST_AUTO_TEST_CASE(all_copies_are_one_message) {
  BOOST_REQUIRE(post(jane, "jane"));
  BOOST_TEST((decisions(bob)[0].message == decisions(eve)[0].message));
}

BOOST_AUTO_TEST_CASE(the_author_has_his_own_copy_seen_and_no_email) {
  choose(jane, "type:team.message", "both");
  choose(bob, "type:team.message", "both");
  BOOST_REQUIRE(post(jane, "jane", "Message-ID: <j1@laptop.home.test>\r\n"));
  BOOST_REQUIRE(inbox(jane).size() == 1u);
  BOOST_TEST(field(last(jane), "Message-ID") == "<j1@laptop.home.test>");
  store->read([&](store::Snapshot const& s) {
    auto const mailbox = store::find_mailbox_of_kind(s, jane, store::MailboxKind::inbox);
    BOOST_TEST(store::state_of(s, *mailbox).unseen == 0u);
  });
  for (store::OutboxEntry const& entry : queue()) BOOST_TEST((entry.user != jane));
}

BOOST_AUTO_TEST_CASE(who_left_gets_nothing_and_who_joins_gets_what_comes) {
  BOOST_REQUIRE(post(jane, "jane"));
  write([&](store::Transaction& tx) { return store::remove_member(tx, acme, bob, clock.now()); });
  write([&](store::Transaction& tx) { return store::add_member(tx, acme, dan, clock.now()); });
  BOOST_REQUIRE(post(jane, "jane"));
  BOOST_TEST(inbox(bob).size() == 1u);
  BOOST_TEST(inbox(eve).size() == 2u);
  BOOST_TEST(inbox(dan).size() == 1u);
  BOOST_TEST((post(bob, "bob").error().code == Errc::forbidden));
}

BOOST_AUTO_TEST_CASE(outsiders_are_refused_even_with_a_members_address) {
  Submitter const as_dan{SubmitterKind::user, dan, "dan"};
  BOOST_TEST((post(dan, "dan").error().code == Errc::forbidden));
  BOOST_TEST((intake.check_recipient(as_dan, "team-acme@example.test").error().code == Errc::forbidden));
  BOOST_TEST((intake.check_recipient({}, "TEAM-acme@example.test").error().code == Errc::forbidden));
  BOOST_TEST((intake.check_recipient({}, "team-nothing@example.test").error().code == Errc::not_found));
  auto const forged = accept(from_outside("bob@elsewhere.test", {"team-acme@example.test"}),
                             letter("bob@elsewhere.test", "team-acme@example.test", "x"));
  BOOST_TEST((forged[0].error().code == Errc::forbidden));
  BOOST_TEST(inbox(eve).empty());
}

BOOST_AUTO_TEST_CASE(the_owner_alone_may_write_where_the_policy_says_so) {
  change([](store::Team& team) { team.post = store::TeamPost::owner; });
  BOOST_TEST(post(jane, "jane").has_value());
  auto const refused = post(bob, "bob");
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.error().text == "5.7.1 Only the owner of the team may write to it");
}

BOOST_AUTO_TEST_CASE(answers_lead_to_the_author_where_the_policy_says_so) {
  change([](store::Team& team) { team.replies = store::TeamReplies::author; });
  BOOST_REQUIRE(post(jane, "jane"));
  std::string const at_bob = addresses(last(bob), "Reply-To")[0].spec(), at_eve = addresses(last(eve), "Reply-To")[0].spec();
  BOOST_TEST((at_bob.starts_with("c-") && at_eve.starts_with("c-") && at_bob != at_eve));
  BOOST_REQUIRE(send(bob, "bob", {at_bob}, letter("bob@example.test", at_bob, "Re: Meeting", "In-Reply-To: " + field(last(bob), "Message-ID") + "\r\n")));
  BOOST_TEST(addresses(last(jane), "From")[0].name == "Bob Builder");
  BOOST_TEST(field(last(jane), "X-MC-Type") == "user.message");
  BOOST_TEST(!has(last(jane), "bob@"));
}

BOOST_AUTO_TEST_CASE(answers_find_their_thread_in_every_members_client) {
  BOOST_REQUIRE(post(jane, "jane", "Message-ID: <j1@laptop.home.test>\r\n"));
  std::string const shown = field(last(bob), "Message-ID");
  BOOST_REQUIRE(post(bob, "bob", "Message-ID: <b1@bobs.test>\r\nIn-Reply-To: " + shown + "\r\n"));
  BOOST_TEST(field(last(jane), "In-Reply-To") == "<j1@laptop.home.test>");
  BOOST_TEST(field(last(eve), "In-Reply-To") == shown);
  BOOST_TEST(field(last(bob), "Message-ID") == "<b1@bobs.test>");
  BOOST_TEST(field(last(eve), "Message-ID") == field(last(jane), "Message-ID"));
}

BOOST_AUTO_TEST_CASE(a_member_named_twice_gets_the_teams_copy_only) {
  BOOST_REQUIRE(post(jane, "jane", {}, {"bob@example.test", "team-ACME@example.test", "dan@example.test"}));
  BOOST_TEST(inbox(bob).size() == 1u);
  BOOST_TEST(addresses(last(bob), "From")[0].mailbox == "team-acme");
  BOOST_TEST(inbox(jane).size() == 1u);
  BOOST_TEST(inbox(eve).size() == 1u);
  BOOST_TEST(addresses(last(dan), "From")[0].mailbox.starts_with("c-"));
}

BOOST_AUTO_TEST_CASE(who_blocked_the_author_gets_none) {
  choose(bob, "blocked", "jane");
  BOOST_REQUIRE(post(jane, "jane"));
  BOOST_TEST(inbox(bob).empty());
  BOOST_TEST(inbox(eve).size() == 1u);
}

BOOST_AUTO_TEST_CASE(automatic_mail_is_not_distributed) {
  BOOST_TEST(post(jane, "jane", "Auto-Submitted: auto-replied\r\n").has_value());
  BOOST_TEST(!post(jane, "jane", "Auto-Submitted: auto-generated\r\n").has_value());
  BOOST_TEST(inbox(bob).empty());
}

BOOST_AUTO_TEST_CASE(the_platform_may_write_in_a_members_name) {
  auto submit = [&](std::string from) {
    return accept(from_platform({"team-acme@example.test"}), "From: " + from + "\r\nSubject: Hi\r\n\r\nx\r\n")[0];
  };
  BOOST_TEST(submit("bob@example.test").has_value());
  BOOST_TEST(addresses(last(eve), "From")[0].name == "Bob Builder");
  BOOST_TEST(!submit("dan@example.test"));
  BOOST_TEST(!submit("noreply@example.test"));
}

BOOST_AUTO_TEST_CASE(a_deleted_member_and_a_deleted_owner_harm_nothing) {
  write([&](store::Transaction& tx) { return store::delete_user(tx, "jane"); });
  BOOST_TEST(post(bob, "bob").has_value());
  BOOST_TEST(inbox(eve).size() == 1u);
}

BOOST_AUTO_TEST_CASE(any_name_leaves_the_lists_id_readable) {
  for (std::string name : {"Gr\xC3\xB6\xC3\x9F" "e und l\xC3\xA4nger als eine Zeile eines Feldes je sein k\xC3\xB6nnte, wirklich", "A <x@evil.test>, \"B\""}) {
    change([&](store::Team& team) { team.name = name; });
    BOOST_REQUIRE(post(jane, "jane"));
    std::string const id = field(last(bob), "List-Id");
    BOOST_TEST(id.ends_with(" <acme.teams.example.test>"), id);
    BOOST_TEST(std::count(id.begin(), id.end(), '<') == 1);
    BOOST_TEST(addresses(last(bob), "From")[0].spec() == "team-acme@example.test");
    BOOST_TEST(addresses(last(bob), "To").size() == 1u);
  }
}

BOOST_AUTO_TEST_CASE(a_team_without_a_name_has_its_slug) {
  change([](store::Team& team) { team.name.clear(); });
  BOOST_REQUIRE(post(jane, "jane"));
  BOOST_TEST(field(last(bob), "List-Id") == "acme <acme.teams.example.test>");
}

BOOST_AUTO_TEST_SUITE_END()
