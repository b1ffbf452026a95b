// core/time_text.h - times as mail writes them. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"

namespace mc {

// "Mon, 23 Nov 2026 15:33:15 +0000"                                RFC 5322, 3.3
std::string write_rfc5322_date(Time t);
// "2026-11-23T15:33:15.123Z"                                       RFC 3339
std::string write_rfc3339(Time t);
// RFC 3339 with any offset and optional fraction; absent when malformed or out of range.
std::optional<Time> parse_rfc3339(std::string_view text);

// "15 minutes", "1 year": in the largest unit that divides it; a year has 365 days.
std::string write_span(Millis span);

}  // namespace mc
