#include "center/local_time.h"

#include "core/time_text.h"

namespace mc::center {

namespace {

Millis offset_at(std::string_view zone, rules::Zones const& zones, Time t) {
  return zones.offset(zone, t).value_or(std::chrono::minutes(0));
}

}  // namespace

std::string users_zone(Context const& context, store::User const& user, Time at) {
  for (std::string const* zone : {&user.time_zone, &context.settings.time_zone})
    if (!zone->empty() && context.zones.offset(*zone, at)) return *zone;
  return "UTC";
}

std::string write_users_time(Context const& context, store::User const& user, Time at) {
  std::string const zone = users_zone(context, user, at);
  return write_local(at, zone, context.zones) + ' ' + zone;
}

std::string write_local(Time t, std::string_view zone, rules::Zones const& zones) {
  std::string text = write_rfc3339(t + offset_at(zone, zones, t)).substr(0, 16);
  text[10] = ' ';
  return text;
}

Time local_midnight(std::chrono::year_month_day date, std::string_view zone, rules::Zones const& zones) {
  Time const midnight = std::chrono::sys_days(date);
  // At most one change lies between these two, so one of their offsets holds at the moment that is looked
  // for.
  Millis const before = offset_at(zone, zones, midnight - std::chrono::days(1));
  Millis const after = offset_at(zone, zones, midnight + std::chrono::days(1));
  Time const early = midnight - before, late = midnight - after;
  if (offset_at(zone, zones, early) == before) return early;
  if (offset_at(zone, zones, late) == after) return late;
  return early;  // skipped: by the old clock this is the moment of the change
}

}  // namespace mc::center
