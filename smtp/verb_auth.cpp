// AUTH (RFC 4954)
#include <algorithm>

#include "core/log.h"
#include "core/text.h"
#include "smtp/session.h"

namespace mc::smtp {

namespace {

constexpr int max_steps = 10;  // no mechanism needs more

Reply malformed(std::string text) {
  return Reply(501, "5.5.2", std::move(text));
}
Reply wrong() {
  return Reply(535, "5.7.8", "Wrong login or password");
}

bool contains(std::vector<std::string_view> const& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(), [&](std::string_view n) { return iequals(n, name); });
}

// The reply to a mechanism that is not offered on this connection as it is; absent: it is.
std::optional<Reply> refuse_mechanism(Session& session, std::string_view mechanism) {
  if (contains(net::SaslServer::mechanisms(session.plaintext_allowed(), false), mechanism))
    return std::nullopt;
  if (contains(net::SaslServer::mechanisms(true, false), mechanism))
    return Reply(538, "5.7.11", "Not without TLS: say STARTTLS first");
  return Reply(504, "5.5.4", "Unknown mechanism");
}

// auth-command = "AUTH" SP sasl-mech [SP (base64 / "=")]           RFC 4954, 8
struct AuthArguments {
  std::string mechanism;
  std::optional<std::string> initial;
};
Parsed<AuthArguments> parse_auth(std::string_view arguments) {
  AuthArguments out;
  auto const space = arguments.find(' ');
  out.mechanism = arguments.substr(0, space);
  if (out.mechanism.empty()) return Reply(501, "5.5.4", "Write AUTH mechanism [initial-response]");
  if (space == std::string_view::npos) return out;
  std::string_view const word = trim(arguments.substr(space));
  out.initial = word == "=" ? std::string() : parse_base64(word);
  if (!out.initial) return malformed("The initial response is not base64");
  return out;
}

// The password, or the exchange, was right: makes him the submitter of this session.
std::optional<Reply> enter(Session& session, std::string_view login, std::string_view authzid) {
  auto account = session.server().accounts.find_submitter(login);
  if (!account) return wrong();
  if (!authzid.empty()) {
    auto acting = session.server().accounts.find_submitter(authzid);
    if (!acting || acting->user != account->user) return Reply(535, "5.7.8", "You can only act as yourself");
  }
  log_info("smtp_login", {{"user", account->name},
                          {"peer", session.stream().peer_text()},
                          {"tls", session.stream().is_tls() ? "yes" : "no"}});
  session.log_in(std::move(*account));
  return std::nullopt;
}

// After a wrong password: an answer that comes later each time, and in the end none.
Answer punish(Session& session, std::string login, Reply reply) {
  log_info("smtp_login_failed", {{"user", login}, {"peer", session.stream().peer_text()}});
  Limits const& limits = session.limits();
  unsigned const before = session.count_wrong_password();
  co_await session.pause(limits.wrong_password_delay * (1u << std::min(before, 6u)));
  if (before + 1 >= limits.wrong_passwords)
    co_return Reply(421, "4.7.0", "Too many wrong passwords").closing();
  co_return reply;
}

Answer conclude(Session& session, std::string login, std::string authzid) {
  auto refused = enter(session, login, authzid);
  if (!refused) co_return Reply(235, "2.7.0", "Authentication successful");
  co_return co_await punish(session, std::move(login), std::move(*refused));
}

Answer check_password(Session& session, std::string login, std::string password, std::string authzid) {
  Result<void> right = co_await session.server().authenticator.check(login, std::move(password));
  if (right) co_return co_await conclude(session, std::move(login), std::move(authzid));
  if (right.error().code != Errc::auth_failed)
    co_return Reply(454, "4.7.0", "Authentication is busy, try again later");
  co_return co_await punish(session, std::move(login), wrong());
}

// 334 challenge, and the client's answer to it.
asio::awaitable<Parsed<std::string>> ask(Session& session, std::string challenge) {
  session.put(Reply(334, "", base64(challenge)));
  Parsed<std::string> line = co_await session.read_line();
  session.wipe_input();
  if (std::holds_alternative<Reply>(line)) co_return line;
  std::string const& text = std::get<std::string>(line);
  if (text == "*") co_return Reply(501, "5.7.0", "Authentication cancelled");
  auto octets = parse_base64(text);
  if (!octets) co_return malformed("The answer is not base64");
  co_return std::move(*octets);
}

Answer exchange(Session& session, AuthArguments arguments) {
  net::SaslServerConfig config{session.server().credentials, session.server().server_secret,
                               std::nullopt};
  auto sasl = net::SaslServer::make(arguments.mechanism, std::move(config));
  if (!sasl) co_return Reply(504, "5.5.4", "Unknown mechanism");
  std::optional<std::string> input = std::move(arguments.initial);
  for (int steps = 0; steps < max_steps; ++steps) {
    std::optional<std::string_view> view;
    if (input) view = *input;
    net::SaslStep step = sasl->step(view);
    if (auto* check = std::get_if<net::SaslNeedsPasswordCheck>(&step))
      co_return co_await check_password(session, std::move(check->login), std::move(check->password),
                                        std::move(check->authzid));
    if (auto* done = std::get_if<net::SaslDone>(&step))
      co_return co_await conclude(session, std::move(done->authcid), std::move(done->authzid));
    if (auto* failed = std::get_if<net::SaslFailed>(&step)) {
      if (failed->malformed) co_return malformed("Malformed authentication");
      log_info("sasl_failed", {{"mechanism", arguments.mechanism}, {"why", failed->why}});
      std::string nobody;
      co_return co_await punish(session, std::move(nobody), wrong());
    }
    Parsed<std::string> answer = co_await ask(session, std::move(std::get<net::SaslChallenge>(step).octets));
    if (auto* refused = std::get_if<Reply>(&answer)) co_return std::move(*refused);
    input = std::move(std::get<std::string>(answer));
  }
  co_return malformed("Authentication took too many steps");
}

}  // namespace

Answer verb_auth(Session& session, std::string_view arguments) {
  if (session.authenticated()) co_return Reply(503, "5.5.1", "You are authenticated already");
  auto parsed = parse_auth(arguments);
  session.wipe_input();
  if (auto* refused = std::get_if<Reply>(&parsed)) co_return std::move(*refused);
  auto& given = std::get<AuthArguments>(parsed);
  if (auto refused = refuse_mechanism(session, given.mechanism)) co_return std::move(*refused);
  co_return co_await exchange(session, std::move(given));
}

}  // namespace mc::smtp
