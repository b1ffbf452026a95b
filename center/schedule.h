// center/schedule.h - external mail that waits: looked at when its time comes, then sent, gathered or let go.
//
//   plan       by delivery: does this mail leave now, or when?
//   release    when due, on the writer thread: read meanwhile? gathered with others of its kind? still wanted?
//   Scheduler  the loop that calls release(); sleeps until the next one is due
//
// What waits is an ordered index in the store: it survives restarts, costs nothing while it waits, and follows the
// wall clock, also when that is set (looked at every few seconds at least).
#pragma once
#include <boost/asio/io_context.hpp>
#include <memory>

#include "center/context.h"
#include "store/outbox.h"

namespace mc::center {

// Looks at up to `most` waiting mails that are due and settles each: queued, postponed, folded into one mail with others
// of its type and user (or all of a digest), or skipped with its reason recorded (read, deleted, switched off since, address
// suppressed). Nothing that has no folder copy is ever skipped for having been read or named instead of sent. true: more is due.
Result<bool> release_due(Context const& context, store::Transaction& tx, Time now, std::size_t most);

class Scheduler {
 public:
  // Starts at once on `context`'s thread.
  Scheduler(boost::asio::io_context& context, Context& center);
  ~Scheduler();
  void stop();  // any thread; no new slice is begun

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace mc::center
