#include "imap/parse_command.h"

#include "core/text.h"

namespace mc::imap {

namespace {

std::string_view without_line_end(std::string_view frame) {
  if (frame.ends_with('\n')) frame.remove_suffix(1);
  if (frame.ends_with('\r')) frame.remove_suffix(1);
  return frame;
}

constexpr std::size_t max_tag = 200;

}  // namespace

// command = tag SP (atom / "UID" SP atom) …                             RFC 9051, 9
Result<CommandHead> parse_command(std::string_view frame, Dialect dialect) {
  CommandHead head{{}, {}, Cursor(without_line_end(frame), dialect)};
  Cursor& in = head.args;
  head.tag = in.tag();
  if (head.tag.size() > max_tag) in.fail_at(0, Errc::syntax, "The tag is too long");
  in.sp();
  head.name = to_upper(in.atom());
  if (head.name == "UID") {
    in.sp();
    head.name += ' ' + to_upper(in.atom());
  }
  if (!in.ok()) return in.finish(NoArgs{}).error();
  return head;
}

std::string_view tag_of(std::string_view frame) {
  Cursor in(frame.substr(0, max_tag + 1));
  auto tag = in.tag();
  bool whole = in.peek() == ' ' || in.peek() == '\r' || in.peek() == '\n';
  return whole ? tag : "*";
}

Result<NoArgs> parse_no_args(Cursor in) {
  return in.finish(NoArgs{});
}

}  // namespace mc::imap
