// Dovecot's authentication protocol over a real Unix socket, as Postfix speaks it.
#include "smtp/dovecot_auth.h"

#include "tests/net/support.h"
#include "tests/smtp/script.h"

using namespace mc;
using namespace mc::smtp;
using namespace mc::smtp::test;

namespace {

std::string plain(std::string_view login, std::string_view password, std::string_view authzid = {}) {
  std::string octets(authzid);
  ((octets += '\0') += login) += '\0';
  return base64(octets += password);
}

// Lines as in tests/smtp/script.h, but ended by LF, and with | for TAB.
class Client {
 public:
  explicit Client(std::unique_ptr<net::Stream> stream) : stream_(std::move(stream)) {
    stream_->set_timeout(std::chrono::seconds(20));
  }
  asio::awaitable<void> say(std::string_view text) {
    std::string line(text);
    std::replace(line.begin(), line.end(), '|', '\t');
    line += '\n';
    co_await stream_->write(line);
  }
  asio::awaitable<std::optional<std::string>> hear() {
    for (;;) {
      if (auto line = input_.take_line()) {
        std::string text(line->text);
        std::replace(text.begin(), text.end(), '\t', '|');
        co_return text;
      }
      std::size_t count = 0;
      try {
        count = co_await stream_->read_some(input_.prepare());
      } catch (boost::system::system_error const&) {
      }
      if (count == 0) co_return std::nullopt;
      input_.commit(count);
    }
  }
  asio::awaitable<void> play(std::string script) {
    for (std::string_view line : split(script, '\n')) {
      line = trim(line);
      if (line.starts_with("C:")) co_await say(line.substr(std::min<std::size_t>(3, line.size())));
      if (line.starts_with("S:")) co_await expect(line.substr(3));
      if (line == "END") co_await expect_end();
    }
  }
  asio::awaitable<void> greet() { co_await play(greeting); }
  void close() { stream_->close(); }

  static constexpr char greeting[] = R"(
    S: VERSION|1|2
    S: MECH|SCRAM-SHA-256|mutual-auth
    S: MECH|PLAIN|plaintext
    S: MECH|LOGIN|plaintext
    S: SPID|*
    S: CUID|*
    S: COOKIE|????????????????????????????????
    S: DONE
    C: VERSION|1|1
    C: CPID|4711)";

 private:
  asio::awaitable<void> expect(std::string_view pattern) {
    auto const line = co_await hear();
    BOOST_REQUIRE_MESSAGE(line, "the server has closed; expected " << pattern);
    BOOST_REQUIRE_MESSAGE(glob_match(pattern, *line), "got " << *line << ", expected " << pattern);
  }
  asio::awaitable<void> expect_end() {
    auto const line = co_await hear();
    BOOST_TEST(!line, "expected the end, got " << line.value_or(""));
  }
  std::unique_ptr<net::Stream> stream_;
  net::InputBuffer input_{64 * 1024};
};

struct AuthFixture : SmtpFixture {
  AuthService service{server};
  AuthFixture() {
    add_accounts();
    accounts.add("gone", "secret", center::SubmitterKind::user, bob);
    accounts.disable("gone");
  }

  template <class Body>
  void with_client(Body body) {
    auto const [near, far] = connected_sockets(true);
    Client client(std::make_unique<net::Stream>(io, near));
    auto theirs = std::make_unique<net::Stream>(io, far);
    auto session = make_auth_session(service);
    auto serve = [&]() -> asio::awaitable<void> { co_await session(std::move(theirs)); };
    auto talk = [&]() -> asio::awaitable<void> {
      co_await body(client);
      client.close();
    };
    net::test::run(io, serve, talk);
  }
  void play(std::string const& script) {
    with_client([&](Client& client) -> asio::awaitable<void> {
      co_await client.greet();
      co_await client.play(script);
    });
  }
};

