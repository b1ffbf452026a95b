// store/write_operation.h - one queued write: made by Store::write, run by the writer thread.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <span>

#include "core/result.h"
#include "store/engine.h"

namespace mc::store {

// Whether a write is let through when storage runs low: what shrinks (expunging, dropping from
// the queue, expiring) is, within a reserve kept for it.
enum class Effect : bool { grows, shrinks };

class WriteOperation {
 public:
  explicit WriteOperation(Effect effect = Effect::grows) : effect_(effect) {}
  virtual ~WriteOperation() = default;
  WriteOperation(WriteOperation const&) = delete;
  WriteOperation& operator=(WriteOperation const&) = delete;

  // Runs the caller's function. false: it refused (its Error is kept), its writes are undone but after tx.keep().
  // May be called more than once: the last result counts. Writer thread.
  virtual bool run(Transaction& tx) = 0;
  // Replaces the result: the batch could not be committed, or the function threw.
  virtual void fail(Error error) = 0;
  // Where complete() is to be called; empty: at once, on the writer thread (it must not block).
  virtual boost::asio::any_io_executor executor() const = 0;

  // Exactly one of these is the last call, and may destroy the operation.
  // The result stands (committed, refused or failed): resume the caller.
  virtual void complete() = 0;
  // The executor's context ended without running complete(): let go without resuming.
  virtual void abandon() noexcept = 0;

  Effect effect() const { return effect_; }
  WriteOperation* next = nullptr;  // the writer's queue

 private:
  Effect const effect_;
};

// Has complete() called for each, by one function posted to each executor. Any thread.
void complete_soon(std::span<WriteOperation* const> operations);
inline void complete_soon(WriteOperation* op) {
  complete_soon({&op, 1});
}

}  // namespace mc::store
