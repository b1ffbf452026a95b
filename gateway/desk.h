// gateway/desk.h - the Message Center without its protocols: store, policy, workers. What the server stands
// on and what a command takes when no server runs.
#pragma once
#include <memory>

#include "center/context.h"
#include "center/zones.h"
#include "core/clock.h"
#include "core/result.h"
#include "core/worker_pool.h"
#include "gateway/config.h"
#include "gateway/policy_file.h"

namespace mc::gateway {

center::Settings make_settings(Config const& config);

// Where the first policy comes from.
enum class FirstPolicy {
  file,    // what the configured file holds, if that is new; for the server
  stored,  // what is in force; the file only where nothing ever was. For commands, which change no policy by the way
};

class Foundation {
 public:
  // Opens the store as its writer. If the policy file does not load, the version in the store stays in force;
  // the problems are logged and postmaster gets them by mail. Fails: in words for the admin.
  static Result<std::unique_ptr<Foundation>> make(Config const& config, unsigned workers,
                                                  FirstPolicy first = FirstPolicy::file);
  // For commands that only read: beside a running server, or without one. Fails: not_found (nothing there yet).
  static Result<std::unique_ptr<Foundation>> make_reader(Config const& config);

  center::Context& context() { return context_; }
  PolicyFile& policy_file() { return policy_file_; }

 private:
  Foundation(Config const& config, std::unique_ptr<store::Store> store, center::PolicyInForce policy,
             unsigned workers);
  static Result<std::unique_ptr<store::Store>> open_store(Config const& config, bool read_only);

  SystemClock const& clock_;
  center::SystemZones zones_;
  std::unique_ptr<store::Store> store_;
  WorkerPool workers_;
  center::PolicyHolder policy_;
  center::Context context_;
  PolicyFile policy_file_;
};

}  // namespace mc::gateway
