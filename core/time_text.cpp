#include "core/time_text.h"

#include <cstdio>

#include "core/text.h"

namespace mc {

namespace {

using namespace std::chrono;

struct Civil {
  year_month_day date;
  hh_mm_ss<Millis> clock;
  weekday day;
};

Civil civil(Time t) {
  auto midnight = floor<days>(t);
  return {year_month_day(midnight), hh_mm_ss<Millis>(t - midnight), weekday(midnight)};
}

// Exactly `count` digits at the front of `in`, which is advanced; -1 if they are not there.
int take_digits(std::string_view& in, std::size_t count) {
  if (in.size() < count) return -1;
  auto value = parse_number(in.substr(0, count));
  in.remove_prefix(count);
  return value ? static_cast<int>(*value) : -1;
}

bool take(std::string_view& in, char expected) {
  if (in.empty() || ascii_upper(in[0]) != expected) return false;
  in.remove_prefix(1);
  return true;
}

// ("." 1*DIGIT) in milliseconds, further digits dropped; -1 when malformed.
int take_fraction(std::string_view& in) {
  if (in.empty() || in[0] != '.') return 0;
  in.remove_prefix(1);
  int value = 0, scale = 100, digits = 0;
  for (; !in.empty() && is_digit(in[0]); in.remove_prefix(1), ++digits, scale /= 10)
    value += (in[0] - '0') * scale;
  return digits > 0 ? value : -1;
}

// "Z" / ("+" / "-") 2DIGIT ":" 2DIGIT
std::optional<minutes> take_offset(std::string_view& in) {
  if (take(in, 'Z')) return minutes(0);
  if (in.empty() || (in[0] != '+' && in[0] != '-')) return std::nullopt;
  int sign = in[0] == '-' ? -1 : 1;
  in.remove_prefix(1);
  int h = take_digits(in, 2);
  if (!take(in, ':')) return std::nullopt;
  int m = take_digits(in, 2);
  if (h < 0 || h > 23 || m < 0 || m > 59) return std::nullopt;
  return minutes(sign * (h * 60 + m));
}

}  // namespace

std::string write_rfc5322_date(Time t) {
  static constexpr char const* day_names[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr char const* month_names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  Civil c = civil(t);
  char out[64];
  std::snprintf(out, sizeof out, "%s, %02u %s %04d %02d:%02d:%02d +0000", day_names[c.day.c_encoding()],
                static_cast<unsigned>(c.date.day()), month_names[static_cast<unsigned>(c.date.month()) - 1],
                static_cast<int>(c.date.year()), static_cast<int>(c.clock.hours().count()),
                static_cast<int>(c.clock.minutes().count()), static_cast<int>(c.clock.seconds().count()));
  return out;
}

std::string write_rfc3339(Time t) {
  Civil c = civil(t);
  char out[64];
  std::snprintf(out, sizeof out, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(c.date.year()),
                static_cast<unsigned>(c.date.month()), static_cast<unsigned>(c.date.day()),
                static_cast<int>(c.clock.hours().count()), static_cast<int>(c.clock.minutes().count()),
                static_cast<int>(c.clock.seconds().count()), static_cast<int>(c.clock.subseconds().count()));
  return out;
}

std::optional<Time> parse_rfc3339(std::string_view in) {
  int y = take_digits(in, 4);
  bool ok = take(in, '-');
  int mo = take_digits(in, 2);
  ok = take(in, '-') && ok;
  int d = take_digits(in, 2);
  ok = (take(in, 'T') || take(in, ' ')) && ok;
  int h = take_digits(in, 2);
  ok = take(in, ':') && ok;
  int mi = take_digits(in, 2);
  ok = take(in, ':') && ok;
  int s = take_digits(in, 2);
  int fraction = take_fraction(in);
  auto offset = take_offset(in);
  year_month_day date{year(y), month(static_cast<unsigned>(mo)), day(static_cast<unsigned>(d))};
  if (!ok || !offset || !in.empty() || y < 0 || mo < 1 || d < 1 || !date.ok()) return std::nullopt;
  if (h < 0 || h > 23 || mi < 0 || mi > 59 || s < 0 || s > 60 || fraction < 0) return std::nullopt;
  return Time(sys_days(date)) + hours(h) + minutes(mi) + seconds(s) + Millis(fraction) - *offset;
}

std::string write_span(Millis span) {
  struct Unit {
    Millis length;
    std::string_view word;
  };
  static constexpr Unit units[] = {{days(365), "year"}, {days(1), "day"}, {hours(1), "hour"}, {minutes(1), "minute"},
                                   {seconds(1), "second"}};
  for (Unit const& unit : units) {
    if (span % unit.length != Millis(0)) continue;
    auto const count = span / unit.length;
    return std::to_string(count) + ' ' + std::string(unit.word) + (count == 1 ? "" : "s");
  }
  return std::to_string(span.count()) + " ms";
}

}  // namespace mc
