#include "store/writer.h"

#include <boost/test/unit_test.hpp>
#include <deque>
#include <future>
#include <optional>

#include "store/lmdb_engine.h"
#include "store/watchers.h"
#include "tests/store/temporary_store.h"

using namespace mc;
using namespace mc::store;
using namespace mc::store::test;

namespace {

// Counts commits, and fails them when told to.
struct ObservedEngine final : Engine {
  struct Observed final : Batch {
    Observed(ObservedEngine& e) : engine(e), batch(e.real->begin()) {}
    void put(std::string_view k, std::string_view v) override { batch->put(k, v); }
    char* put_reserve(std::string_view k, std::size_t n) override { return batch->put_reserve(k, n); }
    bool del(std::string_view k) override { return batch->del(k); }
    Snapshot const& view() const override { return batch->view(); }
    bool room_to_grow() const override { return batch->room_to_grow(); }
    void commit() override {
      if (engine.commit_fails) throw StorageFull("injected");
      if (engine.commit_breaks) throw StorageBroken("injected");
      batch->commit();
      ++engine.commits;
    }
    void abort() override { batch->abort(); }
    ObservedEngine& engine;
    std::unique_ptr<Batch> batch;
  };
  std::unique_ptr<Snapshot> snapshot() override { return real->snapshot(); }
  std::unique_ptr<Batch> begin() override {
    if (begin_fails) throw std::runtime_error("injected");
    return std::make_unique<Observed>(*this);
  }
  EngineStats stats() override { return real->stats(); }
  void copy_to(std::string const& path) override { real->copy_to(path); }
  void housekeeping() override { real->housekeeping(); }

  std::unique_ptr<Engine> real;
  std::atomic<int> commits{0};
  std::atomic<bool> commit_fails{false}, commit_breaks{false}, begin_fails{false};
};

// An operation that is completed on the writer thread.
struct Operation final : WriteOperation {
  explicit Operation(std::function<Result<void>(Transaction&)> f, Effect effect = Effect::grows)
      : WriteOperation(effect), function(std::move(f)) {}
  bool run(Transaction& tx) override {
    ++runs;
    error.reset();
    auto const result = function(tx);
    if (!result) error = result.error();
    return result.has_value();
  }
  void fail(Error e) override { error = std::move(e); }
  boost::asio::any_io_executor executor() const override { return {}; }
  void complete() override { done.set_value(); }
  void abandon() noexcept override {}

  std::string outcome() const { return error ? error->text : "ok"; }

  std::function<Result<void>(Transaction&)> function;
  int runs = 0;
  std::optional<Error> error;
  std::promise<void> done;
};

Result<void> put_one(Transaction& tx, std::string const& key) {
  tx.put(key, "v");
  return {};
}

struct Fixture {
  TemporaryDirectory directory;
  FakeClock clock{Time{}};
  ObservedEngine engine;
  DiskReserve disk{directory.path(), 0};
  Watchers watchers;
  std::optional<Writer> writer;
  std::deque<Operation> operations;

