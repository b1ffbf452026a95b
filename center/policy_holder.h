// center/policy_holder.h - the policy in force: read by every delivery, swapped whole.
#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "core/ids.h"
#include "rules/policy.h"

namespace mc::center {

struct PolicyInForce {
  PolicyVersion version;
  std::shared_ptr<rules::Policy const> policy;
};

// Any thread. A message is decided wholly by the PolicyInForce it took.
class PolicyHolder {
 public:
  explicit PolicyHolder(PolicyInForce first) : current_(std::move(first)) {}
  PolicyInForce get() const {
    std::lock_guard lock(mutex_);
    return current_;
  }
  // Versions only rise: of two that were installed side by side the later one stays, whoever comes last.
  void swap(PolicyInForce next) {
    std::lock_guard lock(mutex_);
    if (next.version >= current_.version) current_ = std::move(next);
  }

 private:
  mutable std::mutex mutex_;
  PolicyInForce current_;
};

}  // namespace mc::center
