// center/local_time.h - moments as a user's wall clock shows them. Pure but for the zones it is given.
#pragma once
#include <chrono>
#include <string>
#include <string_view>

#include "rules/facts.h"

namespace mc::center {

// "2026-12-24 07:30"; a zone that is not known counts as UTC.
std::string write_local(Time t, std::string_view zone, rules::Zones const& zones);

// The moment at which the day begins there. A midnight that summer time skips counts as the moment of the change;
// one that comes twice counts the first time.
Time local_midnight(std::chrono::year_month_day date, std::string_view zone, rules::Zones const& zones);

}  // namespace mc::center
