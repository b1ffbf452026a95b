// smtp/dot_stuffer.h - a message as it goes over the wire after DATA (RFC 5321, 4.5.2): a dot more before
// lines that begin with one, CRLF at every line end, the final dot. Pure, chunk by chunk.
//
// A CR or LF alone becomes CRLF: what left it as it is would let a message end early at servers
// that take such a line end for one.
#pragma once
#include <string>
#include <string_view>

namespace mc::smtp {

class DotStuffer {
 public:
  // Appends `octets` as they are to be sent. Chunks may be cut anywhere.
  void write(std::string_view octets, std::string& out);
  // The end of the last line, if it has none, and the final dot.
  void finish(std::string& out);

 private:
  void end_line(std::string& out);

  bool line_start_ = true;
  bool after_cr_ = false;  // a CR that is not written yet
};

}  // namespace mc::smtp
