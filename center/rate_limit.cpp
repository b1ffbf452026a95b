#include "center/rate_limit.h"

#include <algorithm>

namespace mc::center {

namespace {

Error too_much(std::string_view what, std::uint64_t limit, std::string_view span, Time room, Time now) {
  auto const minutes = std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::minutes>(room - now).count());
  return fail(Errc::unavailable, "4.7.1 You may send " + std::to_string(limit) + ' ' + std::string(what) + ' ' +
                                     std::string(span) + "; try again in " + std::to_string(minutes) +
                                     (minutes == 1 ? " minute" : " minutes"));
}

}  // namespace

void RateLimiter::Window::forget(Time now) {
  // A clock that was set back does not make anybody wait longer than the window.
  for (Entry& entry : entries_) entry.at = std::min(entry.at, now);
  auto const old = [&](Entry const& entry) { return entry.at + span_ <= now; };
  entries_.erase(entries_.begin(), std::find_if_not(entries_.begin(), entries_.end(), old));
}

std::uint64_t RateLimiter::Window::sum() const {
  std::uint64_t sum = 0;
  for (Entry const& entry : entries_) sum += entry.count;
  return sum;
}

void RateLimiter::Window::add(std::uint32_t count, Time now) {
  auto const step = [&](Time at) { return at.time_since_epoch() / step_; };
  if (entries_.empty() || step(entries_.back().at) != step(now)) entries_.emplace_back();
  entries_.back().at = now;
  entries_.back().count += count;
}

Time RateLimiter::Window::room_at(std::uint64_t count, std::uint64_t limit) const {
  std::uint64_t left = sum();
  for (Entry const& entry : entries_) {
    left -= entry.count;
    if (left + count <= limit) return entry.at + span_;
  }
  return entries_.empty() ? Time() : entries_.back().at + span_;
}

Result<void> RateLimiter::check_room(User& user, std::size_t recipients, RateLimits const& limits, Time now) {
  user.messages.forget(now);
  user.recipients.forget(now);
  if (user.messages.sum() + 1 > limits.messages_per_hour)
    return too_much("messages", limits.messages_per_hour, "an hour", user.messages.room_at(1, limits.messages_per_hour), now);
  if (user.recipients.sum() + recipients > limits.recipients_per_day)
    return too_much("recipients", limits.recipients_per_day, "a day",
                    user.recipients.room_at(recipients, limits.recipients_per_day), now);
  return {};
}

RateLimiter::User& RateLimiter::find_or_add(UserId id) {
  if (auto known = by_id_.find(id); known != by_id_.end()) {
    users_.splice(users_.begin(), users_, known->second);
    return users_.front();
  }
  if (users_.size() >= max_users) {
    by_id_.erase(users_.back().id);
    users_.pop_back();
  }
  users_.emplace_front().id = id;
  by_id_.emplace(id, users_.begin());
  return users_.front();
}

Result<void> RateLimiter::take(UserId id, std::size_t recipients, RateLimits const& limits, Time now) {
  std::lock_guard const lock(mutex_);
  User& user = find_or_add(id);
  if (auto room = check_room(user, recipients, limits, now); !room) return room.error();
  user.messages.add(1, now);
  user.recipients.add(static_cast<std::uint32_t>(recipients), now);
  return {};
}

Result<void> RateLimiter::check(UserId id, std::size_t recipients, RateLimits const& limits, Time now) {
  std::lock_guard const lock(mutex_);
  auto const known = by_id_.find(id);
  User fresh;
  return check_room(known == by_id_.end() ? fresh : *known->second, recipients, limits, now);
}

std::size_t RateLimiter::users() const {
  std::lock_guard const lock(mutex_);
  return users_.size();
}

}  // namespace mc::center
