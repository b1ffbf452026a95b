// center/housekeeping.h - work that nobody waits for: broadcasts that were cut short go on, terms of keeping follow the policy, messages and decisions
// expire, space of deleted mailboxes and users is freed; in slices small enough that the writer is never held long.
//
// Every ten seconds by a steady timer, and at once when a policy version was stored. Each slice asks the wall clock
// anew, so that a clock that was set, or a machine that slept, makes no difference.
#pragma once
#include <boost/asio/io_context.hpp>
#include <memory>

#include "center/context.h"

namespace mc::center {

class Housekeeping {
 public:
  // Starts at once on `context`'s thread.
  Housekeeping(boost::asio::io_context& context, Context& center);
  ~Housekeeping();
  void stop();  // any thread; no new slice is begun

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace mc::center
