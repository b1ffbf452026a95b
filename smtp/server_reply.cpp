#include "smtp/server_reply.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/text.h"

namespace mc::smtp {

std::string ServerReply::text() const {
  std::string all = std::to_string(code);
  for (std::string const& line : lines)
    if (!line.empty()) all += ' ' + line;
  return printable(all, 500);
}

ReplyReader::Progress ReplyReader::take_line(std::string_view line) {
  bool const digits = line.size() >= 3 && std::all_of(line.begin(), line.begin() + 3, is_digit);
  if (!digits || line[0] < '2' || line[0] > '5') return Progress::malformed;
  char const separator = line.size() > 3 ? line[3] : ' ';
  if (separator != ' ' && separator != '-') return Progress::malformed;
  int const code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
  if (!reply_.lines.empty() && code != reply_.code) return Progress::malformed;
  if (reply_.lines.size() >= max_lines) return Progress::malformed;
  reply_.code = code;
  reply_.lines.emplace_back(line.size() > 4 ? line.substr(4, max_line) : std::string_view{});
  return separator == '-' ? Progress::more : Progress::complete;
}

ServerReply ReplyReader::take() {
  return std::exchange(reply_, ServerReply());
}

namespace {

// One row an extension: reads what stands behind the keyword.
struct Row {
  std::string_view keyword;
  void (*read)(std::string_view parameters, Extensions& out);
};

void read_size(std::string_view parameters, Extensions& out) {
  out.size = true;
  out.max_size = parse_number(trim(parameters)).value_or(0);
}

void read_auth(std::string_view parameters, Extensions& out) {
  for (std::string_view word : split(parameters, ' '))
    if (!word.empty()) out.mechanisms.emplace_back(word);
}

constexpr std::array<Row, 7> rows{{
    {"PIPELINING", [](std::string_view, Extensions& out) { out.pipelining = true; }},
    {"STARTTLS", [](std::string_view, Extensions& out) { out.starttls = true; }},
    {"8BITMIME", [](std::string_view, Extensions& out) { out.eight_bit = true; }},
    {"SMTPUTF8", [](std::string_view, Extensions& out) { out.smtputf8 = true; }},
    {"DSN", [](std::string_view, Extensions& out) { out.dsn = true; }},
    {"SIZE", read_size},
    {"AUTH", read_auth},
}};

}  // namespace

Extensions read_extensions(ServerReply const& ehlo) {
  Extensions out;
  for (std::size_t i = 1; i < ehlo.lines.size(); ++i) {
    std::string_view const line = trim(ehlo.lines[i]);
    auto const space = line.find(' ');
    for (Row const& row : rows)
      if (iequals(row.keyword, line.substr(0, space)))
        row.read(space == std::string_view::npos ? std::string_view{} : line.substr(space), out);
  }
  return out;
}

}  // namespace mc::smtp
