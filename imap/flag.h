// imap/flag.h - message flags as IMAP writes them (RFC 9051, 2.3.2).
//
// A flag is a system flag (one bit) or a keyword (an atom, compared without case, kept in
// the case it was first given). \Recent is no Flag: it cannot be set, and we never have it.
// Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mc::imap {

enum class SystemFlag : std::uint8_t {
  none = 0,
  answered = 1,
  flagged = 2,
  deleted = 4,
  seen = 8,
  draft = 16
};

inline constexpr std::size_t max_keyword_length = 100;
inline constexpr std::size_t max_flags_in_list = 128;

struct Flag {
  SystemFlag system = SystemFlag::none;  // none: `keyword` is it
  std::string keyword;
  bool operator==(Flag const&) const = default;
};

// Any number of flags, each once.
struct Flags {
  std::uint8_t system = 0;  // SystemFlag bits
  std::vector<std::string> keywords;

  bool has(SystemFlag flag) const { return (system & static_cast<std::uint8_t>(flag)) != 0; }
  bool has_keyword(std::string_view keyword) const;  // ignoring case
  void add(Flag const& flag);
  bool empty() const { return system == 0 && keywords.empty(); }
  bool operator==(Flags const&) const = default;
};

// "\Seen" and so on, ignoring case; absent for anything else, also for \Recent.
std::optional<SystemFlag> find_system_flag(std::string_view name);
std::string_view name_of(SystemFlag flag);  // "\\Seen"; Requires: exactly one flag
// atom, and not longer than max_keyword_length                          RFC 9051, 9: flag-keyword
bool is_keyword(std::string_view text);

}  // namespace mc::imap
