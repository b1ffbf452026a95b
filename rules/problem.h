// rules/problem.h - what is wrong with a text an admin wrote, said so that he finds it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace mc::rules {

enum class Severity : std::uint8_t { error, warning };

struct Problem {
  Severity severity = Severity::error;
  std::uint32_t line = 0;    // 1-based; 0 when it concerns the whole file
  std::uint32_t column = 0;  // 1-based, in characters
  std::string message;       // one sentence without the place
  std::string hint;          // "did you mean "email"?", or empty
};

// policy.toml:23:38: error: unknown key "emial"
//   "rate.raised" = { tab = "alerts", emial = "on" }
//                                     ^ did you mean "email"?
// One entry a problem in the order given, each ending in a newline. Text from the file is
// made printable and long lines are cut around the column.
std::string write_problems(std::span<Problem const> problems, std::string_view file_name,
                           std::string_view file_text);

bool has_errors(std::span<Problem const> problems);

}  // namespace mc::rules
