#include "smtp/dovecot_auth.h"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>

#include "core/crypto.h"
#include "core/log.h"
#include "core/text.h"
#include "net/line_buffer.h"
#include "smtp/dovecot_protocol.h"

namespace mc::smtp {

namespace {

namespace asio = boost::asio;

constexpr std::size_t longest_line = 16 * 1024;  // Postfix takes answers of up to 12 KiB
constexpr std::size_t most_logins = 64;          // under way on one connection; Postfix has one
constexpr std::size_t ordinary_read = 4096;
constexpr Millis handshake_time = std::chrono::minutes(1);
constexpr Millis idle_time = std::chrono::hours(1);
// Postfix gives up after 10 seconds and then takes us for broken.
constexpr Millis longest_delay = std::chrono::seconds(5);
// An address that failed so many times as often as a connection may is not listened to for a while.
constexpr unsigned patience = 10;

net::SteadyTime steady_now() { return std::chrono::steady_clock::now(); }

class AuthSession {
 public:
  AuthSession(AuthService& service, std::unique_ptr<net::Stream> stream)
      : service_(service), stream_(std::move(stream)), input_(longest_line), all_done_(stream_->context()) {}
  AuthSession(AuthSession const&) = delete;
  AuthSession& operator=(AuthSession const&) = delete;

  // To the end of the connection and of all logins begun on it.
  asio::awaitable<void> run();

 private:
  struct Login {
    dovecot::AuthRequest request;
    std::unique_ptr<net::SaslServer> sasl;
    bool busy = false;  // being decided: nothing more is to be said by the client
  };

  ServerContext& server() { return service_.server; }
  void greet();
  asio::awaitable<void> talk();
  asio::awaitable<void> flush();
  asio::awaitable<bool> wait_for_input();
  bool take_line(std::string_view line);

  bool take(dovecot::Version version);
  bool take(dovecot::AuthRequest request);
  bool take(dovecot::Continuation continuation);
  bool take(dovecot::Cancel cancel);
  bool take(dovecot::Ignored) { return true; }

  bool plaintext_allowed(dovecot::AuthRequest const& request) const;
  std::optional<std::string> refuse(dovecot::AuthRequest const& request) const;
  void step(std::uint32_t id, Login& login, std::optional<std::string_view> input);
  void decide(std::uint32_t id, Login& login, net::SaslStep step);
  asio::awaitable<void> finish(std::uint32_t id, net::SaslStep step);
  asio::awaitable<std::string> verdict(std::uint32_t id, dovecot::AuthRequest request, net::SaslStep step);
  asio::awaitable<std::string> check(std::uint32_t id, dovecot::AuthRequest request, net::SaslNeedsPasswordCheck asked);
  asio::awaitable<std::string> conclude(std::uint32_t id, dovecot::AuthRequest request, std::string login,
                                        std::string authzid);
  asio::awaitable<std::string> punish(std::uint32_t id, dovecot::AuthRequest request, std::string login);

