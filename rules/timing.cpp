#include "rules/timing.h"

#include <algorithm>
#include <array>

namespace mc::rules {

namespace {

using std::chrono::days;
using std::chrono::minutes;

constexpr days search_span{8};      // past it, window and quiet hours are taken never to meet
constexpr days longest_pause{36500};
constexpr int most_steps = 64;      // of any search below; an ordinary one takes two or three

// One zone's wall clock.
class WallClock {
 public:
  WallClock(Zones const* zones, std::string_view zone) : zones_(zones), zone_(zone) {}

  bool known(Time at) const { return zone_ == "UTC" || (zones_ && zones_->offset(zone_, at)); }
  minutes offset(Time at) const {
    if (!zones_ || zone_ == "UTC") return minutes(0);
    return zones_->offset(zone_, at).value_or(minutes(0));
  }
  Time local(Time at) const { return at + offset(at); }

  // The first moment after `from` with another offset. Requires: `to` has another one than `from`.
  Time change_between(Time from, Time to) const {
    minutes const before = offset(from);
    while (to - from > Millis(1)) {
      Time middle = from + (to - from) / 2;
      (offset(middle) == before ? from : to) = middle;
    }
    return to;
  }

  // The moment at which the clock shows `local`: the first if it does so twice, that of the change if it is skipped.
  Time moment_of(Time local) const {
    minutes const before = offset(local - days(1)), after = offset(local + days(1));
    Time const earlier = local - std::max(before, after), later = local - std::min(before, after);
    if (local == earlier + offset(earlier)) return earlier;
    if (local == later + offset(later)) return later;
    return change_between(earlier, later);
  }

