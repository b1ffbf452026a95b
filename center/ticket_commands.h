// center/ticket_commands.h - what agents write in the first lines of a mail: #solved, #assign bob … Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "store/tickets.h"

namespace mc::center {

struct TicketCommands {
  bool note = false;  // the mail is internal
  bool send = false;  // although somebody else answered meanwhile
  std::optional<store::TicketStatus> status;
  std::optional<std::string> assign;  // a login in lower case, "me" or "nobody"
  std::optional<store::TicketPriority> priority;
  std::vector<std::string> accept;  // addresses
  std::optional<store::TicketId> merge;
  bool any = false;
  std::string rest;  // the text behind them
};

// commands = *( *WSP CRLF ) *( "#" word [ SP arguments ] CRLF )    words in any case, before any other text
//
// Fails: forbidden, "5.5.4 …" with the list of commands, for one that is unknown or malformed, or that contradicts
// another.
Result<TicketCommands> parse_ticket_commands(std::string_view text);

// Does a text say anything of its own? Quoted lines and what introduces them, a signature ("-- ") and white space do
// not.
bool says_anything(std::string_view text);

}  // namespace mc::center
