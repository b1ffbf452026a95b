#include "store/retention.h"

#include <boost/test/unit_test.hpp>

#include "store/decisions.h"
#include "store/messages.h"
#include "store/outbox.h"
#include "tests/store/memory_store.h"
#include "tests/store/sample.h"
#include "tests/store/temporary_store.h"

namespace mc::store {
namespace {

using namespace std::chrono_literals;
using test::MemoryStore;

constexpr Time start{Millis(1'700'000'000'000)};

KeptNote note(std::string type, Time arrival, std::uint64_t mailbox, std::uint32_t uid, std::uint64_t decision = 1) {
  return {std::move(type), arrival, MailboxId(mailbox), Uid(uid), DecisionId(decision)};
}

DecisionRecord decision(Transaction& tx, UserId user, Time at) {
  DecisionRecord r;
  r.id = next_decision_id(tx);
  r.user = user;
  r.at = at;
  r.type = "payment.sent";
  return r;
}

BOOST_AUTO_TEST_SUITE(retention)

BOOST_AUTO_TEST_CASE(the_oldest_of_a_type_come_first_and_no_other_type) {
  MemoryStore tx;
  KeptNote const later = note("a.b", start + 2h, 7, 1, 11), early = note("a.b", start, 9, 5, 12);
  for (KeptNote const& n : {later, early, note("a.bc", start, 7, 2), note("a", start, 7, 3)}) put_kept(tx, n);
  auto found = list_kept(tx, "a.b", start + 24h, 10);
  BOOST_REQUIRE_EQUAL(found.size(), 2u);
  BOOST_TEST((found[0] == early));
  BOOST_TEST((found[1] == later));
  BOOST_TEST(list_kept(tx, "a.b", start + 2h - 1ms, 10).size() == 1u);
  BOOST_TEST(list_kept(tx, "a.b", start + 2h, 10).size() == 2u);  // `until` itself counts
  BOOST_TEST(list_kept(tx, "a.b", start + 24h, 1).size() == 1u);
  BOOST_TEST(list_kept(tx, "b", start + 24h, 10).empty());
}

BOOST_AUTO_TEST_CASE(a_walk_goes_on_behind_the_last_note_also_among_those_of_one_moment) {
  MemoryStore tx;
  for (std::uint32_t uid = 1; uid <= 7; ++uid) put_kept(tx, note("t", start, 3, uid));
  std::vector<std::uint32_t> uids;
  std::vector<KeptNote> slice = list_kept(tx, "t", start, 3);
  while (!slice.empty()) {
    for (KeptNote const& n : slice) uids.push_back(n.uid.value);
    KeptNote const last = slice.back();
    del_kept(tx, last);  // it need not exist any more
    slice = list_kept(tx, "t", start, 3, &last);
  }
  BOOST_TEST((uids == std::vector<std::uint32_t>{1, 2, 3, 4, 5, 6, 7}));
}

BOOST_AUTO_TEST_CASE(notes_before_1970_stand_before_those_after_it) {
  MemoryStore tx;
  put_kept(tx, note("t", Time(1ms), 1, 2));
  put_kept(tx, note("t", Time(-1ms), 1, 1));
  auto found = list_kept(tx, "t", Time(2ms), 10);
  BOOST_REQUIRE_EQUAL(found.size(), 2u);
  BOOST_TEST((found[0].arrival == Time(-1ms)));
}

BOOST_AUTO_TEST_CASE(a_type_is_listed_while_it_has_notes) {
  MemoryStore tx;
  BOOST_TEST(kept_types(tx).empty());
  for (std::uint32_t uid = 1; uid < 50; ++uid) put_kept(tx, note("a", start, 1, uid));
  put_kept(tx, note("a after close", start, 1, 1));
  put_kept(tx, note("a.b", start, 1, 1));
  put_keep_term(tx, "z", {});  // the next table is not a type
  BOOST_TEST((kept_types(tx) == std::vector<std::string>{"a", "a after close", "a.b"}));
  BOOST_TEST(del_kept(tx, note("a.b", start, 1, 1)));
  BOOST_TEST(!del_kept(tx, note("a.b", start, 1, 1)));
  BOOST_TEST((kept_types(tx) == std::vector<std::string>{"a", "a after close"}));
}

BOOST_AUTO_TEST_CASE(what_was_exempt_is_listed_when_it_is_to_be_looked_at_again) {
  MemoryStore tx;
  KeptNote const first = note("ticket.reply after close", start - 24h, 4, 9, 77), second = note("t", start, 4, 8, 78);
  put_kept_again(tx, start + 1h, second);
  put_kept_again(tx, start, first);
  BOOST_TEST(list_kept_again(tx, start - 1ms, 10).empty());
  auto found = list_kept_again(tx, start + 1h, 10);
  BOOST_REQUIRE_EQUAL(found.size(), 2u);
  BOOST_TEST((found[0].when == start && found[0].note == first));
  BOOST_TEST((found[1].note == second));
  BOOST_TEST(list_kept_again(tx, start + 1h, 1).size() == 1u);
  del_kept_again(tx, start, first);
  BOOST_TEST(list_kept_again(tx, start, 10).empty());
}

BOOST_AUTO_TEST_CASE(a_term_comes_back_as_it_was_put) {
  MemoryStore tx;
  KeepTerm whole{Millis(5), Millis(3), start, start + 1h, Time::max(), MailboxId(~0ull), Uid(~0u)};
  KeepTerm forever;
  forever.keep = Millis::max();
  put_keep_term(tx, "b", whole);
  put_keep_term(tx, "a", forever);
  BOOST_TEST((find_keep_term(tx, "b") == whole));
  auto all = list_keep_terms(tx);
  BOOST_REQUIRE_EQUAL(all.size(), 2u);
  BOOST_TEST(all[0].first == "a");
  BOOST_TEST((all[0].second == forever));
  del_keep_term(tx, "b");
  BOOST_TEST(!find_keep_term(tx, "b").has_value());
}

BOOST_AUTO_TEST_CASE(notices_add_up_within_an_announcement_and_come_user_by_user) {
  MemoryStore tx;
  add_owed_notice(tx, {UserId(2), "t", start, 5});
  add_owed_notice(tx, {UserId(1), "t", start, 2});
  add_owed_notice(tx, {UserId(1), "t", start, 3});
  add_owed_notice(tx, {UserId(1), "s", start, 1});
  auto owed = first_owed_notices(tx);
  BOOST_REQUIRE_EQUAL(owed.size(), 2u);
  BOOST_TEST(owed[0].type == "s");
  BOOST_TEST(owed[1].messages == 5u);
  add_owed_notice(tx, {UserId(1), "t", start + 1h, 4});  // a later announcement takes its place
  owed = first_owed_notices(tx);
  BOOST_TEST(owed[1].messages == 4u);
  BOOST_TEST((owed[1].announced == start + 1h));
  for (OwedNotice const& n : owed) del_owed_notice(tx, n);
  BOOST_TEST((first_owed_notices(tx).at(0).user == UserId(2)));
}

BOOST_AUTO_TEST_CASE(an_old_decision_goes_with_everything_that_belongs_to_it) {
  MemoryStore tx;
  std::size_t const before = tx.size();
  std::string const token = issue_token(tx, {'b', UserId(1), 1, 0, start, false});
  std::string const other = issue_token(tx, {'u', UserId(1), 1, 0, start, false});
  DecisionRecord r = decision(tx, UserId(1), start);
  r.token = token_key(token) + token_key(other);
  r.event_key = event_key("app", r.user, "e-1");
  put_decision(tx, r);
  put_event_id(tx, "app", r.user, "e-1", {{}, r.id, start});
  append_event(tx, r.id, {start, EventKind::queued, "x"});
  append_event(tx, r.id, {start, EventKind::sent, "y"});
  DecisionRecord young = decision(tx, UserId(1), start + 1ms);
  put_decision(tx, young);
  BOOST_TEST(!remove_old_decisions(tx, start, 100));
  BOOST_TEST(!find_decision(tx, r.id).has_value());
  BOOST_TEST(list_events(tx, r.id).empty());
  BOOST_TEST(!find_token(tx, token).has_value());
  BOOST_TEST(!find_event_id(tx, "app", UserId(1), "e-1").has_value());
  BOOST_REQUIRE_EQUAL(list_decisions(tx, UserId(1), {}, 10).size(), 1u);
  BOOST_TEST(!remove_old_decisions(tx, start + 1ms, 100));
  BOOST_TEST(tx.size() == before);
}

BOOST_AUTO_TEST_CASE(a_decision_whose_external_mail_waits_stays_and_holds_nobody_up) {
  MemoryStore tx;
  OutboxEntry entry;
  entry.message = test::store_message(tx, "Subject: x\r\n\r\n");
  entry.user = UserId(1);
  OutboxId const outbox = put_outbox(tx, entry);
  DecisionRecord waiting = decision(tx, UserId(1), start);
  waiting.outbox = outbox;
  put_decision(tx, waiting);
  for (int i = 0; i < 5; ++i) put_decision(tx, decision(tx, UserId(1), start));
  int calls = 1;
  while (remove_old_decisions(tx, start, 2)) ++calls;
  BOOST_TEST(calls == 3);  // six records, two a call
  BOOST_REQUIRE_EQUAL(list_decisions(tx, UserId(1), {}, 10).size(), 1u);
  remove_outbox(tx, outbox);
  BOOST_TEST(!remove_old_decisions(tx, start, 2));
  BOOST_TEST(!find_decision(tx, waiting.id).has_value());
}

BOOST_AUTO_TEST_CASE(a_decision_with_many_events_goes_in_slices) {
  MemoryStore tx;
  DecisionRecord r = decision(tx, UserId(1), start);
  put_decision(tx, r);
  for (int i = 0; i < 25; ++i) append_event(tx, r.id, {start, EventKind::duplicate, "again"});
  BOOST_TEST(remove_old_decisions(tx, start, 10));
  BOOST_TEST(find_decision(tx, r.id).has_value());
  int calls = 1;
  while (remove_old_decisions(tx, start, 10)) ++calls;
  BOOST_TEST(calls <= 4);
  BOOST_TEST(!find_decision(tx, r.id).has_value());
  BOOST_TEST(tx.size() == 0u);
}

BOOST_AUTO_TEST_CASE(the_log_tells_when_messages_were_read_and_went) {
  test::TemporaryStore store;
  LoggedTimes all, unread;
  auto done = store->write_and_wait([&](Transaction& tx) -> Result<void> {
    make_account_mailboxes(tx, UserId(1), start);
    MailboxId const id = *find_mailbox_of_kind(tx, UserId(1), MailboxKind::inbox);
    MessageId const message = test::store_message(tx, "Subject: x\r\n\r\n");
    for (int i = 0; i < 4; ++i) {
      add_reference(tx, message);
      if (auto placed = append(tx, id, {message, 14, 0, 0}); !placed) return placed.error();
    }
    return {};
  });
  BOOST_REQUIRE(done.has_value());
  auto inbox = [](Snapshot const& s) { return *find_mailbox_of_kind(s, UserId(1), MailboxKind::inbox); };
  Time const created = store.clock.now();
  auto change = [&](auto f) {
    store.clock.advance(1h);
    auto changed = store->write_and_wait([&](Transaction& tx) -> Result<void> { return f(tx, inbox(tx)), Result<void>(); });
    BOOST_REQUIRE(changed.has_value());
  };
  change([](Transaction& tx, MailboxId id) { store_flags(tx, id, UidSet{{1, 2}}, FlagChange::add, flag::seen); });
  change([](Transaction& tx, MailboxId id) { store_flags(tx, id, UidSet{{1, 1}}, FlagChange::remove, flag::seen); });
  change([](Transaction& tx, MailboxId id) { store_flags(tx, id, UidSet{{1, 3}}, FlagChange::add, flag::seen); });
  change([](Transaction& tx, MailboxId id) { expunge(tx, id, UidSet{{2, 2}}, false); });
  store->read([&](Snapshot const& s) {
    all = logged_times(s, inbox(s), UidSet{{1, 4}});
    auto untouched = MailboxReader(s, inbox(s)).find(Uid(4));
    unread = logged_times(s, inbox(s), std::span(&*untouched, 1));
  });
  BOOST_REQUIRE_EQUAL(all.seen.size(), 3u);
  BOOST_TEST((all.seen.at(Uid(1)) == created + 1h));
  BOOST_TEST((all.seen.at(Uid(2)) == created + 1h));
  BOOST_TEST((all.seen.at(Uid(3)) == created + 3h));
  BOOST_REQUIRE_EQUAL(all.gone.size(), 1u);
  BOOST_TEST((all.gone.at(Uid(2)) == created + 4h));
  BOOST_TEST(unread.seen.empty());
  BOOST_TEST(unread.records == 0u);  // nobody changed it: the log is not read
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace mc::store
