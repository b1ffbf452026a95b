#include "rules/footer.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "core/text.h"
#include "rules/reader.h"

namespace mc::rules {

namespace {

struct Row {
  std::string_view text;
  Placeholder placeholder;
};
constexpr std::array<Row, 2> rows{{
    {"{unsubscribe}", Placeholder::unsubscribe},
    {"{settings}", Placeholder::settings},
}};

// The one that `text` begins with.
Row const* find_row(std::string_view text) {
  auto row = std::find_if(rows.begin(), rows.end(), [&](Row const& r) { return text.starts_with(r.text); });
  return row == rows.end() ? nullptr : &*row;
}

Error bad_brace(std::string_view from) {
  if (from.starts_with('}')) return fail(Errc::syntax, "\"}\" ends no placeholder");
  auto end = from.find('}');
  if (end == std::string_view::npos) return fail(Errc::syntax, "\"{\" begins no placeholder");
  return fail(Errc::syntax, quoted(from.substr(0, end + 1)) + " is no placeholder ({unsubscribe}, {settings})");
}

bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7f; }

// Absent: the line is left out.
std::optional<std::string> fill_line(std::string_view line, PlaceholderValue const& value) {
  std::string out;
  while (!line.empty()) {
    Row const* row = find_row(line);
    std::string filled = row ? value(row->placeholder) : std::string(line.substr(0, 1));
    if (filled.empty()) return std::nullopt;
    out += filled;
    line.remove_prefix(row ? row->text.size() : 1);
  }
  return out;
}

}  // namespace

Result<void> check_footer(std::string_view footer) {
  if (trim(footer).empty()) return fail(Errc::syntax, "\"footer\" is empty");
  if (std::any_of(footer.begin(), footer.end(), is_control))
    return fail(Errc::syntax, "\"footer\" contains a control character");
  for (std::string_view line : split(footer, '\n'))
    if (line.size() > max_footer_line)
      return fail(Errc::syntax, "\"footer\" has a line of more than " + std::to_string(max_footer_line) + " octets");
  for (auto at = footer.find_first_of("{}"); at != std::string_view::npos; at = footer.find_first_of("{}", at)) {
    Row const* row = find_row(footer.substr(at));
    if (!row) return bad_brace(footer.substr(at));
    at += row->text.size();
  }
  return {};
}

bool asks_for(std::string_view footer, Placeholder placeholder) {
  return std::any_of(rows.begin(), rows.end(), [&](Row const& row) {
    return row.placeholder == placeholder && footer.find(row.text) != std::string_view::npos;
  });
}

std::string fill_footer(std::string_view footer, PlaceholderValue const& value) {
  std::string out;
  std::size_t used = 0;  // of `out`, without empty lines at the end
  for (std::string_view line : split(footer, '\n')) {
    auto filled = fill_line(line, value);
    if (!filled) continue;
    while (filled->ends_with(' ') && *filled != "-- ") filled->pop_back();
    if (filled->empty() && out.empty()) continue;
    out += *filled + '\n';
    if (!filled->empty()) used = out.size();
  }
  out.resize(used);
  return out;
}

}  // namespace mc::rules
