#include "store/address_scores.h"

#include <boost/test/unit_test.hpp>

#include "memory_store.h"
#include "store/accounts.h"
#include "store/keys.h"
#include "temporary_store.h"

using namespace mc;
using namespace mc::store;
using namespace mc::store::test;

BOOST_AUTO_TEST_SUITE(address_scores)

namespace {

Time const start{Millis(1'700'000'000'000)};

AddressScore sample(Time forget) {
  return {1.25, start, 19'675, true, true, start + Millis(1), start + Millis(2), "452 4.2.2 full", forget, start + Millis(3)};
}

std::size_t entries(Snapshot const& s) {
  std::size_t count = 0;
  for (Table table : {Table::address_score, Table::score_end})
    s.scan(key::table(table), [&](auto, auto) { return ++count, true; });
  return count;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_score_is_read_as_it_was_written_in_any_case_and_after_a_restart) {
  TemporaryStore store;
  auto put = [&](Transaction& tx) -> Result<void> { return put_address_score(tx, "Jane@Ext.test", sample(start)), Result<void>(); };
  BOOST_REQUIRE(store->write_and_wait(put).has_value());
  store.reopen();
  auto const found = store->read([](Snapshot const& s) { return find_address_score(s, "jane@EXT.test"); });
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST(found->score == 1.25);
  BOOST_TEST((found->at == start));
  BOOST_TEST(found->soft_day == 19'675);
  BOOST_TEST(found->hard);
  BOOST_TEST(found->suppressed);
  BOOST_TEST((found->failed == start + Millis(1)));
  BOOST_TEST((found->accepted == start + Millis(2)));
  BOOST_TEST(found->reason == "452 4.2.2 full");
  BOOST_TEST((found->forget == start));
  BOOST_TEST((found->cleared == start + Millis(3)));
}

BOOST_AUTO_TEST_CASE(what_was_never_written_is_absent_and_of_no_use_to_delete) {
  MemoryStore tx;
  BOOST_TEST(!find_address_score(tx, "jane@ext.test"));
  BOOST_TEST(!find_address_score(tx, ""));
  BOOST_TEST(!delete_address_score(tx, "jane@ext.test"));
  put_address_score(tx, "", {});
  put_address_score(tx, std::string(321, 'x'), {});
  BOOST_TEST(entries(tx) == 0u);
}

BOOST_AUTO_TEST_CASE(a_changed_score_has_one_place_in_the_order_of_forgetting) {
  MemoryStore tx;
  for (int i = 0; i < 5; ++i) put_address_score(tx, "jane@ext.test", sample(start + Millis(i)));
  BOOST_TEST(entries(tx) == 2u);
  BOOST_TEST(delete_address_score(tx, "JANE@ext.test"));
  BOOST_TEST(entries(tx) == 0u);
}

BOOST_AUTO_TEST_CASE(scores_are_forgotten_when_their_time_has_come_a_slice_at_a_time) {
  MemoryStore tx;
  for (int i = 0; i < 10; ++i) put_address_score(tx, "a" + std::to_string(i) + "@ext.test", sample(start + Millis(i)));
  BOOST_TEST(forget_address_scores(tx, start + Millis(7), 3));
  BOOST_TEST(entries(tx) == 14u);
  BOOST_TEST(!forget_address_scores(tx, start + Millis(7), 100));
  BOOST_TEST(entries(tx) == 4u);
  BOOST_TEST(find_address_score(tx, "a8@ext.test").has_value());
}

BOOST_AUTO_TEST_CASE(an_address_that_begins_with_another_is_another) {
  MemoryStore tx;
  put_address_score(tx, "jane@ext.test", sample(start));
  BOOST_TEST(!find_address_score(tx, "jane@ext.tes"));
  BOOST_TEST(!find_address_score(tx, "jane@ext.test2"));
}

BOOST_AUTO_TEST_CASE(the_score_goes_with_the_last_account_that_has_the_address) {
  MemoryStore tx;
  for (std::string const login : {"jane", "jane2"}) {
    User user;
    user.login = login;
    user.email = "jane@ext.test";
    BOOST_REQUIRE(add_user(tx, user).has_value());
  }
  put_address_score(tx, "jane@ext.test", sample(start));
  BOOST_TEST(list_users_by_email(tx, "JANE@ext.test", 10).size() == 2u);
  BOOST_REQUIRE(delete_user(tx, "jane").has_value());
  BOOST_TEST(find_address_score(tx, "jane@ext.test").has_value());
  BOOST_REQUIRE(delete_user(tx, "jane2").has_value());
  BOOST_TEST(!find_address_score(tx, "jane@ext.test").has_value());
  BOOST_TEST(list_users_by_email(tx, "jane@ext.test", 10).empty());
}

BOOST_AUTO_TEST_SUITE_END()
