// rules/timing.h against a model that steps through the minutes, with the real time zones of this machine.
#include "rules/timing.h"

#include <boost/test/unit_test.hpp>
#include <map>

#include "center/zones.h"
#include "core/time_text.h"

using namespace mc;
using namespace mc::rules;

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

center::SystemZones const zones;

Time midnight(int year, unsigned month = 1, unsigned day = 1) {
  return std::chrono::sys_days(std::chrono::year(year) / month / day);
}

// The offsets of a zone minute by minute around one of its changes.
struct Stretch {
  std::string zone;
  Time begin{};
  std::vector<minutes> offsets;  // [0]: at begin - 1 min

  Stretch(std::string name, Time from, Time to) : zone(std::move(name)), begin(from) {
    for (Time t = from - minutes(1); t < to; t += minutes(1)) offsets.push_back(*zones.offset(zone, t));
  }
  std::size_t size() const { return offsets.size() - 1; }
  Time at(std::size_t i) const { return begin + minutes(i); }
  minutes local(std::size_t i, std::size_t by) const {
    return std::chrono::floor<minutes>(at(i).time_since_epoch()) + offsets[by];
  }
  minutes shown(std::size_t i) const { return local(i, i + 1); }
  minutes before(std::size_t i) const { return local(i, i); }  // what the clock would show without a change just now
  static minutes of_day(minutes local) { return local - std::chrono::floor<days>(local); }
};

// The contract, word by word.
bool open(Stretch const& s, DayWindow const& window, std::size_t i) {
  if (window.contains(Stretch::of_day(s.shown(i)))) return true;
  if (s.shown(i) - s.before(i) >= days(1)) return false;
  for (minutes skipped = s.before(i); skipped < s.shown(i); ++skipped)
    if (window.contains(Stretch::of_day(skipped))) return true;
  return false;
}

// For each minute the next at which `allowed` holds; absent where the stretch ends before.
template <class Allowed>
std::vector<std::optional<Time>> model(Stretch const& s, Allowed&& allowed) {
  std::vector<std::optional<Time>> next(s.size());
  for (std::size_t i = s.size(); i-- > 0;) {
    if (i + 1 < s.size()) next[i] = next[i + 1];
    if (allowed(i)) next[i] = s.at(i);
  }
  return next;
}

std::vector<Stretch> stretches(std::string const& zone, int first_year, int last_year) {
  std::vector<Stretch> out;
  Time const end = midnight(last_year + 1);
  for (Time t = midnight(first_year); t < end; t += days(1))
    if (zones.offset(zone, t) != zones.offset(zone, t + days(1))) out.emplace_back(zone, t - days(2), t + days(4));
  if (out.empty()) out.emplace_back(zone, midnight(first_year), midnight(first_year) + days(3));
  return out;
}

std::vector<Stretch> all_stretches() {
  std::vector<Stretch> out;
  auto add = [&](std::string const& zone, int first, int last) {
    for (Stretch& s : stretches(zone, first, last)) out.push_back(std::move(s));
  };
  add("Europe/Berlin", 2025, 2027);
  add("America/New_York", 2026, 2027);
  add("Australia/Lord_Howe", 2026, 2027);
  add("Asia/Kolkata", 2026, 2026);
  add("Pacific/Apia", 2011, 2012);
  add("America/Sao_Paulo", 2017, 2019);
  add("Africa/Casablanca", 2026, 2026);
  add("Asia/Kathmandu", 2026, 2026);
  add("America/St_Johns", 2010, 2011);  // changed at 00:01
  return out;
}

std::vector<DayWindow> windows() {
  auto w = [](int from, int until) { return DayWindow{minutes(from), minutes(until), {}}; };
  return {w(480, 1200), w(120, 150), w(90, 150),  w(150, 480), w(1320, 420), w(1320, 150),
          w(0, 60),     w(0, 1),     w(1410, 30), w(100, 100), w(59, 61),    w(181, 179), w(720, 721)};
}

std::string text(std::optional<Time> t) { return t ? write_rfc3339(*t) : "none"; }

}  // namespace

BOOST_AUTO_TEST_SUITE(timing_zones)

