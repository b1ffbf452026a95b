// core/memory_budget.h - octets that many sessions may hold in memory together: what keeps a thousand peers
// sending large messages at once from exhausting the machine. Any thread.
#pragma once
#include <atomic>
#include <cstdint>
#include <utility>

namespace mc {

class MemoryBudget {
 public:
  explicit MemoryBudget(std::uint64_t total) : left_(total) {}

  bool try_take(std::uint64_t octets) {
    std::uint64_t left = left_.load();
    while (left >= octets)
      if (left_.compare_exchange_weak(left, left - octets)) return true;
    return false;
  }
  void give_back(std::uint64_t octets) { left_ += octets; }

  // What one session has of it; given back when destroyed. The budget must outlive it.
  class Share {
   public:
    explicit Share(MemoryBudget& budget) : budget_(budget) {}
    ~Share() { drop(); }
    Share(Share const&) = delete;
    Share& operator=(Share const&) = delete;

    // Enough for `octets` in all, not in addition; false: nothing was taken.
    bool try_cover(std::uint64_t octets) {
      if (octets <= taken_) return true;
      if (!budget_.try_take(octets - taken_)) return false;
      taken_ = octets;
      return true;
    }
    void drop() {
      if (taken_) budget_.give_back(std::exchange(taken_, 0));
    }

   private:
    MemoryBudget& budget_;
    std::uint64_t taken_ = 0;
  };

 private:
  std::atomic<std::uint64_t> left_;
};

}  // namespace mc
