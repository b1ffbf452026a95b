#include "store/outbox.h"

#include <boost/test/unit_test.hpp>

#include "memory_store.h"
#include "sample.h"
#include "store/watchers.h"

using namespace mc;
using namespace mc::store;
using namespace mc::store::test;

BOOST_AUTO_TEST_SUITE(outbox)

namespace {

Time at(std::int64_t ms) { return Time(Millis(ms)); }

struct Fixture {
  MemoryStore tx;
  OutboxId queue(std::int64_t due, OutboxState state = OutboxState::queued) {
    OutboxEntry e;
    e.message = store_message(tx, "mail");
    e.due = at(due);
    e.state = state;
    return put_outbox(tx, e);
  }
  std::vector<std::uint64_t> due(std::int64_t now, std::size_t most = 100, DuePlace after = {}) {
    std::vector<std::uint64_t> out;
    walk_due(tx, at(now), after, [&](DuePlace place) {
      BOOST_TEST((find_outbox(tx, place.id)->due == place.due));
      out.push_back(place.id.value);
      return out.size() < most;
    });
    return out;
  }
};
using Ids = std::vector<std::uint64_t>;

}  // namespace

BOOST_FIXTURE_TEST_CASE(every_field_comes_back, Fixture) {
  OutboxEntry e;
  e.message = store_message(tx, "mail");
  e.user = UserId(2);
  e.decision = DecisionId(3);
  e.sender = "";
  e.recipient = "jane@ext.test";
  e.extra_prefix = "List-Unsubscribe: x\r\n";
  e.mail_id = "m1";
  e.created = at(4), e.expires = at(5), e.due = at(6);
  e.attempts = 7;
  e.state = OutboxState::held;
  e.last_reply = "450 4.2.1 later";
  e.notify = 6, e.ret = 2;
  e.envid = "QQ", e.orcpt = "rfc822;x";
  e.smtputf8 = true, e.eight_bit = true;
  e.waits = 9;
  e.type = "team.message";
  e.window = SendWindow{480, 1200, "Europe/Berlin"};
  e.together_until = at(8);
  e.ready = at(9), e.delay_told = true, e.at_once = true;
  e.report_to = "app@example.test", e.addressed = "jane@example.test";
  e.personal = true;
  auto got = *find_outbox(tx, put_outbox(tx, e));
  BOOST_TEST((got.message == e.message && got.user == e.user && got.decision == e.decision && got.sender.empty()));
  BOOST_TEST((got.recipient == e.recipient && got.extra_prefix == e.extra_prefix && got.mail_id == e.mail_id));
  BOOST_TEST((got.created == e.created && got.expires == e.expires && got.due == e.due && got.attempts == 7));
  BOOST_TEST((got.state == e.state && got.last_reply == e.last_reply && got.notify == 6 && got.ret == 2));
  BOOST_TEST((got.envid == "QQ" && got.orcpt == "rfc822;x" && got.smtputf8 && got.eight_bit));
  BOOST_TEST((got.waits == 9 && got.type == e.type && got.window == e.window));
  BOOST_TEST((got.together_until == e.together_until));
  BOOST_TEST((got.ready == at(9) && got.delay_told && got.at_once));
  BOOST_TEST((got.report_to == e.report_to && got.addressed == e.addressed && got.personal));
  auto const head = *find_outbox_head(tx, got.id);
  BOOST_TEST((head.recipient == "jane@ext.test" && head.at_once));
  BOOST_TEST(!find_outbox_head(tx, OutboxId(99)));
  auto plain = *find_outbox(tx, queue(1));
  BOOST_TEST((!plain.window && plain.type.empty() && plain.together_until == Time()));
}

BOOST_FIXTURE_TEST_CASE(what_is_due_comes_in_order_of_its_time, Fixture) {
  queue(300), queue(100), queue(200), queue(-5), queue(100);
  queue(50, OutboxState::held);
  BOOST_TEST((due(200) == Ids{4, 2, 5, 3}));
  BOOST_TEST((due(99) == Ids{4}));
  BOOST_TEST((due(-6) == Ids{}));
  BOOST_TEST((due(1000, 2) == Ids{4, 2}));
  BOOST_TEST((due(1000, 100, {at(100), OutboxId(2)}) == Ids{5, 3, 1}));
  BOOST_TEST((due(1000, 100, {at(100), OutboxId(9)}) == Ids{3, 1}));
  BOOST_TEST((due(1000, 100, {at(100), {}}) == Ids{2, 5, 3, 1}));
  BOOST_TEST((due(1000, 100, {at(-9), {}}) == Ids{4, 2, 5, 3, 1}));
}

BOOST_FIXTURE_TEST_CASE(an_update_moves_it_in_the_due_order, Fixture) {
  OutboxId id = queue(100);
  queue(200);
  OutboxEntry e = *find_outbox(tx, id);
  e.due = at(300);
  e.attempts = 1;
  tx.topics.clear();
  update_outbox(tx, e);
  BOOST_TEST(tx.topics.count(topic::outbox) == 1u);
  BOOST_TEST((due(1000) == Ids{2, 1}));
  e.state = OutboxState::held;
  update_outbox(tx, e);
  BOOST_TEST((due(1000) == Ids{2}));
  e.state = OutboxState::queued;
  update_outbox(tx, e);
  BOOST_TEST((due(1000) == Ids{2, 1}));
}

