// store/writer.h - the one thread that writes: group commit.
//
// It takes whatever operations are queued and never waits for more; they run one after the
// other in one transaction, at most 256 of them, about 64 MiB or 40,000 writes. After the commit
// watchers are told, then callers are resumed: one function posted to each executor.
//
// An operation that fails after having written undoes the whole transaction, so the writer
// runs its predecessors again, commits them, and goes on behind it: no operation is run more
// than twice because of its neighbours.
#pragma once
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "core/clock.h"
#include "store/disk_reserve.h"
#include "store/engine.h"
#include "store/format.h"
#include "store/write_operation.h"

namespace mc::store {

class Watchers;

class Writer {
 public:
  // Everything borrowed outlives the writer.
  Writer(Engine& engine, DiskReserve& disk, Watchers& watchers, Clock const& clock, Counters counters);
  ~Writer();  // stop()

  // Any thread. Once stopping, the operation fails with unavailable.
  void submit(WriteOperation* op);
  // Refuses what comes from now on; returns when what was queued is settled. Any thread but
  // the writer's own; again is harmless.
  void stop();
  bool is_current_thread() const { return std::this_thread::get_id() == thread_.get_id(); }

 private:
  class Tx;
  enum class Outcome { done, culprit };
  struct Attempt;

  void work();
  bool wait_for_work();
  void take_queued();
  void close_queue();
  void one_commit();
  Attempt run_front(std::size_t limit);
  Outcome run_one(Tx& tx, WriteOperation* op, bool may_grow);
  void commit(Attempt& attempt);
  void commit_batch(Batch& batch);
  void tell_watchers(std::vector<std::uint64_t> topics);
  void settle_front(std::size_t count);
  void complete_settled();
  void tend();

  Engine& engine_;
  DiskReserve& disk_;
  Watchers& watchers_;
  Clock const& clock_;
  Counters counters_;         // last ids given
  Counters stored_counters_;  // as last committed

  std::atomic<WriteOperation*> arrivals_{nullptr};  // newest first
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable wake_;

  std::deque<WriteOperation*> queue_;     // oldest first
  std::vector<WriteOperation*> settled_;  // to be completed after this commit
  std::mutex stop_mutex_;
  std::thread thread_;  // last
};

}  // namespace mc::store
