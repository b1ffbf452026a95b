// AUTHENTICATE and LOGIN.
#include "center/addresses.h"
#include "center/desk.h"
#include "core/log.h"
#include "imap/capabilities.h"
#include "imap/commands.h"
#include "imap/parse_access.h"
#include "imap/session.h"
#include "net/authenticator.h"
#include "net/sasl.h"

namespace mc::imap {

namespace {

constexpr int max_steps = 10;  // no mechanism needs more

Error wrong() {
  return fail(Errc::auth_failed, "Wrong login or password");
}

// The password, or the exchange, was right: makes him the user of the session.
Result<Done> enter(Session& session, std::string_view authcid, std::string_view authzid) {
  center::Settings const& settings = session.server().center.settings;
  std::string login = center::login_of(settings, authcid), acting_login = center::login_of(settings, authzid);
  auto user = session.store().read([&](store::Snapshot const& s) { return store::find_user(s, login); });
  if (!user || !user->enabled) return wrong();
  auto acting =
      session.store().read([&](store::Snapshot const& s) { return store::find_user_id(s, acting_login); });
  if (!authzid.empty() && acting != user->id) return fail(Errc::auth_failed, "You can only act as yourself");
  session.become_user(*user);
  log_info("imap login", {{"user", user->login},
                          {"peer", session.stream().peer_text()},
                          {"tls", session.stream().is_tls() ? "yes" : "no"}});
  auto names = capabilities({.logged_in = true});
  return Done::with(code::capability(names), "Logged in");
}

// Who became an agent while no server told him finds the desk all the same.
asio::awaitable<void> open_desk(Session& session) {
  if (!session.is_agent()) co_return;
  UserId agent = session.user();
  if (session.store().read([&](store::Snapshot const& s) { return center::has_desk(s, agent); })) co_return;
  auto op = [agent](store::Transaction& tx) -> Result<void> {
    if (center::is_agent(tx, agent)) center::join_desk(tx, agent, tx.now());
    return {};
  };
  Result<void> joined = co_await session.store().write(op);
  if (!joined) log_error("the agent's desk cannot be made", {{"user", session.login()}, {"why", joined.error().text}});
}

Answer refuse(Session& session, std::string login, Error error) {
  log_info("imap login failed", {{"user", login}, {"peer", session.stream().peer_text()}});
  if (error.code != Errc::auth_failed) co_return error;
  co_await session.punish();
  co_return wrong();
}

Answer check_password(Session& session, std::string login, std::string password, std::string authzid) {
  Result<void> right = co_await session.server().authenticator.check(login, std::move(password));
  Result<Done> entered = right ? enter(session, login, authzid) : Result<Done>(right.error());
  if (entered) co_await open_desk(session);
  if (!entered) entered = co_await refuse(session, login, entered.error());
  co_return entered;
}

std::unique_ptr<net::SaslServer> make_exchange(Session& session, std::string_view mechanism) {
  net::SaslServerConfig config{session.server().credentials, session.server().server_secret, std::nullopt};
  return net::SaslServer::make(mechanism, std::move(config));
}

// Is this one of those announced, in this state of the connection?
bool is_offered(Session const& session, std::string_view mechanism) {
  std::string name = "AUTH=" + std::string(mechanism);
  for (std::string_view announced :
       capabilities({false, session.tls_possible(), session.plaintext_allowed()}))
    if (announced == name) return true;
  return false;
}

// authenticate = "AUTHENTICATE" SP auth-type [SP initial-resp] *(CRLF base64)     RFC 9051, 9
asio::awaitable<Result<std::optional<std::string>>> ask(Session& session, std::string challenge) {
  Writer out = session.out();
  write_challenge(out, challenge);
  Result<std::string> line = co_await session.read_line();
  if (!line) co_return line.error();
  co_return parse_authenticate_line(*line);
}

}  // namespace

Answer cmd_authenticate(Session& session, Command const& command) {
  auto args = parse_authenticate(command.args);
  if (!args) co_return args.error();
  if (!is_offered(session, args->mechanism)) co_return fail(Errc::unsupported, "No such mechanism here");
  auto exchange = make_exchange(session, args->mechanism);
  if (!exchange) co_return fail(Errc::unsupported, "No such mechanism here");

  std::optional<std::string> input = std::move(args->initial);
  for (int steps = 0; steps < max_steps; ++steps) {
    std::optional<std::string_view> view;
    if (input) view = *input;
    net::SaslStep step = exchange->step(view);
    if (auto* check = std::get_if<net::SaslNeedsPasswordCheck>(&step))
      co_return co_await check_password(session, std::move(check->login), std::move(check->password),
                                        std::move(check->authzid));
    if (auto* done = std::get_if<net::SaslDone>(&step)) {
      Result<Done> entered = enter(session, done->authcid, done->authzid);
      if (entered) co_await open_desk(session);
      if (!entered) entered = co_await refuse(session, std::move(done->authcid), entered.error());
      co_return entered;
    }
    if (auto* failed = std::get_if<net::SaslFailed>(&step)) {
      Error error = failed->malformed ? fail(Errc::syntax, "Malformed authentication") : wrong();
      co_return co_await refuse(session, std::move(failed->why), std::move(error));
    }
    Result<std::optional<std::string>> answer =
        co_await ask(session, std::move(std::get<net::SaslChallenge>(step).octets));
    if (!answer) co_return answer.error();
    if (!*answer) co_return fail(Errc::syntax, "Authentication cancelled");
    input = std::move(**answer);
  }
  co_return fail(Errc::syntax, "Authentication took too many steps");
}

Answer cmd_login(Session& session, Command const& command) {
  if (!session.plaintext_allowed())
    co_return Done::no("PRIVACYREQUIRED", "Passwords are only accepted under TLS");
  auto args = parse_login(command.args);
  if (!args) co_return args.error();
  co_return co_await check_password(session, std::move(args->user), std::move(args->password), {});
}

}  // namespace mc::imap
