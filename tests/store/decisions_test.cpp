#include "store/decisions.h"

#include <boost/test/unit_test.hpp>

#include "core/text.h"
#include "memory_store.h"
#include "store/keys.h"
#include "store/watchers.h"

using namespace mc;
using namespace mc::store;
using namespace mc::store::test;

BOOST_AUTO_TEST_SUITE(decisions)

namespace {

DecisionId add(Transaction& tx, UserId user, std::string message_id, std::string subject = "s") {
  DecisionRecord r;
  r.id = next_decision_id(tx);
  r.user = user;
  r.message_id = std::move(message_id);
  r.subject = std::move(subject);
  put_decision(tx, r);
  return r.id;
}

std::vector<std::uint64_t> ids(std::vector<DecisionRecord> const& records) {
  std::vector<std::uint64_t> out;
  for (auto const& r : records) out.push_back(r.id.value);
  return out;
}
using Ids = std::vector<std::uint64_t>;

}  // namespace

BOOST_AUTO_TEST_CASE(every_field_comes_back) {
  MemoryStore tx;
  DecisionRecord r{next_decision_id(tx), UserId(3), Time(Millis(4)), "mail", "<m@id>", "event", "payment.sent", "Subj ü", "a@b",
                   PolicyVersion(2), std::string("re\0cord", 7), MailboxId(5), Uid(6), MessageId(7), OutboxId(8), 9};
  put_decision(tx, r);
  DecisionRecord got = *find_decision(tx, r.id);
  BOOST_TEST((got.id == r.id && got.user == r.user && got.at == r.at && got.mail_id == r.mail_id));
  BOOST_TEST((got.message_id == r.message_id && got.event_id == r.event_id && got.type == r.type));
  BOOST_TEST((got.subject == r.subject && got.from == r.from && got.policy == r.policy && got.record == r.record));
  BOOST_TEST((got.mailbox == r.mailbox && got.uid == r.uid && got.message == r.message));
  BOOST_TEST((got.outbox == r.outbox && got.size == r.size));
  BOOST_TEST(!find_decision(tx, DecisionId(99)));
}

BOOST_AUTO_TEST_CASE(a_users_decisions_are_listed_newest_first) {
  MemoryStore tx;
  for (int i = 0; i < 9; ++i) add(tx, UserId(1 + i % 3), i == 3 || i == 6 ? "<same@x>" : "<" + std::to_string(i) + "@x>");
  BOOST_TEST((ids(list_decisions(tx, UserId(1), "", 10)) == Ids{7, 4, 1}));
  BOOST_TEST((ids(list_decisions(tx, UserId(1), "", 2)) == Ids{7, 4}));
  BOOST_TEST((ids(list_decisions(tx, UserId(1), "<same@x>", 10)) == Ids{7, 4}));
  BOOST_TEST((ids(list_decisions(tx, UserId(1), "same@x", 10)) == Ids{7, 4}));
  BOOST_TEST((ids(list_decisions(tx, UserId(1), "same@x", 1)) == Ids{7}));
  BOOST_TEST(list_decisions(tx, UserId(1), "SAME@x", 10).empty());
  BOOST_TEST(list_decisions(tx, UserId(4), "", 10).empty());
  BOOST_TEST(list_decisions(tx, UserId(0), "", 10).empty());
}

BOOST_AUTO_TEST_CASE(a_decision_is_replaced_under_its_id) {
  MemoryStore tx;
  DecisionId id = add(tx, UserId(1), "<a>");
  DecisionRecord r = *find_decision(tx, id);
  r.outbox = OutboxId(5);
  put_decision(tx, r);
  BOOST_TEST((find_decision(tx, id)->outbox == OutboxId(5)));
  BOOST_TEST(list_decisions(tx, UserId(1), "a", 10).size() == 1u);
}

BOOST_AUTO_TEST_CASE(events_stay_in_order_and_with_their_decision) {
  MemoryStore tx;
  for (int i = 0; i < 300; ++i) {
    append_event(tx, DecisionId(1), {Time(Millis(i)), EventKind::deferred, std::to_string(i)});
    append_event(tx, DecisionId(2), {Time(Millis(i)), EventKind::sent, "250"});
  }
  auto events = list_events(tx, DecisionId(1));
  BOOST_REQUIRE(events.size() == 300u);
  for (int i = 0; i < 300; ++i)
    BOOST_TEST((events[i].at == Time(Millis(i)) && events[i].text == std::to_string(i) && events[i].kind == EventKind::deferred));
  BOOST_TEST(list_events(tx, DecisionId(3)).empty());
}

