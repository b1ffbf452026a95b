// core/clock.h - wall-clock time, the one thing tests may fake.
//
// Everything that is stored or shown takes its time from a Clock handed to it.
// Network timeouts use steady timers and do not pass through here.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>

namespace mc {

// Milliseconds since 1970-01-01 UTC: the unit in which all times are stored.
using Time = std::chrono::sys_time<std::chrono::milliseconds>;
using Millis = std::chrono::milliseconds;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;  // any thread
};

class SystemClock final : public Clock {
 public:
  Time now() const override {
    return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now());
  }
};

// For tests: stands still until told to move. Any thread.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(Time start) : now_(start.time_since_epoch().count()) {}
  Time now() const override { return Time(Millis(now_.load())); }
  void advance(Millis by) { now_ += by.count(); }
  void set(Time to) { now_ = to.time_since_epoch().count(); }

 private:
  std::atomic<std::int64_t> now_;
};

}  // namespace mc
