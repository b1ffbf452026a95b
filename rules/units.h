// rules/units.h - durations, sizes, times of day and promises to keep, as policies write them.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"

namespace mc::rules {

// duration = 1*6DIGIT ( "s" / "m" / "h" / "d" / "w" / "y" )    minutes, not months; y = 365 d
// At most 100 years.
std::optional<Millis> parse_duration(std::string_view text);
// In the largest unit that divides it: "2y", "36h", "90s"; "0s".
std::string write_duration(Millis duration);

// size = 1*9DIGIT  [ "KiB" / "MiB" / "GiB" ]                    octets
std::optional<std::uint64_t> parse_size(std::string_view text);

// How long a message of a type stays in its folder.
struct Keep {
  enum class From : std::uint8_t { arrival, close, forever };
  From from = From::forever;
  Millis duration{};  // zero when forever

  bool finite() const { return from != From::forever; }
  bool operator==(Keep const&) const = default;
};
// keep = duration [ " after close" ] / "forever"
std::optional<Keep> parse_keep(std::string_view text);
std::string write_keep(Keep const& keep);

// A daily interval of somebody's wall clock, [from, until); over midnight when until < from.
struct DayWindow {
  std::chrono::minutes from{};   // since local midnight
  std::chrono::minutes until{};  // equal to `from`: the whole day
  std::string zone;              // IANA name, "UTC", or empty for the recipient's

  bool recipient_zone() const { return zone.empty(); }
  bool contains(std::chrono::minutes time_of_day) const;
  bool operator==(DayWindow const&) const = default;
};
// time-of-day = 2DIGIT ":" 2DIGIT                               00:00 to 23:59
std::optional<std::chrono::minutes> parse_time_of_day(std::string_view text);
std::string write_time_of_day(std::chrono::minutes at);
// hours = time-of-day "-" time-of-day                              of somebody's own clock; two different times
std::optional<DayWindow> parse_hours(std::string_view text);
std::string write_window(DayWindow const& window);  // "08:00 to 20:00 recipient's time"

// Is `text` shaped like the name of a time zone? (Whether it exists only a Zones knows.)
bool is_zone_name(std::string_view text);

}  // namespace mc::rules
