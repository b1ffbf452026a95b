#include "store/census.h"

#include <boost/test/unit_test.hpp>

#include "store/accounts.h"
#include "store/decisions.h"
#include "store/mailboxes.h"
#include "store/messages.h"
#include "store/outbox.h"
#include "store/retention.h"
#include "tests/store/memory_store.h"
#include "tests/store/sample.h"

namespace mc::store {
namespace {

using test::MemoryStore;

Counts counts_of(Snapshot const& s, int* steps = nullptr) {
  Census census;
  while (census.step(s))
    if (steps) ++*steps;
  return census.counts();
}

BOOST_AUTO_TEST_SUITE(census)

BOOST_AUTO_TEST_CASE(an_empty_store_counts_nothing) {
  MemoryStore tx;
  Counts const c = counts_of(tx);
  BOOST_TEST(c.messages == 0u);
  BOOST_TEST(!c.oldest.has_value());
}

BOOST_AUTO_TEST_CASE(everything_is_counted_once) {
  MemoryStore tx;
  make_account_mailboxes(tx, UserId(1), tx.now());
  MailboxId const inbox = *find_mailbox_of_kind(tx, UserId(1), MailboxKind::inbox);
  auto mine = create_mailbox(tx, UserId(1), "Mine", MailboxKind::user, "", tx.now());
  for (int i = 0; i < 5; ++i)
    BOOST_REQUIRE(append(tx, i < 3 ? inbox : *mine, {test::store_message(tx, "body " + std::to_string(i)), 6, 0, 0}));
  for (OutboxState state : {OutboxState::queued, OutboxState::waiting, OutboxState::waiting, OutboxState::held}) {
    OutboxEntry entry;
    entry.message = test::store_message(tx, "body 0");
    entry.state = state;
    put_outbox(tx, entry);
  }
  DecisionRecord r;
  r.id = next_decision_id(tx);
  r.at = Time(Millis(77));
  put_decision(tx, r);
  put_kept(tx, {"t", tx.now(), inbox, Uid(1), r.id});
  put_kept_again(tx, tx.now(), {"t", tx.now(), inbox, Uid(2), r.id});
  BOOST_REQUIRE(delete_mailbox(tx, UserId(1), "Mine"));
  Counts const c = counts_of(tx);
  BOOST_TEST(c.mailboxes == 9u);
  BOOST_TEST(c.messages == 3u);
  BOOST_TEST(c.message_octets == 18u);
  BOOST_TEST(c.to_free == 2u);
  BOOST_TEST(c.bodies == 5u);
  BOOST_TEST(c.decisions == 1u);
  BOOST_TEST((c.oldest == Time(Millis(77))));
  BOOST_TEST(c.queued == 1u);
  BOOST_TEST(c.waiting == 2u);
  BOOST_TEST(c.held == 1u);
  BOOST_TEST(c.to_expire == 2u);
  while (reclaim_deleted(tx, 1)) {
  }
  BOOST_TEST(counts_of(tx).to_free == 0u);
  BOOST_TEST(counts_of(tx).mailboxes == 8u);
}

BOOST_AUTO_TEST_CASE(a_large_table_takes_several_steps) {
  MemoryStore tx;
  tx.strict = false;
  for (int i = 0; i < 25'000; ++i) put_kept(tx, {"t", tx.now(), MailboxId(1), Uid(static_cast<std::uint32_t>(i + 1)), {}});
  int steps = 0;
  BOOST_TEST(counts_of(tx, &steps).to_expire == 25'000u);
  BOOST_TEST(steps == 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace mc::store
