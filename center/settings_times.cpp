// When mail may come: zone, quiet, digest, pause.
#include <algorithm>
#include <cstdio>
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

// time = 2DIGIT ":" 2DIGIT, 00:00 to 23:59; in minutes
std::optional<std::uint16_t> parse_time_of_day(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  auto hour = parse_number(text.substr(0, 2)), minute = parse_number(text.substr(3));
  if (!hour || !minute || *hour > 23 || *minute > 59) return std::nullopt;
  return static_cast<std::uint16_t>(*hour * 60 + *minute);
}

std::string write_time_of_day(unsigned minutes) {
  char text[16];
  std::snprintf(text, sizeof text, "%02u:%02u", minutes / 60 % 24, minutes % 60);
  return text;
}

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
  return quiet ? write_time_of_day(quiet->first) + '-' + write_time_of_day(quiet->second) : "off";
}

std::string describe_quiet(SettingAsked const& asked) {
  auto const& quiet = asked.user.times.quiet;
  if (!quiet) return "mail comes at any hour";
  return "between " + write_time_of_day(quiet->first) + " and " + write_time_of_day(quiet->second) +
         zone_in_words(asked) + " mail waits" + std::string(urgent_comes);
}

// quiet = time "-" time / "off"
Result<void> write_quiet(SettingChange& change, std::string_view value) {
  auto& quiet = change.user.times.quiet;
  if (value == "off") {
    quiet.reset();
    return change.save();
  }
  auto dash = value.find('-');
  auto from = parse_time_of_day(value.substr(0, dash));
  auto until = dash == std::string_view::npos ? std::nullopt : parse_time_of_day(value.substr(dash + 1));
  if (!from || !until)
    return fail(Errc::syntax, "\"" + printable(value, 40) +
                                  "\" are no quiet hours: use two times like 22:00-07:00, or off");
  if (*from == *until)
    return fail(Errc::syntax, "Quiet hours begin and end at different times, as in 22:00-07:00");
  quiet = {*from, *until};
  return change.save();
}

std::string read_digest(SettingAsked const& asked) {
  switch (asked.user.times.digest) {
    case store::Digest::hourly:
      return "hourly";
    case store::Digest::daily:
      return "daily " + write_time_of_day(asked.user.times.digest_minute);
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
      return "mail is gathered and comes every day at " + write_time_of_day(asked.user.times.digest_minute) +
             zone_in_words(asked) + std::string(urgent_comes);
    case store::Digest::off:
      break;
  }
  return "mail comes one by one";
}

// digest = "off" / "hourly" / "daily" SP time
Result<void> write_digest(SettingChange& change, std::string_view value) {
  store::MailTimes& times = change.user.times;
  auto space = value.find(' ');
  std::string_view word = value.substr(0, space);
  auto minute = space == std::string_view::npos ? std::nullopt : parse_time_of_day(value.substr(space + 1));
  bool simple = space == std::string_view::npos && (word == "off" || word == "hourly");
  if (!simple && !(word == "daily" && minute))
    return fail(Errc::syntax,
                "\"" + printable(value, 40) +
                    "\" is no digest: use off, hourly, or daily with a time, as in daily 08:00");
  times.digest = minute ? store::Digest::daily : word == "off" ? store::Digest::off : store::Digest::hourly;
  times.digest_minute = minute.value_or(0);
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
