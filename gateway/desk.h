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

namespace mc::gateway {

center::Settings make_settings(Config const& config);

class Foundation {
 public:
  // Opens the store (as its writer) and puts the policy file in force; if that file does not load, the
  // version in the store stays in force and the problems are logged. Fails: in words for the admin.
  static Result<std::unique_ptr<Foundation>> make(Config const& config, unsigned workers);

  center::Context& context() { return context_; }
  // The policy file again. Fails: with its problems; the version in force stays.
  Result<void> reload_policy(Config const& config);

 private:
  Foundation(Config const& config, std::unique_ptr<store::Store> store, center::PolicyInForce policy,
             unsigned workers);

  SystemClock const& clock_;
  center::SystemZones zones_;
  std::unique_ptr<store::Store> store_;
  WorkerPool workers_;
  center::PolicyHolder policy_;
  center::Context context_;
};

}  // namespace mc::gateway
