// What a session reads: waiting for it, its limits of time and memory, and its frames.
#include <algorithm>
#include <cstring>

#include "center/access.h"
#include "center/desk.h"
#include "imap/parse_append.h"
#include "imap/parse_command.h"
#include "imap/session.h"
#include "imap/updates.h"

namespace mc::imap {

namespace {

constexpr std::size_t ordinary_read = 4096;
constexpr std::size_t ordinary_command = 128 * 1024;  // more is counted by the MemoryBudget
constexpr std::uint64_t copies = 2;                   // of a message in memory while it is appended
constexpr std::size_t kept_output = 512;

net::SteadyTime steady_now() {
  return std::chrono::steady_clock::now();
}

}  // namespace

asio::awaitable<bool> Session::receive(std::size_t missing) {
  co_await flush();
  if (idling() || (framer_.idle() && input_.empty())) {
    literals_.drop();
    if (!co_await sleep()) co_return false;
  }
  std::uint64_t whole = input_.size() + std::uint64_t{missing};
  if (whole > ordinary_command && !literals_.try_cover(copies * whole)) {
    bye("LIMIT", "Too many large messages at once, try again later");
    co_return true;
  }
  limit_time(missing);
  auto room = input_.prepare(std::max(missing, ordinary_read));
  if (room.empty()) {
    bye("", "Command too long");
    co_return true;
  }
  std::size_t count = co_await stream_->read_some(room);
  input_.commit(count);
  co_return count > 0;
}

// From its first octet on a command has to arrive in time, more for a message.
void Session::limit_time(std::uint64_t octets) {
  if (state_ == State::not_authenticated || idling()) return;  // login_deadline_; none
  constexpr std::uint64_t timely = std::uint64_t{16} << 20;    // octets per command_time
  if (timed_octets_ != 0 && octets <= timed_octets_) return;
  timed_octets_ = std::max<std::uint64_t>(octets, ordinary_read);
  stream_->set_deadline(steady_now() + limits_->command_time * (1 + octets / timely));
}

Millis Session::patience() const {
  if (idling()) return limits_->heartbeat;
  if (state_ != State::not_authenticated) return limits_->idle_time;
  auto left = std::chrono::duration_cast<Millis>(login_deadline_ - steady_now());
  return std::max(left, Millis(1));
}

asio::awaitable<bool> Session::sleep() {
  stop_timing();
  while (state_ != State::logout) {
    release_memory();
    net::Woke woke = co_await stream_->wait(patience());
    if (woke == net::Woke::readable) co_return true;
    if (woke == net::Woke::timed_out) on_timeout();
    if (idling()) catch_up(*this, Expunges::tell);
    check_welcome();
    co_await flush();
  }
  co_return false;
}

void Session::stop_timing() {
  timed_octets_ = 0;
  if (state_ != State::not_authenticated) stream_->clear_deadline();
}

void Session::on_timeout() {
  if (!idling())
    return bye("", state_ == State::not_authenticated ? "Login took too long" : "Silent for too long");
  Writer writer = out();
  write_untagged(writer, Status::ok, "", "Still here");
}

void Session::release_memory() {
  input_.release();
  if (output_.empty() && output_.capacity() > kept_output) std::string().swap(output_);
}

void Session::grow_input() {
  FrameLimits const& frame = limits_->frame;
  framer_.set_limits(frame);
  net::InputBuffer larger(std::max(frame.message_total, frame.total) + frame.line + ordinary_command);
  std::string_view rest = input_.data();
  if (!rest.empty()) {
    auto room = larger.prepare(rest.size());
    std::memcpy(room.data(), rest.data(), rest.size());
    larger.commit(rest.size());
  }
  input_ = std::move(larger);
}

asio::awaitable<void> Session::take(FrameStep const& step) {
  using Kind = FrameStep::Kind;
  switch (step.kind) {
    case Kind::more:
      break;  // receive() has done it
    case Kind::discard:
      input_.take(step.size);
      break;
    case Kind::continuation:
      accept_literal(step.size);
      break;
    case Kind::refused:
      input_.take(step.size);
      refuse_frame(step.error);
      break;
    case Kind::fatal:
      bye("", step.error.text);
      break;
    case Kind::complete:
      if (idling())
        end_idle(input_.take(step.size));
      else
        co_await run_command(input_.take(step.size));
      break;
  }
}

void Session::accept_literal(std::uint64_t octets) {
  std::string_view start = input_.data();
  Result<void> allowed = check_literal(start, octets);
  if (!allowed) {
    std::string tag(tag_of(start));
    input_.take(input_.size());
    framer_.abandon();
    Result<Done> refusal = allowed.error();
    if (allowed.error().code == Errc::not_found) refusal = Done::no("TRYCREATE", allowed.error().text);
    Writer writer = out();
    return write_tagged(writer, tag, "APPEND", refusal);
  }
  limit_time(octets);
  Writer writer = out();
  write_continuation(writer, "Ready for more");
}

// What can be refused before a message has been sent in vain. cmd_append.cpp decides for good.
Result<void> Session::check_literal(std::string_view start, std::uint64_t octets) {
  if (state_ == State::not_authenticated) return {};
  std::uint64_t whole = start.size() + octets;
  if (whole > ordinary_command && !literals_.try_cover(copies * whole))
    return fail(Errc::limit, "Too many large messages at once, try again later");
  auto name = find_append_mailbox(start, dialect());
  if (!name) return {};
  auto mailbox = store().read(
      [&](store::Snapshot const& s) { return center::find_visible_mailbox(s, user_, *name); });
  if (!mailbox) return fail(Errc::not_found, "No such mailbox");
  return center::may(mailbox->kind, center::MailboxAction::append);
}

asio::awaitable<Result<std::string>> Session::read_line() {
  framer_.expect_line();
  for (;;) {
    FrameStep step = framer_.next(input_.data());
    switch (step.kind) {
      case FrameStep::Kind::complete:
        co_return std::string(input_.take(step.size));
      case FrameStep::Kind::refused:
        input_.take(step.size);
        co_return std::move(step.error);
      case FrameStep::Kind::discard:
        input_.take(step.size);
        break;
      case FrameStep::Kind::fatal:
        bye("", step.error.text);
        co_return std::move(step.error);
      case FrameStep::Kind::continuation:
        break;  // a bare line has no literals
      case FrameStep::Kind::more:
        co_await flush();
        auto room = input_.prepare(ordinary_read);
        std::size_t count = room.empty() ? 0 : co_await stream_->read_some(room);
        if (count == 0) throw boost::system::system_error(asio::error::eof);
        input_.commit(count);
    }
  }
}

}  // namespace mc::imap
