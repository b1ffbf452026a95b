// center/settings.h - a user's settings beside his choices, as one table: zone, quiet, digest, pause, address, code, blocked.
//
// Used by center/preferences.cpp alone, which says what each takes.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "center/context.h"
#include "center/local_time.h"
#include "center/policy_holder.h"
#include "core/result.h"
#include "store/accounts.h"

namespace mc::center {

struct SettingAsked {
  Context const& context;
  store::Snapshot const& s;
  store::User const& user;
  Time now;

  std::string zone() const { return users_zone(context, user, now); }
};

struct SettingChange {
  Context const& context;
  store::Transaction& tx;
  PolicyInForce const& policy;
  store::User user;  // as stored; the row changes it and saves it
  Time now;

  SettingAsked asked() const { return {context, tx, user, now}; }
  Result<void> save() { return store::update_user(tx, user); }
};

struct SettingRow {
  std::string_view name;
  std::string_view takes;                              // for people: "22:00-07:00 | off"
  std::string (*read)(SettingAsked const&);            // as write() takes it
  std::string (*describe)(SettingAsked const&);        // what holds now
  Result<void> (*write)(SettingChange&, std::string_view);  // refuses in words
};

std::span<SettingRow const> settings_table();
SettingRow const* find_setting(std::string_view name);

// The rows, by family.
std::string read_zone(SettingAsked const&);
std::string describe_zone(SettingAsked const&);
Result<void> write_zone(SettingChange&, std::string_view);
std::string read_quiet(SettingAsked const&);
std::string describe_quiet(SettingAsked const&);
Result<void> write_quiet(SettingChange&, std::string_view);
std::string read_digest(SettingAsked const&);
std::string describe_digest(SettingAsked const&);
Result<void> write_digest(SettingChange&, std::string_view);
std::string read_pause(SettingAsked const&);
std::string describe_pause(SettingAsked const&);
Result<void> write_pause(SettingChange&, std::string_view);
std::string read_address(SettingAsked const&);
std::string describe_address(SettingAsked const&);
Result<void> write_address(SettingChange&, std::string_view);
std::string read_code(SettingAsked const&);
std::string describe_code(SettingAsked const&);
Result<void> write_code(SettingChange&, std::string_view);
std::string read_blocked(SettingAsked const&);
std::string describe_blocked(SettingAsked const&);
Result<void> write_blocked(SettingChange&, std::string_view);

}  // namespace mc::center
