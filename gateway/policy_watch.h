// gateway/policy_watch.h - notices that the policy file or the cases beside it changed on disk.
//
// Watches the directory, not the file: editors rename a new file over the old one, and a link may be turned to
// another. The I/O thread only notices; `changed` runs on a worker, never twice at once. A burst of changes is one.
#pragma once
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "core/worker_pool.h"

namespace mc::gateway {

class PolicyWatch {
 public:
  // Starts at once on `io`'s thread; where the system cannot watch, that is logged and nothing more happens.
  PolicyWatch(boost::asio::io_context& io, WorkerPool& workers, std::string policy_file, std::function<void()> changed);
  ~PolicyWatch();
  void stop();  // any thread; `changed` is not called anew

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace mc::gateway
