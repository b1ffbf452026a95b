// smtp/server_reply.h - what a server says to a client, read line by line (RFC 5321, 4.2). Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mc::smtp {

struct ServerReply {
  int code = 0;
  std::vector<std::string> lines;  // without code and line end; at least one

  bool positive() const { return code / 100 == 2; }
  // "250 2.0.0 Ok: queued as 4711", lines joined by spaces, printable, at most 500 octets.
  std::string text() const;
};

// Gathers the lines of one reply.
class ReplyReader {
 public:
  enum class Progress : unsigned char { more, complete, malformed };
  // Reply-line = code [ ( SP / "-" ) textstring ], without its CRLF. Malformed: no code, lines with different
  // codes, or more than anyone has to say (100 lines).
  Progress take_line(std::string_view line);
  ServerReply take();  // Requires: complete. Ready for the next reply.

 private:
  static constexpr std::size_t max_lines = 100, max_line = 512;
  ServerReply reply_;
};

// What EHLO announced (RFC 1869 keywords).
struct Extensions {
  bool pipelining = false, starttls = false, eight_bit = false, smtputf8 = false, dsn = false, size = false;
  std::uint64_t max_size = 0;           // of SIZE; 0: not told
  std::vector<std::string> mechanisms;  // of AUTH
};
Extensions read_extensions(ServerReply const& ehlo);

}  // namespace mc::smtp
