#include "rules/units.h"

#include <algorithm>
#include <array>

#include "core/text.h"

namespace mc::rules {

namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};
constexpr std::int64_t second = 1000, hour = 3600 * second, day = 24 * hour;
constexpr std::int64_t longest = 100 * 365 * day;

constexpr std::array<Unit, 6> duration_units{
    {{"y", 365 * day}, {"w", 7 * day}, {"d", day}, {"h", hour}, {"m", 60 * second}, {"s", second}}};
constexpr std::array<Unit, 4> size_units{{{"", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}}};

constexpr std::string_view after_close = " after close";

std::size_t digits_of(std::string_view text) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
}

}  // namespace

std::optional<std::chrono::minutes> parse_time_of_day(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  for (std::size_t i : {0, 1, 3, 4})
    if (!is_digit(text[i])) return std::nullopt;
  int hour = (text[0] - '0') * 10 + text[1] - '0', minute = (text[3] - '0') * 10 + text[4] - '0';
  if (hour > 23 || minute > 59) return std::nullopt;
  return std::chrono::hours(hour) + std::chrono::minutes(minute);
}

std::string write_time_of_day(std::chrono::minutes at) {
  auto two = [](long n) { return std::string(n < 10 ? "0" : "") + std::to_string(n); };
  return two(at.count() / 60) + ':' + two(at.count() % 60);
}

std::optional<DayWindow> parse_hours(std::string_view text) {
  if (text.size() != 11 || text[5] != '-') return std::nullopt;
  auto from = parse_time_of_day(text.substr(0, 5)), until = parse_time_of_day(text.substr(6));
  if (!from || !until || *from == *until) return std::nullopt;
  return DayWindow{*from, *until, {}};
}

std::optional<Millis> parse_duration(std::string_view text) {
  std::size_t digits = digits_of(text);
  if (digits == 0 || digits > 6) return std::nullopt;
  auto number = parse_number(text.substr(0, digits));
  for (Unit const& unit : duration_units) {
    if (!number || unit.name != text.substr(digits)) continue;
    std::int64_t total = static_cast<std::int64_t>(*number) * unit.factor;
    if (total > longest) return std::nullopt;
    return Millis(total);
  }
  return std::nullopt;
}

std::string write_duration(Millis duration) {
  for (Unit const& unit : duration_units) {
    bool weeks = unit.name == "w" && duration.count() < 28 * day;  // "14d" reads better than "2w"
    if (weeks || duration.count() < unit.factor || duration.count() % unit.factor != 0) continue;
    return std::to_string(duration.count() / unit.factor) + std::string(unit.name);
  }
  return std::to_string(duration.count() / second) + "s";
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  std::size_t digits = digits_of(text);
  if (digits == 0 || digits > 9) return std::nullopt;
  auto number = parse_number(text.substr(0, digits));
  for (Unit const& unit : size_units)
    if (number && unit.name == text.substr(digits)) return *number * static_cast<std::uint64_t>(unit.factor);
  return std::nullopt;
}

std::optional<Keep> parse_keep(std::string_view text) {
  if (text == "forever") return Keep{};
  Keep keep{Keep::From::arrival, {}};
  if (text.ends_with(after_close)) {
    keep.from = Keep::From::close;
    text.remove_suffix(after_close.size());
  }
  auto duration = parse_duration(text);
  if (!duration || duration->count() == 0) return std::nullopt;
  keep.duration = *duration;
  return keep;
}

std::string write_keep(Keep const& keep) {
  if (!keep.finite()) return "forever";
  return write_duration(keep.duration) + std::string(keep.from == Keep::From::close ? after_close : "");
}

bool DayWindow::contains(std::chrono::minutes time_of_day) const {
  if (from == until) return true;
  if (from < until) return time_of_day >= from && time_of_day < until;
  return time_of_day >= from || time_of_day < until;
}

std::string write_window(DayWindow const& window) {
  std::string zone = window.recipient_zone() ? "recipient's time" : window.zone;
  return write_time_of_day(window.from) + " to " + write_time_of_day(window.until) + ' ' + zone;
}

// zone = 1*( ALPHA / DIGIT / "_" / "-" / "+" / "/" ), at most 64, starting with a letter
bool is_zone_name(std::string_view text) {
  auto letter = [](char c) { return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z'; };
  auto allowed = [&](char c) {
    return letter(c) || is_digit(c) || c == '_' || c == '-' || c == '+' || c == '/';
  };
  return !text.empty() && text.size() <= 64 && letter(text[0]) &&
         std::all_of(text.begin(), text.end(), allowed);
}

}  // namespace mc::rules
