// bench/store_bench.cpp - how fast the store commits, reads and tells watchers. Stands alone:
//
//   g++ -std=c++20 -O2 -DNDEBUG -I. bench/store_bench.cpp
//       -DBOOST_ASIO_SEPARATE_COMPILATION build/release/libmc_{store,core,pch}.a -llmdb -lcrypto -o
//       store_bench
//   ./store_bench [directory]
//
// One "message" is a body of 4,080 octets and four small records, as an incoming message
// with one recipient causes them.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "core/clock.h"
#include "store/store.h"
#include "store/watchers.h"

namespace asio = boost::asio;
using namespace mc;
using namespace mc::store;

namespace {

using Steady = std::chrono::steady_clock;
double seconds_since(Steady::time_point begin) {
  return std::chrono::duration<double>(Steady::now() - begin).count();
}

Result<void> store_message(Transaction& tx) {
  static std::string const body(4080, 'x'), record(200, 'r');
  auto const id = tx.next_id(Counter::message);
  char key[9];
  for (char table = 1; table <= 5; ++table) {
    key[0] = table;
    for (int i = 0; i < 8; ++i) key[1 + i] = static_cast<char>(id >> (56 - 8 * i));
    tx.put({key, sizeof key}, table == 1 ? body : record);
  }
  tx.publish(1 + id % 1000);
  return {};
}

// `sessions` coroutines, each waiting for its commit before the next message.
void messages(Store& store, int sessions) {
  asio::io_context io;
  int stored = 0;
  auto const begin = Steady::now();
  auto session = [&]() -> asio::awaitable<void> {
    auto op = [](Transaction& tx) { return store_message(tx); };
    while (seconds_since(begin) < 3) {
      auto const result = co_await store.write(op);
      if (!result) throw std::runtime_error(result.error().text);
      ++stored;
    }
  };
  for (int i = 0; i < sessions; ++i) asio::co_spawn(io, session, asio::detached);
  io.run();
  std::printf("%4d sessions: %8.0f durable messages/s\n", sessions, stored / seconds_since(begin));
}

template <class F>
void each(char const* what, int times, F&& f) {
  auto const begin = Steady::now();
  for (int i = 0; i < times; ++i) f();
  std::printf("%-40s %8.0f ns\n", what, seconds_since(begin) / times * 1e9);
}

void reads(Store& store) {
  std::size_t sum = 0;
  std::string const key("\x02\0\0\0\0\0\0\0\x07", 9);
  each("snapshot", 1'000'000, [&] { store.take_snapshot(); });
  each("snapshot and one get", 1'000'000,
       [&] { sum += store.read([&](Snapshot const& s) { return s.get(key)->size(); }); });
  each("snapshot, cursor and seek", 1'000'000, [&] {
    sum += store.read([&](Snapshot const& s) {
      auto const c = s.cursor();
      return c->seek(key) ? c->value().size() : 0;
    });
  });
  auto const snapshot = store.take_snapshot();
  auto const c = snapshot->cursor();
  c->seek(key);
  each("next", 10'000, [&] { sum += c->next(); });
  if (sum == 0) std::puts("nothing read");
}

void watchers(Store& store) {
  asio::io_context io;
  std::vector<Watchers::Handle> handles;
  std::uint64_t calls = 0;
  std::uint64_t topic = 0;
  each("watch", 20'000,
       [&] { handles.push_back(store.watchers().watch(topic++, io.get_executor(), [&] { ++calls; })); });
  topic = 0;
  each("publish to one of 20,000 and call it", 100'000, [&] {
    store.watchers().publish({topic++ % 20'000});
    io.restart();
    io.poll();
  });
}

}  // namespace

int main(int argc, char** argv) {
  std::string const directory = argc > 1 ? argv[1] : "/tmp/store_bench";
  std::filesystem::remove_all(directory);
  SystemClock clock;
  StoreOptions options;
  options.directory = directory;
  options.clock = &clock;
  auto opened = Store::open(options);
  if (!opened) return std::puts(opened.error().text.c_str()), 1;
  auto& store = **opened;
  for (int sessions : {1, 8, 32, 128, 256}) messages(store, sessions);
  reads(store);
  watchers(store);
  opened->reset();
  std::filesystem::remove_all(directory);
}
