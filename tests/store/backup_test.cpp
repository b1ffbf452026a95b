// A copy of a store that is in use.
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <thread>

#include "tests/store/temporary_store.h"

using namespace mc;
using namespace mc::store;
using namespace mc::store::test;

namespace fs = std::filesystem;

BOOST_FIXTURE_TEST_SUITE(backup_test, TemporaryStore)

BOOST_AUTO_TEST_CASE(a_copy_made_during_writes_is_a_store_as_of_one_commit) {
  std::atomic<bool> stop{false};
  std::thread writing([&] {
    for (int i = 0; !stop; ++i) {
      auto both = [&](Transaction& tx) -> Result<void> {
        tx.put("a" + std::to_string(i % 500), std::to_string(i) + std::string(2000, 'x'));
        tx.put("b" + std::to_string(i % 500), std::to_string(i));
        return {};
      };
      if (!store->write_and_wait(both)) return;
    }
  });
  while (!get(*store, "b300")) std::this_thread::yield();
  auto const result = store->backup(directory.path("copy"));
  stop = true;
  writing.join();
  BOOST_TEST(result.has_value());

  auto const copy = open_store(small_options(directory.path("copy"), clock));
  int pairs = 0;
  for (int i = 0; i < 500; ++i) {
    auto const a = get(*copy, "a" + std::to_string(i)), b = get(*copy, "b" + std::to_string(i));
    BOOST_TEST(a.has_value() == b.has_value());
    if (!a) continue;
    BOOST_TEST(a->substr(0, a->find('x')) == *b);
    ++pairs;
  }
  BOOST_TEST(pairs > 300);
  BOOST_TEST(put(*copy, "goes", "on").has_value());
}

BOOST_AUTO_TEST_CASE(a_copy_is_compact) {
  for (int i = 0; i < 200; ++i)
    BOOST_REQUIRE(put(*store, std::to_string(i), std::string(8000, 'x')).has_value());
  auto del = [](Transaction& tx) -> Result<void> {
    for (int i = 1; i < 200; ++i) tx.del(std::to_string(i));
    return {};
  };
  BOOST_REQUIRE(store->write_and_wait(del).has_value());
  BOOST_TEST(store->backup(directory.path("copy")).has_value());
  BOOST_TEST(fs::file_size(directory.path("copy/data.mdb")) < 100'000);
  BOOST_TEST(fs::file_size(directory.path("store/data.mdb")) > 1'000'000);
}

BOOST_AUTO_TEST_CASE(nothing_is_overwritten) {
  fs::create_directory(directory.path("copy"));
  auto const result = store->backup(directory.path("copy"));
  BOOST_REQUIRE(!result);
  BOOST_TEST((result.error().code == Errc::exists));
}

BOOST_AUTO_TEST_CASE(what_an_interrupted_copy_left_is_in_nobodys_way) {
  fs::create_directory(directory.path("copy.partial"));
  fs::create_directory(directory.path("copy.partial/data.mdb"));
  BOOST_TEST(store->backup(directory.path("copy/")).has_value());
  BOOST_TEST(fs::exists(directory.path("copy/data.mdb")));
  BOOST_TEST(!fs::exists(directory.path("copy.partial")));
}

BOOST_AUTO_TEST_CASE(a_place_that_cannot_be_written_is_named) {
  auto const result = store->backup(directory.path("absent/copy"));
  BOOST_REQUIRE(!result);
  BOOST_TEST((result.error().code == Errc::internal));
  BOOST_TEST(result.error().text.find("absent/copy") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
