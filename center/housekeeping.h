// center/housekeeping.h - work that nobody waits for: space of deleted mailboxes and users, in slices small
// enough that the writer is never held long.
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
