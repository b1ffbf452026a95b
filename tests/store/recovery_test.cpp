// kill -9 in the middle of the writes: everything acknowledged is there, every operation whole.
#include <boost/test/unit_test.hpp>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "tests/store/child_process.h"
#include "tests/store/temporary_store.h"

using namespace mc;
using namespace mc::store;
using namespace mc::store::test;

namespace {

// One operation stores its id under two keys and moves the sum; some then fail or throw.
void write_for_ever(Store& store, std::string const& name, std::mutex& mutex, ChildProcess::Pipe& pipe) {
  for (int i = 0;; ++i) {
    auto const key = name + "/" + std::to_string(i);
    auto const id = store.write_and_wait([&](Transaction& tx) -> Result<std::uint64_t> {
      auto const fresh = tx.next_id(Counter::message);
      tx.put("a/" + key, std::to_string(fresh));
      auto const sum = std::stoull(std::string(tx.get("sum").value_or("0")));
      tx.put("sum", std::to_string(sum + 1));
      if (i % 13 == 5) return fail(Errc::limit, "changed its mind");
      if (i % 17 == 5) throw std::runtime_error("tripped");
      tx.put("b/" + key, std::to_string(fresh) + std::string(static_cast<std::size_t>(i % 5) * 3000, 'x'));
      return fresh;
    });
    if (!id) continue;
    std::lock_guard lock(mutex);
    pipe.say(std::to_string(*id) + " " + key);
  }
}

void child(std::string const& directory, std::string const& round, ChildProcess::Pipe& pipe) {
  ::close(2);  // the log of operations that trip on purpose
  SystemClock clock;
  auto const store = open_store(small_options(directory, clock));
  std::mutex mutex;
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i)
    threads.emplace_back([&, i] { write_for_ever(*store, round + "-" + std::to_string(i), mutex, pipe); });
  for (auto& t : threads) t.join();
}

struct Stored {
  std::map<std::string, std::string> a, b;
  std::string sum;
};

Stored load(Store const& store) {
  return store.read([](Snapshot const& s) {
    Stored all;
    s.scan("a/", [&](auto key, auto value) { return all.a.emplace(key.substr(2), value), true; });
    s.scan("b/", [&](auto key, auto value) {
      return all.b.emplace(key.substr(2), value.substr(0, value.find('x'))), true;
    });
    all.sum = s.get("sum").value_or("0");
    return all;
  });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(recovery_test)

BOOST_AUTO_TEST_CASE(what_was_acknowledged_before_kill_9_is_there_and_every_operation_is_whole) {
  TemporaryDirectory directory;
  SystemClock clock;
  std::map<std::string, std::string> acknowledged;
  for (int round = 0; round < 6; ++round) BOOST_TEST_CONTEXT("round " << round) {
      ChildProcess writer(
          [&](ChildProcess::Pipe& pipe) { child(directory.path("store"), std::to_string(round), pipe); });
      auto hear = [&] {
        auto const line = writer.pipe().hear();
        auto const space = line.find(' ');
        if (space == line.npos) return false;
        return acknowledged.emplace(line.substr(space + 1), line.substr(0, space)).second;
      };
      for (int i = 0; i < 40 + round * 57; ++i) BOOST_REQUIRE(hear());
      writer.kill();
      while (hear()) {
      }
      auto const store = open_store(small_options(directory.path("store"), clock));
      auto const stored = load(*store);
      BOOST_TEST((stored.a == stored.b));  // all or nothing
      BOOST_TEST(stored.sum == std::to_string(stored.a.size()));
      std::set<std::string> ids;
      for (auto const& [key, id] : stored.a) ids.insert(id);
      BOOST_TEST(ids.size() == stored.a.size());  // no id twice, over all rounds
      for (auto const& [key, id] : acknowledged) {
        auto const found = stored.a.find(key);
        BOOST_REQUIRE_MESSAGE(found != stored.a.end(), key << " was acknowledged and is lost");
        BOOST_TEST(found->second == id);
      }
      store->stop();
    }
}

BOOST_AUTO_TEST_SUITE_END()
