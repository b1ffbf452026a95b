#include "store/messages.h"

#include <boost/test/unit_test.hpp>

#include "memory_store.h"
#include "sample.h"
#include "store/keys.h"
#include "store/watchers.h"

using namespace mc;
using namespace mc::store;
using namespace mc::store::test;

BOOST_AUTO_TEST_SUITE(messages)

namespace {

UidSet const everything{{1, ~std::uint32_t{0}}};

struct Fixture {
  MemoryStore tx;
  MailboxId id = make("a");

  MailboxId make(char const* name) { return *create_mailbox(tx, UserId(1), name, MailboxKind::user, {}, tx.time); }
  // Entries that share one message.
  void fill(std::size_t n, Flags flags = 0) {
    MessageId message = store_message(tx, "text");
    for (std::size_t i = 0; i < n; ++i) {
      if (i > 0) add_reference(tx, message);
      BOOST_REQUIRE(append(tx, id, {message, 4, flags, static_cast<std::int64_t>(i)}));
    }
  }
  std::vector<std::uint32_t> uids(UidSet const& wanted = everything) {
    std::vector<std::uint32_t> out;
    MailboxReader(tx, id).for_each(wanted, [&](Entry const& e) { out.push_back(e.uid.value); });
    return out;
  }
  std::size_t blocks() {
    std::size_t n = 0;
    tx.scan(key::index_blocks(id), [&](auto, auto) { return ++n, true; });
    return n;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(uids_and_modseqs_ascend_by_one_and_the_mailbox_is_published, Fixture) {
  BOOST_TEST(state_of(tx, id).highest_modseq.value == 1u);
  tx.topics.clear();
  auto first = append(tx, id, {store_message(tx, "1"), 10, flag::seen, -5});
  auto second = append(tx, id, {store_message(tx, "2"), 20, flag::deleted, 5});
  BOOST_TEST((first->uid == Uid(1) && first->modseq == ModSeq(2)));
  BOOST_TEST((second->uid == Uid(2) && second->modseq == ModSeq(3)));
  BOOST_TEST(tx.topics.count(topic::mailbox(id)) == 1u);
  MailboxState s = state_of(tx, id);
  BOOST_TEST((s.exists == 2 && s.unseen == 1 && s.deleted == 1 && s.octets == 30 && s.uid_next == Uid(3)));
  auto e = MailboxReader(tx, id).find(Uid(1));
  BOOST_TEST((e->date == -5 && e->size == 10 && e->saved == 1'700'000'000));
}

BOOST_FIXTURE_TEST_CASE(a_change_that_changes_nothing_takes_no_modseq_and_writes_nothing, Fixture) {
  fill(3, flag::seen);
  tx.topics.clear();
  std::size_t const writes = tx.writes();
  auto stored = store_flags(tx, id, everything, FlagChange::add, flag::seen);
  BOOST_TEST((stored.modseq == ModSeq(4) && stored.changed.empty()));
  BOOST_TEST(expunge(tx, id, everything, true).empty());
  BOOST_TEST(expunge(tx, id, {}, false).empty());
  BOOST_TEST(expunge(tx, id, {{50, 60}}, false).empty());
  BOOST_TEST(tx.writes() == writes);
  BOOST_TEST(tx.topics.empty());
}

BOOST_FIXTURE_TEST_CASE(unchanged_since_is_asked_of_each_message, Fixture) {
  fill(4);  // modseqs 2 to 5
  auto stored = store_flags(tx, id, everything, FlagChange::add, flag::flagged, ModSeq(3));
  BOOST_TEST((stored.changed == UidSet{{1, 2}}));
  BOOST_TEST((stored.modified == UidSet{{3, 4}}));
  BOOST_TEST((stored.modseq == ModSeq(6)));
  BOOST_TEST((MailboxReader(tx, id).find(Uid(2))->modseq == ModSeq(6)));
  BOOST_TEST((MailboxReader(tx, id).find(Uid(3))->modseq == ModSeq(4)));
}

BOOST_FIXTURE_TEST_CASE(flags_are_set_added_and_removed, Fixture) {
  fill(1, flag::draft);
  auto flags = [&] { return MailboxReader(tx, id).find(Uid(1))->flags; };
  store_flags(tx, id, {{1, 1}}, FlagChange::add, flag::seen | Flags{1} << 63);
  BOOST_TEST(flags() == (flag::draft | flag::seen | Flags{1} << 63));
  store_flags(tx, id, {{1, 1}}, FlagChange::remove, flag::draft | flag::answered);
  BOOST_TEST(flags() == (flag::seen | Flags{1} << 63));
  store_flags(tx, id, {{1, 1}}, FlagChange::set, flag::flagged);
  BOOST_TEST(flags() == flag::flagged);
}

BOOST_FIXTURE_TEST_CASE(for_each_stops_when_told_and_passes_over_gaps, Fixture) {
  fill(300);
  expunge(tx, id, {{10, 200}}, false);
  BOOST_TEST((uids({{5, 12}, {150, 203}, {299, 400}}) ==
              std::vector<std::uint32_t>{5, 6, 7, 8, 9, 201, 202, 203, 299, 300}));
  std::size_t met = 0;
  MailboxReader reader(tx, id);
  reader.for_each(everything, [&](Entry const& e) {
    BOOST_TEST(reader.find(e.uid).has_value());  // a reader may be asked from within
    return ++met < 7;
  });
  BOOST_TEST(met == 7u);
  BOOST_TEST(!reader.find(Uid(10)));
  BOOST_TEST(!reader.find(Uid(301)));
  BOOST_TEST((reader.uids() == UidSet{{1, 9}, {201, 300}}));
}

BOOST_FIXTURE_TEST_CASE(first_unseen_is_a_position, Fixture) {
  fill(250, flag::seen);
  BOOST_TEST(!MailboxReader(tx, id).first_unseen());
  store_flags(tx, id, {{205, 210}}, FlagChange::set, 0);
  expunge(tx, id, {{1, 4}}, false);
  BOOST_TEST((MailboxReader(tx, id).first_unseen() == SeqNum(201)));
}

BOOST_FIXTURE_TEST_CASE(small_neighbours_are_joined_and_empty_blocks_go, Fixture) {
  fill(92 * 10);
  BOOST_TEST(blocks() == 10u);
  UidSet most;
  for (std::uint32_t uid = 1; uid <= 920; ++uid)
    if (uid % 10 != 0) most.add(uid);
  expunge(tx, id, most, false);
  BOOST_TEST(blocks() == 2u);
  BOOST_TEST(uids().size() == 92u);
  expunge(tx, id, everything, false);
  BOOST_TEST(blocks() == 0u);
  BOOST_TEST((append(tx, id, {store_message(tx, "n"), 1, 0, 0})->uid == Uid(921)));
}

BOOST_FIXTURE_TEST_CASE(keywords_are_translated_and_dates_kept_on_copy, Fixture) {
  MailboxId to = make("b");
  BOOST_REQUIRE(keyword_bit(tx, id, "one") && keyword_bit(tx, id, "two") && keyword_bit(tx, to, "TWO"));
  append(tx, id, {store_message(tx, "x"), 1, flag::seen | Flags{1} << 9, 77}).value();
  tx.time += std::chrono::hours(1);
  auto copied = copy_messages(tx, id, {{1, 5}}, to);
  BOOST_TEST((copied->from == std::vector<UidRange>{{1, 1}}));
  auto e = MailboxReader(tx, to).find(Uid(1));
  BOOST_TEST(e->flags == (flag::seen | Flags{1} << 8));
  BOOST_TEST((e->date == 77 && e->saved == 1'700'003'600));
  BOOST_TEST(reference_count(tx, e->message) == 2u);
  BOOST_TEST(find_mailbox(tx, to)->keywords.size() == 1u);  // "one" was not used
}

BOOST_FIXTURE_TEST_CASE(a_copy_without_room_for_its_keywords_writes_nothing, Fixture) {
  MailboxId to = make("b");
  for (int i = 0; i < 55; ++i) BOOST_REQUIRE(keyword_bit(tx, to, "k" + std::to_string(i)));
  BOOST_REQUIRE(keyword_bit(tx, id, "new1") && keyword_bit(tx, id, "new2"));
  append(tx, id, {store_message(tx, "x"), 1, Flags{3} << 8, 0}).value();
  std::size_t const writes = tx.writes();
  BOOST_TEST((copy_messages(tx, id, everything, to).error().code == Errc::limit));
  BOOST_TEST((move_messages(tx, id, everything, to).error().code == Errc::limit));
  BOOST_TEST(tx.writes() == writes);
}

BOOST_FIXTURE_TEST_CASE(a_move_keeps_the_one_reference, Fixture) {
  MailboxId to = make("b");
  MessageId message = store_message(tx, "x");
  append(tx, id, {message, 1, 0, 0}).value();
  auto moved = move_messages(tx, id, everything, to);
  BOOST_TEST((moved->from == moved->to));
  BOOST_TEST(reference_count(tx, message) == 1u);
  BOOST_TEST(state_of(tx, id).exists == 0u);
  BOOST_TEST((changes_since(tx, id, ModSeq(2), Uid(2)).expunged == UidSet{{1, 1}}));
}

BOOST_FIXTURE_TEST_CASE(a_move_into_the_same_mailbox_gives_new_uids, Fixture) {
  fill(3);
  auto moved = move_messages(tx, id, {{1, 2}}, id);
  BOOST_TEST((moved->to == std::vector<UidRange>{{4, 5}}));
  BOOST_TEST((uids() == std::vector<std::uint32_t>{3, 4, 5}));
}

BOOST_FIXTURE_TEST_CASE(uids_run_out_in_words, Fixture) {
  fill(1);
  std::string state(*tx.get(key::mailbox_state(id)));
  std::uint32_t const last = ~std::uint32_t{0} - 1;
  state.replace(0, 4, reinterpret_cast<char const*>(&last), 4);
  tx.put(key::mailbox_state(id), state);
  BOOST_TEST((append(tx, id, {MessageId(1), 1, 0, 0}).error().code == Errc::limit));
  BOOST_TEST((copy_messages(tx, id, everything, id).error().code == Errc::limit));
}

BOOST_FIXTURE_TEST_CASE(first_seen_is_the_time_of_the_first_change_that_set_it, Fixture) {
  fill(3);
  auto later = [&] { return tx.time += std::chrono::minutes(1); };
  later();
  store_flags(tx, id, everything, FlagChange::add, flag::flagged);
  Time const read = later();
  store_flags(tx, id, {{2, 2}}, FlagChange::add, flag::seen);
  later();
  store_flags(tx, id, {{2, 2}}, FlagChange::remove, flag::seen);
  later();
  store_flags(tx, id, {{1, 2}}, FlagChange::set, flag::seen);
  BOOST_TEST((first_seen_at(tx, id, Uid(2)) == read));
  BOOST_TEST((first_seen_at(tx, id, Uid(1)) == tx.time));
  BOOST_TEST(!first_seen_at(tx, id, Uid(3)));
}

BOOST_FIXTURE_TEST_CASE(a_trimmed_log_still_answers_from_the_index, Fixture) {
  fill(5);
  expunge(tx, id, {{2, 2}}, false);                                   // 7
  store_flags(tx, id, {{3, 3}}, FlagChange::add, flag::seen);         // 8
  store_flags(tx, id, {{4, 4}}, FlagChange::add, flag::seen);         // 9
  trim_change_log(tx, id, 1);
  BOOST_TEST((state_of(tx, id).log_floor == ModSeq(8)));
  auto old = changes_since(tx, id, ModSeq(7), Uid(6));
  BOOST_TEST((old.flags == UidSet{{3, 4}}));
  BOOST_TEST((old.expunged == UidSet{{2, 2}}));
  auto recent = changes_since(tx, id, ModSeq(8), Uid(6));
  BOOST_TEST((recent.flags == UidSet{{4, 4}} && recent.expunged.empty()));
}

BOOST_FIXTURE_TEST_CASE(the_log_bounds_itself, Fixture) {
  fill(1);
  for (int i = 0; i < 10'500; ++i)
    store_flags(tx, id, everything, i % 2 == 0 ? FlagChange::add : FlagChange::remove, flag::seen);
  std::size_t n = 0;
  tx.scan(key::change_log(id), [&](auto, auto) { return ++n, true; });
  BOOST_TEST(n == state_of(tx, id).log_records);
  BOOST_TEST(n <= 10'000u);
  BOOST_TEST(n >= 9'000u);
}

BOOST_FIXTURE_TEST_CASE(recent_messages_are_taken_once, Fixture) {
  fill(2);
  BOOST_TEST((take_recent(tx, id) == Uid(1)));
  std::size_t const writes = tx.writes();
  BOOST_TEST((take_recent(tx, id) == Uid(3)));
  BOOST_TEST(tx.writes() == writes);
  fill(1);
  BOOST_TEST((take_recent(tx, id) == Uid(3)));
}

BOOST_FIXTURE_TEST_CASE(a_hundred_thousand_messages_flagged_moved_and_expunged, Fixture) {
  MailboxId to = make("b");
  std::size_t const empty = tx.size();
  constexpr std::size_t n = 100'000;
  MessageId message = store_message(tx, "text");
  add_reference(tx, message);
  append(tx, id, {message, 4, 0, 0}).value();
  for (std::size_t have = 1; have < n;) {  // doubled by copies
    std::uint32_t const more = static_cast<std::uint32_t>(std::min(have, n - have));
    copy_messages(tx, id, {{1, more}}, id).value();
    have += more;
  }
  drop_reference(tx, message);
  BOOST_TEST(reference_count(tx, message) == n);
  BOOST_TEST(blocks() == (n + 91) / 92);
  auto stored = store_flags(tx, id, everything, FlagChange::add, flag::seen);
  BOOST_TEST((stored.changed == UidSet{{1, n}}));
  BOOST_TEST(state_of(tx, id).unseen == 0u);
  BOOST_TEST((MailboxReader(tx, id).uids() == UidSet{{1, n}}));
  BOOST_TEST((move_messages(tx, id, everything, to)->to == std::vector<UidRange>{{1, n}}));
  std::size_t changed = 0;
  MailboxReader(tx, to).for_each_changed(ModSeq(1), [&](Entry const&) { ++changed; });
  BOOST_TEST(changed == n);

  BOOST_TEST((expunge(tx, to, everything, false) == UidSet{{1, n}}));
  BOOST_TEST(reference_count(tx, message) == n - 10'000);  // a slice at once, the rest later
  int slices = 0;
  while (reclaim_deleted(tx, 10'000)) ++slices;
  BOOST_TEST(slices >= 8);
  trim_change_log(tx, id, 0);
  trim_change_log(tx, to, 0);
  BOOST_TEST(tx.size() == empty);
}

BOOST_FIXTURE_TEST_CASE(nothing_is_accepted_into_a_mailbox_deleted_meanwhile, Fixture) {
  MailboxId gone = make("b");
  fill(2);
  BOOST_REQUIRE(delete_mailbox(tx, UserId(1), "b"));
  std::size_t const writes = tx.writes();
  BOOST_TEST((append(tx, gone, {MessageId(1), 1, 0, 0}).error().code == Errc::not_found));
  BOOST_TEST((copy_messages(tx, id, everything, gone).error().code == Errc::not_found));
  BOOST_TEST((move_messages(tx, id, everything, gone).error().code == Errc::not_found));
  BOOST_TEST(tx.writes() == writes);
  while (reclaim_deleted(tx, 100)) {
  }
  BOOST_TEST((append(tx, gone, {MessageId(1), 1, 0, 0}).error().code == Errc::not_found));
  BOOST_TEST((copy_messages(tx, id, everything, gone).error().code == Errc::not_found));
}

BOOST_FIXTURE_TEST_CASE(a_mailbox_that_is_not_there_is_a_bug_of_the_caller, Fixture) {
  BOOST_CHECK_THROW(state_of(tx, MailboxId(99)), std::logic_error);
  BOOST_CHECK_THROW(MailboxReader(tx, MailboxId(99)), std::logic_error);
}

BOOST_AUTO_TEST_SUITE_END()
