// center/local_time.h - moments as a user's wall clock shows them. Pure but for the zones it is given.
#pragma once
#include <chrono>
#include <string>
#include <string_view>

#include "center/context.h"
#include "rules/facts.h"
#include "store/accounts.h"

namespace mc::center {

// The zone his times are read and shown in: his own; if he has none or this machine does not know it, the site's;
// else UTC.
std::string users_zone(Context const& context, store::User const& user, Time at);
// "2026-11-24 08:00 Europe/Berlin"
std::string write_users_time(Context const& context, store::User const& user, Time at);

// "2026-12-24 07:30"; a zone that is not known counts as UTC.
std::string write_local(Time t, std::string_view zone, rules::Zones const& zones);

// The moment at which the day begins there. A midnight that summer time skips counts as the moment of the change;
// one that comes twice counts the first time.
Time local_midnight(std::chrono::year_month_day date, std::string_view zone, rules::Zones const& zones);

}  // namespace mc::center