BOOST_AUTO_TEST_CASE(an_event_id_belongs_to_submitter_and_recipient) {
  MemoryStore tx;
  SeenEvent seen{sha256("body"), DecisionId(5), Time(Millis(6))};
  put_event_id(tx, "app", UserId(1), "evt-1", seen);
  auto found = find_event_id(tx, "app", UserId(1), "evt-1");
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST((found->body_hash == seen.body_hash && found->decision == seen.decision && found->at == seen.at));
  BOOST_TEST(!find_event_id(tx, "app", UserId(2), "evt-1"));
  BOOST_TEST(!find_event_id(tx, "ap", UserId(1), "pevt-1"));
  BOOST_TEST(!find_event_id(tx, "app", UserId(1), "evt-2"));
  BOOST_TEST(!find_event_id(tx, "app", UserId(1), std::string(100'000, 'x')));
}

BOOST_AUTO_TEST_CASE(policy_versions_count_from_one_and_are_kept) {
  MemoryStore tx;
  BOOST_TEST(!latest_policy(tx));
  BOOST_TEST((put_policy(tx, {{}, "text 1", "ana", "first", Time(Millis(1))}) == PolicyVersion(1)));
  BOOST_TEST((put_policy(tx, {PolicyVersion(77), "text 2", "bob", "second", Time(Millis(2))}) == PolicyVersion(2)));
  BOOST_TEST(tx.topics.count(topic::policy) == 1u);
  BOOST_TEST((latest_policy(tx)->version == PolicyVersion(2) && latest_policy(tx)->text == "text 2"));
  auto first = find_policy(tx, PolicyVersion(1));
  BOOST_TEST((first->text == "text 1" && first->author == "ana" && first->why == "first" && first->at == Time(Millis(1))));
  BOOST_TEST(list_policies(tx).size() == 2u);
  BOOST_TEST(!find_policy(tx, PolicyVersion(3)));
}

BOOST_AUTO_TEST_CASE(tokens_are_found_in_any_case_and_stored_nowhere) {
  MemoryStore tx;
  std::string token = issue_token(tx, {'t', UserId(3), 4, 5, Time(Millis(6)), false});
  BOOST_TEST(token.size() == 26u);
  BOOST_TEST((to_lower(token) == token));
  for (std::string const& as_given : {token, to_upper(token)}) {
    auto t = find_token(tx, as_given);
    BOOST_REQUIRE(t.has_value());
    BOOST_TEST((t->kind == 't' && t->user == UserId(3) && t->subject == 4 && t->sequence == 5 && !t->revoked));
    BOOST_TEST((t->created == Time(Millis(6))));
  }
  for (auto const& [key, value] : tx.entries())
    BOOST_TEST((key.find(token) == std::string::npos && value.find(token) == std::string::npos));
  BOOST_TEST(!find_token(tx, token.substr(1)));
  BOOST_TEST(!find_token(tx, ""));
  BOOST_TEST(revoke_token(tx, token));
  BOOST_TEST(find_token(tx, token)->revoked);
  BOOST_TEST(!revoke_token(tx, "nothing"));
  BOOST_TEST((issue_token(tx, {}) != issue_token(tx, {})));
}

BOOST_AUTO_TEST_CASE(tokens_of_one_operation_stand_together) {
  MemoryStore tx;
  auto beginning = [&] { return token_key(issue_token(tx, {})).substr(0, 6); };
  std::string const first = beginning();
  for (int i = 0; i < 10; ++i) BOOST_TEST(beginning() == first);
  tx.time += Millis(20);
  BOOST_TEST(beginning() != first);
}

BOOST_AUTO_TEST_CASE(tokens_of_older_stores_are_found_under_their_hash) {
  MemoryStore tx;
  std::string const token = issue_token(tx, {'b', UserId(3), 4, 5, Time(Millis(6)), false});
  Key const key = key::token(token_key(token));
  std::string const record(*tx.get(key));
  tx.del(key);
  tx.put(key::token(as_octets(sha256(token)).substr(0, 16)), record);
  auto found = find_token(tx, to_upper(token));
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST((found->user == UserId(3) && !found->revoked));
  BOOST_TEST(revoke_token(tx, token));
  BOOST_TEST(find_token(tx, token)->revoked);
}

BOOST_AUTO_TEST_SUITE_END()