  Fixture() {
    engine.real = std::move(*open_lmdb({directory.path(), std::uint64_t{256} << 20}));
    restart();
  }
  void restart() {
    writer.reset();
    writer.emplace(engine, disk, watchers, clock, load_counters(*engine.snapshot()));
  }
  Operation& add(std::function<Result<void>(Transaction&)> f, Effect effect = Effect::grows) {
    return operations.emplace_back(std::move(f), effect);
  }
  Operation& add_put(std::string const& key) {
    return add([key](Transaction& tx) { return put_one(tx, key); });
  }
  // Submits all that were added while the writer is busy, so that they wait together.
  void run_together() {
    std::promise<void> running, go;
    auto hold = [&](Transaction&) -> Result<void> {
      running.set_value();
      go.get_future().wait();
      return {};
    };
    Operation gate(hold, Effect::shrinks);  // let through whatever the disk is like
    writer->submit(&gate);
    running.get_future().wait();
    for (auto& op : operations) writer->submit(&op);
    engine.commits = -1;  // the gate's
    go.set_value();
    gate.done.get_future().wait();
    for (auto& op : operations) op.done.get_future().wait();
  }
  bool has(std::string const& key) { return engine.snapshot()->get(key).has_value(); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(writer_test, Fixture)

BOOST_AUTO_TEST_CASE(operations_that_wait_together_share_one_commit) {
  for (int i = 0; i < 100; ++i) add_put(std::to_string(i));
  run_together();
  BOOST_TEST(engine.commits == 1);
  for (int i = 0; i < 100; ++i) BOOST_TEST(has(std::to_string(i)));
}

BOOST_AUTO_TEST_CASE(they_run_in_the_order_they_came) {
  std::string order;
  for (char c = 'a'; c <= 'z'; ++c)
    add([&order, c](Transaction&) -> Result<void> {
      order += c;
      return {};
    });
  run_together();
  BOOST_TEST(order == "abcdefghijklmnopqrstuvwxyz");
}

BOOST_AUTO_TEST_CASE(at_most_256_operations_share_a_commit) {
  for (int i = 0; i < 600; ++i) add_put(std::to_string(i));
  run_together();
  BOOST_TEST(engine.commits == 3);
}

BOOST_AUTO_TEST_CASE(large_writes_do_not_pile_up_in_one_commit) {
  for (int i = 0; i < 3; ++i)
    add([i](Transaction& tx) -> Result<void> {
      for (int chunk = 0; chunk < 33 * 256; ++chunk)
        std::fill_n(tx.put_reserve(std::to_string(i) + "/" + std::to_string(chunk), 4080), 4080, 'x');
      return {};
    });
  run_together();
  for (auto const& op : operations) BOOST_TEST(op.outcome() == "ok");
  BOOST_TEST(engine.commits == 2);  // the first two make 64 MiB
}

BOOST_AUTO_TEST_CASE(one_that_fails_after_writing_leaves_nothing_and_harms_nobody) {
  add_put("before");
  auto& bad = add([](Transaction& tx) -> Result<void> {
    tx.put("bad", "v");
    tx.del("before");
    return fail(Errc::limit, "changed its mind");
  });
  add_put("after");
  run_together();
  BOOST_TEST(bad.outcome() == "changed its mind");
  BOOST_TEST(bad.runs == 1);
  BOOST_TEST(!has("bad"));
  BOOST_TEST(has("before"));
  BOOST_TEST(has("after"));
}

BOOST_AUTO_TEST_CASE(one_that_fails_after_asking_to_keep_has_its_error_and_what_it_wrote) {
  auto& bad = add([](Transaction& tx) -> Result<void> {
    tx.put("counted", "v");
    tx.keep();
    return fail(Errc::forbidden, "wrong code");
  });
  auto& next = add([](Transaction& tx) -> Result<void> {  // the wish is the first one's alone
    tx.put("lost", "v");
    return fail(Errc::limit, "no");
  });
  auto& thrown = add([](Transaction& tx) -> Result<void> {
    tx.put("thrown", "v");
    tx.keep();
    throw std::runtime_error("injected");
  });
  run_together();
  BOOST_TEST(bad.outcome() == "wrong code");
  BOOST_TEST(next.outcome() == "no");
  BOOST_TEST(thrown.outcome() == "Internal error");
  BOOST_TEST(has("counted"));
  BOOST_TEST(!has("lost"));
  BOOST_TEST(!has("thrown"));
}

BOOST_AUTO_TEST_CASE(one_that_throws_leaves_nothing_and_harms_nobody) {
  add_put("before");
  auto& bad = add([](Transaction& tx) -> Result<void> {
    tx.put("bad", "v");
    throw std::out_of_range("secret detail");
  });
  add_put("after");
  run_together();
  BOOST_TEST(bad.outcome() == "Internal error");
  BOOST_TEST((bad.error->code == Errc::internal));
  BOOST_TEST(!has("bad"));
  BOOST_TEST((has("before") && has("after")));
}

BOOST_AUTO_TEST_CASE(a_refusal_without_writes_costs_nobody_a_second_run) {
  add_put("a");
  auto& refused = add([](Transaction&) -> Result<void> { return fail(Errc::exists, "there already"); });
  add_put("b");
  run_together();
  BOOST_TEST(refused.outcome() == "there already");
  for (auto const& op : operations) BOOST_TEST(op.runs == 1);
  BOOST_TEST(engine.commits == 1);
}

BOOST_AUTO_TEST_CASE(no_operation_runs_more_than_twice_however_many_fail) {
  for (int i = 0; i < 100; ++i) {
    add_put("good " + std::to_string(i));
    add([](Transaction& tx) -> Result<void> {
      tx.put("bad", "v");
      return fail(Errc::limit, "no");
    });
  }
  run_together();
  for (auto const& op : operations) BOOST_TEST(op.runs <= 2);
  for (int i = 0; i < 100; ++i) BOOST_TEST(has("good " + std::to_string(i)));
  BOOST_TEST(!has("bad"));
}

BOOST_AUTO_TEST_CASE(each_sees_what_the_earlier_ones_wrote_also_when_run_again) {
  for (int i = 0; i < 20; ++i) {
    add([](Transaction& tx) -> Result<void> {
      auto const n = std::stoi(std::string(tx.get("sum").value_or("0")));
      tx.put("sum", std::to_string(n + 1));
      return {};
    });
    if (i % 5 == 2)
      add([](Transaction& tx) -> Result<void> {
        tx.put("sum", "1000000");
        return fail(Errc::limit, "no");
      });
  }
  run_together();
  BOOST_TEST(engine.snapshot()->get("sum").value() == "20");
}

BOOST_AUTO_TEST_CASE(a_commit_that_fails_fails_everyone_who_saw_it) {
  engine.commit_fails = true;
  add_put("a");
  add([](Transaction& tx) -> Result<void> {
    if (!tx.get("a")) return {};
    return fail(Errc::exists, "a is there");  // it is not, after all
  });
  run_together();
  for (auto const& op : operations) BOOST_TEST((op.error && op.error->code == Errc::no_space));
  BOOST_TEST(!has("a"));

  engine.commit_fails = false;
  operations.clear();
  add_put("a");
  run_together();
  BOOST_TEST(operations.front().outcome() == "ok");
}

BOOST_AUTO_TEST_CASE(a_broken_engine_fails_operations_and_not_the_thread) {
  engine.commit_breaks = true;
  add_put("a");
  run_together();
  BOOST_TEST((operations.front().error->code == Errc::unavailable));
  engine.commit_breaks = false;

  Operation blocked([](Transaction& tx) { return put_one(tx, "b"); });
  engine.begin_fails = true;
  writer->submit(&blocked);
  blocked.done.get_future().wait();
  BOOST_TEST((blocked.error->code == Errc::unavailable));
  BOOST_TEST(blocked.runs == 0);
  engine.begin_fails = false;
}

BOOST_AUTO_TEST_CASE(ids_are_never_given_twice) {
  std::vector<std::uint64_t> given;
  auto give = [&](bool refuse) {
    operations.clear();
    add([&, refuse](Transaction& tx) -> Result<void> {
      given.push_back(tx.next_id(Counter::outbox));
      tx.put("k", "v");
      if (refuse) return fail(Errc::limit, "no");
      return {};
    });
    run_together();
  };
  give(false);
  give(true);
  give(false);
  restart();
  give(false);
  engine.commit_fails = true;
  give(false);
  engine.commit_fails = false;
  give(false);
  restart();
  give(false);
  BOOST_TEST(given == (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6, 7}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_operation_has_one_time) {
  clock.set(Time(Millis(5000)));
  add([&](Transaction& tx) -> Result<void> {
    auto const before = tx.now();
    clock.advance(Millis(10));
    BOOST_TEST((tx.now() == before));
    BOOST_TEST(before.time_since_epoch().count() == 5000);
    return {};
  });
  run_together();
}

BOOST_AUTO_TEST_CASE(what_is_queued_is_finished_and_what_comes_later_refused) {
  std::promise<void> running, go;
  Operation gate([&](Transaction&) -> Result<void> {
    running.set_value();
    go.get_future().wait();
    return {};
  });
  writer->submit(&gate);
  running.get_future().wait();
  Operation queued([](Transaction& tx) { return put_one(tx, "queued"); });
  writer->submit(&queued);
  std::thread stopper([&] { writer->stop(); });
  go.set_value();
  stopper.join();
  Operation late([](Transaction& tx) { return put_one(tx, "late"); });
  writer->submit(&late);
  late.done.get_future().wait();
  BOOST_TEST(queued.outcome() == "ok");
  BOOST_TEST(has("queued"));
  BOOST_TEST((late.error->code == Errc::unavailable));
  BOOST_TEST(!has("late"));
}

BOOST_AUTO_TEST_CASE(nothing_is_lost_while_stopping) {
  std::atomic<int> stored{0}, refused{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0;; ++i) {
        Operation op(
            [&](Transaction& tx) { return put_one(tx, std::to_string(t) + "/" + std::to_string(i)); });
        writer->submit(&op);
        op.done.get_future().wait();
        if (op.error) {
          ++refused;
          return;
        }
        ++stored;
      }
    });
  while (stored < 200) std::this_thread::yield();
  writer->stop();
  for (auto& t : threads) t.join();
  BOOST_TEST(refused == 4);
  auto const counted = engine.stats().entries;
  BOOST_TEST(counted == static_cast<std::uint64_t>(stored.load()));
}

BOOST_AUTO_TEST_CASE(below_the_reserve_only_what_shrinks_is_let_through) {
  add_put("old");
  run_together();
  operations.clear();
  DiskReserve full{directory.path(), std::uint64_t{1} << 62};
  writer.reset();
  writer.emplace(engine, full, watchers, clock, Counters{});
  auto& grows = add_put("new");
  auto& shrinks = add(
      [](Transaction& tx) -> Result<void> {
        tx.del("old");
        return {};
      },
      Effect::shrinks);
  run_together();
  BOOST_TEST((grows.error && grows.error->code == Errc::no_space));
  BOOST_TEST(grows.runs == 0);
  BOOST_TEST(shrinks.outcome() == "ok");
  BOOST_TEST(!has("old"));
  writer.reset();  // before `full`
}

BOOST_AUTO_TEST_SUITE_END()
