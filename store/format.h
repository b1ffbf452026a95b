// store/format.h - the records that describe the store itself: its format version and the
// counters that give out ids. Their keys begin with octet 0, which nothing else may use.
//
// Both are plain big-endian integers, so that any version of the program can read them.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"
#include "store/engine.h"

namespace mc::store {

// The one this program writes and reads. A change of any key or record that older programs
// would misread takes the next number; docs/store-format.md says what each one changed.
constexpr std::uint32_t format_version = 1;

constexpr std::string_view format_key{"\0format", 7};
constexpr std::string_view counters_key{"\0counters", 9};

std::string write_format();  // "MCST" and the version
// Fails: unsupported (no record although there are entries, another version), in words.
Result<void> check_format(Snapshot const& s);
bool is_empty(Snapshot const& s);

// The last id given, by Counter.
using Counters = std::array<std::uint64_t, counter_count>;
std::string write_counters(Counters const& counters);
// Absent: all zero. Fewer than we know: the rest zero.
Counters load_counters(Snapshot const& s);

}  // namespace mc::store