std::string auth(int id, std::string const& mechanism, std::string const& response,
                 std::string const& more = "secured|rip=192.0.2.9") {
  return "C: AUTH|" + std::to_string(id) + "|" + mechanism + "|service=smtp|nologin|lip=192.0.2.1|" + more +
         (response.empty() ? "" : "|resp=" + response) + "\n";
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(dovecot_auth_test, AuthFixture)

BOOST_AUTO_TEST_CASE(the_right_password_of_an_account_is_good_by_every_mechanism_in_clear) {
  play(auth(1, "PLAIN", plain("jane", "secret")) + "S: OK|1|user=jane\n" +  //
       auth(2, "plain", "") + "S: CONT|2|\nC: CONT|2|" + plain("app", "secret", "app") + "\nS: OK|2|user=app\n" +
       auth(3, "LOGIN", "") + "S: CONT|3|" + base64("Username:") + "\nC: CONT|3|" + base64("jane") + "\nS: CONT|3|" +
       base64("Password:") + "\nC: CONT|3|" + base64("secret") + "\nS: OK|3|user=jane");
}

BOOST_AUTO_TEST_CASE(wrong_unknown_and_disabled_get_the_same_answer) {
  for (auto const& [login, password] : {std::pair("jane", "wrong"), std::pair("nobody", "secret"), std::pair("gone", "secret")})
    play(auth(1, "PLAIN", plain(login, password)) + "S: FAIL|1|reason=Wrong login or password");
  play(auth(1, "PLAIN", plain("jane", "secret", "app")) + "S: FAIL|1|authz|reason=You can only act as yourself");
}

BOOST_AUTO_TEST_CASE(scram_proves_both_sides) {
  with_client([&](Client& client) -> asio::awaitable<void> {
    co_await client.greet();
    std::vector<std::string> const offered{"SCRAM-SHA-256"};
    for (std::string const password : {"secret", "wrong"}) {
      auto sasl = net::SaslClient::make(offered, false, {"jane", password});
      auto next = sasl->step("");
      std::string line = "AUTH|9|SCRAM-SHA-256|nologin|rip=192.0.2.9|resp=" + base64(**next);
      for (;;) {
        co_await client.say(line);
        auto const answer = co_await client.hear();
        BOOST_REQUIRE(answer);
        if (!answer->starts_with("CONT|9|")) {
          BOOST_TEST(*answer == (password == "secret" ? "OK|9|user=jane" : "FAIL|9|reason=Wrong login or password"));
          BOOST_TEST(sasl->satisfied() == (password == "secret"));
          break;
        }
        next = sasl->step(*parse_base64(answer->substr(7)));
        BOOST_REQUIRE((next && next->has_value()));
        line = "CONT|9|" + base64(**next);
      }
    }
  });
}

BOOST_AUTO_TEST_CASE(a_password_travels_in_clear_only_where_the_client_is_under_tls_or_on_this_machine) {
  std::string const right = plain("jane", "secret");
  play(auth(1, "PLAIN", right, "rip=192.0.2.9") + "S: FAIL|1|reason=Not without TLS\n" +
       auth(2, "LOGIN", "", "rip=192.0.2.9") + "S: FAIL|2|reason=Not without TLS\n" +
       auth(3, "PLAIN", right, "service=smtp") + "S: FAIL|3|reason=Not without TLS\n" +
       auth(4, "PLAIN", right, "rip=127.0.0.1") + "S: OK|4|*\n" + auth(5, "SCRAM-SHA-256", "", "rip=192.0.2.9") + "S: CONT|5|\n");
  server.plaintext_login_on_loopback = false;
  play(auth(1, "PLAIN", right, "rip=127.0.0.1") + "S: FAIL|1|reason=Not without TLS");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_taken_is_refused_by_its_id_and_the_connection_goes_on) {
  play(auth(1, "CRAM-MD5", "") + "S: FAIL|1|reason=Unknown mechanism\n" +  //
       auth(2, "SCRAM-SHA-256-PLUS", "") + "S: FAIL|2|reason=Unknown mechanism\n" +
       auth(3, "PLAIN", "!") + "S: FAIL|3|reason=Malformed*\n" +  //
       auth(4, "PLAIN", base64("no NUL")) + "S: FAIL|4|reason=Malformed*\n" +
       "C: AUTH|5|PLAIN|secured|resp=" + plain("jane", "secret") + "\nS: FAIL|5|reason=Only logins of mail clients*\n" +
       "C: CONT|77|\nS: FAIL|77|*\n" + auth(6, "PLAIN", "") + "S: CONT|6|\nC: CONT|6|!\nS: FAIL|6|reason=Malformed*\n" +
       auth(7, "PLAIN", "") + "S: CONT|7|\nC: CANCEL|7\nS: FAIL|7|*\nC: CONT|7|\nS: FAIL|7|*\nC: CANCEL|7\n" +
       auth(7, "PLAIN", plain("jane", "secret")) + "S: OK|7|user=jane");
}

BOOST_AUTO_TEST_CASE(who_breaks_the_protocol_is_left) {
  for (std::string const last :
       {"C: AUTH|x|PLAIN", "C: CONT|1", "C: VERSION|2|0", "C: VERSION", "C: CANCEL|",
        "C: AUTH|1|LOGIN|secured|nologin\nS: CONT|1|*\nC: AUTH|1|LOGIN|secured|nologin"})
    play(last + "\nEND");
  with_client([&](Client& client) -> asio::awaitable<void> {
    co_await client.greet();
    std::string const endless(20'000, 'x');
    co_await client.say(endless);
    co_await client.play("END");
  });
  with_client([&](Client& client) -> asio::awaitable<void> {  // nothing before VERSION
    co_await client.say("AUTH|1|PLAIN|secured|nologin");
    for (int i = 0; i < 8; ++i) co_await client.hear();
    co_await client.play("END");
  });
}

BOOST_AUTO_TEST_CASE(logins_under_way_are_bounded_and_hold_each_other_up_in_no_way) {
  std::string script;
  for (int i = 1; i <= 64; ++i) script += auth(i, "LOGIN", "") + "S: CONT|" + std::to_string(i) + "|*\n";
  script += auth(65, "LOGIN", "") + "S: FAIL|65|temp|reason=Too many logins at once\n";
  script += "C: CANCEL|1\nS: FAIL|1|*\n" + auth(66, "PLAIN", plain("jane", "secret")) + "S: OK|66|user=jane";
  play(script);
  // A wrong password waits for its delay, a right one after it does not.
  accounts.add("bob", "secret", center::SubmitterKind::user, bob);
  play(auth(1, "PLAIN", plain("bob", "secret")) + "S: OK|1|*");  // remembered now
  set([](Limits& l) { l.wrong_password_delay = Millis(700); });
  play(auth(1, "PLAIN", plain("jane", "wrong")) + auth(2, "PLAIN", plain("bob", "secret")) +
       "S: OK|2|user=bob\nS: FAIL|1|reason=Wrong login or password");
}

BOOST_AUTO_TEST_CASE(an_address_with_too_many_wrong_passwords_is_not_listened_to_for_a_while) {
  set([](Limits& l) { l.wrong_passwords = 1; });
  auto const now = std::chrono::steady_clock::now();
  std::string const key = Penalties::key(boost::asio::ip::make_address("192.0.2.9"), "");
  for (int i = 0; i < 9; ++i) service.penalties.add(key, now);
  play(auth(1, "PLAIN", plain("jane", "wrong")) + "S: FAIL|1|reason=Wrong*\n" + auth(2, "PLAIN", plain("jane", "secret")) +
       "S: FAIL|2|temp|reason=Too many wrong passwords*\n" +
       auth(3, "PLAIN", plain("jane", "secret"), "secured|rip=192.0.2.10") + "S: OK|3|user=jane");
}

BOOST_AUTO_TEST_CASE(a_fault_of_the_store_is_a_temporary_failure) {
  accounts.broken = true;
  play(auth(1, "PLAIN", plain("jane", "secret")) + "S: FAIL|1|temp|reason=Internal error, try again later");
}

BOOST_AUTO_TEST_CASE(stopping_ends_idle_connections_and_answers_what_is_under_way) {
  with_client([&](Client& client) -> asio::awaitable<void> {
    co_await client.greet();
    std::string const line = auth(1, "PLAIN", plain("jane", "wrong"));
    co_await client.play(line);
    co_await let_others_run();
    stop_sessions(server);
    co_await client.play("S: FAIL|1|*\nEND");
  });
}

BOOST_AUTO_TEST_SUITE_END()
