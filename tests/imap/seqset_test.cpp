#include "imap/seqset.h"

#include <boost/test/unit_test.hpp>
#include <random>
#include <set>

using namespace mc;
using namespace mc::imap;

BOOST_AUTO_TEST_SUITE(seqset)

namespace {

UidSet uids(std::string_view text) {
  return parse_uid_set(text).value();
}

UidSet from(std::set<std::uint32_t> const& numbers) {
  UidSet out;
  for (auto n : numbers) out.add(Uid(n));
  return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(sets_of_the_grammar_are_read_as_written) {
  for (auto text : {"1", "*", "$", "1:2", "2,4:7,9,12:*", "1:*", "*:1", "4294967295", "5,5,5", "7:3"}) {
    BOOST_TEST_CONTEXT(text) {
      auto set = parse_sequence_set(text);
      BOOST_REQUIRE(set.has_value());
      BOOST_TEST(to_string(*set) == text);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_set_is_refused) {
  for (auto text : {"",    "0",  "01",   "1:",         ":1",
                    "1,",  ",1", "1,,2", "1:2:3",      "a",
                    "1 2", "-1", "+1",   "4294967296", "99999999999999999999",
                    "1:0", "**", "$,1",  "1,$",        "$$",
                    "1:$", "* ", "1:*,", "12*"}) {
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(!parse_sequence_set(text).has_value());
    }
  }
}

BOOST_AUTO_TEST_CASE(star_means_the_largest_number_in_use) {
  auto resolved = [](std::string_view text, std::uint32_t largest) {
    return to_string(parse_sequence_set(text).value().resolve(SeqNum(largest)));
  };
  BOOST_TEST(resolved("*", 7) == "7");
  BOOST_TEST(resolved("3:*", 7) == "3:7");
  BOOST_TEST(resolved("*:3", 7) == "3:7");
  BOOST_TEST(resolved("9:*", 7) == "7:9");  // RFC 9051, 9: always includes the largest
  BOOST_TEST(resolved("2,4:7,9,12:*", 15) == "2,4:7,9,12:15");
  BOOST_TEST(resolved("*:4,5:7", 10) == "4:10");  // the RFC's own example of coalescing
  BOOST_TEST(resolved("5,3,4,1:2", 9) == "1:5");
  BOOST_TEST(resolved("12", 7) == "12");
}

BOOST_AUTO_TEST_CASE(star_means_nothing_in_an_empty_mailbox) {
  BOOST_TEST(parse_sequence_set("1:*").value().resolve(Uid()).empty());
  BOOST_TEST(parse_sequence_set("*").value().resolve(SeqNum()).empty());
  BOOST_TEST(to_string(parse_sequence_set("4,*").value().resolve(Uid())) == "4");
  BOOST_TEST(parse_sequence_set("$").value().resolve(Uid(9)).empty());
}

BOOST_AUTO_TEST_CASE(a_uid_set_has_neither_star_nor_dollar) {
  BOOST_TEST(!parse_uid_set("1:*").has_value());
  BOOST_TEST(!parse_uid_set("$").has_value());
  BOOST_TEST(to_string(uids("7,1:3,4,9:8")) == "1:4,7:9");
}

BOOST_AUTO_TEST_CASE(all_uids_there_can_be_are_one_range) {
  auto all = uids("1:4294967295");
  BOOST_TEST(all.ranges().size() == 1u);
  BOOST_TEST(all.size() == 4294967295u);
  BOOST_TEST(all.contains(Uid(4294967295)));
  BOOST_TEST(!all.contains(Uid(0)));
  all.add(Uid(4294967295));
  all.add(Uid(1), Uid(2));
  BOOST_TEST(to_string(all) == "1:4294967295");
  BOOST_TEST(to_string(all.difference(uids("5,4294967295"))) == "1:4,6:4294967294");
  BOOST_TEST(to_string(all.intersection(uids("3,9:12"))) == "3,9:12");
  BOOST_TEST(all.difference(all).empty());
}

BOOST_AUTO_TEST_CASE(every_id_is_visited_once_also_the_last_one_possible) {
  std::vector<std::uint32_t> seen;
  uids("4294967294:4294967295,3").for_each([&](Uid uid) { seen.push_back(uid.value); });
  BOOST_TEST(seen == (std::vector<std::uint32_t>{3, 4294967294, 4294967295}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_empty_set_behaves) {
  UidSet none;
  BOOST_TEST(none.empty());
  BOOST_TEST(none.size() == 0u);
  BOOST_TEST(!none.min());
  BOOST_TEST(!none.max());
  BOOST_TEST(to_string(none).empty());
  BOOST_TEST(none.difference(uids("1:3")).empty());
  BOOST_TEST((uids("1:3").difference(none) == uids("1:3")));
  BOOST_TEST(uids("1:3").intersection(none).empty());
}

BOOST_AUTO_TEST_CASE(operations_agree_with_plain_sets_of_numbers) {
  std::mt19937 random(20);
  std::uniform_int_distribution<std::uint32_t> number(1, 60), length(0, 8);
  for (int round = 0; round < 2000; ++round) {
    std::set<std::uint32_t> plain[2];
    UidSet sets[2];
    for (int side = 0; side < 2; ++side)
      for (int i = 0; i < 6; ++i) {
        auto first = number(random), last = first + length(random);
        sets[side].add(Uid(first), Uid(last));
        for (auto n = first; n <= last; ++n) plain[side].insert(n);
      }
    std::set<std::uint32_t> both, only, either = plain[0];
    for (auto n : plain[0]) (plain[1].count(n) ? both : only).insert(n);
    either.insert(plain[1].begin(), plain[1].end());
    auto joined = sets[0];
    joined.add(sets[1]);
    BOOST_REQUIRE((sets[0] == from(plain[0])));
    BOOST_REQUIRE(sets[0].size() == plain[0].size());
    BOOST_REQUIRE((joined == from(either)));
    BOOST_REQUIRE((sets[0].intersection(sets[1]) == from(both)));
    BOOST_REQUIRE((sets[0].difference(sets[1]) == from(only)));
    BOOST_REQUIRE((uids(to_string(sets[0])) == sets[0]));
    for (std::uint32_t n = 1; n < 80; ++n)
      BOOST_REQUIRE(sets[0].contains(Uid(n)) == (plain[0].count(n) == 1));
  }
}

BOOST_AUTO_TEST_SUITE_END()
