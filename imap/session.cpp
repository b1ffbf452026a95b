#include "imap/session.h"

#include <algorithm>
#include <cstring>

#include "center/access.h"
#include "core/log.h"
#include "imap/capabilities.h"
#include "imap/parse_append.h"
#include "imap/parse_command.h"
#include "imap/updates.h"

namespace mc::imap {

namespace {

constexpr std::size_t input_before_login = 16 * 1024;
constexpr std::size_t ordinary_read = 4096;
constexpr std::size_t ordinary_command = 128 * 1024;  // more is counted by the LiteralBudget
constexpr std::uint64_t copies = 2;                   // of a message in memory while it is appended
constexpr std::size_t write_slice = 16 * 1024;
constexpr std::size_t kept_output = 512;

std::size_t fingerprint(store::User const& user) { return std::hash<std::string>{}(user.password_hash); }

net::SteadyTime steady_now() { return std::chrono::steady_clock::now(); }

}  // namespace

Session::Session(ServerContext& server, std::unique_ptr<net::Stream> stream, bool implicit_tls)
    : server_(server),
      limits_(server.limits.get()),
      stream_(std::move(stream)),
      framer_(FrameLimits::before_login()),
      input_(input_before_login),
      literals_(server.literals),
      login_deadline_(steady_now() + limits_->login_time),
      implicit_tls_(implicit_tls) {}

Session::~Session() = default;

asio::awaitable<void> Session::run() {
  SessionRegistry::Entry entry(server_.sessions, *this, stream_->context());
  stream_->set_timeout(limits_->write_time);
  stream_->set_deadline(login_deadline_);
  if (implicit_tls_) co_await stream_->start_tls_server(*server_.tls);
  greet();
  while (state_ != State::logout) {
    FrameStep step = framer_.next(input_.data());
    if (step.kind == FrameStep::Kind::more) {
      if (!co_await receive(step.size)) break;
    } else {
      co_await take(step);
    }
    check_welcome();
  }
  co_await flush();
  selected_.reset();
  co_await stream_->finish();
}

void Session::greet() {
  CapabilityFacts facts{false, tls_possible(), plaintext_allowed()};
  auto names = capabilities(facts);
  Writer writer = out();
  write_untagged(writer, Status::ok, code::capability(names), server_.hostname + " Message Center ready");
}

void Session::bye(std::string_view code, std::string_view text) {
  Writer writer = out();
  write_untagged(writer, Status::bye, code, text);
  state_ = State::logout;
}

// --- output

asio::awaitable<void> Session::flush() {
  if (output_.empty()) co_return;
  co_await stream_->write(output_);
  output_.clear();
  response_start_ = 0;
}

asio::awaitable<void> Session::flush_unfinished() {
  unfinished_ = true;
  co_await flush();
}

asio::awaitable<void> Session::flush_if_full() {
  if (output_.size() >= write_slice) co_await flush();
}

asio::awaitable<void> Session::breathe() { co_await asio::post(stream_->context(), asio::use_awaitable); }

// --- input

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
  if (!idling()) return bye("", state_ == State::not_authenticated ? "Login took too long" : "Silent for too long");
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
    case Kind::more: break;  // receive() has done it
    case Kind::discard: input_.take(step.size); break;
    case Kind::continuation: accept_literal(step.size); break;
    case Kind::refused:
      input_.take(step.size);
      refuse(framer_.tag(), step.error);
      break;
    case Kind::fatal: bye("", step.error.text); break;
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
  auto mailbox = store().read([&](store::Snapshot const& s) { return store::find_mailbox(s, user_, *name); });
  if (!mailbox) return fail(Errc::not_found, "No such mailbox");
  return center::may(mailbox->kind, center::MailboxAction::append);
}

asio::awaitable<Result<std::string>> Session::read_line() {
  framer_.expect_line();
  for (;;) {
    FrameStep step = framer_.next(input_.data());
    switch (step.kind) {
      case FrameStep::Kind::complete: co_return std::string(input_.take(step.size));
      case FrameStep::Kind::refused: input_.take(step.size); co_return std::move(step.error);
      case FrameStep::Kind::discard: input_.take(step.size); break;
      case FrameStep::Kind::fatal: bye("", step.error.text); co_return std::move(step.error);
      case FrameStep::Kind::continuation: break;  // a bare line has no literals
      case FrameStep::Kind::more:
        co_await flush();
        auto room = input_.prepare(ordinary_read);
        std::size_t count = room.empty() ? 0 : co_await stream_->read_some(room);
        if (count == 0) throw boost::system::system_error(asio::error::eof);
        input_.commit(count);
    }
  }
}

// --- state

void Session::become_user(store::User const& user) {
  user_ = user.id;
  login_ = user.login;
  credentials_ = fingerprint(user);
  state_ = State::authenticated;
  bad_commands_ = 0;
  stream_->clear_deadline();
  grow_input();
  account_watch_ = store().watchers().watch(store::topic::accounts, stream_->context().get_executor(), [this] {
    account_changed_ = true;
    stream_->signal();
  });
}

bool Session::account_stands() const {
  auto user = store().read([&](store::Snapshot const& s) { return store::find_user(s, user_); });
  return user && user->enabled && fingerprint(*user) == credentials_;
}

void Session::check_welcome() {
  if (state_ == State::logout) return;
  if (server_.stopping) return bye("UNAVAILABLE", "Server is shutting down");
  if (wrong_passwords_ >= limits_->wrong_passwords) return bye("", "Too many wrong passwords");
  if (bad_commands_ >= limits_->bad_commands) return bye("", "Too many bad commands");
  if (selected_ && selected_->gone) return bye("", "The mailbox has been deleted");
  if (account_changed_) {
    account_changed_ = false;
    if (!account_stands()) bye("", "The account has changed, log in again");
  }
}

void Session::open_mailbox(std::unique_ptr<Selected> selected) {
  selected_ = std::move(selected);
  state_ = State::selected;
  Selected* watched = selected_.get();
  watched->changed = true;  // what happened before the watch began
  watched->watch =
      store().watchers().watch(store::topic::mailbox(watched->id), stream_->context().get_executor(), [this, watched] {
        watched->changed = true;
        if (idling()) stream_->signal();
      });
}

void Session::close_mailbox() {
  selected_.reset();
  if (state_ == State::selected) state_ = State::authenticated;
}

void Session::enable(Enabled const& more) {
  enabled_.condstore |= more.condstore || more.qresync;
  enabled_.qresync |= more.qresync;
  enabled_.rev2 |= more.rev2;
}

bool Session::plaintext_allowed() const {
  return stream_->is_tls() || (server_.plaintext_login == PlaintextLogin::loopback && stream_->is_loopback());
}

asio::awaitable<void> Session::punish() {
  Millis delay = limits_->wrong_password_delay * (1u << std::min<unsigned>(wrong_passwords_, 6));
  ++wrong_passwords_;
  asio::steady_timer timer(stream_->context(), delay);
  co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace mc::imap
