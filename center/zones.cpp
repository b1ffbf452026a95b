#include "center/zones.h"

#include <date/tz.h>

#include "rules/units.h"

namespace mc::center {

namespace {

date::time_zone const* find_zone(std::string_view name) {
  try {
    return date::locate_zone(name);
  } catch (std::runtime_error const&) {  // how the library says "unknown", and "no database"
    return nullptr;
  }
}

}  // namespace

std::optional<std::chrono::minutes> SystemZones::offset(std::string_view zone, Time at) const {
  if (zone == "UTC") return std::chrono::minutes(0);
  if (!rules::is_zone_name(zone)) return std::nullopt;
  date::time_zone const* found = find_zone(zone);
  if (!found) return std::nullopt;
  auto info = found->get_info(date::sys_time<Millis>(at.time_since_epoch()));
  return std::chrono::floor<std::chrono::minutes>(info.offset);
}

}  // namespace mc::center
