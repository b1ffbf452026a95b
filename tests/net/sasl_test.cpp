#include "net/sasl.h"

#include <array>
#include <boost/test/unit_test.hpp>
#include <map>
#include <string>

#include "core/text.h"

using namespace mc;
using namespace mc::net;

namespace {

class Accounts final : public CredentialSource {
 public:
  std::optional<Credentials> find(std::string_view login) const override {
    auto const found = known.find(std::string(login));
    return found == known.end() ? std::nullopt : std::optional(found->second);
  }
  std::map<std::string, Credentials> known;
};

Accounts const& accounts() {
  static Accounts const made = [] {
    Accounts accounts;
    accounts.known["jane"] = {"", make_scram_sha256("pencil", 4096).value(), true};
    accounts.known["gone"] = {"", make_scram_sha256("pencil", 4096).value(), false};
    accounts.known["bare"] = {"", {}, true};
    accounts.known["a,b=c"] = {"", make_scram_sha256("pencil", 4096).value(), true};
    return accounts;
  }();
  return made;
}

std::unique_ptr<SaslServer> server(std::string_view mechanism,
                                   std::optional<std::string> binding = std::nullopt) {
  return SaslServer::make(mechanism, {accounts(), "server secret", std::move(binding)});
}

std::unique_ptr<SaslClient> client(std::string mechanism, std::string login, std::string password) {
  std::array<std::string, 1> const offered{std::move(mechanism)};
  return SaslClient::make(offered, true, {std::move(login), std::move(password)});
}

// Lets both talk to each other; what the server came to in the end.
SaslStep converse(SaslServer& server, SaslClient& client) {
  auto first = client.step("").value();
  SaslStep step = first ? server.step(*first) : server.step(std::nullopt);
  for (int turns = 0; turns < 5; ++turns) {
    auto const* challenge = std::get_if<SaslChallenge>(&step);
    if (!challenge) return step;
    auto const answer = client.step(challenge->octets);
    if (!answer) return SaslFailed{true, "client: " + answer.error().text};
    step = server.step(answer->value_or(""));
  }
  return SaslFailed{true, "no end"};
}

std::string challenge_of(SaslStep const& step) {
  return std::get<SaslChallenge>(step).octets;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sasl)

BOOST_AUTO_TEST_CASE(plain_messages_are_read) {
  struct Row {
    std::string message;
    bool good;
    std::string login, password, authzid;
  };
  using namespace std::string_literals;
  for (Row const& row :
       {Row{"\0jane\0pw"s, true, "jane", "pw", ""}, Row{"bob\0jane\0pw"s, true, "jane", "pw", "bob"},
        Row{"\0jane\0"s, false, "", "", ""}, Row{"\0\0pw"s, false, "", "", ""},
        Row{"jane\0pw"s, false, "", "", ""}, Row{"\0jane\0pw\0"s, false, "", "", ""},
        Row{""s, false, "", "", ""}}) {
    auto const exchange = server("plain");
    BOOST_TEST(challenge_of(exchange->step(std::nullopt)) == "");
    auto const step = exchange->step(row.message);
    auto const* check = std::get_if<SaslNeedsPasswordCheck>(&step);
    BOOST_REQUIRE_EQUAL(check != nullptr, row.good);
    if (!check) {
      BOOST_TEST(std::get<SaslFailed>(step).malformed);
      continue;
    }
    BOOST_TEST(check->login == row.login);
    BOOST_TEST(check->password == row.password);
    BOOST_TEST(check->authzid == row.authzid);
  }
}

BOOST_AUTO_TEST_CASE(login_asks_for_both_unless_the_name_came_along) {
  for (bool initial : {false, true}) {
    auto const exchange = server("LOGIN");
    if (!initial) BOOST_TEST(challenge_of(exchange->step(std::nullopt)) == "Username:");
    BOOST_TEST(challenge_of(exchange->step("jane")) == "Password:");
    auto const step = exchange->step("pw");
    BOOST_TEST(std::get<SaslNeedsPasswordCheck>(step).login == "jane");
    BOOST_TEST(std::get<SaslNeedsPasswordCheck>(step).password == "pw");
  }
}

BOOST_AUTO_TEST_CASE(our_client_and_our_server_agree_in_every_mechanism) {
  for (char const* mechanism : {"PLAIN", "LOGIN", "SCRAM-SHA-256"}) {
    BOOST_TEST_CONTEXT(mechanism) {
      auto const s = server(mechanism);
      auto const c = client(mechanism, "jane", "pencil");
      BOOST_REQUIRE(c);
      BOOST_TEST(c->mechanism() == mechanism);
      auto const step = converse(*s, *c);
      if (auto const* done = std::get_if<SaslDone>(&step))
        BOOST_TEST(done->authcid == "jane");
      else
        BOOST_TEST(std::get<SaslNeedsPasswordCheck>(step).password == "pencil");
      BOOST_TEST(c->satisfied());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_login_with_comma_and_equals_sign_survives_scram) {
  auto const s = server("SCRAM-SHA-256");
  auto const c = client("SCRAM-SHA-256", "a,b=c", "pencil");
  auto const step = converse(*s, *c);
  BOOST_REQUIRE(std::holds_alternative<SaslDone>(step));
  BOOST_TEST(std::get<SaslDone>(step).authcid == "a,b=c");
}

BOOST_AUTO_TEST_CASE(scram_refuses_wrong_unknown_disabled_and_unprepared_users_alike) {
  struct Row {
    char const* login;
    char const* password;
  };
  for (Row const row :
       {Row{"jane", "pencils"}, {"nobody", "pencil"}, {"gone", "pencil"}, {"bare", "pencil"}}) {
    BOOST_TEST_CONTEXT(row.login) {
      auto const s = server("SCRAM-SHA-256");
      auto const c = client("SCRAM-SHA-256", row.login, row.password);
      std::string const server_first = challenge_of(s->step(*c->step("").value()));
      BOOST_TEST(server_first.find(",s=") != std::string::npos);
      auto const step = s->step(*c->step(server_first).value());
      BOOST_REQUIRE(std::holds_alternative<SaslFailed>(step));
      BOOST_TEST(!std::get<SaslFailed>(step).malformed);
      BOOST_TEST(!c->satisfied());
    }
  }
}

BOOST_AUTO_TEST_CASE(an_unknown_user_keeps_his_salt_and_another_has_another) {
  auto salt_of = [](std::string login) {
    auto const s = server("SCRAM-SHA-256");
    std::string const first = challenge_of(s->step("n,,n=" + login + ",r=abcdefgh"));
    auto const at = first.find(",s=");
    return first.substr(at, first.find(",i=") - at);
  };
  BOOST_TEST(salt_of("nobody") == salt_of("nobody"));
  BOOST_TEST(salt_of("nobody") == salt_of("NOBODY"));
  BOOST_TEST(salt_of("nobody") != salt_of("noone"));
}

BOOST_AUTO_TEST_CASE(malformed_scram_messages_fail_and_break_nothing) {
  using namespace std::string_literals;
  for (std::string const& first :
       {"n"s, "n,,"s, "n,,n=jane"s, "n,,r=abc"s, "x,,n=jane,r=abc"s, "p=tls-unique,,n=jane,r=abc"s,
        "p=tls-exporter,,n=jane,r=abc"s, "n,,n=jane,r=\0"s, "\0\0\0"s, std::string(10000, ','),
        "n,,m=ext,n=jane,r=abc"s}) {
    auto const s = server("SCRAM-SHA-256");
    auto const step = s->step(first);
    BOOST_TEST(std::holds_alternative<SaslFailed>(step), first);
  }
  for (std::string const& last : {""s, "c=biws"s, "c=biws,r=wrong,p=AAAA"s, "\0"s, std::string(10000, 'p')}) {
    auto const s = server("SCRAM-SHA-256");
    challenge_of(s->step("n,,n=jane,r=abcdefgh"));
    auto const step = s->step(last);
    BOOST_TEST(!std::holds_alternative<SaslDone>(step), last);
    BOOST_TEST(!(std::holds_alternative<SaslChallenge>(step) && !challenge_of(step).empty()), last);
  }
}

BOOST_AUTO_TEST_CASE(octets_after_the_proof_are_refused) {
  auto const s = server("SCRAM-SHA-256");
  auto const c = client("SCRAM-SHA-256", "jane", "pencil");
  std::string const server_first = challenge_of(s->step(*c->step("").value()));
  std::string const server_final = challenge_of(s->step(*c->step(server_first).value()));
  BOOST_TEST(server_final.starts_with("v="));
  auto const step = s->step("more");
  BOOST_TEST(std::holds_alternative<SaslFailed>(step));
}

BOOST_AUTO_TEST_CASE(the_client_does_not_believe_a_false_server) {
  auto const s = server("SCRAM-SHA-256");
  auto const c = client("SCRAM-SHA-256", "jane", "pencil");
  std::string const server_first = challenge_of(s->step(*c->step("").value()));
  BOOST_TEST(c->step(server_first).has_value());
  BOOST_TEST(!c->satisfied());
  BOOST_TEST(!c->step("v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").has_value());
  BOOST_TEST(!c->satisfied());
  auto const d = client("SCRAM-SHA-256", "jane", "pencil");
  std::string const client_first = d->step("").value().value();
  std::string const nonce = client_first.substr(client_first.find("r="));
  BOOST_TEST(!d->step(nonce + "x,s=AAAA,i=4000000000").has_value());
}

BOOST_AUTO_TEST_CASE(channel_binding_is_offered_only_with_a_binding) {
  BOOST_TEST(!server("SCRAM-SHA-256-PLUS"));
  BOOST_TEST(server("SCRAM-SHA-256-PLUS", std::string(32, 'b')).get());
  auto const with = SaslServer::mechanisms(true, true);
  auto const without = SaslServer::mechanisms(false, false);
  BOOST_TEST(with.front() == "SCRAM-SHA-256-PLUS");
  BOOST_TEST(with.size() == 4u);
  BOOST_REQUIRE_EQUAL(without.size(), 1u);
  BOOST_TEST(without.front() == "SCRAM-SHA-256");
  BOOST_TEST(!server("CRAM-MD5"));
  BOOST_TEST(!server(""));
}

BOOST_AUTO_TEST_CASE(a_client_that_was_robbed_of_PLUS_notices_or_is_noticed) {
  // "y": I know channel binding but believe you don't. A server that offers it must refuse (RFC 5802, 6).
  auto const s = server("SCRAM-SHA-256", std::string(32, 'b'));
  auto const step = s->step("y,,n=jane,r=abcdefgh");
  BOOST_TEST(std::holds_alternative<SaslFailed>(step));
}

BOOST_AUTO_TEST_CASE(the_client_takes_the_best_and_never_shows_a_password_in_the_clear) {
  std::array<std::string, 3> const all{"LOGIN", "plain", "SCRAM-SHA-256"};
  std::array<std::string, 2> const clear{"LOGIN", "plain"};
  std::array<std::string, 1> const foreign{"GSSAPI"};
  SaslClientConfig const config{"jane", "pw"};
  BOOST_TEST(SaslClient::make(all, false, config)->mechanism() == "SCRAM-SHA-256");
  BOOST_TEST(SaslClient::make(clear, true, config)->mechanism() == "PLAIN");
  BOOST_TEST(!SaslClient::make(clear, false, config));
  BOOST_TEST(!SaslClient::make(foreign, true, config));
}

BOOST_AUTO_TEST_SUITE_END()
