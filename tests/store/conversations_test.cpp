#include "store/conversations.h"

#include <boost/test/unit_test.hpp>

#include "memory_users.h"
#include "store/decisions.h"
#include "store/mailboxes.h"

using namespace mc;
using namespace mc::store;
using namespace mc::store::test;

BOOST_AUTO_TEST_SUITE(conversations)

namespace {

struct Two {
  MemoryStore tx;
  UserId jane = add(tx, "jane"), bob = add(tx, "bob");
  Conversation open(std::string_view context = {}) {
    return get_conversation(tx, bob, jane, context, "user.message", at(5));
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(two_have_one_conversation_about_each_thing_whoever_begins) {
  Two s;
  Conversation const first = s.open();
  BOOST_TEST((first.low == s.jane && first.high == s.bob && first.opened == at(5)));
  Conversation const again = get_conversation(s.tx, s.jane, s.bob, "", "other.type", at(9));
  BOOST_TEST((again.id == first.id && again.type == "user.message" && again.opened == at(5)));
  BOOST_TEST((s.open("interview 7").id != first.id));
  BOOST_TEST(list_conversations(s.tx, s.jane, s.bob, 10).size() == 2u);
  BOOST_TEST(list_conversations(s.tx, s.bob, s.jane, 1).size() == 1u);
}

BOOST_AUTO_TEST_CASE(each_has_a_token_of_his_own_that_stays) {
  Two s;
  Conversation first = s.open();
  BOOST_TEST(first.token_of(s.jane) != first.token_of(s.bob));
  auto const token = find_token(s.tx, first.token_of(s.jane));
  BOOST_REQUIRE(token);
  BOOST_TEST((token->kind == 'c' && token->user == s.jane && token->subject == first.id.value));
  BOOST_TEST(s.open().token_of(s.jane) == first.token_of(s.jane));
}

BOOST_AUTO_TEST_CASE(a_revoked_token_is_followed_by_another) {
  Two s;
  Conversation first = s.open();
  revoke_token(s.tx, first.token_of(s.jane));
  Conversation next = s.open();
  BOOST_TEST(next.token_of(s.jane) != first.token_of(s.jane));
  BOOST_TEST(next.token_of(s.bob) == first.token_of(s.bob));
  BOOST_TEST(find_conversation(s.tx, next.id)->low_token == next.low_token);
}

BOOST_AUTO_TEST_CASE(every_field_comes_back) {
  Two s;
  Conversation c = s.open("about");
  c.messages = 3;
  c.changed = at(77);
  update_conversation(s.tx, c);
  auto const found = find_conversation(s.tx, c.id);
  BOOST_REQUIRE(found);
  BOOST_TEST((found->messages == 3u && found->changed == at(77) && found->context == "about"));
  BOOST_TEST((found->other(s.jane) == s.bob && found->other(s.bob) == s.jane));
  BOOST_TEST((found->takes_part(s.jane) && !found->takes_part(UserId(99))));
  BOOST_TEST(!find_conversation(s.tx, ConversationId(99)));
}

BOOST_AUTO_TEST_CASE(a_users_conversations_are_listed_the_newest_first) {
  Two s;
  UserId const eve = add(s.tx, "eve");
  Conversation const first = s.open(), second = get_conversation(s.tx, s.jane, eve, "", "t", at(6));
  auto const of_jane = list_conversations(s.tx, s.jane, 10);
  BOOST_REQUIRE(of_jane.size() == 2u);
  BOOST_TEST((of_jane[0].id == second.id && of_jane[1].id == first.id));
  BOOST_TEST(list_conversations(s.tx, s.bob, 10).size() == 1u);
  BOOST_TEST(list_conversations(s.tx, eve, 10).size() == 1u);
}

BOOST_AUTO_TEST_CASE(blocking_is_one_way_and_can_be_undone) {
  Two s;
  BOOST_TEST(block(s.tx, s.jane, s.bob, at(8)));
  BOOST_TEST(!block(s.tx, s.jane, s.bob, at(9)));
  BOOST_TEST((is_blocked(s.tx, s.jane, s.bob) && !is_blocked(s.tx, s.bob, s.jane)));
  BOOST_REQUIRE(list_blocked(s.tx, s.jane).size() == 1u);
  BOOST_TEST((list_blocked(s.tx, s.jane)[0] == std::pair{s.bob, at(8)}));
  BOOST_TEST(unblock(s.tx, s.jane, s.bob));
  BOOST_TEST(!unblock(s.tx, s.jane, s.bob));
  BOOST_TEST(list_blocked(s.tx, s.jane).empty());
}

BOOST_AUTO_TEST_CASE(nobody_blocks_without_end_and_who_is_gone_does_not_count) {
  Two s;
  s.tx.strict = false;
  std::vector<UserId> many;
  for (std::size_t i = 0; i < max_blocked; ++i) many.push_back(add(s.tx, "u" + std::to_string(i)));
  for (UserId other : many) BOOST_REQUIRE(block(s.tx, s.jane, other, at(1)));
  BOOST_TEST(!block(s.tx, s.jane, s.bob, at(1)));
  BOOST_REQUIRE(delete_user(s.tx, "u7").has_value());
  BOOST_TEST(list_blocked(s.tx, s.jane).size() == max_blocked - 1);
  BOOST_TEST(block(s.tx, s.jane, s.bob, at(1)));
}

BOOST_AUTO_TEST_CASE(a_deleted_user_takes_his_conversations_and_the_others_tokens_along) {
  Two s;
  UserId const eve = add(s.tx, "eve");
  Conversation c = s.open();
  get_conversation(s.tx, s.jane, eve, "", "t", at(6));
  block(s.tx, s.bob, eve, at(1));
  BOOST_REQUIRE(delete_user(s.tx, "bob").has_value());
  while (reclaim_deleted(s.tx, 1)) {
  }
  BOOST_TEST(!find_conversation(s.tx, c.id));
  BOOST_TEST((find_token(s.tx, c.token_of(s.jane))->revoked));
  BOOST_TEST(!find_token(s.tx, c.token_of(s.bob)));
  BOOST_TEST(list_conversations(s.tx, s.jane, 10).size() == 1u);
  BOOST_TEST(list_conversations(s.tx, s.jane, s.bob, 10).empty());
  BOOST_TEST(list_blocked(s.tx, s.bob).empty());
}

BOOST_AUTO_TEST_SUITE_END()
