// rules/timing.h - when an external mail may leave: what the policy wants and what the user wants.
//
// Timing delays and never drops. Urgent mail leaves at once. Else the first moment that satisfies all of:
// the rule's send window, the user's quiet hours (his time zone, summer time and all), his pause, and either
// the time in which he may read it in the folder (email_if_unread_after) or, without one, his next digest.
// Where window and quiet hours leave no moment within eight days, the window alone decides.
//
// Pure: the time zones come as an argument. Any thread.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/decide.h"

namespace mc::rules {

enum class DigestCadence : std::uint8_t { off, hourly, daily };

struct Digest {
  DigestCadence cadence = DigestCadence::off;
  std::chrono::minutes at{};  // time of day, for the daily one
};
// digest = "off" / "hourly" / "daily" SP time-of-day
std::optional<Digest> parse_digest(std::string_view text);

// What a user says about when mail may come. Views are borrowed.
struct Availability {
  std::string_view zone = "UTC";      // his; an unknown one counts as `site_zone`
  std::string_view site_zone = "UTC"; // an unknown one counts as UTC
  std::optional<DayWindow> quiet;     // its zone is not looked at: his own counts
  DigestCadence digest = DigestCadence::off;
  std::chrono::minutes digest_at{};   // time of his day, for the daily digest
  Time pause_until{};                 // 1970: not paused
};

// What a mail waits for; stored as bits, so append only.
enum class Wait : std::uint8_t { window = 1, quiet = 2, pause = 4, unread = 8, digest = 16, burst = 32 };

struct Departure {
  Time at{};               // never before the time it was asked for
  std::uint8_t waits = 0;  // Wait bits of those that moved it, plus Wait::unread whenever it is to be unread
  bool operator==(Departure const&) const = default;
  bool has(Wait wait) const { return waits & static_cast<std::uint8_t>(wait); }
};

// Requires: `decision` was made by `policy` and its email field is true. `zones` null: only UTC is known.
Departure plan_departure(Policy const& policy, Decision const& decision, Availability const& user, Zones const* zones,
                         Time now);

// A mail that is free to leave at `at` but for the time of day and the pause: the same moment or the next allowed
// one. For what was gathered (a burst, a digest) and for mail whose user changed his hours while it waited.
// `window`: the rule's, null: none.
Departure next_allowed(DayWindow const* window, Availability const& user, Zones const* zones, Time at);

// The user's next digest at or after `at`; absent without a cadence.
std::optional<Time> next_digest(Availability const& user, Zones const* zones, Time at);

// The first moment at or after `at` whose local time in `zone` lies within [from, until) of `window`. A local time that
// summer time skips counts as the moment of the change; one that comes twice counts the first time.
Time next_in_window(DayWindow const& window, std::string_view zone, Zones const* zones, Time at);

// "its time of day (rule updates-in-daytime), your quiet hours": for timelines and logs; empty for 0.
std::string write_waits(std::uint8_t waits);
std::vector<std::string_view> names_of_waits(std::uint8_t waits);  // "window", "quiet", …: stable

}  // namespace mc::rules