BOOST_FIXTURE_TEST_CASE(a_removed_entry_gives_its_message_back_and_stays_away, Fixture) {
  std::size_t const at_start = tx.size();
  OutboxId id = queue(100);
  OutboxEntry e = *find_outbox(tx, id);
  BOOST_TEST(remove_outbox(tx, id));
  BOOST_TEST(tx.size() == at_start);
  BOOST_TEST(!remove_outbox(tx, id));
  update_outbox(tx, e);
  BOOST_TEST(tx.size() == at_start);
  BOOST_TEST(due(1000).empty());
}

BOOST_FIXTURE_TEST_CASE(what_waits_and_what_is_to_be_sent_stand_in_two_orders, Fixture) {
  queue(100), queue(50, OutboxState::waiting), queue(20, OutboxState::held), queue(70, OutboxState::waiting);
  auto waiting = [&](std::int64_t now, std::size_t most = 100) {
    Ids out;
    for (auto const& e : due_waiting(tx, at(now), most)) out.push_back(e.id.value);
    return out;
  };
  BOOST_TEST((due(1000) == Ids{1}));
  BOOST_TEST((waiting(1000) == Ids{2, 4}));
  BOOST_TEST((waiting(1000, 1) == Ids{2}));
  BOOST_TEST((waiting(50) == Ids{2}));
  BOOST_TEST((waiting(49) == Ids{}));
  BOOST_TEST((next_waiting(tx) == at(50)));
}

BOOST_FIXTURE_TEST_CASE(a_change_of_state_moves_it_from_one_order_to_the_other, Fixture) {
  OutboxEntry e = *find_outbox(tx, queue(50, OutboxState::waiting));
  e.user = UserId(7);
  update_outbox(tx, e);
  BOOST_TEST(list_waiting(tx, UserId(7), at(50), 10).size() == 1u);
  BOOST_TEST(list_waiting(tx, UserId(7), at(49), 10).empty());
  BOOST_TEST(list_waiting(tx, UserId(8), at(50), 10).empty());
  e.due = at(80);
  update_outbox(tx, e);
  BOOST_TEST((next_waiting(tx) == at(80)));
  BOOST_TEST(list_waiting(tx, UserId(7), at(79), 10).empty());
  e.state = OutboxState::queued;
  update_outbox(tx, e);
  BOOST_TEST(!next_waiting(tx));
  BOOST_TEST(list_waiting(tx, UserId(7), at(1000), 10).empty());
  BOOST_TEST((due(1000) == Ids{1}));
  e.state = OutboxState::waiting;
  update_outbox(tx, e);
  BOOST_TEST((due(1000) == Ids{}));
  BOOST_TEST(remove_outbox(tx, e.id));
  BOOST_TEST(!next_waiting(tx));
  BOOST_TEST(list_waiting(tx, UserId(7), at(1000), 10).empty());
}

BOOST_FIXTURE_TEST_CASE(a_users_waiting_mail_is_listed_in_order_and_apart_from_others, Fixture) {
  auto wait = [&](std::uint64_t user, std::int64_t due) {
    OutboxEntry e;
    e.message = store_message(tx, "mail");
    e.user = UserId(user);
    e.due = at(due);
    e.state = OutboxState::waiting;
    return put_outbox(tx, e).value;
  };
  auto late = wait(1, 300), early = wait(1, -10);
  wait(2, 100);
  auto middle = wait(1, 100);
  Ids got;
  for (auto const& e : list_waiting(tx, UserId(1), at(300), 10)) got.push_back(e.id.value);
  BOOST_TEST((got == Ids{early, middle, late}));
  BOOST_TEST(list_waiting(tx, UserId(1), at(300), 2).size() == 2u);
}

BOOST_FIXTURE_TEST_CASE(departures_are_the_latest_within_the_span, Fixture) {
  UserId const user(3);
  for (int t : {10, 20, 30, 40}) note_departure(tx, user, "a.type", at(t), at(t - 100), 3);
  BOOST_TEST((list_departures(tx, user, "a.type") == std::vector<Time>{at(20), at(30), at(40)}));
  note_departure(tx, user, "a.type", at(130), at(30), 3);
  BOOST_TEST((list_departures(tx, user, "a.type") == std::vector<Time>{at(40), at(130)}));
  note_departure(tx, user, "a.type", at(50), at(-50), 3);  // the clock was set back
  BOOST_TEST((list_departures(tx, user, "a.type") == std::vector<Time>{at(40), at(50)}));
  BOOST_TEST(list_departures(tx, user, "a.type2").empty());
  BOOST_TEST(list_departures(tx, UserId(4), "a.type").empty());
}

BOOST_FIXTURE_TEST_CASE(the_queue_is_listed_page_by_page, Fixture) {
  for (int i = 0; i < 5; ++i) queue(1000 - i, i % 2 == 0 ? OutboxState::held : OutboxState::queued);
  auto ids = [&](std::uint64_t after, std::size_t most) {
    Ids out;
    for (auto const& e : list_outbox(tx, OutboxId(after), most)) out.push_back(e.id.value);
    return out;
  };
  BOOST_TEST((ids(0, 3) == Ids{1, 2, 3}));
  BOOST_TEST((ids(3, 3) == Ids{4, 5}));
  BOOST_TEST((ids(5, 3) == Ids{}));
}

BOOST_AUTO_TEST_SUITE_END()
