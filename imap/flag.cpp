#include "imap/flag.h"

#include <algorithm>
#include <array>

#include "core/text.h"
#include "imap/cursor.h"

namespace mc::imap {

namespace {

struct Row {
  SystemFlag flag;
  std::string_view name;
};
constexpr std::array rows{
    Row{SystemFlag::answered, "\\Answered"}, Row{SystemFlag::flagged, "\\Flagged"},
    Row{SystemFlag::deleted, "\\Deleted"},   Row{SystemFlag::seen, "\\Seen"},
    Row{SystemFlag::draft, "\\Draft"},
};

}  // namespace

bool Flags::has_keyword(std::string_view keyword) const {
  return std::any_of(keywords.begin(), keywords.end(), [&](auto const& k) { return iequals(k, keyword); });
}

void Flags::add(Flag const& flag) {
  if (flag.system != SystemFlag::none)
    system |= static_cast<std::uint8_t>(flag.system);
  else if (!has_keyword(flag.keyword))
    keywords.push_back(flag.keyword);
}

std::optional<SystemFlag> find_system_flag(std::string_view name) {
  for (Row const& row : rows)
    if (iequals(row.name, name)) return row.flag;
  return std::nullopt;
}

std::string_view name_of(SystemFlag flag) {
  auto at = std::find_if(rows.begin(), rows.end(), [&](Row const& row) { return row.flag == flag; });
  return at == rows.end() ? std::string_view() : at->name;
}

bool is_keyword(std::string_view text) {
  return is_atom(text) && text.size() <= max_keyword_length;
}

}  // namespace mc::imap
