#include "store/recent.h"

#include <boost/test/unit_test.hpp>
#include <map>
#include <random>

#include "memory_store.h"
#include "store/keys.h"

using namespace mc;
using namespace mc::store;
using namespace mc::store::test;

BOOST_AUTO_TEST_SUITE(recent)

namespace {

Time const start{Millis(1'700'000'000'000)};
constexpr Millis hour = std::chrono::hours(1);

std::size_t entries(Snapshot const& s) {
  std::size_t count = 0;
  s.scan(key::table(Table::recent), [&](auto, auto) { return ++count, true; });
  return count;
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_happened_counts_for_its_period) {
  MemoryStore tx;
  note_recent(tx, Recent::storm, "a", start);
  BOOST_TEST(count_recent(tx, Recent::storm, "a", start) == 1u);
  BOOST_TEST(count_recent(tx, Recent::storm, "a", start + hour - Millis(1)) == 1u);
  BOOST_TEST(count_recent(tx, Recent::storm, "a", start + hour) == 0u);
  BOOST_TEST(count_recent(tx, Recent::storm, "b", start) == 0u);
  BOOST_TEST(count_recent(tx, Recent::answer, "a", start) == 0u);
}

BOOST_AUTO_TEST_CASE(counts_agree_with_a_plain_list_of_times) {
  MemoryStore tx;
  std::mt19937 dice(7);
  std::map<std::string, std::vector<Time>> model;
  Time now = start;
  for (int i = 0; i < 3'000; ++i) {
    now += Millis(dice() % 600'000);
    std::string const name(1, static_cast<char>('a' + dice() % 3));
    note_recent(tx, Recent::storm, name, now);
    model[name].push_back(now);
    if (dice() % 4 == 0) forget_recent(tx, now, 100);
    Time const at = now + Millis(dice() % 4'000'000);
    std::size_t expected = 0;
    for (Time t : model[name]) expected += t > at - hour;
    BOOST_TEST_REQUIRE(count_recent(tx, Recent::storm, name, at) == expected);
  }
  BOOST_TEST(entries(tx) < 15u);
}

BOOST_AUTO_TEST_CASE(forgetting_stops_at_its_slice_and_leaves_what_counts) {
  MemoryStore tx;
  for (int i = 0; i < 10; ++i) note_recent(tx, Recent::code, "old" + std::to_string(i), start);
  Time const now = start + std::chrono::hours(72);
  note_recent(tx, Recent::code, "new", now);
  note_recent(tx, Recent::storm, "old", start);
  BOOST_TEST(forget_recent(tx, now, 4));
  BOOST_TEST(!forget_recent(tx, now, 100));
  BOOST_TEST(entries(tx) == 1u);
  BOOST_TEST(count_recent(tx, Recent::code, "new", now) == 1u);
}

BOOST_AUTO_TEST_CASE(times_before_1970_do_no_harm) {
  MemoryStore tx;
  note_recent(tx, Recent::answer, "a", Time(Millis(-5)));
  BOOST_TEST(count_recent(tx, Recent::answer, "a", Time(Millis(0))) == 1u);
  BOOST_TEST(!forget_recent(tx, Time(Millis(0)), 10));
}

BOOST_AUTO_TEST_SUITE_END()
