#include "store/lmdb_engine.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <thread>
#include <vector>

#include "tests/store/temporary_store.h"

using namespace mc;
using namespace mc::store;
using namespace mc::store::test;

namespace {

struct Fixture {
  TemporaryDirectory directory;
  std::string last_words;
  std::unique_ptr<Engine> engine = open();

  std::unique_ptr<Engine> open() {
    LmdbOptions options{directory.path(), std::uint64_t{64} << 20};
    options.on_broken = [this](std::string const& why) { last_words = why; };
    auto engine = open_lmdb(options);
    if (!engine) throw std::runtime_error(engine.error().text);
    return std::move(*engine);
  }
  void put(std::string const& key, std::string const& value) {
    auto batch = engine->begin();
    batch->put(key, value);
    batch->commit();
  }
  std::string get(std::string const& key) {
    return std::string(engine->snapshot()->get(key).value_or("(none)"));
  }
};

std::string walk_forward(Snapshot const& s) {
  std::string keys;
  auto const c = s.cursor();
  for (bool more = c->seek({}); more; more = c->next()) keys += c->key();
  return keys;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(lmdb_engine_test, Fixture)

BOOST_AUTO_TEST_CASE(a_snapshot_does_not_see_later_commits) {
  put("k", "old");
  auto const before = engine->snapshot();
  put("k", "new");
  put("l", "another");
  BOOST_TEST(before->get("k").value() == "old");
  BOOST_TEST(!before->get("l").has_value());
  BOOST_TEST(get("k") == "new");
}

BOOST_AUTO_TEST_CASE(an_aborted_or_forgotten_batch_leaves_nothing) {
  auto batch = engine->begin();
  batch->put("k", "v");
  batch->abort();
  engine->begin()->put("l", "v");
  BOOST_TEST(get("k") == "(none)");
  BOOST_TEST(get("l") == "(none)");
}

BOOST_AUTO_TEST_CASE(a_batch_sees_its_own_writes) {
  put("b", "1");
  auto batch = engine->begin();
  batch->put("a", "2");
  BOOST_TEST(batch->del("b"));
  BOOST_TEST(!batch->del("b"));
  BOOST_TEST(batch->view().get("a").value() == "2");
  BOOST_TEST(!batch->view().get("b").has_value());
  BOOST_TEST(walk_forward(batch->view()) == "a");
  BOOST_TEST(get("b") == "1");
}

BOOST_AUTO_TEST_CASE(keys_are_ordered_as_unsigned_octets) {
  for (auto const* key : {"b", "a", "\xff", "ab", "B"}) put(key, "");
  BOOST_TEST(walk_forward(*engine->snapshot()) ==
             "B"
             "a"
             "ab"
             "b"
             "\xff");
}

BOOST_AUTO_TEST_CASE(a_cursor_finds_its_neighbours) {
  for (auto const* key : {"b", "d", "f"}) put(key, std::string("of ") + key);
  auto const s = engine->snapshot();
  auto const c = s->cursor();
  BOOST_TEST(c->seek("c"));
  BOOST_TEST(c->key() == "d");
  BOOST_TEST(c->value() == "of d");
  BOOST_TEST(c->seek("d"));
  BOOST_TEST(c->key() == "d");
  BOOST_TEST(c->prev());
  BOOST_TEST(c->key() == "b");
  BOOST_TEST(!c->prev());
  BOOST_TEST(!c->seek("g"));
  BOOST_TEST(c->seek({}));
  BOOST_TEST(c->key() == "b");
  BOOST_TEST(c->next());
  BOOST_TEST(c->next());
  BOOST_TEST(c->key() == "f");
  BOOST_TEST(!c->next());
}

BOOST_AUTO_TEST_CASE(the_last_entry_below_a_key) {
  auto const empty = engine->snapshot();
  BOOST_TEST(!empty->cursor()->seek_last_below("x"));
  for (auto const* key : {"b", "d", "f"}) put(key, "");
  struct {
    std::string_view below, expected;
  } const rows[] = {{"a", ""},  {"b", ""},  {"c", "b"}, {"d", "b"},
                    {"e", "d"}, {"f", "d"}, {"g", "f"}, {"", ""}};
  auto const s = engine->snapshot();
  auto const c = s->cursor();
  for (auto const& row : rows) BOOST_TEST_CONTEXT("below " << row.below) {
      bool const found = c->seek_last_below(row.below);
      BOOST_TEST(found == !row.expected.empty());
      if (found) BOOST_TEST(c->key() == row.expected);
    }
}

BOOST_AUTO_TEST_CASE(a_cursor_in_a_transaction_goes_on_by_seeking_after_writes) {
  auto batch = engine->begin();
  for (int i = 100; i < 1000; ++i) batch->put(std::to_string(i), std::string(200, 'x'));
  auto const c = batch->view().cursor();
  int seen = 0;
  std::string at;
  for (bool more = c->seek({}); more; more = c->seek(at + '\0')) {
    at = c->key();
    ++seen;
    // Pages split, merge and move under the cursor.
    if (seen % 2) batch->del(at);
    if (seen % 3 == 0) batch->put(at + "+", std::string(500, 'y')), at += '+';
  }
  BOOST_TEST(seen == 900);
}

BOOST_AUTO_TEST_CASE(many_cursors_and_snapshots_at_once) {
  for (int i = 0; i < 10; ++i) put(std::to_string(i), "");
  for (int round = 0; round < 3; ++round) {
    std::vector<std::unique_ptr<Snapshot>> snapshots;
    for (int i = 0; i < 100; ++i) snapshots.push_back(engine->snapshot());
    std::vector<std::unique_ptr<Cursor>> cursors;
    for (auto const& s : snapshots)
      for (int i = 0; i < 10; ++i) cursors.push_back(s->cursor());
    for (auto& c : cursors) BOOST_REQUIRE(c->seek("5"));
    for (auto& c : cursors) BOOST_REQUIRE(c->next() && c->key() == "6");
    BOOST_TEST(engine->stats().readers == 100u);
    cursors.clear();
  }
  BOOST_TEST(engine->stats().readers == 0u);
}

BOOST_AUTO_TEST_CASE(a_renewed_cursor_sees_the_new_snapshot) {
  for (int i = 0; i < 50; ++i) {
    put(std::to_string(100 + i), "");
    auto const s = engine->snapshot();
    auto const c = s->cursor();
    BOOST_REQUIRE(c->seek_last_below("999"));
    BOOST_REQUIRE(c->key() == std::to_string(100 + i));
  }
}

BOOST_AUTO_TEST_CASE(threads_read_while_one_writes) {
  put("a", "0");
  put("b", "0");
  std::atomic<bool> stop{false};
  std::atomic<int> torn{0}, reads{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      while (!stop) {
        auto const s = engine->snapshot();
        auto const c = s->cursor();
        if (!c->seek("b") || s->get("a") != c->value()) ++torn;
        ++reads;
      }
    });
  for (int i = 1; i < 300 || reads < 1000; ++i) {
    auto batch = engine->begin();
    batch->put("a", std::to_string(i));
    batch->put("b", std::to_string(i));
    batch->commit();
  }
  stop = true;
  for (auto& t : threads) t.join();
  BOOST_TEST(torn == 0);
}

BOOST_AUTO_TEST_CASE(values_of_every_size) {
  auto batch = engine->begin();
  for (std::size_t size : {0, 1, 2000, 4080, 4081, 100'000}) {
    auto const key = std::to_string(size);
    batch->put(key, std::string(size, 'v'));
    auto* place = batch->put_reserve("r" + key, size);
    std::fill_n(place, size, 'r');
  }
  batch->commit();
  for (std::size_t size : {0, 1, 2000, 4080, 4081, 100'000}) {
    BOOST_TEST(get(std::to_string(size)) == std::string(size, 'v'));
    BOOST_TEST(get("r" + std::to_string(size)) == std::string(size, 'r'));
  }
}

BOOST_AUTO_TEST_CASE(keys_have_1_to_500_octets) {
  auto batch = engine->begin();
  BOOST_CHECK_THROW(batch->put("", "v"), std::length_error);
  BOOST_CHECK_THROW(batch->put(std::string(501, 'k'), "v"), std::length_error);
  batch->put(std::string(500, 'k'), "v");
  batch->commit();
  BOOST_TEST(get(std::string(500, 'k')) == "v");
  auto const s = engine->snapshot();
  BOOST_TEST(!s->get(std::string(5000, 'z')).has_value());
}

BOOST_AUTO_TEST_CASE(an_old_reader_is_seen_in_the_statistics) {
  put("k", "0");
  auto const old = engine->snapshot();
  for (int i = 0; i < 5; ++i) put("k", std::to_string(i));
  auto const stats = engine->stats();
  BOOST_TEST(stats.readers == 1u);
  BOOST_TEST(stats.oldest_reader_lag == 5u);
  BOOST_TEST(stats.entries == 1u);
  engine->housekeeping();
  BOOST_TEST(old->get("k").value() == "0");
}

BOOST_AUTO_TEST_CASE(the_lock_file_is_not_sparse) {
  struct stat found {};
  BOOST_REQUIRE(::stat(directory.path("lock.mdb").c_str(), &found) == 0);
  BOOST_TEST(found.st_blocks * 512 >= found.st_size);
  BOOST_TEST(found.st_size >= 64 * 1000);
}

BOOST_AUTO_TEST_CASE(one_process_opens_a_directory_once) {
  auto const again = open_lmdb({directory.path(), 64 << 20});
  BOOST_REQUIRE(!again);
  BOOST_TEST((again.error().code == Errc::conflict));
  engine.reset();
  engine = open();
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_database_is_refused_in_words) {
  TemporaryDirectory other;
  std::ofstream(other.path("data.mdb")) << std::string(10000, 'x');
  auto const opened = open_lmdb({other.path(), 64 << 20});
  BOOST_REQUIRE(!opened);
  BOOST_TEST((opened.error().code == Errc::unsupported));
}

BOOST_AUTO_TEST_CASE(a_damaged_database_says_its_last_words) {
  for (int i = 0; i < 500; ++i) put("key " + std::to_string(i), std::string(100, 'v'));
  auto const file = ::open(directory.path("data.mdb").c_str(), O_WRONLY);
  std::string const zeros(1 << 20, '\0');
  BOOST_REQUIRE(::pwrite(file, zeros.data(), zeros.size(), 2 * 4096) > 0);  // all but the two heads
  ::close(file);
  BOOST_CHECK_THROW(engine->snapshot()->get("key 77"), StorageBroken);
  BOOST_TEST(last_words.find(directory.path()) != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
