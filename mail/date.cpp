#include <gmime/gmime.h>

#include <array>

#include "core/text.h"
#include "mail/decode.h"
#include "mail/headers.h"
#include "mail/init.h"
#include "mail/utf8.h"

namespace mc::mail {
namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 12> months{"jan", "feb", "mar", "apr", "may", "jun",
                                                  "jul", "aug", "sep", "oct", "nov", "dec"};

// Reads the words and numbers of a date; the first failure makes all later reads yield nothing.
class DateCursor {
 public:
  explicit DateCursor(std::string_view s) : s_(s) {}

  int number(std::size_t least, std::size_t most) {
    skip();
    std::size_t n = 0;
    int value = 0;
    while (n < s_.size() && n < most && is_digit(s_[n])) value = value * 10 + (s_[n++] - '0');
    if (n < least) failed_ = true;
    digits_ = n;
    s_.remove_prefix(n);
    return value;
  }
  std::size_t digits() const { return digits_; }
  std::string_view word() {
    skip();
    std::size_t n = 0;
    while (n < s_.size() && ascii_lower(s_[n]) >= 'a' && ascii_lower(s_[n]) <= 'z') ++n;
    auto text = s_.substr(0, n);
    s_.remove_prefix(n);
    return text;
  }
  bool accept(char c) {
    skip();
    if (!s_.starts_with(c)) return false;
    s_.remove_prefix(1);
    return true;
  }
  void expect(char c) { failed_ |= !accept(c); }
  bool at_end() {
    skip();
    return s_.empty();
  }
  void fail() { failed_ = true; }
  bool failed() const { return failed_; }

 private:
  void skip() {  // CFWS
    while (!s_.empty()) {
      if (s_[0] == '(')
        s_.remove_prefix(std::min(s_.find(')'), s_.size() - 1) + 1);
      else if (s_[0] == ' ' || s_[0] == '\t' || s_[0] == '\r' || s_[0] == '\n')
        s_.remove_prefix(1);
      else
        return;
    }
  }
  std::string_view s_;
  std::size_t digits_ = 0;
  bool failed_ = false;
};

unsigned parse_month(DateCursor& in) {
  auto word = in.word();
  for (unsigned i = 0; i < months.size(); ++i)
    if (word.size() >= 3 && iequals(word.substr(0, 3), months[i])) return i + 1;
  in.fail();
  return 1;
}

// year = 4*DIGIT; obs-year = 2*DIGIT                               RFC 5322, 4.3
int parse_year(DateCursor& in) {
  int value = in.number(2, 4);
  if (in.digits() == 2) return value + (value < 50 ? 2000 : 1900);
  return in.digits() == 3 ? value + 1900 : value;
}

struct ZoneName {
  std::string_view name;
  int minutes;
};
constexpr auto zones = std::to_array<ZoneName>({
    {"ut", 0},
    {"gmt", 0},
    {"utc", 0},
    {"z", 0},
    {"est", -300},
    {"edt", -240},
    {"cst", -360},
    {"cdt", -300},
    {"mst", -420},
    {"mdt", -360},
    {"pst", -480},
    {"pdt", -420},
});

// zone = ("+" / "-") 4DIGIT / obs-zone; a name nobody knows is UTC ("-0000").
int parse_zone(DateCursor& in) {
  int sign = in.accept('-') ? -1 : in.accept('+') ? 1 : 0;
  if (sign != 0) {
    int value = in.number(4, 4);
    if (value % 100 > 59) in.fail();
    return sign * (value / 100 * 60 + value % 100);
  }
  auto name = in.word();
  for (auto const& zone : zones)
    if (iequals(zone.name, name)) return zone.minutes;
  return 0;
}

std::optional<SentDate> make_date(year_month_day day, int hour, int minute, int second, int offset) {
  bool good = day.ok() && hour < 24 && minute < 60 && second < 61 && day.year() >= year(1000) &&
              day.year() <= year(9999) && offset > -6000 && offset < 6000;
  if (!good) return std::nullopt;
  auto time = sys_days(day) + hours(hour) + minutes(minute) + seconds(second) - minutes(offset);
  return SentDate{Time(time), day, offset};
}

// date-time = [day-of-week ","] day month year hour ":" minute [":" second] zone    RFC 5322, 3.3 and 4.3
std::optional<SentDate> parse_strictly(std::string_view text) {
  DateCursor in(text);
  if (!in.word().empty()) in.accept(',');
  int day = in.number(1, 2);
  in.accept('-');
  auto month = parse_month(in);
  in.accept('-');
  int year_number = parse_year(in);
  int hour = in.number(1, 2);
  in.expect(':');
  int minute = in.number(1, 2);
  int second = in.accept(':') ? in.number(1, 2) : 0;
  int offset = parse_zone(in);
  if (in.failed()) return std::nullopt;
  return make_date(year(year_number) / month / static_cast<unsigned>(day), hour, minute, second, offset);
}

// GMime reads what else is seen: asctime(), other orders.
std::optional<SentDate> parse_leniently(std::string const& text) {
  init();
  GDateTime* found = g_mime_utils_header_decode_date(text.c_str());
  if (!found) return std::nullopt;
  auto day = year(g_date_time_get_year(found)) / static_cast<unsigned>(g_date_time_get_month(found)) /
             static_cast<unsigned>(g_date_time_get_day_of_month(found));
  auto date = make_date(day, g_date_time_get_hour(found), g_date_time_get_minute(found),
                        g_date_time_get_second(found),
                        static_cast<int>(g_date_time_get_utc_offset(found) / (60 * G_USEC_PER_SEC)));
  g_date_time_unref(found);
  return date;
}

}  // namespace

std::optional<SentDate> parse_date(std::string_view value) {
  constexpr std::size_t longest_date = 256;
  value = trim(value);
  if (value.empty() || value.size() > longest_date || !is_ascii(value)) return std::nullopt;
  if (auto date = parse_strictly(value)) return date;
  auto text = unfold(value);
  blank_controls(text);
  return parse_leniently(text);
}

}  // namespace mc::mail
