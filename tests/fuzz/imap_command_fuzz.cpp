// Any octets a client may send: cut into frames, each through its parser.
//
// The first octet chooses the dialect and how the rest is cut into reads. The frames must be the
// same as without cuts; parsers may answer what they like, in one line.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "imap/command_reader.h"
#include "tests/imap/parse_any.h"

namespace {

using namespace mc::imap;

void require(bool condition) {
  if (!condition) std::abort();
}

FrameLimits limits() {
  FrameLimits l;
  l.line = 2000;
  l.literal = 500;
  l.total = 3000;
  l.message_literal = 1000;
  l.message_total = 4000;
  l.skip = 1 << 20;
  return l;
}

std::vector<std::string> frames_of(std::string_view octets, std::size_t piece) {
  CommandFramer framer(limits());
  std::vector<std::string> frames;
  std::string buffer;
  for (; !octets.empty(); octets.remove_prefix(std::min(piece, octets.size()))) {
    buffer += octets.substr(0, piece);
    for (;;) {
      auto step = framer.next(buffer);
      require(step.size <= buffer.size() || step.kind == FrameStep::Kind::more ||
              step.kind == FrameStep::Kind::continuation);
      if (step.kind == FrameStep::Kind::fatal) return frames;
      if (step.kind == FrameStep::Kind::more) break;
      if (step.kind == FrameStep::Kind::continuation) continue;
      require(step.size > 0);
      if (step.kind == FrameStep::Kind::complete) frames.push_back(buffer.substr(0, step.size));
      if (step.kind == FrameStep::Kind::refused)
        frames.push_back(std::string(framer.tag()));  // of two faults, which is told depends on the cuts
      buffer.erase(0, step.size);
    }
    require(buffer.size() <= limits().message_total + piece);
  }
  return frames;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size < 1) return 0;
  std::string_view octets(reinterpret_cast<char const*>(data) + 1, size - 1);
  Dialect dialect{(data[0] & 1) != 0};
  auto frames = frames_of(octets, octets.size() + 1);
  require(frames == frames_of(octets, 1 + data[0] / 2));
  for (auto const& frame : frames) {
    auto why = test::why_malformed(frame, dialect);
    require(why.size() < 500 && why.find_first_of("\r\n") == std::string::npos);
  }
  return 0;
}
