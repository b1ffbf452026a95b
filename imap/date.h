// imap/date.h - the two ways IMAP writes dates. Pure.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"

namespace mc::imap {

// A calendar day without time or zone, as SEARCH compares (RFC 9051, 6.4.4).
using Day = std::chrono::sys_days;

// date-text = date-day "-" date-month "-" date-year; "1-Feb-1994"       RFC 9051, 9
// Absent when malformed or not in the calendar.
std::optional<Day> parse_date(std::string_view text);
std::string write_date(Day day);

// Without the quotes: date-day-fixed "-" date-month "-" date-year SP time SP zone
// "17-Jul-1996 02:44:25 -0700", " 1-Feb-1994 …". A leap second counts as the next second.
// Absent when malformed or out of range.
std::optional<Time> parse_date_time(std::string_view text);
// The same form, in the given zone; milliseconds are dropped.
std::string write_date_time(Time time, std::chrono::minutes zone = std::chrono::minutes(0));

}  // namespace mc::imap
