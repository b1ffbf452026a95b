// center/rate_limit.h - how much one user may send: messages in an hour, recipients in a day. In memory: a restart forgets.
//
// Sliding windows, exact to a minute and a quarter of an hour in the careful direction: never more than the limit in any
// hour or day. Any thread. Memory is bounded by max_users, of whom each has at most 160 entries of 16 octets; when there
// are more, those who sent nothing for longest are forgotten.
//
// Counted by Intake when a message is complete, not within the store operation, which may run again.
#pragma once
#include <cstdint>
#include <list>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "core/clock.h"
#include "core/ids.h"
#include "core/result.h"

namespace mc::center {

struct RateLimits {
  unsigned messages_per_hour = 100;    // 0: none may
  unsigned recipients_per_day = 500;
};

class RateLimiter {
 public:
  static constexpr std::size_t max_users = 50'000;

  // One more message to so many recipients, if both limits allow it; else nothing is counted.
  // Fails: unavailable, "4.7.1 …", saying which limit and when there is room again.
  Result<void> take(UserId user, std::size_t recipients, RateLimits const& limits, Time now);
  // Would take() succeed?
  Result<void> check(UserId user, std::size_t recipients, RateLimits const& limits, Time now);

  std::size_t users() const;

 private:
  // What was sent of late; entries of the same step of time are one.
  class Window {
   public:
    explicit Window(Millis span, Millis step) : span_(span), step_(step) {}
    void forget(Time now);
    std::uint64_t sum() const;
    void add(std::uint32_t count, Time now);
    // When there is room for `count` under `limit`. Requires: forget() was called; there is none now.
    Time room_at(std::uint64_t count, std::uint64_t limit) const;
    bool empty() const { return entries_.empty(); }

   private:
    struct Entry {
      Time at{};  // of the last in it
      std::uint32_t count = 0;
    };
    Millis span_, step_;
    std::vector<Entry> entries_;
  };
  struct User {
    UserId id;
    Window messages{std::chrono::hours(1), std::chrono::minutes(1)};
    Window recipients{std::chrono::hours(24), std::chrono::minutes(15)};
  };

  Result<void> check_room(User& user, std::size_t recipients, RateLimits const& limits, Time now);
  User& find_or_add(UserId id);

  mutable std::mutex mutex_;
  std::list<User> users_;  // who sent last comes first
  std::unordered_map<UserId, std::list<User>::iterator> by_id_;
};

}  // namespace mc::center
