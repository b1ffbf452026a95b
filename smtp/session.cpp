#include "smtp/session.h"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <utility>

#include "core/log.h"
#include "core/text.h"

namespace mc::smtp {

namespace {

constexpr std::size_t input_limit = 64 * 1024;
constexpr std::size_t ordinary_read = 2048;
constexpr std::size_t write_slice = 16 * 1024;  // gathered replies are written beyond that
constexpr std::size_t kept_output = 256;

net::SteadyTime steady_now() {
  return std::chrono::steady_clock::now();
}

// Pairs "verb arguments"; both without surrounding spaces.
std::pair<std::string_view, std::string_view> split_command(std::string_view line) {
  auto const space = line.find(' ');
  if (space == std::string_view::npos) return {line, {}};
  return {line.substr(0, space), trim(line.substr(space))};
}

std::size_t line_limit(std::string_view start) {
  VerbRow const* row = find_verb(split_command(start.substr(0, 16)).first);
  return row ? row->line_limit : ordinary_line;
}

// command-line = *( SP / VCHAR / UTF8-non-ascii ) CRLF            RFC 5321, 4.1; RFC 6531, 3.3
std::optional<Reply> check_octets(std::string_view line) {
  bool controls =
      std::any_of(line.begin(), line.end(), [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; });
  if (controls) return Reply(500, "5.5.2", "Control characters have no place in a command");
  if (!is_utf8(line)) return Reply(500, "5.5.2", "A command is ASCII or UTF-8");
  return std::nullopt;
}

bool is_error_of_client(int code) {
  return code == 500 || code == 501 || code == 502 || code == 503 || code == 504 || code == 555;
}

Reply stopping() {
  return Reply(421, "4.3.2", "Server is shutting down, try again later").closing();
}
Reply too_long() {
  return Reply(500, "5.5.2", "Line too long");
}

}  // namespace

Session::Session(ServerContext& server, std::unique_ptr<net::Stream> stream, Service service,
                 bool implicit_tls)
    : server_(server),
      limits_(server.limits.get()),
      stream_(std::move(stream)),
      input_(input_limit),
      peer_(Peer::connected(stream_->peer_ip(), trust_rules())),
      login_deadline_(service == Service::submission ? steady_now() + limits_->login_time : net::never),
      service_(service),
      implicit_tls_(implicit_tls) {}

Session::~Session() = default;

asio::awaitable<void> Session::run() {
  net::SessionRegistry::Entry entry(server_.sessions, *stream_);
  stream_->set_timeout(limits_->command_time);
  if (implicit_tls_) {
    stream_->set_deadline(login_deadline_);
    co_await stream_->start_tls_server(*server_.tls);
    stream_->clear_deadline();
  }
  greet();
  while (!closing_) {
    if (server_.stopping)
      put(stopping());
    else
      co_await take_line();
  }
  co_await flush();
  co_await stream_->finish();
}

void Session::greet() {
  std::string_view protocol = is_lmtp() ? " LMTP" : " ESMTP";
  put(Reply(220, "", server_.hostname + std::string(protocol) + " Message Center"));
}

// --- output

void Session::put(Reply const& reply) {
  write_reply(reply, output_);
  if (replies_due_ > 0) --replies_due_;
  closing_ |= reply.close;
}

asio::awaitable<void> Session::flush() {
  if (output_.empty()) co_return;
  co_await stream_->write(output_);
  output_.clear();
}

// --- input

net::SteadyTime Session::command_deadline() {
  auto const end = steady_now() + limits_->command_time;
  bool const begun = !input_.empty() || skipping_;
  if (begun) line_deadline_ = std::min(line_deadline_, end);
  auto const until = begun ? line_deadline_ : end;
  return authenticated() ? until : std::min(until, login_deadline_);
}

void Session::release_memory() {
  if (!input_.empty()) return;
  if (std::exchange(wipe_, false))
    input_.clear();
  else
    input_.release();
  if (output_.empty() && output_.capacity() > kept_output) std::string().swap(output_);
}

asio::awaitable<Session::Arrived> Session::arrive(net::SteadyTime until, std::size_t wanted) {
  co_await flush();
  release_memory();
  auto const left = std::chrono::ceil<Millis>(until - steady_now());
  net::Woke const woke = co_await stream_->wait(std::max(left, Millis(0)));
  if (woke == net::Woke::timed_out) co_return Arrived::late;
  if (woke == net::Woke::signalled) co_return Arrived::stop;
  std::size_t const count = co_await stream_->read_some(input_.prepare(wanted));
  input_.commit(count);
  co_return count > 0 ? Arrived::input : Arrived::end;
}

Reply Session::gone(Arrived how) {
  if (how == Arrived::stop) return stopping();
  if (how == Arrived::end) closing_ = true;
  return Reply(421, "4.4.2", "Timeout: nothing came for too long").closing();
}

asio::awaitable<void> Session::wait_for_input() {
  Arrived const arrived = co_await arrive(command_deadline(), ordinary_read);
  if (arrived == Arrived::end)
    closing_ = true;
  else if (arrived == Arrived::late)
    put(gone(arrived));
}

asio::awaitable<void> Session::take_line() {
  if (skipping_) {
    if (input_.skip_line()) {
      skipping_ = false;
      put_answer(too_long());
    } else {
      co_await wait_for_input();
    }
    co_return;
  }
  std::size_t const limit = line_limit(input_.data());
  auto const line = input_.take_line();
  if (line) {
    line_deadline_ = net::never;
    if (line->text.size() + 2 > limit)
      put_answer(too_long());
    else if (!line->crlf)
      put_answer(Reply(500, "5.5.2", "Lines end with CRLF"));
    else
      co_await run_command(line->text);
    if (output_.size() > write_slice) co_await flush();
  } else if (input_.size() >= limit) {
    skipping_ = true;
  } else {
    co_await wait_for_input();
  }
}

asio::awaitable<Parsed<std::string>> Session::read_line() {
  for (;;) {
    std::size_t const size = input_.size();
    if (auto line = input_.take_line()) {
      line_deadline_ = net::never;
      bool const fits = line->crlf && line->text.size() + 2 <= auth_line;
      if (!fits) co_return Reply(500, "5.5.6", "Line too long, or not ended by CRLF");
      co_return std::string(line->text);
    }
    if (size >= auth_line) {
      skipping_ = true;
      co_return Reply(500, "5.5.6", "Line too long");
    }
    Arrived const arrived = co_await arrive(command_deadline(), ordinary_read);
    if (arrived != Arrived::input) co_return gone(arrived);
  }
}

asio::awaitable<void> Session::pause(Millis time) {
  asio::steady_timer timer(stream_->context(), time);
  co_await timer.async_wait(asio::use_awaitable);
}

// --- commands

asio::awaitable<void> Session::run_command(std::string_view line) {
  replies_due_ = 1;
  Reply reply = co_await answer(line);
  put_answer(std::move(reply));
  if (std::exchange(start_tls_, false)) co_await negotiate_tls();
}

void Session::put_answer(Reply reply) {
  if (is_error_of_client(reply.code) && ++bad_commands_ >= limits_->bad_commands)
    reply = Reply(421, "4.7.0", "Too many errors").closing();
  put(reply);
}

Answer Session::answer(std::string_view line) {
  if (auto refused = check_octets(line)) co_return *refused;
  auto const [verb, arguments] = split_command(line);
  VerbRow const* row = find_verb(verb);
  if (!row) co_return Reply(500, "5.5.2", "Unknown command");
  if ((row->services & bit(service_)) == 0)
    co_return Reply(500, "5.5.1", std::string(row->verb) + " is not spoken on this port");
  if (auto refused = missing(row->needs, arguments)) co_return *refused;
  co_return co_await call(*row, arguments);
}

// The one place where what a command throws is caught.
Answer Session::call(VerbRow const& row, std::string_view arguments) {
  std::string why;
  try {
    co_return co_await row.handler(*this, arguments);
  } catch (boost::system::system_error const&) {
    throw;  // the connection
  } catch (std::exception const& fault) {
    why = fault.what();
  }
  co_return after_exception(row.verb, why);
}

Reply Session::after_exception(std::string_view verb, std::string_view why) {
  log_error("smtp_command_failed", {{"verb", verb}, {"peer", stream_->peer_text()}, {"why", why}});
  Reply reply(451, "4.3.0", "Internal error, try again later");
  if (std::exchange(in_content_, false)) {
    transaction_.reset();
    return Reply(421, "4.3.0", "Internal error, try again later").closing();
  }
  while (replies_due_ > 1) put(reply);
  return reply;
}

std::optional<Reply> Session::missing(Needs needs, std::string_view arguments) const {
  auto wants = [&](Needs one) { return (needs & one) != 0; };
  if (wants(need::no_argument) && !arguments.empty()) return Reply(501, "5.5.4", "No arguments, please");
  if (wants(need::trust) && !peer_.trusted) return Reply(550, "5.7.0", "Only for trusted peers");
  if (wants(need::hello) && helo_.empty())
    return Reply(503, "5.5.1", is_lmtp() ? "Say LHLO first" : "Say EHLO first");
  if (wants(need::auth) && service_ == Service::submission && !authenticated())
    return Reply(530, "5.7.0", "Authentication required");
  if (wants(need::idle) && transaction_) return Reply(503, "5.5.1", "Not during a mail transaction");
  if (wants(need::mail) && !transaction_) return Reply(503, "5.5.1", "Say MAIL first");
  if (wants(need::no_bdat) && transaction_->chunks)
    return Reply(503, "5.5.1", "BDAT has begun; only BDAT can follow");
  if (wants(need::rcpt) && transaction_->recipients.all().empty()) {
    bool const tried = transaction_->refused > 0 && !is_lmtp();
    return tried ? Reply(554, "5.5.1", "No valid recipients")
                 : Reply(503, "5.5.1", "No valid recipients: say RCPT first");
  }
  return std::nullopt;
}

// --- state

void Session::say_hello(std::string name, bool extended) {
  end_transaction();
  helo_ = std::move(name);
  extended_ = extended;
}

void Session::begin_transaction(MailArguments mail, center::Submitter submitter) {
  transaction_ = std::make_unique<Transaction>(server_.memory);
  transaction_->mail = std::move(mail);
  transaction_->submitter = std::move(submitter);
}

void Session::end_transaction() {
  transaction_.reset();
  forwarded_.reset();
}

std::unique_ptr<Transaction> Session::take_transaction() {
  auto transaction = std::move(transaction_);
  end_transaction();
  return transaction;
}

void Session::become(Peer peer) {
  end_transaction();
  helo_.clear();
  peer_ = std::move(peer);
  account_.reset();
}

void Session::forward(Forwarded forwarded) {
  forwarded_ = std::make_unique<Forwarded>(std::move(forwarded));
}

void Session::log_in(center::Submitter account) {
  account_ = std::make_unique<center::Submitter>(std::move(account));
}

center::Submitter Session::submitter() const {
  return account_ ? *account_ : submitter_of(peer_, forwarded_.get(), trust_rules());
}

// with = ["UTF8"] ("SMTP" / "ESMTP" / "LMTP") ["S"] ["A"]         RFC 3848; RFC 6531, 4.3
center::Trace Session::trace() const {
  center::Trace trace;
  trace.helo = !peer_.helo.empty() ? peer_.helo : helo_;
  if (peer_.ip) trace.peer = peer_.ip->to_string();
  if (forwarded_ && forwarded_->given()) {
    trace.helo = forwarded_->helo;
    trace.peer = forwarded_->ip ? forwarded_->ip->to_string() : "";
  }
  bool const extended = peer_.proto.empty() ? extended_ : peer_.proto == "ESMTP";
  if (transaction_ && transaction_->mail.smtputf8)
    trace.protocol = is_lmtp() ? "UTF8LMTP" : "UTF8SMTP";
  else
    trace.protocol = is_lmtp() ? "LMTP" : extended ? "ESMTP" : "SMTP";
  auto const tls = stream_->tls_info();
  if (tls && extended) trace.protocol += 'S';
  if (account_ && extended) trace.protocol += 'A';
  if (tls) {
    std::string_view version = tls->version;
    trace.tls = version.starts_with("TLSv") ? "TLS" + std::string(version.substr(4)) : std::string(version);
    trace.tls += ' ' + tls->cipher;
  }
  return trace;
}

bool Session::plaintext_allowed() const {
  return stream_->is_tls() || (server_.plaintext_login_on_loopback && stream_->is_loopback());
}

// Nothing said before TLS counts after it (RFC 3207, 4.2), but for what a proxy said of the client: whoever
// speaks through it must not shake his address off.
asio::awaitable<void> Session::negotiate_tls() {
  co_await flush();
  input_.clear();
  end_transaction();
  helo_.clear();
  account_.reset();
  stream_->set_deadline(command_deadline());
  co_await stream_->start_tls_server(*server_.tls);
  stream_->clear_deadline();
}

}  // namespace mc::smtp
