#include "imap/command_reader.h"

#include <algorithm>
#include <array>
#include <limits>

#include "core/text.h"
#include "imap/parse_command.h"

namespace mc::imap {

namespace {

constexpr std::size_t tail_size = 48;
constexpr std::array<std::string_view, 1> message_commands{"APPEND"};

struct Header {
  enum class Kind { none, literal, immense };
  Kind kind = Kind::none;
  std::uint64_t size = 0;
  bool waits = true;  // synchronising: the client waits for our "+"
};

// "{" number64 ["+"] "}" CRLF at the end of a line, of which `tail` is all or the last part.
Header find_header(std::string_view tail) {
  while (tail.ends_with('\n') || tail.ends_with('\r')) tail.remove_suffix(1);
  if (!tail.ends_with('}')) return {};
  tail.remove_suffix(1);
  Header header;
  header.waits = !tail.ends_with('+');
  if (!header.waits) tail.remove_suffix(1);
  auto digits = tail;
  while (!digits.empty() && is_digit(digits.back())) digits.remove_suffix(1);
  auto number = tail.substr(digits.size());
  if (number.empty()) return {};
  if (digits.empty() && tail.size() + 4 >= tail_size) return {Header::Kind::immense, 0, header.waits};
  if (!digits.ends_with('{')) return {};
  auto size = parse_number(number);
  bool fits = size && *size <= std::uint64_t{std::numeric_limits<std::int64_t>::max()};
  header.kind = fits ? Header::Kind::literal : Header::Kind::immense;
  header.size = fits ? *size : 0;
  return header;
}

}  // namespace

FrameLimits FrameLimits::before_login() {
  FrameLimits limits;
  limits.line = limits.literal = limits.total = limits.message_literal = limits.message_total = 8 * 1024;
  limits.skip = 64 * 1024;
  return limits;
}

void CommandFramer::expect_line() {
  bare_line_ = true;
}

void CommandFramer::abandon() {
  reset();
}

FrameStep CommandFramer::next(std::string_view buffer) {
  if (idle()) {
    limits_ = pending_limits_;
    tag_ = "*";
    name_.clear();
  }
  for (;;) {
    auto step = state_ == State::literal ? scan_literal(buffer) : scan_line(buffer);
    if (step) return *std::move(step);
  }
}

// What there is has been scanned. Refused octets are not kept: they go before more is read.
FrameStep CommandFramer::need(std::size_t octets) {
  if (!refusing_ || scanned_ == 0) return {FrameStep::Kind::more, octets};
  FrameStep step{FrameStep::Kind::discard, scanned_};
  scanned_ = 0;
  return step;
}

CommandFramer::Next CommandFramer::scan_line(std::string_view buffer) {
  auto rest = buffer.substr(scanned_);
  if (rest.empty()) return need(1);
  auto newline = rest.find('\n');
  auto chunk = rest.substr(0, newline == std::string_view::npos ? newline : newline + 1);
  check_octets(chunk, buffer);
  scanned_ += chunk.size();
  total_octets_ += chunk.size();
  line_octets_ += chunk.size();
  if (refusing_) skipped_ += chunk.size();
  tail_ += chunk.substr(chunk.size() - std::min(chunk.size(), tail_size));
  tail_.erase(0, tail_.size() - std::min(tail_.size(), tail_size));
  std::size_t total = takes_message_ ? limits_.message_total : limits_.total;
  if (line_octets_ > limits_.line || total_octets_ > total)
    refuse(Errc::syntax, "The command line is too long", buffer);
  if (skipped_ > limits_.skip) return out_of_step();
  if (newline == std::string_view::npos) return need(1);
  return end_of_line(buffer);
}

// NUL stands in no line, CR only before LF.
void CommandFramer::check_octets(std::string_view chunk, std::string_view buffer) {
  if (chunk.find('\0') != std::string_view::npos)
    refuse(Errc::syntax, "A command line holds a NUL octet", buffer);
  auto cr = chunk.find('\r');
  bool inside = cr != std::string_view::npos && cr + 1 < chunk.size() && chunk[cr + 1] != '\n';
  bool before = tail_.ends_with('\r') && chunk[0] != '\n';
  if (inside || before) refuse(Errc::syntax, "A command line holds a bare CR", buffer);
}

CommandFramer::Next CommandFramer::end_of_line(std::string_view buffer) {
  bool blank = first_line_ && (tail_ == "\r\n" || tail_ == "\n");
  if (blank && !bare_line_ && !refusing_) {
    FrameStep step{FrameStep::Kind::discard, scanned_};
    reset();
    return step;
  }
  if (!tail_.ends_with("\r\n")) refuse(Errc::syntax, "Lines end with CRLF, not with a bare LF", buffer);
  Header header = bare_line_ ? Header{} : find_header(tail_);
  tail_.clear();
  if (header.kind == Header::Kind::none) return end_frame();
  if (first_line_ && !refusing_) look_at_command(buffer.substr(0, scanned_));
  first_line_ = false;
  if (header.kind == Header::Kind::literal) return start_literal(header.size, header.waits, buffer);
  refuse(Errc::syntax, "The size of the literal is not a number of at most 63 bits", buffer);
  if (!header.waits) return out_of_step();  // nobody knows how much follows
  return end_frame();
}

void CommandFramer::check_literal(std::uint64_t size, bool waits, std::string_view buffer) {
  std::size_t most = takes_message_ ? limits_.message_literal : limits_.literal;
  std::size_t total = takes_message_ ? limits_.message_total : limits_.total;
  if (size > most || size > total - std::min(total, total_octets_))
    refuse(Errc::too_big, "The literal is too big, at most " + std::to_string(most) + " octets are taken",
           buffer);
  if (!waits && size > limits_.nonsync_literal)
    refuse(Errc::syntax, "The non-synchronising literal is too big", buffer);
}

CommandFramer::Next CommandFramer::start_literal(std::uint64_t size, bool waits, std::string_view buffer) {
  check_literal(size, waits, buffer);
  if (refusing_ && waits) return end_frame();  // a client that waits sends nothing more
  if (refusing_ && size > limits_.skip - std::min(limits_.skip, skipped_)) return out_of_step();
  state_ = State::literal;
  literal_left_ = static_cast<std::size_t>(size);
  if (!waits) return std::nullopt;
  return FrameStep{FrameStep::Kind::continuation, literal_left_};
}

CommandFramer::Next CommandFramer::scan_literal(std::string_view buffer) {
  std::size_t taken = std::min(literal_left_, buffer.size() - scanned_);
  scanned_ += taken;
  total_octets_ += taken;
  literal_left_ -= taken;
  if (refusing_) skipped_ += taken;
  if (literal_left_ > 0) return need(literal_left_ + 2);
  state_ = State::line;
  return std::nullopt;
}

// The first reason stays. The command's tag is kept, as its octets will not be.
void CommandFramer::refuse(Errc code, std::string text, std::string_view buffer) {
  if (refusing_) return;
  if (first_line_ && !bare_line_) look_at_command(buffer.substr(0, limits_.line));
  refusing_ = true;
  error_ = {code, std::move(text)};
}

void CommandFramer::look_at_command(std::string_view line) {
  tag_ = tag_of(line);
  auto name = line.substr(std::min(line.size(), tag_.size() + 1));
  name = name.substr(0, name.find_first_of(" \r\n"));
  name_ = to_upper(name.substr(0, tail_size));
  takes_message_ = std::any_of(message_commands.begin(), message_commands.end(),
                               [&](std::string_view known) { return iequals(known, name); });
}

FrameStep CommandFramer::end_frame() {
  FrameStep step{refusing_ ? FrameStep::Kind::refused : FrameStep::Kind::complete, scanned_,
                 std::move(error_)};
  reset();
  return step;
}

FrameStep CommandFramer::out_of_step() {
  FrameStep step{FrameStep::Kind::fatal, scanned_, std::move(error_)};
  reset();
  return step;
}

void CommandFramer::reset() {
  state_ = State::line;
  bare_line_ = refusing_ = takes_message_ = false;
  first_line_ = true;
  scanned_ = line_octets_ = total_octets_ = skipped_ = literal_left_ = 0;
  tail_.clear();
  error_ = {};
}

}  // namespace mc::imap
