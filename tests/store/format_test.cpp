#include "store/format.h"

#include <boost/test/unit_test.hpp>

#include "store/lmdb_engine.h"
#include "tests/store/temporary_store.h"

using namespace mc;
using namespace mc::store;
using namespace mc::store::test;

namespace {

void put_by_engine(std::string const& directory, std::string_view key, std::string_view value) {
  auto engine = open_lmdb({directory, 64 << 20});
  if (!engine) throw std::runtime_error(engine.error().text);
  auto batch = (*engine)->begin();
  batch->put(key, value);
  batch->commit();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(format_test)

BOOST_AUTO_TEST_CASE(a_store_of_a_later_version_is_refused_in_words) {
  TemporaryStore t;
  t.store.reset();
  auto later = write_format();
  ++later.back();
  put_by_engine(t.directory.path("store"), format_key, later);
  auto const opened = Store::open(small_options(t.directory.path("store"), t.clock));
  BOOST_REQUIRE(!opened);
  BOOST_TEST((opened.error().code == Errc::unsupported));
  BOOST_TEST(opened.error().text == "The store has format version 2; this program knows only version 1");
}

BOOST_AUTO_TEST_CASE(a_foreign_database_is_refused_and_left_alone) {
  TemporaryDirectory directory;
  FakeClock clock{Time{}};
  put_by_engine(directory.path(), "somebody's", "data");
  for (bool read_only : {false, true}) {
    auto options = small_options(directory.path(), clock);
    options.read_only = read_only;
    auto const opened = Store::open(options);
    BOOST_REQUIRE(!opened);
    BOOST_TEST((opened.error().code == Errc::unsupported));
  }
  auto const engine = open_lmdb({directory.path(), 64 << 20});
  BOOST_TEST((*engine)->stats().entries == 1u);
}

BOOST_AUTO_TEST_CASE(counters_of_a_smaller_program_are_read) {
  TemporaryDirectory directory;
  put_by_engine(directory.path(), counters_key, write_counters({1, 2, 3}).substr(0, 16));
  auto const engine = open_lmdb({directory.path(), 64 << 20});
  auto const counters = load_counters(*(*engine)->snapshot());
  BOOST_TEST((counters == Counters{1, 2}));
}

BOOST_AUTO_TEST_CASE(every_counter_has_its_place) {
  TemporaryDirectory directory;
  Counters given;
  for (std::size_t i = 0; i < given.size(); ++i) given[i] = (i + 1) * 0x0102030405060708;
  put_by_engine(directory.path(), counters_key, write_counters(given));
  auto const engine = open_lmdb({directory.path(), 64 << 20});
  BOOST_TEST((load_counters(*(*engine)->snapshot()) == given));
}

BOOST_AUTO_TEST_SUITE_END()
