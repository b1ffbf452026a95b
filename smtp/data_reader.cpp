#include "smtp/data_reader.h"

#include <utility>

namespace mc::smtp {

void DataReader::discard(ContentFault why) {
  if (fault_ != ContentFault::none) return;
  fault_ = why;
  std::string().swap(content_);
}

void DataReader::keep(std::string_view octets) {
  seen_ += octets.size();
  if (seen_ > max_size_) discard(ContentFault::too_big);
  if (fault_ == ContentFault::none) content_ += octets;
}

std::size_t DataReader::feed(std::string_view octets) {
  std::size_t at = 0;
  while (at < octets.size() && !ended()) {
    char const c = octets[at];
    switch (state_) {
      case State::line_start:
        state_ = c == '.' ? State::dot : State::text;
        at += c == '.';
        break;
      case State::text:
        at += read_text(octets.substr(at));
        break;
      case State::cr:
        read_after_cr(c);
        at += c == '\r' || c == '\n';
        break;
      case State::dot:
        state_ = c == '\r' ? State::dot_cr : State::text;
        at += c == '\r';
        break;
      case State::dot_cr:
        read_after_dot_cr(c);
        at += c == '\r' || c == '\n';
        break;
      case State::ended:
        break;
    }
  }
  return at;
}

// Up to the next CR, which is consumed, or to the end. A LF on the way stands alone.
std::size_t DataReader::read_text(std::string_view octets) {
  std::size_t const cr = octets.find('\r');
  std::string_view const run = octets.substr(0, cr);
  if (run.find('\n') != std::string_view::npos) discard(ContentFault::bare_line_end);
  keep(run);
  if (cr == std::string_view::npos) return octets.size();
  state_ = State::cr;
  return cr + 1;
}

void DataReader::read_after_cr(char c) {
  if (c == '\n') {
    keep("\r\n");
    state_ = framing_ == Framing::dots ? State::line_start : State::text;
    return;
  }
  keep("\r");
  discard(ContentFault::bare_line_end);
  if (c != '\r') state_ = State::text;
}

void DataReader::read_after_dot_cr(char c) {
  if (c == '\n') {
    state_ = State::ended;
    return;
  }
  keep("\r");
  discard(ContentFault::bare_line_end);
  state_ = c == '\r' ? State::cr : State::text;
}

void DataReader::finish() {
  if (state_ == State::cr) discard(ContentFault::bare_line_end);
  state_ = State::ended;
}

}  // namespace mc::smtp
