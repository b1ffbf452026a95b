#include "store/accounts.h"

#include <boost/test/unit_test.hpp>

#include "memory_store.h"
#include "sample.h"
#include "store/decisions.h"
#include "store/keys.h"
#include "store/mailboxes.h"
#include "store/messages.h"
#include "store/outbox.h"
#include "store/watchers.h"

using namespace mc;
using namespace mc::store;
using namespace mc::store::test;

BOOST_AUTO_TEST_SUITE(accounts)

namespace {

User jane() {
  User u;
  u.login = "Jane.Doe";
  u.email = "Jane@Ext.test";
  u.email_state = AddressState::unverified;
  u.role = Role::agent;
  u.created = Time(Millis(5));
  u.password_hash = "$argon2id$";
  u.scram = {std::string("s\0lt", 4), 4096, "stored", "server"};
  u.display_name = "Jane D.";
  u.groups = {"beta", "eu"};
  u.time_zone = "Europe/Berlin";
  return u;
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_field_comes_back) {
  MemoryStore tx;
  UserId id = *add_user(tx, jane());
  BOOST_TEST(tx.topics.count(topic::accounts) == 1u);
  User u = *find_user(tx, "jane.doe");
  BOOST_TEST((u.id == id && u.login == "Jane.Doe" && u.email == "Jane@Ext.test"));
  BOOST_TEST((u.email_state == AddressState::unverified && u.role == Role::agent && u.enabled));
  BOOST_TEST((u.created == Time(Millis(5)) && u.password_hash == "$argon2id$" && u.display_name == "Jane D."));
  BOOST_TEST((u.scram.salt == std::string("s\0lt", 4) && u.scram.iterations == 4096));
  BOOST_TEST((u.scram.stored_key == "stored" && u.scram.server_key == "server"));
  BOOST_TEST((u.groups == std::vector<std::string>{"beta", "eu"} && u.time_zone == "Europe/Berlin"));
  BOOST_TEST(list_mailboxes(tx, id).size() == 8u);
}

BOOST_AUTO_TEST_CASE(logins_are_one_in_any_case) {
  MemoryStore tx;
  BOOST_REQUIRE(add_user(tx, jane()));
  User again = jane();
  again.login = "JANE.doe";
  std::size_t const writes = tx.writes();
  BOOST_TEST((add_user(tx, again).error().code == Errc::exists));
  BOOST_TEST(tx.writes() == writes);
  BOOST_TEST(find_user_id(tx, "JANE.DOE").has_value());
  BOOST_TEST(!find_user_id(tx, "jane"));
  BOOST_TEST(!find_user_id(tx, ""));
  BOOST_TEST(!find_user_id(tx, std::string(10'000, 'a')));
}

BOOST_AUTO_TEST_CASE(logins_follow_the_rules) {
  for (std::string good : {"a", "A-1_b.c", "0", "a-", "a--b"}) BOOST_TEST(check_login(good).has_value());
  BOOST_TEST(check_login(std::string(64, 'x')).has_value());
  for (std::string bad : {"", ".a", "-a", "a.", "a..b", "a b", "a@b", "ä", "a/b", "a+b"}) BOOST_TEST(!check_login(bad));
  BOOST_TEST(!check_login(std::string(65, 'x')));
  User u = jane();
  MemoryStore tx;
  u.email = std::string(321, 'x');
  BOOST_TEST((add_user(tx, u).error().code == Errc::syntax));
  u.email = std::string("a\0b", 3);
  BOOST_TEST((add_user(tx, u).error().code == Errc::syntax));
  BOOST_TEST(tx.size() == 0u);
}

BOOST_AUTO_TEST_CASE(an_address_finds_the_first_of_its_users) {
  MemoryStore tx;
  User a = jane(), b = jane();
  b.login = "bob";
  UserId first = *add_user(tx, a), second = *add_user(tx, b);
  BOOST_TEST((find_user_by_email(tx, "jane@EXT.TEST") == first));
  BOOST_TEST(!find_user_by_email(tx, "jane@ext.tes"));
  BOOST_TEST(!find_user_by_email(tx, ""));
  a.id = first;
  a.email = "new@ext.test";
  BOOST_REQUIRE(update_user(tx, a));
  BOOST_TEST((find_user_by_email(tx, "jane@ext.test") == second));
  BOOST_TEST((find_user_by_email(tx, "NEW@ext.test") == first));
}

BOOST_AUTO_TEST_CASE(an_update_keeps_the_login) {
  MemoryStore tx;
  User u = jane();
  BOOST_TEST((update_user(tx, u).error().code == Errc::not_found));
  u.id = *add_user(tx, u);
  u.login = "other";
  BOOST_TEST((update_user(tx, u).error().code == Errc::conflict));
  u.login = "Jane.Doe";
  u.enabled = false;
  BOOST_REQUIRE(update_user(tx, u));
  BOOST_TEST(!find_user(tx, u.id)->enabled);
}

BOOST_AUTO_TEST_CASE(the_first_admin_is_the_enabled_one_with_the_lowest_id) {
  MemoryStore tx;
  BOOST_TEST(!find_first_admin(tx));
  User u = jane();
  std::vector<UserId> ids;
  for (char const* login : {"a", "b", "c"}) {
    u.login = login;
    u.role = u.login == "a" ? Role::user : Role::admin;
    ids.push_back(*add_user(tx, u));
  }
  BOOST_TEST((find_first_admin(tx) == ids[1]));
  u = *find_user(tx, "b");
  u.enabled = false;
  BOOST_REQUIRE(update_user(tx, u));
  BOOST_TEST((find_first_admin(tx) == ids[2]));
  u = *find_user(tx, "c");
  u.role = Role::user;
  BOOST_REQUIRE(update_user(tx, u));
  BOOST_TEST(!find_first_admin(tx));
}

BOOST_AUTO_TEST_CASE(users_are_listed_by_login_page_by_page) {
  MemoryStore tx;
  for (char const* login : {"c", "A", "b", "aa"}) {
    User u = jane();
    u.login = login;
    BOOST_REQUIRE(add_user(tx, u));
  }
  auto logins = [&](std::string_view after, std::size_t most) {
    std::string out;
    for (User const& u : list_users(tx, after, most)) out += u.login + " ";
    return out;
  };
  BOOST_TEST(logins("", 1000) == "A aa b c ");
  BOOST_TEST(logins("", 2) == "A aa ");
  BOOST_TEST(logins("AA", 2) == "b c ");
  BOOST_TEST(logins("c", 2) == "");
}

BOOST_AUTO_TEST_CASE(choices_keep_three_states) {
  MemoryStore tx;
  put_choice(tx, UserId(1), {"type:a", true, {}, Time(Millis(9)), 2});
  put_choice(tx, UserId(1), {"tab:alerts", {}, false, Time(Millis(8)), 1});
  put_choice(tx, UserId(2), {"type:a", false, false, Time(Millis(7)), 0});
  auto choices = list_choices(tx, UserId(1));
  BOOST_REQUIRE(choices.size() == 2u);
  BOOST_TEST((choices[0].scope == "tab:alerts" && !choices[0].email && choices[0].folder == false));
  BOOST_TEST((choices[1].scope == "type:a" && choices[1].email == true && !choices[1].folder));
  BOOST_TEST((choices[1].at == Time(Millis(9)) && choices[1].source == 2));
  BOOST_TEST(delete_choice(tx, UserId(1), "type:a"));
  BOOST_TEST(!delete_choice(tx, UserId(1), "type:a"));
  BOOST_TEST(!delete_choice(tx, UserId(1), std::string(5000, 'x')));
  BOOST_CHECK_THROW(put_choice(tx, UserId(1), {std::string(401, 'x')}), std::length_error);
  BOOST_TEST(list_choices(tx, UserId(2)).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_deleted_user_leaves_nothing_behind) {
  MemoryStore tx;
  User other = jane();
  other.login = "other";
  BOOST_REQUIRE(add_user(tx, other));
  issue_token(tx, {'b', UserId(1), 1, 0, tx.time, false});
  std::size_t const at_start = tx.size();

  UserId id = *add_user(tx, jane());
  MailboxId inbox = *find_mailbox_of_kind(tx, id, MailboxKind::inbox);
  for (int i = 0; i < 30; ++i) {
    MessageId message = store_message(tx, pattern(100, i));
    append(tx, inbox, {message, 100, 0, 0}).value();
    add_reference(tx, message);
    OutboxEntry queued;
    queued.message = message;
    queued.user = id;
    DecisionRecord decision;
    decision.id = next_decision_id(tx);
    decision.user = id;
    decision.outbox = put_outbox(tx, queued);
    put_decision(tx, decision);
    append_event(tx, decision.id, {tx.time, EventKind::queued, "x"});
    append_event(tx, decision.id, {tx.time, EventKind::deferred, "y"});
    put_event_id(tx, "app", id, std::to_string(i), {});
    issue_token(tx, {'u', id, 5, 0, tx.time, false});
  }
  put_choice(tx, id, {"tab:inbox", true, true});
  BOOST_REQUIRE(delete_user(tx, "JANE.DOE"));
  BOOST_TEST(!find_user(tx, "jane.doe"));
  BOOST_TEST(!find_user(tx, id));
  BOOST_TEST(list_mailboxes(tx, id).empty());
  BOOST_TEST((delete_user(tx, "jane.doe").error().code == Errc::not_found));
  int slices = 1;
  while (reclaim_deleted(tx, 20)) ++slices;
  BOOST_TEST(slices > 5);
  BOOST_TEST(tx.size() == at_start);
  BOOST_TEST(find_user(tx, "other").has_value());
}

BOOST_AUTO_TEST_CASE(words_of_roles_and_states) {
  for (Role role : {Role::user, Role::agent, Role::platform, Role::admin}) BOOST_TEST((parse_role(to_string(role)) == role));
  BOOST_TEST(!parse_role("root"));
  BOOST_TEST(to_string(AddressState::suppressed) == "suppressed");
}

BOOST_AUTO_TEST_SUITE_END()
