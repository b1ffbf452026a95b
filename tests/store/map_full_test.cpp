// The map is full: what grows is refused in words, everything else goes on.
#include <boost/test/unit_test.hpp>

#include "tests/store/temporary_store.h"

using namespace mc;
using namespace mc::store;
using namespace mc::store::test;

namespace {

struct Fixture {
  TemporaryDirectory directory;
  FakeClock clock{Time{}};
  std::unique_ptr<Store> store = open(2);

  std::unique_ptr<Store> open(std::uint64_t mebibytes) {
    auto options = small_options(directory.path("store"), clock);
    options.map_octets = mebibytes << 20;
    return open_store(options);
  }
  Result<void> put_chunk(int i) { return put(*store, "chunk " + std::to_string(i), std::string(4080, 'x')); }
  // How many went in before one was refused.
  int fill() {
    for (int i = 0; i < 10'000; ++i)
      if (auto const result = put_chunk(i); !result) {
        BOOST_TEST((result.error().code == Errc::no_space));
        return i;
      }
    return -1;
  }
  Result<void> delete_chunks(int begin, int end) {
    auto del = [&](Transaction& tx) -> Result<void> {
      for (int i = begin; i < end; ++i) tx.del("chunk " + std::to_string(i));
      return {};
    };
    return store->write_and_wait(del, Effect::shrinks);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(map_full_test, Fixture)

BOOST_AUTO_TEST_CASE(a_full_map_refuses_what_grows_until_space_is_freed) {
  auto const fitted = fill();
  BOOST_TEST(fitted > 300);  // of 512 pages, 64 kept
  for (int i = 0; i < fitted; ++i) BOOST_TEST(get(*store, "chunk " + std::to_string(i)).has_value());
  for (int i = 0; i < 20; ++i) BOOST_TEST(!put_chunk(fitted).has_value());

  for (int i = 0; i < fitted; i += 10) BOOST_REQUIRE(delete_chunks(i, std::min(i + 10, fitted)).has_value());
  BOOST_TEST(!get(*store, "chunk 0").has_value());
  BOOST_TEST(fill() >= fitted - 5);
}

BOOST_AUTO_TEST_CASE(it_fills_and_empties_again_and_again) {
  auto const first = fill();
  for (int round = 0; round < 5; ++round) {
    BOOST_REQUIRE(delete_chunks(0, first).has_value());
    BOOST_TEST(fill() >= first - 10);
  }
}

BOOST_AUTO_TEST_CASE(one_that_is_too_large_fails_alone_and_is_undone_whole) {
  BOOST_TEST(put_chunk(0).has_value());
  auto const huge = store->write_and_wait([](Transaction& tx) -> Result<void> {
    for (int i = 0; i < 2000; ++i) tx.put("huge " + std::to_string(i), std::string(4080, 'x'));
    return {};
  });
  BOOST_REQUIRE(!huge);
  BOOST_TEST((huge.error().code == Errc::no_space));
  BOOST_TEST(put_chunk(1).has_value());
  BOOST_TEST(!get(*store, "huge 0").has_value());
}

BOOST_AUTO_TEST_CASE(an_operation_that_swallows_the_exception_is_refused_nevertheless) {
  auto const stubborn = store->write_and_wait([](Transaction& tx) -> Result<void> {
    try {
      for (int i = 0; i < 2000; ++i) tx.put("huge " + std::to_string(i), std::string(4080, 'x'));
    } catch (StorageFull const&) {
    }
    tx.put("small", "v");
    return {};
  });
  BOOST_TEST(!stubborn.has_value());
  BOOST_TEST(!get(*store, "small").has_value());
}

BOOST_AUTO_TEST_CASE(a_larger_map_helps_at_the_next_opening) {
  auto const fitted = fill();
  store.reset();
  store = open(4);
  BOOST_TEST(put_chunk(fitted).has_value());
  BOOST_TEST(get(*store, "chunk 0").has_value());
  BOOST_TEST(store->stats().map_octets == std::uint64_t{4} << 20);
}

BOOST_AUTO_TEST_SUITE_END()
