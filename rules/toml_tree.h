// rules/toml_tree.h - a TOML text as a plain tree that remembers where everything stood.
//
// The only way to the TOML library, which is heavy, recursive and may throw: this stands before it,
// bounds nesting and size first and lets no exception out. Tables keep the order of the file.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "rules/problem.h"

namespace mc::rules {

struct Place {
  std::uint32_t line = 0;    // 1-based
  std::uint32_t column = 0;  // 1-based, in characters
  auto operator<=>(Place const&) const = default;
};

struct TomlEntry;

struct TomlValue {
  enum class Kind : std::uint8_t { string, integer, real, boolean, time_of_day, date_time, array, table };

  Kind kind = Kind::table;
  Place place;
  std::string text;         // string
  std::int64_t number = 0;  // integer
  double real = 0;          // real
  bool boolean = false;
  Millis time_of_day{};            // since midnight
  Time date_time{};                // a date is its midnight; without an offset it is UTC
  std::vector<TomlValue> items;    // array
  std::vector<TomlEntry> entries;  // table, in the order of the file

  TomlEntry const* find(std::string_view key) const;  // null: not a table or no such key
};

struct TomlEntry {
  std::string key;
  Place place;  // of the key
  TomlValue value;
};

std::string_view to_string(TomlValue::Kind kind);  // "a string", "a table" …

struct TomlLoad {
  std::optional<TomlValue> root;  // absent exactly when there is a problem
  std::vector<Problem> problems;  // the first syntax error; the library stops there
};

// Any octets are safe: nesting is limited to 32 brackets and 32 dots a line.
TomlLoad parse_toml(std::string_view text, std::size_t max_octets);

}  // namespace mc::rules
