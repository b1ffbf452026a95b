#include "store/changelog.h"

#include <boost/test/unit_test.hpp>

#include "memory_store.h"

using namespace mc;
using namespace mc::store;
using namespace mc::store::test;

BOOST_AUTO_TEST_SUITE(changelog)

BOOST_AUTO_TEST_CASE(ranges_come_back_whole_from_many_parts) {
  MemoryStore tx;
  UidSet uids{{1, 1}, {4'000'000'000, ~0u}};
  for (std::uint32_t uid = 10; uid < 60'000; uid += 3) uids.add(uid, uid + uid % 2);
  std::uint32_t parts = write_log(tx, MailboxId(1), ModSeq(7), 0, LogKind::expunged, uids);
  BOOST_TEST(parts > 10u);
  UidSet back;
  scan_log(tx, MailboxId(1), ModSeq(6), [&](LogRecord const& r) {
    BOOST_TEST((r.modseq == ModSeq(7) && r.kind == LogKind::expunged && r.at == tx.time));
    for (UidRange range : r.ranges) back.add(range.first, range.last);
    return true;
  });
  BOOST_TEST((back == uids));
  for (auto const& [key, value] : tx.entries()) BOOST_TEST(value.size() < 2020u);
}

BOOST_AUTO_TEST_CASE(nothing_is_written_of_nothing) {
  MemoryStore tx;
  BOOST_TEST(write_log(tx, MailboxId(1), ModSeq(7), 3, LogKind::flags, {}) == 3u);
  BOOST_TEST(tx.size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_scan_starts_after_since_and_stays_in_its_mailbox) {
  MemoryStore tx;
  for (std::uint32_t m = 1; m <= 3; ++m)
    for (std::uint32_t modseq = 2; modseq <= 5; ++modseq)
      write_log(tx, MailboxId(m), ModSeq(modseq), 0, LogKind::flags, {{m, modseq}});
  std::vector<std::uint64_t> met;
  scan_log(tx, MailboxId(2), ModSeq(3), [&](LogRecord const& r) { return met.push_back(r.modseq.value), true; });
  BOOST_TEST((met == std::vector<std::uint64_t>{4, 5}));
}

BOOST_AUTO_TEST_CASE(trimming_takes_whole_operations_and_raises_the_floor) {
  MemoryStore tx;
  MailboxState state;
  UidSet many;
  for (std::uint32_t uid = 1; uid < 5000; uid += 2) many.add(uid);
  for (std::uint64_t modseq = 2; modseq <= 6; ++modseq)
    state.log_records += write_log(tx, MailboxId(1), ModSeq(modseq), 0, LogKind::flags, many);
  std::uint32_t const each = state.log_records / 5;
  BOOST_TEST(each > 1u);
  trim_log(tx, MailboxId(1), state, each * 3 + 1);
  BOOST_TEST((state.log_floor == ModSeq(3)));
  BOOST_TEST(state.log_records == each * 3);
  BOOST_TEST(tx.size() == each * 3);
}

BOOST_AUTO_TEST_CASE(a_damaged_record_is_refused) {
  std::string key(21, '\0'), good(9, '\0');
  BOOST_CHECK_THROW(parse_log_record(key, "short"), StorageBroken);
  BOOST_CHECK_THROW(parse_log_record(key, good + "\x80"), StorageBroken);
  BOOST_CHECK_THROW(parse_log_record(key, good + "\x01"), StorageBroken);
  BOOST_CHECK_THROW(parse_log_record(key, good + "\xFF\xFF\xFF\xFF\xFF\x01\x01"), StorageBroken);
}

BOOST_AUTO_TEST_SUITE_END()
