// smtp/data_reader.h - the content of one message, octet by octet: where it ends, and whether its
// line ends are sound. Pure: knows no socket and no budget.
//
// After DATA (RFC 5321, 4.5.2) the content ends with CRLF "." CRLF and with nothing else, and the dot a
// client puts before a line that begins with one is taken away. After BDAT (RFC 3030) the client has
// counted the octets and nothing is taken away.
//
// A CR or LF alone makes the message unacceptable: other servers take such a sequence for the
// end of the data, which is how a second message is smuggled past this one. NUL, 8-bit octets
// and lines of any length are content.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace mc::smtp {

enum class Framing : unsigned char { dots, counted };

// Why nothing is kept of a message; the first reason stands.
enum class ContentFault : unsigned char { none, bare_line_end, too_big, no_memory };

class DataReader {
 public:
  DataReader(Framing framing, std::uint64_t max_size) : max_size_(max_size), framing_(framing) {
    if (framing == Framing::counted) state_ = State::text;
  }

  // Takes octets as they came; the answer is how many of them belonged to the content, fewer
  // than given only if it ended there (dots).
  std::size_t feed(std::string_view octets);
  // Framing::counted: no more octets come. A CR at the very end stands alone.
  void finish();

  bool ended() const { return state_ == State::ended; }
  ContentFault fault() const { return fault_; }
  // Nothing is kept from now on; the end of the content is still found.
  void discard(ContentFault why);

  std::uint64_t seen() const { return seen_; }  // octets of content so far, kept or not
  std::size_t kept() const { return content_.size(); }
  std::size_t capacity() const { return content_.capacity(); }
  void reserve(std::size_t octets) { content_.reserve(octets); }
  std::string take() { return std::move(content_); }

 private:
  // Where the next octet stands.
  enum class State : unsigned char {
    line_start,  // after CRLF, or first of all
    text,
    cr,      // after a CR
    dot,     // after a dot at line_start
    dot_cr,  // after such a dot and a CR
    ended,
  };
  std::size_t read_text(std::string_view octets);
  void read_after_cr(char c);
  void read_after_dot_cr(char c);
  void keep(std::string_view octets);

  std::string content_;
  std::uint64_t max_size_;
  std::uint64_t seen_ = 0;
  State state_ = State::line_start;
  Framing framing_;
  ContentFault fault_ = ContentFault::none;
};

}  // namespace mc::smtp
