// imap/command_reader.h - cuts the octets a client sends into complete commands.
//
// A command is lines and literals: a line that ends in "{5}" goes on with five octets and
// another line. The CommandFramer finds those ends, and nothing more: it parses no argument.
// It owns no buffer. Whoever reads the socket keeps what has arrived in one contiguous
// buffer that begins where the current command begins, calls next() after every read, and
// does what the step says:
//
//     more          read; at least `size` octets are missing
//     continuation  write "+ …", then call next() again: a literal of `size` octets was
//                   accepted. To refuse it instead (no such mailbox, over quota): reply,
//                   drop the whole buffer, abandon().
//     complete      the first `size` octets are one command, final CRLF included. Use it,
//                   drop them, call next() again.
//     discard       drop the first `size` octets (a blank line between commands, or the
//                   rest of something refused), call next() again
//     refused       drop the first `size` octets; the command they belonged to is over and
//                   `error` its answer, tagged with tag(). The connection is in step.
//     fatal         `error` belongs in a BYE; the connection cannot be brought in step
//
// What is refused is skipped without being kept: a caller's buffer never has to hold more
// than FrameLimits allows plus one read. Never recurses; each octet is looked at once.
// Pure; one per connection; not thread-safe.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace mc::imap {

// Octets. All limits include the value itself.
struct FrameLimits {
  std::size_t line = 64 * 1024;     // all lines of a command together, without its literals
  std::size_t literal = 64 * 1024;  // one literal
  std::size_t total = 256 * 1024;   // lines and literals of one command
  std::size_t message_literal = std::size_t{50} * 1024 * 1024;  // one literal of APPEND
  std::size_t message_total = std::size_t{100} * 1024 * 1024;   // one APPEND (MULTIAPPEND)
  // The largest non-synchronising literal. Under LITERAL+ (RFC 7888, which we announce) the
  // other limits decide; LITERAL- would make it 4096.
  std::size_t nonsync_literal = static_cast<std::size_t>(-1);
  // How much may be read and dropped to stay in step after an error; past it: fatal.
  std::size_t skip = std::size_t{128} * 1024 * 1024;

  // 8 KiB in all, nothing skipped beyond another 64 KiB: for connections not logged in.
  static FrameLimits before_login();
};

struct FrameStep {
  enum class Kind { more, continuation, complete, discard, refused, fatal };
  Kind kind = Kind::more;
  std::size_t size = 0;
  Error error = {};
};

class CommandFramer {
 public:
  explicit CommandFramer(FrameLimits limits) : limits_(limits) {}

  // Takes effect at the next command.
  void set_limits(FrameLimits limits) { pending_limits_ = limits; }

  // The frame that begins next is one bare line, in which braces mean nothing: "DONE", or a
  // client's answer during AUTHENTICATE. Complete includes its CRLF; an empty line is a line.
  // Requires: called between frames.
  void expect_line();

  // Requires: `buffer` begins at the first octet not yet dropped; octets once shown stay
  // unchanged until a step says to drop them.
  FrameStep next(std::string_view buffer);

  // The current command is over, its buffer dropped.
  void abandon();

  // The tag of the command a refused step is about; "*" when it has none that can be used.
  std::string_view tag() const { return tag_; }
  // The command that step is about, in upper case; empty when it could not be read.
  std::string_view name() const { return name_; }
  // True between frames: nothing of a command has been seen.
  bool idle() const { return total_octets_ == 0; }

 private:
  enum class State { line, literal };
  using Next = std::optional<FrameStep>;  // absent: go on scanning

  Next scan_line(std::string_view buffer);
  Next scan_literal(std::string_view buffer);
  Next end_of_line(std::string_view buffer);
  Next start_literal(std::uint64_t size, bool waits, std::string_view buffer);
  void check_literal(std::uint64_t size, bool waits, std::string_view buffer);
  void check_octets(std::string_view chunk, std::string_view buffer);
  FrameStep need(std::size_t octets);
  FrameStep end_frame();
  FrameStep out_of_step();
  void refuse(Errc code, std::string text, std::string_view buffer);
  void look_at_command(std::string_view line);
  void reset();

  FrameLimits limits_;
  FrameLimits pending_limits_ = limits_;
  State state_ = State::line;
  bool bare_line_ = false;  // expect_line()
  bool refusing_ = false;   // skipping: `error_` is the answer once the command ends
  bool first_line_ = true;
  bool takes_message_ = false;   // the command is one whose literals are messages
  std::size_t scanned_ = 0;      // octets of the caller's buffer already looked at
  std::size_t line_octets_ = 0;  // of this command, outside literals
  std::size_t total_octets_ = 0;
  std::size_t skipped_ = 0;  // of total_octets_, since it was refused
  std::size_t literal_left_ = 0;
  std::string tail_;  // the end of the current line, long enough for a literal header
  std::string tag_ = "*";
  std::string name_;
  Error error_;
};

}  // namespace mc::imap
