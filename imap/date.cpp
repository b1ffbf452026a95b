#include "imap/date.h"

#include <array>
#include <cstdio>

#include "core/text.h"

namespace mc::imap {

namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 12> month_names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Takes pieces off the front of a text; after the first miss all is a miss.
struct Scan {
  std::string_view in;
  bool ok = true;

  int digits(std::size_t count) {
    auto value = in.size() < count ? std::nullopt : parse_number(in.substr(0, count));
    if (!value) return miss();
    in.remove_prefix(count);
    return static_cast<int>(*value);
  }
  int digits_up_to(std::size_t most) {
    std::size_t count = 0;
    while (count < in.size() && count < most && is_digit(in[count])) ++count;
    return count == 0 ? miss() : digits(count);
  }
  void expect(char c) {
    if (in.starts_with(c))
      in.remove_prefix(1);
    else
      miss();
  }
  bool take(char c) {
    if (!in.starts_with(c)) return false;
    in.remove_prefix(1);
    return true;
  }
  int month() {
    for (std::size_t i = 0; i < month_names.size(); ++i)
      if (istarts_with(in, month_names[i])) {
        in.remove_prefix(3);
        return static_cast<int>(i) + 1;
      }
    return miss();
  }
  int miss() {
    ok = false;
    return 0;
  }
};

std::optional<Day> make_day(int y, int m, int d) {
  year_month_day date{year(y), month(static_cast<unsigned>(m)), day(static_cast<unsigned>(d))};
  if (!date.ok()) return std::nullopt;
  return sys_days(date);
}

// "-" date-month "-" date-year after the day
std::optional<Day> rest_of_day(Scan& s, int d) {
  s.expect('-');
  int m = s.month();
  s.expect('-');
  int y = s.digits(4);
  return s.ok ? make_day(y, m, d) : std::nullopt;
}

// time = 2DIGIT ":" 2DIGIT ":" 2DIGIT
std::optional<seconds> take_time(Scan& s) {
  int h = s.digits(2);
  s.expect(':');
  int m = s.digits(2);
  s.expect(':');
  int sec = s.digits(2);
  if (!s.ok || h > 23 || m > 59 || sec > 60) return std::nullopt;
  return hours(h) + minutes(m) + seconds(sec);
}

// zone = ("+" / "-") 4DIGIT
std::optional<minutes> take_zone(Scan& s) {
  bool west = s.take('-');
  if (!west) s.expect('+');
  int h = s.digits(2), m = s.digits(2);
  if (!s.ok || h > 23 || m > 59) return std::nullopt;
  return minutes((west ? -1 : 1) * (h * 60 + m));
}

}  // namespace

std::optional<Day> parse_date(std::string_view text) {
  Scan s{text};
  auto day = rest_of_day(s, s.digits_up_to(2));
  return s.in.empty() ? day : std::nullopt;
}

std::string write_date(Day day) {
  year_month_day date(day);
  char out[32];
  std::snprintf(out, sizeof out, "%u-%s-%04d", static_cast<unsigned>(date.day()),
                month_names[static_cast<unsigned>(date.month()) - 1].data(), static_cast<int>(date.year()));
  return out;
}

std::optional<Time> parse_date_time(std::string_view text) {
  Scan s{text};
  auto day = rest_of_day(s, s.take(' ') ? s.digits(1) : s.digits(2));
  s.expect(' ');
  auto time = take_time(s);
  s.expect(' ');
  auto zone = take_zone(s);
  if (!day || !time || !zone || !s.ok || !s.in.empty()) return std::nullopt;
  return Time(*day) + *time - *zone;
}

std::string write_date_time(Time time, minutes zone) {
  Time local = time + zone;
  auto midnight = floor<days>(local);
  year_month_day date(midnight);
  hh_mm_ss clock(floor<seconds>(local - midnight));
  auto offset = std::abs(zone.count());
  char out[64];
  std::snprintf(out, sizeof out, "%2u-%s-%04d %02d:%02d:%02d %c%02d%02d", static_cast<unsigned>(date.day()),
                month_names[static_cast<unsigned>(date.month()) - 1].data(), static_cast<int>(date.year()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()), zone.count() < 0 ? '-' : '+',
                static_cast<int>(offset / 60 % 100), static_cast<int>(offset % 60));
  return out;
}

}  // namespace mc::imap
