// imap/commands.h - the table of IMAP commands and the prototypes of their handlers.
//
// Adding a command: its function in the family's file imap/cmd_<family>.cpp, a prototype here, a
// row in commands.cpp, a transcript; a row in capabilities.cpp if it is announced. What the
// session must know about a command is a column.
//
// A handler parses its arguments (imap/parse_*.h), does its work, appends untagged responses to
// session.out(), and returns how the command ended. It never writes a tagged line and never
// catches. Updates about the selected mailbox are added by the session, before the tagged line.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/result.h"
#include "imap/cursor.h"
#include "imap/enum_set.h"
#include "imap/parse_fetch.h"
#include "imap/response.h"
#include "imap/view.h"

namespace mc::imap {

class Session;

// RFC 9051, 3
enum class State : std::uint8_t { not_authenticated, authenticated, selected, logout };
using States = EnumSet<State>;

struct Command {
  std::string_view tag;
  Cursor args;         // stands before the SP of the first argument
  NumberKind numbers;  // uid for the UID forms
};

using Answer = boost::asio::awaitable<Result<Done>>;
// Lifetime: `command` and what its Cursor points into live until the answer, or until the
// handler itself reads more from the client.
using Handler = Answer (*)(Session& session, Command const& command);

struct CommandRow {
  std::string_view name;  // upper case, as in the tagged line
  States states;          // where it is allowed
  Expunges expunges;      // may removals be announced with its answer?
  NumberKind numbers;
  Handler handler;
  std::string_view too_big = "TOOBIG";  // the response code when a literal is larger than is taken
};

// Sorted by name.
std::span<CommandRow const> command_table();
// `name` in upper case; nullptr: unknown.
CommandRow const* find_command(std::string_view name);

// cmd_access.cpp: before and around login
Answer cmd_capability(Session& session, Command const& command);
Answer cmd_noop(Session& session, Command const& command);
Answer cmd_check(Session& session, Command const& command);
Answer cmd_logout(Session& session, Command const& command);
Answer cmd_id(Session& session, Command const& command);
Answer cmd_enable(Session& session, Command const& command);
Answer cmd_starttls(Session& session, Command const& command);

// cmd_login.cpp
Answer cmd_authenticate(Session& session, Command const& command);
Answer cmd_login(Session& session, Command const& command);

// cmd_select.cpp
Answer cmd_select(Session& session, Command const& command);
Answer cmd_examine(Session& session, Command const& command);
Answer cmd_close(Session& session, Command const& command);
Answer cmd_unselect(Session& session, Command const& command);

// cmd_idle.cpp
Answer cmd_idle(Session& session, Command const& command);

// cmd_append.cpp
Answer cmd_append(Session& session, Command const& command);

// cmd_fetch.cpp, cmd_store.cpp, cmd_copy.cpp, cmd_expunge.cpp: with their UID forms
Answer cmd_fetch(Session& session, Command const& command);
Answer cmd_store(Session& session, Command const& command);
Answer cmd_copy(Session& session, Command const& command);
Answer cmd_move(Session& session, Command const& command);
Answer cmd_expunge(Session& session, Command const& command);
Answer cmd_uid_expunge(Session& session, Command const& command);

// cmd_mailbox.cpp
Answer cmd_create(Session& session, Command const& command);
Answer cmd_delete(Session& session, Command const& command);
Answer cmd_rename(Session& session, Command const& command);
Answer cmd_subscribe(Session& session, Command const& command);
Answer cmd_unsubscribe(Session& session, Command const& command);

// cmd_list.cpp
Answer cmd_list(Session& session, Command const& command);
Answer cmd_lsub(Session& session, Command const& command);
Answer cmd_namespace(Session& session, Command const& command);

// cmd_status.cpp
Answer cmd_status(Session& session, Command const& command);

// cmd_metadata.cpp
Answer cmd_get_metadata(Session& session, Command const& command);
Answer cmd_set_metadata(Session& session, Command const& command);

// cmd_search.cpp: with its UID form
Answer cmd_search(Session& session, Command const& command);

}  // namespace mc::imap
