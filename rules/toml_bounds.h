// rules/toml_bounds.h - refuses what a recursive TOML parser had better not see.
#pragma once
#include <optional>
#include <string_view>

#include "rules/problem.h"

namespace mc::rules {

inline constexpr int max_toml_depth = 32;  // brackets open at once, and dots outside strings in one line

// Too deep nesting, invalid UTF-8, non-ASCII outside strings and comments, a table without a name; absent
// when the text may be parsed. One pass.
std::optional<Problem> check_toml_bounds(std::string_view text);

}  // namespace mc::rules
