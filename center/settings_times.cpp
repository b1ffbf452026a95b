#include "center/preferences.h"

namespace mc::center {

rules::Availability make_availability(store::User const& user, Settings const& settings) {
  rules::Availability a;
  a.zone = user.time_zone.empty() ? std::string_view(settings.time_zone) : std::string_view(user.time_zone);
  a.site_zone = settings.time_zone;
  if (user.times.quiet)
    a.quiet = rules::DayWindow{std::chrono::minutes(user.times.quiet->first),
                               std::chrono::minutes(user.times.quiet->second), {}};
  a.digest = static_cast<rules::DigestCadence>(user.times.digest);
  a.digest_at = std::chrono::minutes(user.times.digest_minute);
  a.pause_until = user.times.pause_until;
  return a;
}

static_assert(static_cast<int>(rules::DigestCadence::daily) == static_cast<int>(store::Digest::daily));
static_assert(static_cast<int>(rules::DigestCadence::hourly) == static_cast<int>(store::Digest::hourly));

}  // namespace mc::center
