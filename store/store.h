// store/store.h - the way in: reads on the caller's thread, writes through the one writer
// thread with group commit.
//
//   auto n = store.read([&](Snapshot const& s) { return state_of(s, mailbox).exists; });
//   auto op = [&](Transaction& tx) -> Result<Uid> { return append(tx, …); };
//   Result<Uid> uid = co_await store.write(op);     // resumed after the commit is on disk
//
// All operations waiting at that moment share one commit (at most 256, or 64 MiB of writes).
// An operation that returns an Error or throws leaves nothing behind and does not harm its
// neighbours; to give that promise an operation may be run more than once, so it must have no
// effects but on the transaction and on variables it sets anew each time.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <string>
#include <type_traits>

#include "core/clock.h"
#include "core/result.h"
#include "store/engine.h"

namespace mc::store {

class Watchers;

struct StoreOptions {
  std::string directory;                                // made if absent (0700)
  std::uint64_t map_octets = std::uint64_t{1} << 40;    // address space, not disk; never changes while open
  std::uint64_t reserve_octets = std::uint64_t{64} << 20;  // free disk below which writes that grow are refused
  bool read_only = false;                               // beside a running server
  Clock const* clock = nullptr;                         // required
};

// One queued write; made by Store::write, run by the writer.
class WriteOperation {
 public:
  virtual ~WriteOperation() = default;
  // Runs the caller's function. false: it refused (its Error is kept), its writes are undone.
  virtual bool run(Transaction& tx) = 0;
  // The batch it was part of could not be committed (or it threw): this is its result.
  virtual void fail(Error error) = 0;
  // Its result stands (committed, refused or failed): resume the caller, on its own executor.
  // Called on the thread of executor(); the writer posts all that belong to one executor at once.
  virtual void complete() = 0;
  virtual boost::asio::any_io_executor const& executor() const = 0;

  WriteOperation* next = nullptr;  // the writer's queue
};

class Store {
 public:
  // Fails: not_found (read_only and absent), conflict (another process writes; says which),
  //        unsupported (unknown format version, in words), no_space, internal.
  static Result<std::unique_ptr<Store>> open(StoreOptions options);
  ~Store();  // finishes what is queued

  // `f` must not be a coroutine: a snapshot never survives a suspension.
  template <class F>
  auto read(F&& f) const -> std::invoke_result_t<F&, Snapshot const&> {
    auto snapshot = take_snapshot();
    return f(static_cast<Snapshot const&>(*snapshot));
  }
  std::unique_ptr<Snapshot> take_snapshot() const;

  // F: Transaction& -> Result<T>. `f` must outlive the call: name it. Fails: what f says, and
  // no_space ("452"), unavailable when the server is stopping. Suspends: until durable.
  template <class F>
  boost::asio::awaitable<std::invoke_result_t<F&, Transaction&>> write(F& f);

  // For commands and tests, on a thread that is neither the writer nor an I/O thread.
  template <class F>
  std::invoke_result_t<F&, Transaction&> write_and_wait(F&& f);

  // Queues `op` and returns at once; used by write(). Any thread. Lifetime: op until complete().
  void submit(WriteOperation* op);

  Watchers& watchers();
  Clock const& clock() const;
  EngineStats stats() const;
  // Refuses new growth with no_space while the disk is below the reserve; checked by the writer.
  Result<void> backup(std::string const& directory);

  Store(Store const&) = delete;
  Store& operator=(Store const&) = delete;

 private:
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mc::store

#include "store/write.h"  // the templates' bodies
