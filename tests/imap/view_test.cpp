#include "imap/view.h"

#include <boost/test/unit_test.hpp>
#include <random>
#include <vector>

namespace mc::imap {
namespace {

UidSet uids(std::string_view text) {
  return text.empty() ? UidSet{} : parse_uid_set(text).value();
}

SeqNumSet seqs(std::vector<std::uint32_t> const& numbers) {
  SeqNumSet set;
  for (auto n : numbers) set.add(SeqNum(n));
  return set;
}

View loaded_view(std::string_view present) {
  UidSet set = uids(present);
  View view(ModSeq(10), Uid(set.max().value + 1), static_cast<std::uint32_t>(set.size()));
  view.load(set, {});
  return view;
}

ViewChanges changes(std::uint64_t modseq, std::uint32_t uid_next) {
  ViewChanges c;
  c.modseq = ModSeq(modseq);
  c.uid_next = Uid(uid_next);
  return c;
}

BOOST_AUTO_TEST_SUITE(view)

BOOST_AUTO_TEST_CASE(numbers_and_uids_translate_both_ways) {
  NumberedUids list(uids("3:5,9,20:22"));
  BOOST_TEST(list.size() == 7u);
  std::vector<std::uint32_t> expected{3, 4, 5, 9, 20, 21, 22};
  for (std::uint32_t i = 0; i < expected.size(); ++i) {
    BOOST_TEST(list.uid_of(SeqNum(i + 1))->value == expected[i]);
    BOOST_TEST(list.seq_of(Uid(expected[i]))->value == i + 1);
  }
  BOOST_TEST(!list.uid_of(SeqNum(0)));
  BOOST_TEST(!list.uid_of(SeqNum(8)));
  for (std::uint32_t absent : {0u, 1u, 6u, 19u, 23u, 4294967295u}) BOOST_TEST(!list.seq_of(Uid(absent)));
  BOOST_TEST(list.last().value == 22u);
}

BOOST_AUTO_TEST_CASE(an_empty_mailbox_has_no_numbers) {
  NumberedUids list;
  BOOST_TEST(!list.uid_of(SeqNum(1)));
  BOOST_TEST(!list.seq_of(Uid(1)));
  BOOST_TEST(list.uids_of(seqs({1, 2})).empty());
  BOOST_TEST(list.seqs_of(uids("1:4294967295")).empty());
  BOOST_TEST(list.last().value == 0u);
}

BOOST_AUTO_TEST_CASE(sets_translate_as_their_members_do) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    UidSet present;
    std::vector<std::uint32_t> flat;
    for (std::uint32_t u = 1; u < 60; ++u)
      if (random() % 3) present.add(Uid(u)), flat.push_back(u);
    NumberedUids list(present);
    UidSet wanted;
    SeqNumSet wanted_seqs;
    for (std::uint32_t n = 1; n < 70; ++n) {
      if (random() % 2) wanted.add(Uid(n));
      if (random() % 2) wanted_seqs.add(SeqNum(n));
    }
    SeqNumSet seqs_expected;
    UidSet uids_expected;
    NumberedUids::Walker walker(list);
    for (std::uint32_t i = 0; i < flat.size(); ++i) {
      BOOST_TEST(walker.seq_of(Uid(flat[i])).value == i + 1);
      if (wanted.contains(Uid(flat[i]))) seqs_expected.add(SeqNum(i + 1));
      if (wanted_seqs.contains(SeqNum(i + 1))) uids_expected.add(Uid(flat[i]));
    }
    BOOST_TEST(to_string(list.seqs_of(wanted)) == to_string(seqs_expected));
    BOOST_TEST(to_string(list.uids_of(wanted_seqs)) == to_string(uids_expected));
    list.remove(wanted);
    BOOST_TEST(to_string(list.uids()) == to_string(present.difference(wanted)));
  }
}

BOOST_AUTO_TEST_CASE(a_walker_finds_nothing_in_gaps) {
  NumberedUids list(uids("3:5,9"));
  NumberedUids::Walker walker(list);
  BOOST_TEST(walker.seq_of(Uid(1)).value == 0u);
  BOOST_TEST(walker.seq_of(Uid(4)).value == 2u);
  BOOST_TEST(walker.seq_of(Uid(7)).value == 0u);
  BOOST_TEST(walker.seq_of(Uid(9)).value == 4u);
  BOOST_TEST(walker.seq_of(Uid(10)).value == 0u);
}

BOOST_AUTO_TEST_CASE(a_removed_message_keeps_its_number_until_told) {
  View view = loaded_view("1:5");
  ViewChanges c = changes(11, 6);
  c.expunged = uids("2");
  view.absorb(c);
  BOOST_TEST(view.exists() == 5u);
  BOOST_TEST(view.uid_of(SeqNum(2))->value == 2u);
  BOOST_TEST(view.uid_of(SeqNum(3))->value == 3u);
  BOOST_TEST(view.has_news());
  BOOST_TEST(to_string(view.take_removed()) == "2");
  BOOST_TEST(view.exists() == 4u);
  BOOST_TEST(view.uid_of(SeqNum(2))->value == 3u);
  BOOST_TEST(!view.has_news());
}