BOOST_AUTO_TEST_CASE(the_zones_change_as_history_has_it) {
  std::map<std::string, int> count;
  for (Stretch const& s : all_stretches()) ++count[s.zone];
  BOOST_TEST(count["Europe/Berlin"] == 6);
  BOOST_TEST(count["Australia/Lord_Howe"] == 4);
  BOOST_TEST(count["America/Sao_Paulo"] == 5);
  BOOST_TEST(count["Pacific/Apia"] == 5);
}

BOOST_AUTO_TEST_CASE(the_next_moment_in_a_window_is_that_of_the_minute_stepping_model) {
  std::size_t compared = 0;
  for (Stretch const& s : all_stretches())
    for (DayWindow const& window : windows()) {
      auto expected = model(s, [&](std::size_t i) { return open(s, window, i); });
      for (std::size_t i = 0; i < s.size(); i += 3) {
        if (!expected[i]) break;
        Time found = next_in_window(window, s.zone, &zones, s.at(i));
        ++compared;
        if (found == *expected[i]) continue;
        BOOST_ERROR(s.zone << " " << write_window(window) << " asked " << text(s.at(i)) << ": " << text(found)
                           << " instead of " << text(expected[i]));
        break;
      }
    }
  BOOST_TEST(compared > 500'000u);
}

BOOST_AUTO_TEST_CASE(window_and_quiet_hours_together_are_those_of_the_model) {
  auto const all = windows();
  for (Stretch const& s : all_stretches())
    for (std::size_t a = 0; a < all.size(); ++a) {
      DayWindow const& quiet = all[(a * 5 + 3) % all.size()];
      if (quiet.from == quiet.until) continue;
      DayWindow const allowed{quiet.until, quiet.from, {}};
      Availability user;
      user.zone = s.zone;
      user.quiet = quiet;
      auto expected = model(s, [&](std::size_t i) { return open(s, all[a], i) && open(s, allowed, i); });
      bool ever = expected[0].has_value();
      for (std::size_t i = 0; ever && i < s.size() && expected[i]; i += 7) {
        Time found = next_allowed(&all[a], user, &zones, s.at(i)).at;
        if (found == *expected[i]) continue;
        BOOST_ERROR(s.zone << " " << write_window(all[a]) << " quiet " << write_window(quiet) << " asked "
                           << text(s.at(i)) << ": " << text(found) << " instead of " << text(expected[i]));
        break;
      }
    }
}

BOOST_AUTO_TEST_CASE(digests_are_those_of_the_model) {
  for (Stretch const& s : all_stretches()) {
    Availability user;
    user.zone = s.zone;
    user.digest = DigestCadence::hourly;
    DayWindow minute_zero;
    auto full_hour = [](minutes local) { return local % hours(1) == minutes(0); };
    auto hourly = model(s, [&](std::size_t i) {
      for (minutes m = s.before(i); m < s.shown(i); ++m)
        if (full_hour(m)) return true;
      return full_hour(s.shown(i));
    });
    for (std::size_t i = 0; i < s.size() && hourly[i]; i += 7)
      BOOST_REQUIRE_MESSAGE(next_digest(user, &zones, s.at(i)) == hourly[i],
                            s.zone << " hourly, asked " << text(s.at(i)) << ": "
                                   << text(next_digest(user, &zones, s.at(i))) << " instead of " << text(hourly[i]));
    user.digest = DigestCadence::daily;
    for (minutes at : {minutes(0), minutes(30), minutes(120), minutes(150), minutes(480), minutes(1439)}) {
      user.digest_at = at;
      std::map<minutes, bool> had;  // days whose digest came: a doubled time counts once
      std::vector<bool> due(s.size());
      for (std::size_t i = 0; i < s.size(); ++i) {
        minutes const first = std::min(s.before(i), s.shown(i));
        for (minutes m = first; m <= s.shown(i); ++m)
          if (Stretch::of_day(m) == at && !had[m] && (m >= s.before(i) || m == s.shown(i))) due[i] = had[m] = true;
      }
      auto daily = model(s, [&](std::size_t i) { return due[i]; });
      for (std::size_t i = 0; i < s.size() && daily[i]; i += 7)
        BOOST_REQUIRE_MESSAGE(next_digest(user, &zones, s.at(i)) == daily[i],
                              s.zone << " daily at " << at.count() << ", asked " << text(s.at(i)) << ": "
                                     << text(next_digest(user, &zones, s.at(i))) << " instead of " << text(daily[i]));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
