// core/current.h - a value that is read by many and now and then replaced whole: settings.
// Any thread.
#pragma once
#include <memory>
#include <mutex>
#include <utility>

namespace mc {

template <class T>
class Current {
 public:
  Current(T first) : value_(std::make_shared<T const>(std::move(first))) {}
  std::shared_ptr<T const> get() const {
    std::lock_guard lock(mutex_);
    return value_;
  }
  void set(T next) {
    auto fresh = std::make_shared<T const>(std::move(next));
    std::lock_guard lock(mutex_);
    value_ = std::move(fresh);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<T const> value_;
};

}  // namespace mc
