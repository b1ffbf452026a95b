// imap/parse_append.h - arguments of APPEND, with MULTIAPPEND (RFC 3502) and literal8.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/result.h"
#include "imap/cursor.h"
#include "imap/flag.h"

namespace mc::imap {

inline constexpr std::size_t max_append_messages = 1000;

struct AppendMessage {
  Flags flags;
  std::optional<Time> date;
  std::string_view octets;  // in the command's buffer
  bool binary = false;      // came as literal8
  bool utf8 = false;        // came as UTF8 (literal8), RFC 6855
};
struct AppendArgs {
  std::string mailbox;
  std::vector<AppendMessage> messages;  // at least one; an empty message is possible
};
// Lifetime: the messages' octets borrow the command.
Result<AppendArgs> parse_append(Cursor in);

// The mailbox of an APPEND (or the like) of which only the start has arrived, to refuse it
// before its message: `start` is a frame's beginning. Absent when it is not there yet.
std::optional<std::string> find_append_mailbox(std::string_view start, Dialect dialect);

}  // namespace mc::imap
