#include "store/mailboxes.h"

#include <boost/test/unit_test.hpp>
#include <set>

#include "memory_store.h"
#include "sample.h"
#include "store/keys.h"
#include "store/messages.h"
#include "store/watchers.h"

using namespace mc;
using namespace mc::store;
using namespace mc::store::test;

BOOST_AUTO_TEST_SUITE(mailboxes)

namespace {

struct Fixture {
  MemoryStore tx;
  UserId jane{7};

  Result<MailboxId> create(std::string_view name) {
    return create_mailbox(tx, jane, name, MailboxKind::user, {}, tx.time);
  }
  std::vector<std::string> names() {
    std::vector<std::string> out;
    for (auto const& m : list_mailboxes(tx, jane)) out.push_back(m.name);
    return out;
  }
  void reclaim_all() {
    while (reclaim_deleted(tx, 100)) {
    }
  }
};
using Names = std::vector<std::string>;

}  // namespace

BOOST_FIXTURE_TEST_CASE(an_account_has_its_eight_mailboxes_subscribed, Fixture) {
  make_account_mailboxes(tx, jane, tx.time);
  Names const all{"INBOX", "Account Alerts", "Updates", "Tickets", "Sent", "Drafts", "Trash", "Archive"};
  BOOST_TEST((names() == all));
  Names subscribed = list_subscriptions(tx, jane), sorted = all;
  std::sort(sorted.begin(), sorted.end());
  BOOST_TEST((subscribed == sorted));
  BOOST_TEST(find_mailbox(tx, jane, "Sent")->special_use == "\\Sent");
  auto alerts = find_mailbox_of_kind(tx, jane, MailboxKind::alerts);
  BOOST_TEST(find_mailbox(tx, *alerts)->name == "Account Alerts");
  BOOST_TEST((find_mailbox(tx, *alerts)->owner == jane));
  BOOST_TEST(tx.topics.count(topic::user_mailboxes(jane)) == 1u);
}

BOOST_FIXTURE_TEST_CASE(lists_are_ordered_by_kind_then_by_name_level_by_level, Fixture) {
  for (char const* name : {"b", "a b", "a/b", "B"}) BOOST_REQUIRE(create(name));
  make_account_mailboxes(tx, jane, tx.time);
  Names const expected{"INBOX", "Account Alerts", "Updates", "Tickets", "Sent", "Drafts", "Trash", "Archive",
                       "B", "a", "a/b", "a b", "b"};
  BOOST_TEST((names() == expected));
}

BOOST_AUTO_TEST_CASE(names_follow_the_rules) {
  struct Row { std::string name; std::optional<Errc> error; };
  std::string deep = "1";
  for (int i = 2; i <= 20; ++i) deep += "/" + std::to_string(i);
  Row const rows[] = {
      {"a", {}}, {"Entwürfe/Größe", {}}, {"日本語", {}}, {"a b/c*%", {}}, {std::string(1000, 'x'), {}}, {deep, {}},
      {"", Errc::syntax}, {"/a", Errc::syntax}, {"a/", Errc::syntax}, {"a//b", Errc::syntax}, {"/", Errc::syntax},
      {"a\tb", Errc::syntax}, {std::string("a\0b", 3), Errc::syntax}, {"a\r\n", Errc::syntax}, {"a\x7f", Errc::syntax},
      {"\xC2\x85", Errc::syntax}, {"\xE2\x80\xA8", Errc::syntax}, {"\xE2\x80\xA9", Errc::syntax}, {"a\xFF", Errc::syntax},
      {"\xC0\xAF", Errc::syntax}, {std::string(1001, 'x'), Errc::limit}, {deep + "/x", Errc::limit},
  };
  for (Row const& row : rows)
    BOOST_TEST_CONTEXT(row.name.substr(0, 40)) {
      auto checked = check_mailbox_name(row.name);
      BOOST_TEST(checked.has_value() == !row.error);
      if (row.error) BOOST_TEST((checked.error().code == *row.error));
    }
  BOOST_TEST(check_mailbox_name("inBox").value() == "INBOX");
  BOOST_TEST(check_mailbox_name("inbox/Inbox").value() == "INBOX/Inbox");
  BOOST_TEST(check_mailbox_name("inboxes").value() == "inboxes");
}

BOOST_FIXTURE_TEST_CASE(superior_levels_are_made_too, Fixture) {
  BOOST_REQUIRE(create("a/b/c"));
  BOOST_TEST((names() == Names{"a", "a/b", "a/b/c"}));
  BOOST_TEST((create("a/b").error().code == Errc::exists));
}

