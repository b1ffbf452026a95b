// imap/parse_command.h - the head of a command: its tag and name; and commands without arguments.
#pragma once
#include <string>
#include <string_view>

#include "core/result.h"
#include "imap/cursor.h"

namespace mc::imap {

struct CommandHead {
  std::string tag;
  std::string name;  // upper case; "UID FETCH" for the UID forms
  Cursor args;       // stands after the name: the SP before the first argument comes next
};

// command = tag SP command-name …; `frame` is a whole frame, final CRLF included.
// Fails: syntax; answer with tag_of(frame).
// Lifetime: `args` borrows `frame`.
Result<CommandHead> parse_command(std::string_view frame, Dialect dialect = {});

// The tag a reply to `frame` carries, which may be only a beginning; "*" when it has none.
// Lifetime: borrows `frame`.
std::string_view tag_of(std::string_view frame);

struct NoArgs {};
// For NOOP, LOGOUT, CAPABILITY, IDLE, CLOSE, UNSELECT, EXPUNGE, NAMESPACE, STARTTLS, CHECK, …
Result<NoArgs> parse_no_args(Cursor in);

}  // namespace mc::imap
