// When mail may come: zone, quiet, digest, pause.
#include <algorithm>
#include <optional>

#include "center/account_fields.h"
#include "center/local_time.h"
#include "center/preferences.h"
#include "center/settings.h"
#include "core/text.h"
#include "core/time_text.h"
#include "rules/units.h"

namespace mc::center {

rules::Availability make_availability(store::User const& user, Settings const& settings) {
  rules::Availability a;
  a.zone = user.time_zone.empty() ? std::string_view(settings.time_zone) : std::string_view(user.time_zone);
  a.site_zone = settings.time_zone;
  if (user.times.quiet)
    a.quiet = rules::DayWindow{
        std::chrono::minutes(user.times.quiet->first), std::chrono::minutes(user.times.quiet->second), {}};
  a.digest = static_cast<rules::DigestCadence>(user.times.digest);
  a.digest_at = std::chrono::minutes(user.times.digest_minute);
  a.pause_until = user.times.pause_until;
  return a;
}

static_assert(static_cast<int>(rules::DigestCadence::daily) == static_cast<int>(store::Digest::daily));
static_assert(static_cast<int>(rules::DigestCadence::hourly) == static_cast<int>(store::Digest::hourly));

namespace {

constexpr Millis longest_pause = std::chrono::days(366);
constexpr std::string_view urgent_comes = "; urgent mail comes at once";

std::string clock_of(unsigned minutes) { return rules::write_time_of_day(std::chrono::minutes(minutes)); }

// date = 4DIGIT "-" 2DIGIT "-" 2DIGIT
std::optional<std::chrono::year_month_day> parse_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  auto y = parse_number(text.substr(0, 4)), m = parse_number(text.substr(5, 2)),
       d = parse_number(text.substr(8));
  if (!y || !m || !d) return std::nullopt;
  std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*y)),
                                   std::chrono::month(static_cast<unsigned>(*m)),
                                   std::chrono::day(static_cast<unsigned>(*d))};
  return date.ok() ? std::optional(date) : std::nullopt;
}

std::string zone_in_words(SettingAsked const& asked) {
  return " (" + std::string(asked.zone()) + ")";
}

bool paused(SettingAsked const& asked) {
  return asked.user.times.pause_until > asked.now;
}

// duration / date (its first moment there) / RFC 3339
std::optional<Time> parse_until(std::string_view text, SettingAsked const& asked) {
  if (auto duration = rules::parse_duration(text)) return asked.now + *duration;
  if (auto date = parse_date(text)) return local_midnight(*date, asked.zone(), asked.context.zones);
  return parse_rfc3339(text);
}

}  // namespace

std::string read_zone(SettingAsked const& asked) {
  return asked.user.time_zone.empty() ? "default" : asked.user.time_zone;
}

std::string describe_zone(SettingAsked const& asked) {
  std::string zone(asked.zone()), own = asked.user.time_zone;
  std::string which = own.empty() ? "the site's, " + zone : zone;
  if (!own.empty() && own != zone)
    which = "this machine does not know " + own + ", so the site's counts, " + zone;
  return which + ": it is " + write_local(asked.now, zone, asked.context.zones) + " there";
}

Result<void> write_zone(SettingChange& change, std::string_view value) {
  if (value == "default") {
    change.user.time_zone.clear();
    return change.save();
  }
  if (auto known = check_zone(change.context.zones, value, change.now); !known) return known.error();
  change.user.time_zone = value;
  return change.save();
}

std::string read_quiet(SettingAsked const& asked) {
  auto const& quiet = asked.user.times.quiet;
  return quiet ? clock_of(quiet->first) + '-' + clock_of(quiet->second) : "off";
}

std::string describe_quiet(SettingAsked const& asked) {
  auto const& quiet = asked.user.times.quiet;
  if (!quiet) return "mail comes at any hour";
  return "between " + clock_of(quiet->first) + " and " + clock_of(quiet->second) +
         zone_in_words(asked) + " mail waits" + std::string(urgent_comes);
}

// quiet = hours / "off"
Result<void> write_quiet(SettingChange& change, std::string_view value) {
  auto& quiet = change.user.times.quiet;
  if (value == "off") {
    quiet.reset();
    return change.save();
  }
  auto hours = rules::parse_hours(value);
  auto dash = value.find('-');
  if (!hours && dash != std::string_view::npos && value.substr(0, dash) == value.substr(dash + 1) &&
      rules::parse_time_of_day(value.substr(0, dash)))
    return fail(Errc::syntax, "Quiet hours begin and end at different times, as in 22:00-07:00");
  if (!hours)
    return fail(Errc::syntax, "\"" + printable(value, 40) +
                                  "\" are no quiet hours: use two times like 22:00-07:00, or off");
  quiet = {static_cast<std::uint16_t>(hours->from.count()), static_cast<std::uint16_t>(hours->until.count())};
  return change.save();
}

std::string read_digest(SettingAsked const& asked) {
  switch (asked.user.times.digest) {
    case store::Digest::hourly:
      return "hourly";
    case store::Digest::daily:
      return "daily " + clock_of(asked.user.times.digest_minute);
    case store::Digest::off:
      break;
  }
  return "off";
}

std::string describe_digest(SettingAsked const& asked) {
  switch (asked.user.times.digest) {
    case store::Digest::hourly:
      return "mail is gathered and comes once an hour" + std::string(urgent_comes);
    case store::Digest::daily:
      return "mail is gathered and comes every day at " + clock_of(asked.user.times.digest_minute) +
             zone_in_words(asked) + std::string(urgent_comes);
    case store::Digest::off:
      break;
  }
  return "mail comes one by one";
}

Result<void> write_digest(SettingChange& change, std::string_view value) {
  auto digest = rules::parse_digest(value);
  if (!digest)
    return fail(Errc::syntax,
                "\"" + printable(value, 40) +
                    "\" is no digest: use off, hourly, or daily with a time, as in daily 08:00");
  change.user.times.digest = static_cast<store::Digest>(digest->cadence);
  change.user.times.digest_minute = static_cast<std::uint16_t>(digest->at.count());
  return change.save();
}

std::string read_pause(SettingAsked const& asked) {
  return paused(asked) ? write_rfc3339(asked.user.times.pause_until) : "off";
}

std::string describe_pause(SettingAsked const& asked) {
  if (!paused(asked)) return "mail comes";
  return "mail waits until " + write_local(asked.user.times.pause_until, asked.zone(), asked.context.zones) +
         zone_in_words(asked) + std::string(urgent_comes);
}

// pause = duration / date / RFC 3339 / "off"
Result<void> write_pause(SettingChange& change, std::string_view value) {
  if (value == "off") {
    change.user.times.pause_until = {};
    return change.save();
  }
  auto until = parse_until(value, change.asked());
  if (!until)
    return fail(Errc::syntax,
                "\"" + printable(value, 40) +
                    "\" is no pause: use a time like 3d, 2026-12-24 or 2026-12-24T12:00:00Z, or off");
  if (*until <= change.now) return fail(Errc::forbidden, "This pause would be over already");
  if (*until > change.now + longest_pause) return fail(Errc::forbidden, "A pause lasts at most one year");
  change.user.times.pause_until = *until;
  return change.save();
}

}  // namespace mc::center
