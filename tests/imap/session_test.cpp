#include "imap/session.h"

#include <boost/asio/read_until.hpp>
#include <boost/test/unit_test.hpp>
#include <fstream>

#include "core/text.h"
#include "net/sasl.h"
#include "test_client.h"
#include "logged_in.h"
#include "transcript.h"

namespace mc::imap {
namespace {

// The octets of the first literal in the answer to `line`.
std::string fetch_literal(TestClient& client, std::string_view line) {
  client.send("t " + std::string(line) + "\r\n");
  std::string first = client.read_line().value();
  std::size_t open = first.rfind('{');
  BOOST_REQUIRE_MESSAGE(open != first.npos, first);
  std::string octets = client.read_octets(std::stoul(first.substr(open + 1)));
  while (auto rest = client.read_line())
    if (rest->starts_with("t ")) break;
  return octets;
}

BOOST_AUTO_TEST_SUITE(session)

// Everything a session understands, fed in one octet at a time, gives what it gives in one piece.
BOOST_AUTO_TEST_CASE(commands_split_at_every_octet_are_the_same_commands) {
  std::string const script =
      "a LOGIN \"jane\" {6+}\r\nsecret\r\n"
      "b SELECT INBOX\r\n\r\n"
      "c FETCH 1 (FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])\r\n"
      "d STORE 1 +FLAGS.SILENT (\\Seen $Work)\r\n"
      "e APPEND Work (\\Draft) {12+}\r\nSubject: x\r\n\r\n"
      "f IDLE\r\nDONE\r\n"
      "g UID COPY 1 Trash\r\n"
      "h AUTHENTICATE PLAIN\r\n"
      "i NONSENSE {3+}\r\nabc\r\n"
      "j LOGOUT\r\n";
  std::string answers[2];
  for (int split : {0, 1}) {
    TestServer server;
    server.append("jane", "INBOX", transcript::sample_message(1), "", "");
    TestClient client(server.connect());
    if (split)
      for (char c : script) client.send({&c, 1});
    else
      client.send(script);
    while (auto line = client.read_line()) answers[split] += *line + '\n';
  }
  BOOST_TEST(answers[0] == answers[1]);
  for (char const* good :
       {"a OK", "b OK", "c OK", "d OK", "e NO [TRYCREATE]", "f OK", "g OK", "h BAD", "i BAD", "j OK"})
    BOOST_TEST(contains(answers[0], '\n' + std::string(good)), good);
}

BOOST_AUTO_TEST_CASE(a_connection_that_fails_anywhere_harms_nobody) {
  TestServer server;
  server.append("jane", "INBOX", transcript::sample_message(1), "", "");
  for (std::uint32_t nth = 1; nth < 25; ++nth) {
    TestClient client(server.connect_failing_at(nth));
    try {
      client.read_line();
      for (char const* line :
           {"LOGIN jane secret", "SELECT INBOX", "FETCH 1 BODY[]", "STORE 1 -FLAGS (\\Seen)", "NOOP"})
        if (contains(client.command("t", line), "(closed)")) break;
    } catch (std::runtime_error const&) {
      // the send met a closed socket
    }
  }
  LoggedIn jane(server);
  BOOST_TEST(contains(jane("NOOP"), "t OK"));
}

BOOST_AUTO_TEST_CASE(wrong_passwords_end_the_connection) {
  Limits limits;
  limits.wrong_password_delay = Millis(1);
  TestServer server(limits);
  TestClient client(server.connect());
  client.read_line();
  for (int i = 0; i < 3; ++i) {
    std::string user = i == 1 ? "nobody" : "jane";
    BOOST_TEST(client.command("a", "LOGIN " + user + " wrong") ==
               "a NO [AUTHENTICATIONFAILED] Wrong login or password\n");
  }
  BOOST_TEST(client.read_line().value().starts_with("* BYE "));
  BOOST_TEST(!client.read_line());
}

BOOST_AUTO_TEST_CASE(nonsense_before_login_is_not_endured_for_ever) {
  TestServer server;
  TestClient client(server.connect());
  client.read_line();
  for (unsigned i = 0; i < Limits{}.bad_commands; ++i) client.send("a GET / HTTP/1.1\r\n");
  std::string last;
  while (auto line = client.read_line()) last = *line;
  BOOST_TEST(last.starts_with("* BYE "));
}

BOOST_AUTO_TEST_CASE(a_changed_password_ends_the_session) {
  TestServer server;
  LoggedIn jane(server);
  jane.client.send("t IDLE\r\n");
  BOOST_TEST(jane.client.read_line().value() == "+ idling");
  server.set_password("joe", "other");
  server.set_password("jane", "other");
  BOOST_TEST(jane.client.read_line().value().starts_with("* BYE "));
  BOOST_TEST(!jane.client.read_line());
}

BOOST_AUTO_TEST_CASE(a_deleted_account_ends_the_session) {
  TestServer server;
  LoggedIn jane(server);
  jane("SELECT INBOX");
  server.delete_user("jane");
  std::string last;
  while (auto line = jane.client.read_line()) last = *line;
  BOOST_TEST(last.starts_with("* BYE "));
}

BOOST_AUTO_TEST_CASE(who_is_no_agent_any_more_loses_the_desk_where_it_is_open) {
  TestServer server;
  server.open_ticket("Support/Unassigned", {"Subject: x\r\n\r\nx\r\n"});
  LoggedIn on_desk(server, "ana"), elsewhere(server, "ana"), idle(server, "ana");
  on_desk("SELECT Support/Unassigned");
  elsewhere("SELECT INBOX");
  idle("SELECT Support/Mine");
  idle.client.send("t IDLE\r\n");
  BOOST_TEST(idle.client.read_line().value() == "+ idling");
  server.set_role("ana", store::Role::user);
  for (LoggedIn* client : {&on_desk, &idle}) {
    BOOST_TEST(client->client.read_line().value().starts_with("* BYE "));
    BOOST_TEST(!client->client.read_line());
  }
  std::string namespaces = elsewhere("NAMESPACE");
  BOOST_TEST(contains(namespaces, "* NAMESPACE ((\"\" \"/\")) NIL NIL\n"), namespaces);
  BOOST_TEST(!contains(elsewhere("LIST \"\" *"), "Support"));
  BOOST_TEST(contains(elsewhere("SELECT Support/Unassigned"), "t NO [NONEXISTENT] No such mailbox"));
}

BOOST_AUTO_TEST_CASE(who_becomes_an_agent_sees_the_desk_at_his_next_login) {
  TestServer server;
  LoggedIn before(server, "joe");
  server.set_role("joe", store::Role::admin);
  BOOST_TEST(!contains(LoggedIn(server, "jane")("LIST \"\" *"), "Support"));
  LoggedIn after(server, "joe");
  for (LoggedIn* client : {&before, &after}) {
    BOOST_TEST(contains((*client)("NAMESPACE"), "(\"Support/\" \"/\")"));
    BOOST_TEST(contains((*client)("LIST \"\" *"), "Support/Mine"));
    BOOST_TEST(contains((*client)("SELECT Support/Mine"), "t OK [READ-WRITE]"));
  }
}

BOOST_AUTO_TEST_CASE(of_two_agents_who_take_the_same_ticket_one_gets_it) {
  TestServer server;
  server.open_ticket("Support/Unassigned", {"Subject: x\r\n\r\nx\r\n"});
  LoggedIn ana(server, "ana"), bob(server, "bob");
  ana("SELECT Support/Unassigned");
  bob("SELECT Support/Unassigned");
  BOOST_TEST(contains(ana("MOVE 1 Support/Mine"), "t OK"));
  std::string answer = bob("UID MOVE 1 Support/Mine");
  BOOST_TEST(contains(answer, "* 1 EXPUNGE\n"));
  BOOST_TEST(contains(answer, "t OK Nothing to do"));
  BOOST_TEST(contains(bob("STATUS Support/Mine (MESSAGES)"), "MESSAGES 0"));
  BOOST_TEST(contains(ana("STATUS Support/Mine (MESSAGES)"), "MESSAGES 2"));
}

BOOST_AUTO_TEST_CASE(stopping_says_bye_to_all) {
  TestServer server;
  LoggedIn idle(server), quiet(server);
  TestClient fresh(server.connect());
  fresh.read_line();
  idle.client.send("t IDLE\r\n");
  idle.client.read_line();
  stop_sessions(server.context());
  for (TestClient* client : {&idle.client, &quiet.client, &fresh}) {
    BOOST_TEST(client->read_line().value().starts_with("* BYE [UNAVAILABLE]"));
    BOOST_TEST(!client->read_line());
  }
}

BOOST_AUTO_TEST_CASE(silence_ends_a_session_and_idle_is_kept_alive) {
  Limits limits;
  limits.idle_time = Millis(30);
  limits.heartbeat = Millis(20);
  TestServer server(limits);
  LoggedIn idle(server);
  idle.client.send("t IDLE\r\n");
  BOOST_TEST(idle.client.read_line().value() == "+ idling");
  for (int i = 0; i < 3; ++i) BOOST_TEST(idle.client.read_line().value() == "* OK Still here");
  idle.client.send("DONE\r\n");
  std::string line;
  while ((line = idle.client.read_line().value()) == "* OK Still here") {
  }
  BOOST_TEST(line.starts_with("t OK"));
  BOOST_TEST(idle.client.read_line().value().starts_with("* BYE "));
}

BOOST_AUTO_TEST_CASE(login_must_come_in_time) {
  Limits limits;
  limits.login_time = Millis(20);
  TestServer server(limits);
  TestClient client(server.connect());
  client.read_line();
  BOOST_TEST(client.read_line().value().starts_with("* BYE "));
  BOOST_TEST(!client.read_line());
}

BOOST_AUTO_TEST_CASE(pipelined_commands_are_answered_in_order) {
  TestServer server;
  LoggedIn jane(server);
  std::string all;
  for (int i = 0; i < 500; ++i) all += "p" + std::to_string(i) + " NOOP\r\n";
  jane.client.send(all);
  for (int i = 0; i < 500; ++i)
    BOOST_TEST(jane.client.read_line().value() == "p" + std::to_string(i) + " OK NOOP completed");
}

BOOST_AUTO_TEST_CASE(scram_proves_both_sides) {
  TestServer server;
  TestClient client(server.connect());
  client.read_line();
  std::vector<std::string> offered{"SCRAM-SHA-256"};
  net::SaslClientConfig config{"jane", "secret"};
  auto sasl = net::SaslClient::make(offered, false, config);
  client.send("a AUTHENTICATE SCRAM-SHA-256\r\n");
  BOOST_TEST(client.read_line().value() == "+ ");
  client.send(base64(sasl->step("").value().value()) + "\r\n");
  for (std::string line; !sasl->satisfied() || line.starts_with("+ ");) {
    line = client.read_line().value();
    BOOST_REQUIRE_MESSAGE(line.starts_with("+ "), line);
    auto answer = sasl->step(parse_base64(line.substr(2)).value());
    client.send(base64(answer.value().value_or("")) + "\r\n");
    if (sasl->satisfied()) break;
  }
  BOOST_TEST(client.read_line().value().starts_with("a OK [CAPABILITY "));
}

BOOST_AUTO_TEST_CASE(passwords_are_refused_where_they_would_be_read) {
  TestServer server;
  server.context().plaintext_login = PlaintextLogin::never;
  TestClient client(server.connect());
  std::string greeting = client.read_line().value();
  BOOST_TEST(contains(greeting, " LOGINDISABLED "));
  BOOST_TEST(!contains(greeting, "AUTH=PLAIN"));
  BOOST_TEST(contains(client.command("a", "LOGIN jane secret"), "a NO [PRIVACYREQUIRED]"));
  BOOST_TEST(contains(client.command("b", "AUTHENTICATE PLAIN AGphbmUAc2VjcmV0"), "b NO"));
}

BOOST_AUTO_TEST_CASE(large_literals_are_bounded_for_all_sessions_together) {
  TestServer server;
  auto& literals = server.context().literals;
  BOOST_REQUIRE(literals.try_take(Limits{}.literals_in_flight));
  LoggedIn jane(server);
  BOOST_TEST(contains(jane("APPEND INBOX {2000000}"), "t NO [LIMIT]"));
  jane.client.send("u APPEND INBOX {2000000+}\r\n");
  BOOST_TEST(jane.client.read_line().value().starts_with("* BYE [LIMIT]"));
  literals.give_back(Limits{}.literals_in_flight);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(fetch)

std::string multipart(std::string const& text, std::string const& encoded) {
  return "Subject: parts\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
         "Content-Type: text/plain\r\n\r\n" +
         text +
         "\r\n--b\r\nContent-Type: application/octet-stream\r\n"
         "Content-Transfer-Encoding: base64\r\n\r\n" +
         encoded + "\r\n--b--\r\n";
}

BOOST_AUTO_TEST_CASE(a_prefix_of_ours_belongs_to_the_header) {
  TestServer server;
  std::string prefix = "X-MC-Type: payment.sent\r\nX-MC-Why: because\r\n";
  std::string octets = multipart("Hello", "AAEC");
  server.deliver("jane", "Account Alerts", prefix, octets);
  LoggedIn jane(server);
  jane("SELECT \"Account Alerts\"");
  std::string whole = prefix + octets;
  std::size_t body = whole.find("\r\n\r\n") + 4;
  BOOST_TEST(contains(jane("FETCH 1 RFC822.SIZE"), "RFC822.SIZE " + std::to_string(whole.size()) + ")"));
  BOOST_TEST(fetch_literal(jane.client, "FETCH 1 BODY.PEEK[]") == whole);
  BOOST_TEST(fetch_literal(jane.client, "FETCH 1 BODY.PEEK[HEADER]") == whole.substr(0, body));
  BOOST_TEST(fetch_literal(jane.client, "FETCH 1 RFC822.HEADER") == whole.substr(0, body));
  BOOST_TEST(fetch_literal(jane.client, "FETCH 1 BODY.PEEK[TEXT]") == whole.substr(body));
  BOOST_TEST(fetch_literal(jane.client, "FETCH 1 BODY.PEEK[1]") == "Hello");
  BOOST_TEST(fetch_literal(jane.client, "FETCH 1 BODY.PEEK[1.MIME]") == "Content-Type: text/plain\r\n\r\n");
  BOOST_TEST(fetch_literal(jane.client, "FETCH 1 BODY.PEEK[HEADER.FIELDS (X-MC-WHY SUBJECT)]") ==
             "X-MC-Why: because\r\nSubject: parts\r\n\r\n");
  BOOST_TEST(
      fetch_literal(jane.client, "FETCH 1 BODY.PEEK[HEADER.FIELDS.NOT (X-MC-Type Subject Content-Type)]") ==
      "X-MC-Why: because\r\nMIME-Version: 1.0\r\n\r\n");
  BOOST_TEST(fetch_literal(jane.client, "FETCH 1 BINARY.PEEK[2]") == std::string("\0\1\2", 3));
  for (std::size_t at = 0; at < whole.size() + 3; at += 7)
    BOOST_TEST(fetch_literal(jane.client, "FETCH 1 BODY.PEEK[]<" + std::to_string(at) + ".7>") ==
               (at < whole.size() ? whole.substr(at, 7) : ""));
}

BOOST_AUTO_TEST_CASE(large_messages_stream_in_chunks) {
  Limits limits;
  limits.body_chunk = 10'000;
  TestServer server(limits);
  std::string decoded, encoded, text;
  for (int i = 0; i < 60'000; ++i) decoded += static_cast<char>(i * 7);
  for (std::size_t i = 0; i < decoded.size(); i += 57) encoded += base64(decoded.substr(i, 57)) + "\r\n";
  for (int i = 0; i < 5'000; ++i) text += "line " + std::to_string(i) + "\r\n";
  std::string whole = multipart(text, encoded);
  server.append("jane", "INBOX", whole, "", "");
  LoggedIn jane(server);
  jane("SELECT INBOX");
  BOOST_TEST(fetch_literal(jane.client, "FETCH 1 BODY.PEEK[]") == whole);
  BOOST_TEST(fetch_literal(jane.client, "FETCH 1 (BODY.PEEK[] UID FLAGS)") == whole);
  BOOST_TEST(fetch_literal(jane.client, "FETCH 1 BODY.PEEK[1]") == text);
  BOOST_TEST(fetch_literal(jane.client, "FETCH 1 BODY.PEEK[]<3000.50000>") == whole.substr(3000, 50000));
  BOOST_TEST(fetch_literal(jane.client, "FETCH 1 BINARY.PEEK[2]") == decoded);
  BOOST_TEST(fetch_literal(jane.client, "FETCH 1 BINARY.PEEK[2]<20000.25000>") ==
             decoded.substr(20000, 25000));
  BOOST_TEST(jane("FETCH 1 (UID BINARY.SIZE[2])") ==
             "* 1 FETCH (UID 1 BINARY.SIZE[2] 60000)\nt OK FETCH completed\n");
  BOOST_TEST(contains(jane("FETCH 1 (FLAGS)"), "* 1 FETCH (FLAGS ("));
}

BOOST_AUTO_TEST_CASE(an_unknown_transfer_encoding_cannot_be_binary) {
  TestServer server;
  server.append("jane", "INBOX",
                "Content-Type: text/plain\r\nContent-Transfer-Encoding: x-strange\r\n\r\ntext\r\n", "", "");
  LoggedIn jane(server);
  jane("SELECT INBOX");
  BOOST_TEST(contains(jane("FETCH 1 BINARY.PEEK[1]"), "t NO [UNKNOWN-CTE]"));
}

BOOST_AUTO_TEST_CASE(many_messages_come_in_slices_and_in_order) {
  TestServer server;
  for (int i = 1; i <= 700; ++i) server.append("jane", "INBOX", transcript::sample_message(i), "", "");
  LoggedIn jane(server);
  jane("SELECT INBOX");
  jane("STORE 1:700:2 +FLAGS.SILENT (\\Deleted)");
  std::string set;
  for (int i = 2; i <= 700; i += 2) set += (set.empty() ? "" : ",") + std::to_string(i);
  jane("STORE " + set + " +FLAGS.SILENT (\\Deleted)");
  jane("EXPUNGE");
  std::string expected, sizes = jane("UID FETCH 1:* (BODY.PEEK[])");
  for (int i = 1; i <= 350; ++i)
    expected += "* " + std::to_string(i) + " FETCH (UID " + std::to_string(2 * i - 1) + ")\n";
  BOOST_TEST(jane("UID FETCH 1:* UID") == expected + "t OK UID FETCH completed\n");
  std::size_t count = 0;
  for (std::size_t at = 0; (at = sizes.find(" BODY[] {", at)) != sizes.npos; ++at) ++count;
  BOOST_TEST(count == 350u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace mc::imap
