#include "store/thread_ids.h"

#include <boost/test/unit_test.hpp>

#include "memory_store.h"

using namespace mc;
using namespace mc::store;
using namespace mc::store::test;

BOOST_AUTO_TEST_SUITE(thread_ids)

namespace {

using Kind = Thread::Kind;

Time at(std::int64_t ms) { return Time(Millis(ms)); }

ThreadMessage message(Thread thread, std::string original, std::string shown, std::uint64_t author = 1, std::int64_t ms = 5) {
  return {thread, 7, UserId(author), std::move(original), std::move(shown), at(ms)};
}

constexpr Thread ticket{Kind::ticket, 1}, other_ticket{Kind::ticket, 2}, conversation{Kind::conversation, 1};

}  // namespace

BOOST_AUTO_TEST_CASE(a_message_is_found_by_both_ids) {
  MemoryStore tx;
  put_thread_message(tx, message(ticket, "<a@x>", "<b@y>", 3));
  for (std::string_view id : {"<a@x>", "<b@y>"}) {
    auto const found = find_thread_message(tx, ticket, id);
    BOOST_REQUIRE(found);
    BOOST_TEST((found->thread == ticket && found->number == 7u && found->author == UserId(3)));
    BOOST_TEST((found->original == "<a@x>" && found->shown == "<b@y>" && found->at == at(5)));
  }
  BOOST_TEST(!find_thread_message(tx, other_ticket, "<a@x>"));
  BOOST_TEST(!find_thread_message(tx, conversation, "<a@x>"));
  BOOST_TEST(!find_thread_message(tx, ticket, "<A@x>"));
  BOOST_TEST(!find_thread_message(tx, ticket, ""));
}

BOOST_AUTO_TEST_CASE(one_id_may_be_missing_or_both_the_same) {
  MemoryStore tx;
  put_thread_message(tx, message(ticket, "", "<b@y>"));
  put_thread_message(tx, message(ticket, "<c@y>", "<c@y>"));
  put_thread_message(tx, message(ticket, "", ""));
  BOOST_TEST(find_thread_message(tx, ticket, "<b@y>").has_value());
  BOOST_TEST(find_thread_message(tx, ticket, "<c@y>").has_value());
  BOOST_TEST(tx.size() == 6u);
}

BOOST_AUTO_TEST_CASE(the_same_id_again_replaces_the_message_whole) {
  MemoryStore tx;
  put_thread_message(tx, message(ticket, "<a@x>", "<b@y>"));
  put_thread_message(tx, message(ticket, "<a@x>", "<c@y>", 1, 9));
  BOOST_TEST(!find_thread_message(tx, ticket, "<b@y>"));
  BOOST_TEST(find_thread_message(tx, ticket, "<a@x>")->shown == "<c@y>");
  BOOST_TEST(tx.size() == 5u);  // two ids, each found two ways, and one time
}

BOOST_AUTO_TEST_CASE(nobody_takes_over_an_id_of_another) {
  MemoryStore tx;
  put_thread_message(tx, message(ticket, "<a@x>", "<b@y>", 1));
  put_thread_message(tx, message(ticket, "<b@y>", "<c@y>", 2));
  BOOST_TEST((find_thread_message(tx, ticket, "<b@y>")->author == UserId(1)));
  BOOST_TEST((find_thread_message(tx, ticket, "<c@y>")->author == UserId(2)));
  put_thread_message(tx, message(ticket, "<a@x>", "<b@y>", 2));
  BOOST_TEST((find_thread_message(tx, ticket, "<a@x>")->author == UserId(1)));
}

BOOST_AUTO_TEST_CASE(an_id_of_any_length_is_harmless) {
  MemoryStore tx;
  std::string const huge(100'000, 'x');
  put_thread_message(tx, message(ticket, huge, "<b@y>"));
  BOOST_TEST(find_thread_message(tx, ticket, "<b@y>")->original.empty());
  BOOST_TEST(!find_thread_message(tx, ticket, huge));
  BOOST_TEST(find_thread_messages(tx, Kind::ticket, huge).empty());
}

BOOST_AUTO_TEST_CASE(of_any_thread_the_oldest_comes_first_and_no_more_than_asked_for) {
  MemoryStore tx;
  for (std::uint64_t i : {300, 2, 1}) put_thread_message(tx, message({Kind::ticket, i}, "<a@x>", "<b@y>"));
  put_thread_message(tx, message(conversation, "<a@x>", "<b@y>"));
  auto const found = find_thread_messages(tx, Kind::ticket, "<a@x>");
  BOOST_REQUIRE(found.size() == 3u);
  BOOST_TEST((found[0].thread.id == 1u && found[1].thread.id == 2u && found[2].thread.id == 300u));
  BOOST_TEST(find_thread_messages(tx, Kind::ticket, "<b@y>", 2).size() == 2u);
  BOOST_TEST(find_thread_messages(tx, Kind::team, "<a@x>").empty());
}

BOOST_AUTO_TEST_CASE(old_ones_are_forgotten_in_slices_and_leave_nothing) {
  MemoryStore tx;
  for (int i = 1; i <= 5; ++i)
    put_thread_message(tx, message(ticket, "<o" + std::to_string(i) + ">", "<s" + std::to_string(i) + ">", 1, i * 10));
  BOOST_TEST(forget_thread_messages(tx, at(40), 2) == 2u);
  BOOST_TEST(!find_thread_message(tx, ticket, "<o2>"));
  BOOST_TEST(find_thread_message(tx, ticket, "<o3>").has_value());
  BOOST_TEST(forget_thread_messages(tx, at(40), 10) == 1u);
  BOOST_TEST(find_thread_message(tx, ticket, "<s4>").has_value());
  BOOST_TEST(forget_thread_messages(tx, at(1000), 10) == 2u);
  BOOST_TEST(tx.size() == 0u);
  BOOST_TEST(forget_thread_messages(tx, at(1000), 10) == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
