#include "store/metadata.h"

#include <boost/test/unit_test.hpp>

#include "memory_store.h"
#include "store/accounts.h"
#include "store/mailboxes.h"
#include "store/watchers.h"
#include "temporary_store.h"

using namespace mc;
using namespace mc::store;
using namespace mc::store::test;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(metadata)

namespace {

struct Fixture {
  MemoryStore tx;
  UserId jane{7}, joe{8};
  MailboxId server, work{21};

  Result<void> put(std::string_view name, std::optional<std::string_view> value, MailboxId mailbox = MailboxId(21)) {
    return put_metadata(tx, jane, mailbox, name, value);
  }
  std::string get(std::string_view name, MailboxId mailbox = MailboxId(21)) {
    return find_metadata(tx, jane, mailbox, name).value_or("(none)");
  }
  std::string names(MailboxId mailbox = MailboxId(21)) {
    std::string out;
    for (auto const& entry : list_metadata_names(tx, jane, mailbox))
      out += entry.name + '=' + std::to_string(entry.octets) + ' ';
    return out;
  }
  MailboxId create(std::string_view name) {
    return create_mailbox(tx, jane, name, MailboxKind::user, {}, tx.time).value();
  }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_value_is_kept_changed_and_removed, Fixture) {
  BOOST_TEST(get("/private/comment") == "(none)");
  BOOST_REQUIRE(put("/private/comment", "one"));
  BOOST_TEST(get("/private/comment") == "one");
  BOOST_REQUIRE(put("/private/comment", "two"));
  BOOST_TEST(get("/private/comment") == "two");
  BOOST_REQUIRE(put("/private/comment", std::nullopt));
  BOOST_TEST(get("/private/comment") == "(none)");
  BOOST_TEST(tx.size() == 0u);
}

BOOST_FIXTURE_TEST_CASE(values_are_octets_and_an_empty_one_is_a_value, Fixture) {
  std::string every;
  for (int c = 0; c < 256; ++c) every += static_cast<char>(c);
  BOOST_REQUIRE(put("/private/x", every));
  BOOST_REQUIRE(put("/private/y", ""));
  BOOST_TEST((get("/private/x") == every));
  BOOST_TEST(get("/private/y") == "");
  BOOST_TEST(names() == "/private/x=256 /private/y=0 ");
}

BOOST_FIXTURE_TEST_CASE(users_mailboxes_and_the_server_have_their_own, Fixture) {
  BOOST_REQUIRE(put("/private/x", "work"));
  BOOST_REQUIRE(put("/private/x", "server", server));
  BOOST_REQUIRE(put_metadata(tx, joe, work, "/private/x", "joe"));
  BOOST_TEST(get("/private/x") == "work");
  BOOST_TEST(get("/private/x", server) == "server");
  BOOST_TEST(get("/private/x", MailboxId(22)) == "(none)");
  BOOST_TEST(find_metadata(tx, joe, work, "/private/x").value() == "joe");
  BOOST_TEST(names(server) == "/private/x=6 ");
}

BOOST_FIXTURE_TEST_CASE(lists_are_by_name_and_take_a_prefix, Fixture) {
  for (char const* name : {"/shared/b", "/private/b/c", "/private/a", "/private/b", "/private/b2"})
    BOOST_REQUIRE(put(name, name));
  BOOST_TEST(names() == "/private/a=10 /private/b=10 /private/b/c=12 /private/b2=11 /shared/b=9 ");
  auto below = list_metadata(tx, jane, work, "/private/b");
  BOOST_REQUIRE(below.size() == 3u);
  BOOST_TEST(below[1].first == "/private/b/c");
  BOOST_TEST(below[1].second == "/private/b/c");
  BOOST_TEST(list_metadata(tx, jane, work, "").size() == 5u);
  BOOST_TEST(list_metadata(tx, jane, work, std::string(max_metadata_name + 1, 'x')).empty());
}

BOOST_FIXTURE_TEST_CASE(what_changes_is_told_and_what_does_not_is_not, Fixture) {
  std::uint64_t const topic = topic::user_mailboxes(jane);
  auto told = [&] { return std::exchange(tx.topics, {}).count(topic) == 1; };
  BOOST_REQUIRE(put("/private/x", "1"));
  BOOST_TEST(told());
  BOOST_REQUIRE(put("/private/x", "1"));
  BOOST_TEST(!told());
  BOOST_REQUIRE(put("/private/x", "2"));
  BOOST_TEST(told());
  BOOST_REQUIRE(put("/private/x", std::nullopt));
  BOOST_TEST(told());
  BOOST_REQUIRE(put("/private/x", std::nullopt));
  BOOST_TEST(!told());
}

BOOST_FIXTURE_TEST_CASE(each_limit_says_which_it_is, Fixture) {
  std::string const longest(max_metadata_value, 'v');
  BOOST_REQUIRE(put("/private/x", longest));
  auto refused = put("/private/x", longest + 'v');
  BOOST_TEST((refused.error().code == Errc::too_big));
  BOOST_TEST(refused.error().text == "A value may have 65536 octets");
  BOOST_TEST((get("/private/x") == longest));
  std::string const name = "/private/" + std::string(max_metadata_name - 9, 'n');
  BOOST_REQUIRE(put(name, "x"));
  BOOST_TEST((put(name + 'n', "x").error().code == Errc::syntax));
  BOOST_TEST((put("", "x").error().code == Errc::syntax));
  BOOST_TEST(get(name + 'n') == "(none)");
  BOOST_TEST(get("") == "(none)");
}

BOOST_FIXTURE_TEST_CASE(a_full_mailbox_takes_changes_but_nothing_new, Fixture) {
  for (std::size_t i = 0; i < max_metadata_entries; ++i) BOOST_REQUIRE(put("/private/" + std::to_string(i), "x"));
  BOOST_TEST((put("/private/new", "x").error().code == Errc::limit));
  BOOST_TEST(put("/private/new", std::nullopt).has_value());
  BOOST_TEST(put("/private/0", "y").has_value());
  BOOST_TEST(put("/private/new", "x", server).has_value());
  BOOST_REQUIRE(put("/private/7", std::nullopt));
  BOOST_TEST(put("/private/new", "x").has_value());
  BOOST_TEST((put("/private/7", "x").error().code == Errc::limit));
}

BOOST_FIXTURE_TEST_CASE(they_follow_a_renamed_mailbox_and_go_with_a_deleted_one, Fixture) {
  std::size_t const at_start = tx.size();
  MailboxId const a = create("a");
  BOOST_REQUIRE(put("/private/x", "of a", a));
  BOOST_REQUIRE(rename_mailbox(tx, jane, "a", "b"));
  BOOST_TEST(get("/private/x", find_mailbox(tx, jane, "b")->id) == "of a");
  for (int i = 0; i < 50; ++i) BOOST_REQUIRE(put("/private/" + std::to_string(i), "x", a));
  BOOST_REQUIRE(put("/private/x", "server", server));
  BOOST_REQUIRE(delete_mailbox(tx, jane, "b"));
  MailboxId const again = create("b");
  BOOST_TEST(get("/private/x", again) == "(none)");
  int slices = 1;
  while (reclaim_deleted(tx, 20)) ++slices;
  BOOST_TEST(slices == 3);
  BOOST_TEST(names(a) == "");
  BOOST_TEST(get("/private/x", server) == "server");
  BOOST_REQUIRE(delete_mailbox(tx, jane, "b"));
  BOOST_REQUIRE(put("/private/x", std::nullopt, server));
  while (reclaim_deleted(tx, 20)) {
  }
  BOOST_TEST(tx.size() == at_start + 1);  // the last UIDVALIDITY
}

BOOST_FIXTURE_TEST_CASE(a_renamed_inbox_keeps_its_own, Fixture) {
  make_account_mailboxes(tx, jane, tx.time);
  MailboxId const inbox = find_mailbox(tx, jane, "INBOX")->id;
  BOOST_REQUIRE(put("/private/x", "inbox", inbox));
  BOOST_REQUIRE(rename_mailbox(tx, jane, "INBOX", "old"));
  BOOST_TEST(get("/private/x", inbox) == "inbox");
  BOOST_TEST(names(find_mailbox(tx, jane, "old")->id) == "");
}

BOOST_FIXTURE_TEST_CASE(a_deleted_user_leaves_none, Fixture) {
  User user;
  user.login = "mary";
  user.email = "mary@elsewhere.test";
  UserId const mary = add_user(tx, user).value();
  BOOST_REQUIRE(put_metadata(tx, mary, server, "/private/x", "server"));
  BOOST_REQUIRE(put_metadata(tx, mary, find_mailbox(tx, mary, "INBOX")->id, "/private/x", "inbox"));
  BOOST_REQUIRE(put("/private/x", "jane's"));
  BOOST_REQUIRE(delete_user(tx, "mary"));
  while (reclaim_deleted(tx, 10)) {
  }
  for (auto const& [key, value] : tx.entries())
    if (key[0] == '\x27') BOOST_TEST(value == "jane's");
  BOOST_TEST(get("/private/x") == "jane's");
}

BOOST_AUTO_TEST_CASE(the_largest_values_survive_a_restart_and_a_refused_operation_leaves_nothing) {
  TemporaryStore store;
  UserId const jane(7);
  std::string const large(max_metadata_value, '\0');
  auto put = [&](std::initializer_list<char const*> names, std::string_view value) {
    return store->write_and_wait([&](Transaction& tx) -> Result<void> {
      for (char const* name : names)
        if (auto done = put_metadata(tx, jane, {}, name, value); !done) return done;
      return {};
    });
  };
  BOOST_REQUIRE(put({"/private/a", "/private/b"}, large));
  BOOST_TEST(!put({"/private/c", "/private/a", ""}, "x"));
  store.reopen();
  auto all = store->read([&](Snapshot const& s) { return list_metadata(s, jane, {}, ""); });
  BOOST_REQUIRE(all.size() == 2u);
  for (auto const& [name, value] : all) BOOST_TEST((value == large), name);
}

BOOST_AUTO_TEST_SUITE_END()
