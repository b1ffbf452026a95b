// store/store.h - the way in: reads on the caller's thread, writes through the one writer
// thread with group commit.
//
//   auto n = store.read([&](Snapshot const& s) { return state_of(s, mailbox).exists; });
//   auto op = [&](Transaction& tx) -> Result<Uid> { return append(tx, …); };
//   Result<Uid> uid = co_await store.write(op);     // resumed after the commit is on disk
//
// All operations waiting at that moment share one commit (at most 256, or 64 MiB of writes).
// An operation that returns an Error (unless it asked to keep() what it wrote) or throws leaves nothing
// behind and does not harm its neighbours; to give that promise an operation may be run more than once, so it must have no
// effects but on the transaction and on variables it sets anew each time.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>

#include "core/clock.h"
#include "core/result.h"
#include "store/engine.h"
#include "store/write_operation.h"

namespace mc::store {

class Watchers;

namespace detail {
template <class T>
struct IsAwaitable : std::false_type {};
template <class T, class E>
struct IsAwaitable<boost::asio::awaitable<T, E>> : std::true_type {};
}  // namespace detail

struct StoreOptions {
  std::string directory;  // made if absent (0700)
  // Address space, not disk; never changes while open.
  std::uint64_t map_octets = std::uint64_t{1} << 40;
  // Below so much free disk what grows is refused; a quarter of it (at most 16 MiB) is laid down as ballast.
  std::uint64_t reserve_octets = std::uint64_t{64} << 20;
  bool read_only = false;        // beside a running server
  Clock const* clock = nullptr;  // required
  // Told the last words when the database turns out damaged or unusable, on any thread. Empty:
  // log them and end the process, which is what a server must do.
  std::function<void(std::string const&)> on_broken;
};

class Store {
 public:
  // Fails: not_found (read_only and absent), conflict (another process writes; says which),
  //        unsupported (unknown format version, in words), no_space, internal.
  static Result<std::unique_ptr<Store>> open(StoreOptions options);
  // stop(). Requires: the executors of pending writes still exist, and no snapshot does.
  ~Store();

  // `f` must not be a coroutine: a snapshot never survives a suspension.
  template <class F>
  auto read(F&& f) const -> std::invoke_result_t<F&, Snapshot const&> {
    static_assert(!detail::IsAwaitable<std::invoke_result_t<F&, Snapshot const&>>::value,
                  "a snapshot must not span a suspension: no coroutines here");
    auto snapshot = take_snapshot();
    return f(static_cast<Snapshot const&>(*snapshot));
  }
  std::unique_ptr<Snapshot> take_snapshot() const;

  // F: Transaction& -> Result<T>. `f` must outlive the call: name it. Fails: what f says, and
  // no_space ("452"), unavailable when the store is stopping, internal if f threw (logged).
  // Suspends: until durable. Once begun it is not cancelled: its result is always given.
  template <class F>
  boost::asio::awaitable<std::invoke_result_t<F&, Transaction&>> write(F& f);
  // The same for what leaves less behind (expunging, dropping from the queue): it is
  // still let through when storage is too low for write().
  template <class F>
  boost::asio::awaitable<std::invoke_result_t<F&, Transaction&>> write_shrinking(F& f);

  // For commands and tests, on a thread that is neither the writer nor an I/O thread.
  template <class F>
  std::invoke_result_t<F&, Transaction&> write_and_wait(F&& f, Effect effect = Effect::grows);

  // Queues `op` and returns at once; used by write(). Any thread. Lifetime: op until its last call.
  void submit(WriteOperation* op);
  // From now on writes fail with unavailable; returns when those queued are settled. Reads go on.
  void stop();

  Watchers& watchers();
  Clock const& clock() const;
  EngineStats stats() const;
  // A compacted and checked copy, itself a store, in the new directory `directory`: durable and
  // complete, or absent. Takes long: not on an I/O thread. Fails: exists, no_space, internal.
  Result<void> backup(std::string const& directory) const;
  // Forgets readers whose process died, lays the ballast down again. The writer does it every
  // 30 s by itself; calling it is harmless. Any thread.
  void housekeeping();

  Store(Store const&) = delete;
  Store& operator=(Store const&) = delete;

 private:
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  void check_may_wait() const;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mc::store

#include "store/write.h"  // the templates' bodies