  AuthService& service_;
  std::unique_ptr<net::Stream> stream_;
  net::InputBuffer input_;
  std::string output_;
  std::map<std::uint32_t, Login> logins_;
  std::size_t busy_ = 0;
  asio::steady_timer all_done_;  // cancelled when busy_ comes to 0
  bool introduced_ = false;      // VERSION came
};

asio::awaitable<void> AuthSession::run() {
  net::SessionRegistry::Entry entry(server().sessions, *stream_);
  std::exception_ptr fault;
  try {
    co_await talk();
  } catch (...) {
    fault = std::current_exception();  // the connection; what is being decided refers to this session
  }
  while (busy_ > 0) {
    all_done_.expires_after(idle_time);
    co_await all_done_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  if (fault) std::rethrow_exception(fault);
  co_await stream_->finish();
}

asio::awaitable<void> AuthSession::talk() {
  greet();
  for (;;) {
    while (auto const line = input_.take_line())
      if (!take_line(line->text)) {
        log_warning("auth_client_ended", {{"peer", stream_->peer_text()}, {"reason", "it broke the protocol"}});
        co_return;
      }
    if (input_.full()) {
      log_warning("auth_client_ended", {{"peer", stream_->peer_text()}, {"reason", "a line is too long"}});
      co_return;
    }
    co_await flush();
    if (server().stopping && busy_ == 0) co_return;
    bool const more = co_await wait_for_input();
    if (!more) co_return;
  }
}

void AuthSession::greet() {
  auto const others = net::SaslServer::mechanisms(false, false);
  auto plaintext = net::SaslServer::mechanisms(true, false);
  std::erase_if(plaintext, [&](std::string_view name) { return std::count(others.begin(), others.end(), name) > 0; });
  std::string const number = random_octets(4);
  std::uint32_t connection = 0;
  for (char c : number) connection = connection << 8 | static_cast<unsigned char>(c);
  output_ += dovecot::write_handshake(plaintext, others, static_cast<std::uint32_t>(::getpid()), connection,
                                      hex(random_octets(16)));
}

asio::awaitable<void> AuthSession::flush() {
  if (output_.empty()) co_return;
  std::string const said = std::exchange(output_, {});
  co_await stream_->write(said);
}

// False: nothing will come any more.
asio::awaitable<bool> AuthSession::wait_for_input() {
  if (input_.empty()) input_.clear();  // it may have held a password
  net::Woke const woke = co_await stream_->wait(introduced_ ? idle_time : handshake_time);
  if (woke == net::Woke::timed_out) co_return busy_ > 0;
  if (woke == net::Woke::signalled) co_return true;
  std::size_t const count = co_await stream_->read_some(input_.prepare(ordinary_read));
  input_.commit(count);
  co_return count > 0;
}

bool AuthSession::take_line(std::string_view line) {
  auto command = dovecot::parse_command(line);
  if (!command) return false;
  return std::visit([&](auto& one) { return take(std::move(one)); }, *command);
}

bool AuthSession::take(dovecot::Version version) {
  introduced_ = true;
  return version.major == 1;
}

// Absent: the exchange may begin.
std::optional<std::string> AuthSession::refuse(dovecot::AuthRequest const& request) const {
  using dovecot::Failure;
  auto refused = [&](Failure failure, std::string_view why) { return dovecot::write_failure(request.id, failure, why); };
  if (logins_.size() >= most_logins) return refused(Failure::temporary, "Too many logins at once");
  if (request.malformed) return refused(Failure::refused, "Malformed initial response");
  // There is no master process here that could ask for the request again.
  if (!request.nologin) return refused(Failure::refused, "Only logins of mail clients are checked here");
  auto offered = [&](bool plaintext) {
    auto const names = net::SaslServer::mechanisms(plaintext, false);
    return std::any_of(names.begin(), names.end(), [&](std::string_view n) { return iequals(n, request.mechanism); });
  };
  if (!offered(true)) return refused(Failure::refused, "Unknown mechanism");
  if (!offered(plaintext_allowed(request))) return refused(Failure::refused, "Not without TLS");
  std::string const key = Penalties::key(request.remote, "");
  unsigned const most = patience * std::max(1u, service_.server.limits.get()->wrong_passwords);
  if (request.remote && service_.penalties.count(key, steady_now()) >= most)
    return refused(Failure::temporary, "Too many wrong passwords, try again later");
  return std::nullopt;
}

bool AuthSession::plaintext_allowed(dovecot::AuthRequest const& request) const {
  bool const loopback = request.remote && net::is_loopback(*request.remote);
  return request.secured || (loopback && service_.server.plaintext_login_on_loopback);
}

bool AuthSession::take(dovecot::AuthRequest request) {
  if (!introduced_ || logins_.count(request.id)) return false;
  if (auto refused = refuse(request)) {
    output_ += *refused;
    return true;
  }
  std::uint32_t const id = request.id;
  Login& login = logins_[id];
  net::SaslServerConfig config{server().credentials, server().server_secret, std::nullopt};
  login.sasl = net::SaslServer::make(request.mechanism, std::move(config));
  login.request = std::move(request);
  std::optional<std::string> const initial = std::exchange(login.request.initial, std::nullopt);
  std::optional<std::string_view> view;
  if (initial) view = *initial;
  step(id, login, view);
  return true;
}

bool AuthSession::take(dovecot::Continuation continuation) {
  auto const found = logins_.find(continuation.id);
  if (found == logins_.end()) {
    output_ += dovecot::write_failure(continuation.id, dovecot::Failure::refused, "No such login is under way");
    return true;
  }
  if (found->second.busy) return false;
  if (continuation.octets) {
    step(continuation.id, found->second, *continuation.octets);
  } else {
    net::SaslFailed malformed{true, "not base64"};
    decide(continuation.id, found->second, std::move(malformed));
  }
  return true;
}

// What is being decided is answered all the same.
bool AuthSession::take(dovecot::Cancel cancel) {
  auto const found = logins_.find(cancel.id);
  if (found != logins_.end() && !found->second.busy) {
    logins_.erase(found);
    output_ += dovecot::write_failure(cancel.id, dovecot::Failure::refused, "Cancelled");
  }
  return true;
}

void AuthSession::step(std::uint32_t id, Login& login, std::optional<std::string_view> input) {
  net::SaslStep next = login.sasl->step(input);
  if (auto* challenge = std::get_if<net::SaslChallenge>(&next))
    output_ += dovecot::write_challenge(id, challenge->octets);
  else
    decide(id, login, std::move(next));
}

void AuthSession::decide(std::uint32_t id, Login& login, net::SaslStep step) {
  login.busy = true;
  ++busy_;
  asio::co_spawn(stream_->context(), finish(id, std::move(step)), asio::detached);
}

// The one place where what a login throws is caught.
asio::awaitable<void> AuthSession::finish(std::uint32_t id, net::SaslStep step) {
  std::string answer;
  try {
    dovecot::AuthRequest request = logins_[id].request;
    answer = co_await verdict(id, std::move(request), std::move(step));
  } catch (std::exception const& fault) {
    log_error("auth_failed_internally", {{"why", fault.what()}});
    answer = dovecot::write_failure(id, dovecot::Failure::temporary, "Internal error, try again later");
  }
  output_ += answer;
  logins_.erase(id);
  if (--busy_ == 0) all_done_.cancel();
  stream_->signal();
}

asio::awaitable<std::string> AuthSession::verdict(std::uint32_t id, dovecot::AuthRequest request, net::SaslStep step) {
  if (auto* asked = std::get_if<net::SaslNeedsPasswordCheck>(&step))
    co_return co_await check(id, std::move(request), std::move(*asked));
  if (auto* done = std::get_if<net::SaslDone>(&step))
    co_return co_await conclude(id, std::move(request), std::move(done->authcid), std::move(done->authzid));
  auto const& failed = std::get<net::SaslFailed>(step);
  if (failed.malformed) co_return dovecot::write_failure(id, dovecot::Failure::refused, "Malformed authentication");
  std::string nobody;
  co_return co_await punish(id, std::move(request), std::move(nobody));
}

asio::awaitable<std::string> AuthSession::check(std::uint32_t id, dovecot::AuthRequest request,
                                                net::SaslNeedsPasswordCheck asked) {
  Result<void> right = co_await server().authenticator.check(asked.login, std::move(asked.password));
  if (right) co_return co_await conclude(id, std::move(request), std::move(asked.login), std::move(asked.authzid));
  if (right.error().code != Errc::auth_failed)
    co_return dovecot::write_failure(id, dovecot::Failure::temporary, "Authentication is busy, try again later");
  co_return co_await punish(id, std::move(request), std::move(asked.login));
}

asio::awaitable<std::string> AuthSession::conclude(std::uint32_t id, dovecot::AuthRequest request, std::string login,
                                                   std::string authzid) {
  auto const account = server().accounts.find_submitter(login);
  if (!account) co_return co_await punish(id, std::move(request), std::move(login));
  auto const acting = authzid.empty() ? account : server().accounts.find_submitter(authzid);
  if (!acting || acting->user != account->user)
    co_return dovecot::write_failure(id, dovecot::Failure::authz, "You can only act as yourself");
  log_info("auth_login", {{"user", account->name},
                          {"peer", request.remote ? request.remote->to_string() : ""},
                          {"tls", request.secured ? "yes" : "no"}});
  co_return dovecot::write_success(id, account->name);
}

// After a wrong password: an answer that comes later each time.
asio::awaitable<std::string> AuthSession::punish(std::uint32_t id, dovecot::AuthRequest request, std::string login) {
  log_info("auth_login_failed",
           {{"user", login}, {"mechanism", request.mechanism}, {"peer", request.remote ? request.remote->to_string() : ""}});
  unsigned const before = service_.penalties.add(Penalties::key(request.remote, login), steady_now());
  Millis const delay = server().limits.get()->wrong_password_delay * (1u << std::min(before, 6u));
  asio::steady_timer timer(stream_->context(), std::min(delay, longest_delay));
  co_await timer.async_wait(asio::use_awaitable);
  co_return dovecot::write_failure(id, dovecot::Failure::refused, "Wrong login or password");
}

asio::awaitable<void> run_auth_session(AuthService& service, std::unique_ptr<net::Stream> stream) {
  AuthSession session(service, std::move(stream));
  co_await session.run();
}

}  // namespace

net::Session make_auth_session(AuthService& service) {
  return [&service](std::unique_ptr<net::Stream> stream) { return run_auth_session(service, std::move(stream)); };
}

}  // namespace mc::smtp
