#include "store/broadcasts.h"

#include <boost/test/unit_test.hpp>

#include "memory_store.h"
#include "sample.h"
#include "store/bodies.h"

using namespace mc;
using namespace mc::store;
using namespace mc::store::test;

BOOST_AUTO_TEST_SUITE(broadcasts)

namespace {

Time at(std::int64_t ms) { return Time(Millis(ms)); }

MessageId put(MemoryStore& tx, std::int64_t when, std::uint32_t parts) {
  Broadcast b;
  b.message = store_message(tx, "news" + std::to_string(when));
  b.at = at(when);
  put_broadcast(tx, b);
  for (std::uint32_t i = 0; i < parts; ++i) put_broadcast_part(tx, b.message, i, {{"a@b.test", 0, ""}});
  return b.message;
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_field_comes_back) {
  MemoryStore tx;
  Broadcast b{store_message(tx, "news"), at(5),     PolicyVersion(7), 3,   UserId(9), "app",     "app.test", "192.0.2.1",
              "ESMTPSA",                 "TLS1.3",  "mailid",         "x@y", 2,       "env", true, true};
  put_broadcast(tx, b);
  put_broadcast_part(tx, b.message, 0, {{"jane@example.test", 6, "rfc822;jane"}, {"bob@example.test", 0, ""}});
  auto const found = find_broadcast(tx, b.message);
  BOOST_REQUIRE(found);
  BOOST_TEST((found->message == b.message && found->at == b.at && found->policy == b.policy));
  BOOST_TEST((found->submitter == 3 && found->user == b.user && found->submitter_name == "app"));
  BOOST_TEST((found->helo == b.helo && found->peer == b.peer && found->protocol == b.protocol && found->tls == b.tls));
  BOOST_TEST((found->mail_id == "mailid" && found->reverse_path == "x@y" && found->ret == 2 && found->envid == "env"));
  BOOST_TEST((found->smtputf8 && found->eight_bit));
  auto const part = take_broadcast_part(tx, b.message, 0);
  BOOST_REQUIRE(part);
  BOOST_REQUIRE(part->size() == 2u);
  BOOST_TEST(part->at(0).address == "jane@example.test");
  BOOST_TEST(part->at(0).notify == 6);
  BOOST_TEST(part->at(0).orcpt == "rfc822;jane");
  BOOST_TEST(part->at(1).address == "bob@example.test");
}

BOOST_AUTO_TEST_CASE(a_part_is_taken_once_and_the_last_takes_all_away) {
  MemoryStore tx;
  MessageId const id = put(tx, 1, 2);
  BOOST_TEST(take_broadcast_part(tx, id, 1).has_value());
  BOOST_TEST(!take_broadcast_part(tx, id, 1).has_value());
  BOOST_TEST(find_broadcast(tx, id).has_value());
  BOOST_TEST(take_broadcast_part(tx, id, 0).has_value());
  BOOST_TEST(!find_broadcast(tx, id).has_value());
  BOOST_CHECK_THROW(message_record(tx, id), std::logic_error);  // its reference went too
}

BOOST_AUTO_TEST_CASE(the_oldest_comes_first_and_young_ones_are_left_alone) {
  MemoryStore tx;
  BOOST_TEST(!next_broadcast_part(tx, at(1000)).has_value());
  MessageId const young = put(tx, 500, 1), old = put(tx, 100, 2);
  BOOST_TEST(!next_broadcast_part(tx, at(99)).has_value());
  auto first = next_broadcast_part(tx, at(100));
  BOOST_REQUIRE(first);
  BOOST_TEST((first->message == old && first->part == 0u));
  take_broadcast_part(tx, old, 0);
  BOOST_TEST(next_broadcast_part(tx, at(100))->part == 1u);
  take_broadcast_part(tx, old, 1);
  BOOST_TEST(!next_broadcast_part(tx, at(499)).has_value());
  BOOST_TEST((next_broadcast_part(tx, at(500))->message == young));
}

BOOST_AUTO_TEST_SUITE_END()
