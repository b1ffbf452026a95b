#include "center/settings.h"

#include <algorithm>
#include <array>

namespace mc::center {

namespace {

constexpr std::array table{
    SettingRow{"zone", "a time zone such as Europe/Berlin | default", read_zone, describe_zone, write_zone},
    SettingRow{"quiet", "22:00-07:00 | off", read_quiet, describe_quiet, write_quiet},
    SettingRow{"digest", "hourly | daily 08:00 | off", read_digest, describe_digest, write_digest},
    SettingRow{"pause", "3d | 2026-12-24 | 2026-12-24T12:00:00Z | off", read_pause, describe_pause,
               write_pause},
    SettingRow{"address", "an email address", read_address, describe_address, write_address},
    SettingRow{"code", "the six digits mailed to the new address", read_code, describe_code, write_code},
    SettingRow{"blocked", "addresses, +address, -address | none", read_blocked, describe_blocked, write_blocked},
};

}  // namespace

std::span<SettingRow const> settings_table() {
  return table;
}

SettingRow const* find_setting(std::string_view name) {
  auto row = std::find_if(table.begin(), table.end(), [&](SettingRow const& r) { return r.name == name; });
  return row == table.end() ? nullptr : &*row;
}

}  // namespace mc::center