 private:
  Zones const* zones_;
  std::string_view zone_;
};

Millis time_of_day(Time local) { return local - std::chrono::floor<days>(local); }

bool shows(DayWindow const& window, Time local) {
  return window.contains(std::chrono::floor<minutes>(time_of_day(local)));
}

// From `local` to the next time the clock shows `time`, were it never changed: more than zero, at most a day.
Millis until_shown(Time local, minutes time) {
  Millis wait = time - time_of_day(local);
  return wait > Millis(0) ? wait : wait + days(1);
}

// At a change that puts the clock ahead: does it skip a part of the window? One that skips a whole day
// (Pacific/Apia in 2011) is no such change: what would have been then is another day's.
bool skips_into(DayWindow const& window, Time before, Time after) {
  if (after <= before || after - before >= days(1)) return false;
  return shows(window, before) || until_shown(before, window.from) < after - before;
}

WallClock recipient_clock(Availability const& user, Zones const* zones, Time at) {
  for (std::string_view zone : {user.zone, user.site_zone})
    if (WallClock clock(zones, zone); clock.known(at)) return clock;
  return WallClock(nullptr, "UTC");
}

WallClock clock_of(DayWindow const& window, Availability const& user, Zones const* zones, Time at) {
  if (WallClock clock(zones, window.zone); !window.recipient_zone() && clock.known(at)) return clock;
  return recipient_clock(user, zones, at);
}

Time next_shown(DayWindow const& window, WallClock const& clock, Time at) {
  for (int step = 0; step < most_steps; ++step) {
    Time const local = clock.local(at);
    if (shows(window, local) || skips_into(window, at + clock.offset(at - Millis(1)), local)) return at;
    Time const next = at + until_shown(local, window.from);
    if (clock.offset(next) == clock.offset(at)) return next;
    at = clock.change_between(at, next);
  }
  return at;
}

// A day's interval of some wall clock in which mail may leave.
struct Opening {
  DayWindow window;
  WallClock clock;
  Wait wait;
};

struct Found {
  Time at{};
  std::uint8_t waits = 0;
};

std::uint8_t bit(Wait wait) { return static_cast<std::uint8_t>(wait); }

// The first moment that all of them allow; absent when there is none soon.
std::optional<Found> find_common(std::vector<Opening> const& openings, Time const at) {
  Found found{at, 0};
  for (std::size_t agreed = 0, i = 0; agreed < openings.size(); i = (i + 1) % openings.size()) {
    Time const next = next_shown(openings[i].window, openings[i].clock, found.at);
    if (next > at + search_span) return std::nullopt;
    agreed = next == found.at ? agreed + 1 : 1;
    if (next != found.at) found.waits |= bit(openings[i].wait);
    found.at = next;
  }
  return found;
}

std::vector<Opening> openings_of(DayWindow const* window, Availability const& user, Zones const* zones, Time at) {
  std::vector<Opening> out;
  if (window) out.push_back({*window, clock_of(*window, user, zones, at), Wait::window});
  if (user.quiet && user.quiet->from != user.quiet->until)
    out.push_back({{user.quiet->until, user.quiet->from, {}}, recipient_clock(user, zones, at), Wait::quiet});
  return out;
}

Departure leave_at(DayWindow const* window, Availability const& user, Zones const* zones, Time at) {
  Departure departure{at, 0};
  if (Time pause = std::min(user.pause_until, at + longest_pause); pause > at) {
    departure.at = pause;
    departure.waits |= bit(Wait::pause);
  }
  auto openings = openings_of(window, user, zones, departure.at);
  auto found = find_common(openings, departure.at);
  while (!found) {  // quiet hours are the last of them: without them, what is left always finds a moment
    openings.pop_back();
    found = find_common(openings, departure.at);
  }
  departure.at = found->at;
  departure.waits |= found->waits;
  return departure;
}

Time next_full_hour(WallClock const& clock, Time at) {
  using std::chrono::hours;
  for (int step = 0; step < most_steps; ++step) {
    Time const local = clock.local(at), before = at + clock.offset(at - Millis(1));
    if (local == std::chrono::ceil<hours>(local) || std::chrono::ceil<hours>(before) < local) return at;
    Time const next = at + (std::chrono::ceil<hours>(local) - local);
    if (clock.offset(next) == clock.offset(at)) return next;
    at = clock.change_between(at, next);
  }
  return at;
}

Time next_time_of_day(WallClock const& clock, minutes time, Time at) {
  auto day = std::chrono::floor<days>(clock.local(at)) - days(1);
  for (int step = 0; step < most_steps; ++step, day += days(1))
    if (Time moment = clock.moment_of(Time(day) + time); moment >= at) return moment;
  return at;
}

struct WaitRow {
  Wait wait;
  std::string_view name, words;
};
constexpr std::array<WaitRow, 6> wait_rows{{
    {Wait::window, "window", "its time of day"},
    {Wait::quiet, "quiet", "your quiet hours"},
    {Wait::pause, "pause", "your pause"},
    {Wait::unread, "unread", "to be read here first"},
    {Wait::digest, "digest", "your digest"},
    {Wait::burst, "burst", "many of its kind at once"},
}};

}  // namespace

std::optional<Digest> parse_digest(std::string_view text) {
  constexpr std::string_view daily = "daily ";
  if (text == "off") return Digest{};
  if (text == "hourly") return Digest{DigestCadence::hourly, {}};
  auto at = text.starts_with(daily) ? parse_time_of_day(text.substr(daily.size())) : std::nullopt;
  return at ? std::optional(Digest{DigestCadence::daily, *at}) : std::nullopt;
}

Departure plan_departure(Policy const& policy, Decision const& decision, Availability const& user, Zones const* zones,
                         Time now) {
  Timing const& timing = decision.timing;
  if (timing.urgent) return {now, 0};
  Departure departure{now, 0};
  if (timing.unread_delay > Millis(0)) {
    departure = {now + timing.unread_delay, bit(Wait::unread)};
  } else if (auto digest = next_digest(user, zones, now); digest && *digest > now) {
    departure = {*digest, bit(Wait::digest)};
  }
  auto const& window = timing.window_rule ? policy.rule(timing.window_rule).set.send : std::nullopt;
  Departure const left = leave_at(window ? &*window : nullptr, user, zones, departure.at);
  return {left.at, static_cast<std::uint8_t>(departure.waits | left.waits)};
}

Departure next_allowed(DayWindow const* window, Availability const& user, Zones const* zones, Time at) {
  return leave_at(window, user, zones, at);
}

std::optional<Time> next_digest(Availability const& user, Zones const* zones, Time at) {
  WallClock const clock = recipient_clock(user, zones, at);
  switch (user.digest) {
    case DigestCadence::off: return std::nullopt;
    case DigestCadence::hourly: return next_full_hour(clock, at);
    case DigestCadence::daily: break;
  }
  return next_time_of_day(clock, user.digest_at, at);
}

Time next_in_window(DayWindow const& window, std::string_view zone, Zones const* zones, Time at) {
  return next_shown(window, WallClock(zones, zone), at);
}

std::string write_waits(std::uint8_t waits) {
  std::string out;
  for (WaitRow const& row : wait_rows) {
    if (!(waits & bit(row.wait))) continue;
    if (!out.empty()) out += ", ";
    out += row.words;
  }
  return out;
}

std::vector<std::string_view> names_of_waits(std::uint8_t waits) {
  std::vector<std::string_view> names;
  for (WaitRow const& row : wait_rows)
    if (waits & bit(row.wait)) names.push_back(row.name);
  return names;
}

}  // namespace mc::rules