BOOST_AUTO_TEST_CASE(removals_gather_over_several_changes) {
  View view = loaded_view("1:5");
  ViewChanges c = changes(11, 6);
  c.expunged = uids("5");
  view.absorb(c);
  c = changes(12, 6);
  c.expunged = uids("1:2");
  view.absorb(c);
  BOOST_TEST(to_string(view.take_removed()) == "1:2,5");
  BOOST_TEST(to_string(view.uids()) == "3:4");
}

BOOST_AUTO_TEST_CASE(removals_of_messages_never_told_mean_nothing) {
  View view = loaded_view("3:4");
  ViewChanges c = changes(11, 5);
  c.expunged = uids("1:3");
  view.absorb(c);
  BOOST_TEST(to_string(view.take_removed()) == "1");
}

BOOST_AUTO_TEST_CASE(new_messages_stand_behind_those_removed_but_not_told) {
  View view = loaded_view("1:3");
  ViewChanges c = changes(11, 5);
  c.expunged = uids("3");
  c.arrived = uids("4");
  view.absorb(c);
  BOOST_TEST(view.exists() == 4u);
  BOOST_TEST(view.seq_of(Uid(4))->value == 4u);
  view.told_exists();
  BOOST_TEST(to_string(view.take_removed()) == "3");
  BOOST_TEST(view.seq_of(Uid(4))->value == 3u);
  BOOST_TEST(!view.has_news());
}

BOOST_AUTO_TEST_CASE(flags_of_a_removed_message_are_not_told) {
  View view = loaded_view("1:3");
  ViewChanges c = changes(11, 4);
  c.flags = uids("1:2");
  view.absorb(c);
  c = changes(12, 4);
  c.expunged = uids("2");
  view.absorb(c);
  BOOST_TEST(to_string(view.flag_changes()) == "1");
}

BOOST_AUTO_TEST_CASE(a_view_not_loaded_counts_arrivals) {
  View view(ModSeq(10), Uid(4), 3);
  ViewChanges c = changes(11, 6);
  c.arrived = uids("4:5");
  view.absorb(c);
  BOOST_TEST(view.exists() == 5u);
  BOOST_TEST(!view.loaded());
  view.load(uids("1,3:5"), uids("2"));
  BOOST_TEST(view.uid_of(SeqNum(2))->value == 2u);
  BOOST_TEST(view.exists() == 5u);
}

BOOST_AUTO_TEST_CASE(a_view_loaded_late_has_the_messages_gone_since) {
  View view(ModSeq(10), Uid(6), 5);
  view.load(uids("1:2,5"), uids("3:4"));
  BOOST_TEST(to_string(view.uids()) == "1:5");
}

BOOST_AUTO_TEST_CASE(a_view_loaded_after_the_log_was_cut_has_as_many_as_were_told) {
  View view(ModSeq(10), Uid(10), 5);
  view.load(uids("7:9"), uids("1:6"));
  BOOST_TEST(view.exists() == 5u);
  BOOST_TEST(to_string(view.uids()) == "5:9");
}

BOOST_AUTO_TEST_CASE(own_changes_are_skipped) {
  View view = loaded_view("1:3");
  view.skip_to(ModSeq(15));
  BOOST_TEST(view.modseq().value == 15u);
  view.skip_to(ModSeq(12));
  BOOST_TEST(view.modseq().value == 15u);
}

// Against a list of messages in which every response is applied as a client would.
BOOST_AUTO_TEST_CASE(a_client_that_applies_what_it_is_told_agrees) {
  std::mt19937 random(11);
  for (int round = 0; round < 100; ++round) {
    std::vector<std::uint32_t> client{1, 2, 3, 4, 5, 6}, store = client;
    View view = loaded_view("1:6");
    std::uint32_t next = 7;
    for (std::uint64_t step = 11; step < 40; ++step) {
      ViewChanges c = changes(step, next);
      if (random() % 2) {
        c.arrived = uids(std::to_string(next));
        store.push_back(next);
        c.uid_next = Uid(++next);
      }
      if (!store.empty() && random() % 2) {
        std::size_t at = random() % store.size();
        if (store[at] < view.uid_next().value) {
          c.expunged.add(Uid(store[at]));
          store.erase(store.begin() + static_cast<std::ptrdiff_t>(at));
        }
      }
      view.absorb(c);
      for (std::uint32_t n = static_cast<std::uint32_t>(client.size()) + 1; n <= view.exists(); ++n)
        client.push_back(view.uid_of(SeqNum(n))->value);
      view.told_exists();
      if (random() % 2) {
        auto gone = view.take_removed();
        std::vector<std::uint32_t> numbers;
        gone.for_each([&](SeqNum s) { numbers.push_back(s.value); });
        for (auto n = numbers.rbegin(); n != numbers.rend(); ++n) client.erase(client.begin() + (*n - 1));
        BOOST_TEST(client == store);
      }
      BOOST_TEST(client.size() == view.exists());
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace mc::imap
