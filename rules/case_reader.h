// rules/case_reader.h - a cases file (rules/cases.h) as values that can be decided.
//
// Only cases.cpp goes through here. Errors are said as those of a policy: place, caret, guess.
#pragma once
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rules/policy.h"
#include "rules/timing.h"

namespace mc::rules {

// What the author named; only that is compared.
struct Expectations {
  std::optional<std::string> type, tab, email_by, folder_by;
  std::optional<bool> email, folder, malformed, reported;
  std::optional<Time> leaves;  // 1970: "now"
  std::optional<std::vector<std::string>> waits;
};

// Owns its text; the views in `facts`, `person` and `availability` point into it, so it stays where it is.
struct Case {
  std::string name;
  std::uint32_t line = 0;
  Time now{};
  Facts facts;    // without arrival and zones
  Person person;  // without groups
  Availability availability;
  Choices choices;
  Expectations expect;
  std::vector<std::string> groups;
  std::deque<std::string> texts;
  std::vector<std::pair<std::string_view, std::string_view>> headers;

  Case() = default;
  Case(Case const&) = delete;
  Case& operator=(Case const&) = delete;
};

// Empty when `problems` has errors.
std::deque<Case> read_cases(Policy const& policy, std::string_view text, Zones const* zones,
                            std::vector<Problem>& problems);

}  // namespace mc::rules
