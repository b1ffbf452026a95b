// center/account_fields.h - what may stand in an account's fields, whoever writes them. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "rules/facts.h"

namespace mc::center {

// Fails: syntax (with an example, and a guess where capitals are all that is wrong).
Result<void> check_zone(rules::Zones const& zones, std::string_view name, Time now);

// groups = [ group *( "," group ) ]      group = 1*64( a-z / 0-9 / "_" / "-" )
// Spaces around a name do not count, nor does naming one twice. At most 64. Fails: syntax, limit.
Result<std::vector<std::string>> parse_groups(std::string_view text);

// A name as people see it: UTF-8 without control characters, at most 200 octets; may be empty. Fails: syntax.
Result<void> check_display_name(std::string_view text);

}  // namespace mc::center
