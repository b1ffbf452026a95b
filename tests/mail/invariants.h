// tests/mail/invariants.h - what must hold for the Summary of any octets whatever.
#pragma once
#include <string>
#include <string_view>

#include "mail/summary.h"

namespace mc::test {

// "" or the first thing that does not hold.
std::string check_summary(std::string_view octets, mail::Summary const& summary);

}  // namespace mc::test
