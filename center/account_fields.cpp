#include "center/account_fields.h"

#include <algorithm>

#include "core/text.h"
#include "rules/units.h"

namespace mc::center {

namespace {

constexpr std::size_t max_groups = 64, max_group = 64, max_display_name = 200;

// "europe/BERLIN" -> "Europe/Berlin"
std::string with_capitals(std::string_view zone) {
  std::string out = to_lower(zone);
  bool first = true;
  for (char& c : out) {
    if (first) c = ascii_upper(c);
    first = c == '/' || c == '_' || c == '-';
  }
  return out;
}

bool is_group(std::string_view name) {
  auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '_' || c == '-'; };
  return !name.empty() && name.size() <= max_group && std::all_of(name.begin(), name.end(), allowed);
}

}  // namespace

Result<void> check_zone(rules::Zones const& zones, std::string_view name, Time now) {
  if (rules::is_zone_name(name) && zones.offset(name, now)) return {};
  std::string guess = rules::is_zone_name(name) ? with_capitals(name) : std::string();
  bool good = !guess.empty() && zones.offset(guess, now);
  return fail(Errc::syntax,
              "There is no time zone \"" + printable(name, 64) + "\"" +
                  (good ? "; did you mean " + guess + "?" : ": use a name like Europe/Berlin or UTC"));
}

Result<std::vector<std::string>> parse_groups(std::string_view text) {
  std::vector<std::string> groups;
  if (trim(text).empty()) return groups;
  for (std::string_view part : split(text, ',')) {
    std::string_view name = trim(part);
    if (!is_group(name))
      return fail(Errc::syntax,
                  "\"" + printable(name, 80) + "\" is no group: use 1 to 64 of a-z, 0-9, '_' and '-'");
    if (std::find(groups.begin(), groups.end(), name) != groups.end()) continue;
    if (groups.size() == max_groups) return fail(Errc::limit, "A user is in at most 64 groups");
    groups.emplace_back(name);
  }
  return groups;
}

Result<void> check_display_name(std::string_view text) {
  if (text.size() > max_display_name) return fail(Errc::syntax, "The name is too long: at most 200 octets");
  auto control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 127; };
  if (!is_utf8(text) || std::any_of(text.begin(), text.end(), control))
    return fail(Errc::syntax, "The name has control characters or is not UTF-8");
  return {};
}

}  // namespace mc::center