BOOST_FIXTURE_TEST_CASE(a_user_has_at_most_a_thousand, Fixture) {
  tx.strict = false;
  for (std::size_t i = 0; i < max_mailboxes - 1; ++i) BOOST_REQUIRE(create("m" + std::to_string(i)));
  std::size_t const writes = tx.writes();
  BOOST_TEST((create("x/y").error().code == Errc::limit));  // would be two
  BOOST_TEST((rename_mailbox(tx, jane, "m1", "p/q/r").error().code == Errc::limit));
  BOOST_TEST(tx.writes() == writes);
  BOOST_TEST(create("x").has_value());
  BOOST_TEST((create("y").error().code == Errc::limit));
}

BOOST_FIXTURE_TEST_CASE(uidvalidity_never_repeats, Fixture) {
  std::set<std::uint32_t> met;
  auto validity = [&] { return find_mailbox(tx, jane, "a")->uid_validity.value; };
  std::uint32_t last = 0;
  for (int i = 0; i < 20; ++i) {
    BOOST_REQUIRE(create("a"));
    BOOST_TEST(validity() > last);
    last = validity();
    BOOST_REQUIRE(delete_mailbox(tx, jane, "a"));
    if (i == 10) tx.time += std::chrono::hours(1);
    if (i == 15) tx.time -= std::chrono::hours(2);
    reclaim_all();
  }
  BOOST_TEST(last >= 1'700'003'600u);
}

BOOST_FIXTURE_TEST_CASE(a_rename_takes_the_children_and_keeps_what_clients_know, Fixture) {
  for (char const* name : {"a/b", "a/c/d", "ab", "z"}) BOOST_REQUIRE(create(name));
  auto before = find_mailbox(tx, jane, "a/c/d");
  subscribe(tx, jane, "a/b");
  BOOST_REQUIRE(rename_mailbox(tx, jane, "a", "n/e/w"));
  BOOST_TEST((names() == Names{"ab", "n", "n/e", "n/e/w", "n/e/w/b", "n/e/w/c", "n/e/w/c/d", "z"}));
  auto after = find_mailbox(tx, jane, "n/e/w/c/d");
  BOOST_TEST((after->id == before->id && after->uid_validity == before->uid_validity));
  BOOST_TEST((list_subscriptions(tx, jane) == Names{"a/b"}));
}

BOOST_FIXTURE_TEST_CASE(a_rename_that_cannot_be_writes_nothing, Fixture) {
  for (char const* name : {"a/b", "z", "long/" "x"}) BOOST_REQUIRE(create(name));
  struct Row { std::string from, to; Errc error; };
  std::string deep = "1";
  for (int i = 2; i <= 20; ++i) deep += "/" + std::to_string(i);
  Row const rows[] = {{"a", "z", Errc::exists},        {"a", "a", Errc::exists},     {"a/b", "a", Errc::exists},
                      {"a", "a/b/c", Errc::forbidden}, {"a", "a/x", Errc::forbidden}, {"no", "x", Errc::not_found},
                      {"a", "", Errc::syntax},         {"a", deep, Errc::limit},
                      {"a", std::string(999, 'y'), Errc::limit}};
  std::size_t const writes = tx.writes();
  for (Row const& row : rows)
    BOOST_TEST_CONTEXT(row.from << " to " << row.to) {
      auto renamed = rename_mailbox(tx, jane, row.from, row.to);
      BOOST_REQUIRE(!renamed);
      BOOST_TEST((renamed.error().code == row.error));
    }
  BOOST_TEST(tx.writes() == writes);
}

BOOST_FIXTURE_TEST_CASE(renaming_inbox_moves_its_messages_only, Fixture) {
  make_account_mailboxes(tx, jane, tx.time);
  BOOST_REQUIRE(create("INBOX/below"));
  MailboxId inbox = find_mailbox(tx, jane, "inbox")->id;
  MessageId message = store_message(tx, "x");
  append(tx, inbox, {message, 1, flag::seen, 3}).value();
  BOOST_REQUIRE(rename_mailbox(tx, jane, "InBox", "old/mail"));
  BOOST_TEST(state_of(tx, inbox).exists == 0u);
  MailboxId to = find_mailbox(tx, jane, "old/mail")->id;
  BOOST_TEST(MailboxReader(tx, to).find(Uid(1))->flags == flag::seen);
  BOOST_TEST(reference_count(tx, message) == 1u);
  BOOST_TEST(find_mailbox(tx, jane, "INBOX/below").has_value());
  BOOST_TEST((rename_mailbox(tx, jane, "INBOX", "old").error().code == Errc::exists));
}

BOOST_FIXTURE_TEST_CASE(a_deleted_mailbox_is_gone_at_once_and_its_contents_in_slices, Fixture) {
  BOOST_REQUIRE(create("other"));
  std::size_t const at_start = tx.size();
  MailboxId id = *create("a");
  for (int i = 0; i < 250; ++i) append(tx, id, {store_message(tx, pattern(5000, i)), 5000, 0, 0}).value();
  store_flags(tx, id, {{1, 100}}, FlagChange::add, flag::seen);
  tx.topics.clear();
  BOOST_REQUIRE(delete_mailbox(tx, jane, "a"));
  BOOST_TEST((tx.topics == std::set<std::uint64_t>{topic::mailbox(id), topic::user_mailboxes(jane)}));
  BOOST_TEST(!find_mailbox(tx, id));
  BOOST_TEST((names() == Names{"other"}));
  BOOST_TEST((delete_mailbox(tx, jane, "a").error().code == Errc::not_found));
  int slices = 1;
  while (reclaim_deleted(tx, 100)) ++slices;
  BOOST_TEST(slices == 3);
  BOOST_TEST(tx.size() == at_start);
  BOOST_TEST(!reclaim_deleted(tx, 100));
}

BOOST_FIXTURE_TEST_CASE(a_mailbox_with_inferiors_and_inbox_stay, Fixture) {
  make_account_mailboxes(tx, jane, tx.time);
  BOOST_REQUIRE(create("a/b"));
  BOOST_TEST((delete_mailbox(tx, jane, "a").error().code == Errc::conflict));
  BOOST_TEST((delete_mailbox(tx, jane, "inbox").error().code == Errc::forbidden));
  BOOST_REQUIRE(delete_mailbox(tx, jane, "a/b"));
  BOOST_REQUIRE(delete_mailbox(tx, jane, "a"));
}

BOOST_FIXTURE_TEST_CASE(subscriptions_are_names_and_outlive_the_mailbox, Fixture) {
  BOOST_REQUIRE(create("a"));
  BOOST_TEST(subscribe(tx, jane, "a"));
  BOOST_TEST(subscribe(tx, jane, "a"));
  BOOST_TEST(subscribe(tx, jane, "not/there"));
  BOOST_TEST(subscribe(tx, jane, std::string(1000, 'n')));
  BOOST_TEST(!subscribe(tx, jane, "a//b"));
  BOOST_REQUIRE(delete_mailbox(tx, jane, "a"));
  BOOST_TEST((list_subscriptions(tx, jane) == Names{"a", std::string(1000, 'n'), "not/there"}));
  BOOST_TEST(unsubscribe(tx, jane, "a"));
  BOOST_TEST(!unsubscribe(tx, jane, "a"));
  BOOST_TEST(list_subscriptions(tx, UserId(8)).empty());
  BOOST_TEST(subscribe(tx, jane, "iNbOx"));
  BOOST_TEST(unsubscribe(tx, jane, "INBOX"));
}

BOOST_FIXTURE_TEST_CASE(subscriptions_are_bounded, Fixture) {
  tx.strict = false;
  for (std::size_t i = 0; i < max_subscriptions; ++i) BOOST_REQUIRE(subscribe(tx, jane, "s" + std::to_string(i)));
  BOOST_TEST(!subscribe(tx, jane, "one more"));
  BOOST_TEST(subscribe(tx, jane, "s5"));
}

BOOST_FIXTURE_TEST_CASE(keywords_have_fifty_six_bits_in_any_case, Fixture) {
  MailboxId id = *create("a");
  BOOST_TEST(*keyword_bit(tx, id, "$Forwarded") == 8u);
  BOOST_TEST(*keyword_bit(tx, id, "$FORWARDED") == 8u);
  for (unsigned i = 1; i < max_keywords; ++i) BOOST_TEST(*keyword_bit(tx, id, "k" + std::to_string(i)) == 8 + i);
  BOOST_TEST((keyword_bit(tx, id, "more").error().code == Errc::limit));
  BOOST_TEST(*keyword_bit(tx, id, "K55") == 63u);
  BOOST_TEST(find_mailbox(tx, id)->keywords.front() == "$Forwarded");
  BOOST_TEST(*find_keyword(*find_mailbox(tx, id), "k55") == 63u);
  MailboxId other = *create("b");
  for (std::string bad : {"", "a b", "a(", "\\Seen", "ü", "a]", "a%", "a\"", "a\n"})
    BOOST_TEST((keyword_bit(tx, other, bad).error().code == Errc::syntax));
  BOOST_TEST((keyword_bit(tx, other, std::string(256, 'k')).error().code == Errc::syntax));
  BOOST_TEST((keyword_bit(tx, MailboxId(999), "k").error().code == Errc::not_found));
}

BOOST_AUTO_TEST_SUITE_END()
