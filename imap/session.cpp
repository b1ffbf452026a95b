#include "imap/session.h"

#include <algorithm>

#include "center/desk.h"
#include "core/log.h"
#include "imap/capabilities.h"

namespace mc::imap {

namespace {

constexpr std::size_t input_before_login = 16 * 1024;
constexpr std::size_t write_slice = 16 * 1024;

std::size_t fingerprint(store::User const& user) {
  return std::hash<std::string>{}(user.password_hash);
}

net::SteadyTime steady_now() {
  return std::chrono::steady_clock::now();
}

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
  net::SessionRegistry::Entry entry(server_.sessions, *stream_);
  stream_->set_timeout(limits_->write_time);
  stream_->set_deadline(login_deadline_ + std::chrono::seconds(5));  // the hard end comes after the BYE
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

asio::awaitable<void> Session::breathe() {
  co_await asio::post(stream_->context(), asio::use_awaitable);
}

// --- state

void Session::become_user(store::User const& user) {
  user_ = user.id;
  login_ = user.login;
  credentials_ = fingerprint(user);
  agent_ = center::is_agent(user);
  state_ = State::authenticated;
  bad_commands_ = 0;
  stream_->clear_deadline();
  grow_input();
  account_watch_ =
      store().watchers().watch(store::topic::accounts, stream_->context().get_executor(), [this] {
        account_changed_ = true;
        stream_->signal();
      });
}

// Who is no agent any more loses the desk, also where it is open.
void Session::check_account() {
  auto user = store().read([&](store::Snapshot const& s) { return store::find_user(s, user_); });
  bool stands = user && user->enabled && fingerprint(*user) == credentials_;
  agent_ = stands && center::is_agent(*user);
  bool on_desk = selected_ && selected_->kind == store::MailboxKind::desk;
  if (!stands || (on_desk && !agent_)) bye("", "The account has changed, log in again");
}

void Session::check_welcome() {
  if (state_ == State::logout) return;
  if (server_.stopping) return bye("UNAVAILABLE", "Server is shutting down");
  if (wrong_passwords_ >= limits_->wrong_passwords) return bye("", "Too many wrong passwords");
  if (bad_commands_ >= limits_->bad_commands) return bye("", "Too many bad commands");
  if (selected_ && selected_->gone) return bye("", "The mailbox has been deleted");
  if (account_changed_) {
    account_changed_ = false;
    check_account();
  }
}

void Session::open_mailbox(std::unique_ptr<Selected> selected) {
  selected_ = std::move(selected);
  state_ = State::selected;
  Selected* watched = selected_.get();
  watched->changed = true;  // what happened before the watch began
  watched->watch = store().watchers().watch(store::topic::mailbox(watched->id),
                                            stream_->context().get_executor(), [this, watched] {
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
