#include "center/ticket_commands.h"

#include <array>

#include "center/addresses.h"
#include "center/tickets.h"
#include "core/text.h"

namespace mc::center {

namespace {

using Read = bool (*)(std::string_view argument, TicketCommands& out);  // false: malformed, or said otherwise before

template <class T>
bool set_once(std::optional<T>& to, std::optional<T> value) {
  if (!value || (to && *to != *value)) return false;
  to = std::move(value);
  return true;
}

bool read_note(std::string_view argument, TicketCommands& out) { return out.note = true, argument.empty(); }
bool read_send(std::string_view argument, TicketCommands& out) { return out.send = true, argument.empty(); }

template <store::TicketStatus status>
bool read_status(std::string_view argument, TicketCommands& out) {
  return argument.empty() && set_once(out.status, std::optional(status));
}

bool read_assign(std::string_view argument, TicketCommands& out) {
  bool const word = !argument.empty() && argument.size() <= 64 && argument.find(' ') == std::string_view::npos;
  return word && set_once(out.assign, std::optional(to_lower(argument)));
}

bool read_priority(std::string_view argument, TicketCommands& out) {
  return set_once(out.priority, store::parse_ticket_priority(to_lower(argument)));
}

bool read_accept(std::string_view argument, TicketCommands& out) {
  constexpr std::size_t most = 20;
  if (argument.size() > 2 && argument.starts_with('<') && argument.ends_with('>'))
    argument = argument.substr(1, argument.size() - 2);
  auto const address = parse_address(argument);
  if (!address || address->domain.empty() || out.accept.size() >= most) return false;
  out.accept.emplace_back(argument);
  return true;
}

bool read_merge(std::string_view argument, TicketCommands& out) {
  auto id = parse_ticket_id(argument);
  return id && set_once(out.merge, std::optional(*id));
}

struct Row {
  std::string_view name, arguments;
  Read read;
};
constexpr std::array rows{
    Row{"note", "", read_note},
    Row{"solved", "", read_status<store::TicketStatus::solved>},
    Row{"waiting", "", read_status<store::TicketStatus::waiting>},
    Row{"open", "", read_status<store::TicketStatus::open>},
    Row{"assign", " LOGIN|me|nobody", read_assign},
    Row{"priority", " low|normal|high|urgent", read_priority},
    Row{"accept", " ADDRESS", read_accept},
    Row{"merge", " T-n", read_merge},
    Row{"send", "", read_send},
};

Error refuse(std::string_view what, std::string_view line) {
  std::string text = "5.5.4 " + std::string(what) + ' ' + printable(line, 80) + "; nothing was done. The commands are:";
  for (Row const& row : rows) text += " #" + std::string(row.name) + std::string(row.arguments);
  return fail(Errc::forbidden, std::move(text));
}

// "#" word [ SP arguments ]
Result<void> read_command(std::string_view line, TicketCommands& out) {
  std::string_view const body = line.substr(1);
  auto const space = body.find_first_of(" \t");
  std::string const word = to_lower(body.substr(0, space));
  std::string_view const argument = space == std::string_view::npos ? std::string_view() : trim(body.substr(space));
  for (Row const& row : rows) {
    if (row.name != word) continue;
    if (row.read(argument, out)) return {};
    return refuse("Malformed or contradictory command", line);
  }
  return refuse("Unknown command", line);
}

// The first line of `text`, without its end and white space at either end; `text` is what follows.
std::string_view take_line(std::string_view& text) {
  auto const end = text.find('\n');
  std::string_view const line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return trim(line);
}

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF", no_break_space = "\xC2\xA0";

std::string_view without_odd_space(std::string_view line) {
  while (line.starts_with(byte_order_mark) || line.starts_with(no_break_space)) {
    line.remove_prefix(line.starts_with(no_break_space) ? no_break_space.size() : byte_order_mark.size());
    line = trim(line);
  }
  while (line.ends_with(no_break_space)) line = trim(line.substr(0, line.size() - no_break_space.size()));
  return line;
}

}  // namespace

Result<TicketCommands> parse_ticket_commands(std::string_view text) {
  constexpr int most_commands = 50;
  TicketCommands out;
  int commands = 0;
  std::string_view behind = text;
  while (!behind.empty()) {
    std::string_view const line = without_odd_space(take_line(behind));
    if (!line.empty() && !line.starts_with('#')) break;
    if (!line.empty()) {
      if (++commands > most_commands) return refuse("Too many commands, from", line);
      if (auto good = read_command(line, out); !good) return good.error();
      out.any = true;
    }
    text = behind;  // empty lines between commands and before the text go as well
  }
  out.rest = text;
  return out;
}

namespace {

// "On Monday, 23 November 2026, Jane <jane@…> wrote:"
bool introduces_quotation(std::string_view line) {
  if (!line.ends_with(':') || line.size() > 400) return false;
  bool const named = line.find_first_of("0123456789@") != std::string_view::npos;
  return named || ifind(line, "wrote") != std::string_view::npos;
}

std::string_view next_line(std::string_view& text) {
  std::string_view line;
  while (line.empty() && !text.empty()) line = without_odd_space(take_line(text));
  return line;
}

// Are `line` and, if need be, the one behind it an introduction, and does a quotation follow?
bool begins_quotation(std::string_view line, std::string_view text) {
  std::string introduction(line);
  for (int lines = 1; lines <= 2; ++lines) {
    std::string_view const next = next_line(text);
    if (introduces_quotation(introduction)) return next.starts_with('>');
    introduction += ' ';
    introduction += next;
  }
  return false;
}

}  // namespace

bool says_anything(std::string_view text) {
  while (!text.empty()) {
    bool const signature = text.starts_with("-- \n") || text.starts_with("-- \r\n");
    std::string_view const line = without_odd_space(take_line(text));
    if (signature || line == "--" || istarts_with(line, "-----Original Message-----")) return false;
    if (line.empty() || line.starts_with('>')) continue;
    if (!begins_quotation(line, text)) return true;
    while (!text.empty() && !text.starts_with('>')) take_line(text);
  }
  return false;
}

}  // namespace mc::center
