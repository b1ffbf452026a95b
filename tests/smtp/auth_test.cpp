// AUTH (RFC 4954)
#include "core/text.h"
#include "tests/net/support.h"
#include "tests/smtp/script.h"

using namespace mc;
using namespace mc::smtp;
using namespace mc::smtp::test;

namespace {

std::string plain(std::string_view authzid, std::string_view login, std::string_view password) {
  std::string octets(authzid);
  octets += '\0';
  octets += login;
  octets += '\0';
  octets += password;
  return base64(octets);
}

std::string const hello = "S: 220 *\nC: EHLO c\nS* 250 *\n";

struct AuthFixture : SmtpFixture {
  AuthFixture() { add_accounts(); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(auth_test, AuthFixture)

BOOST_AUTO_TEST_CASE(auth_is_announced_on_submission_and_required) {
  play(Service::submission, R"(
    S: 220 *
    C: MAIL FROM:<jane@example.test>
    S: 503 5.5.1 *
    C: EHLO c
    S: 250-mc.example.test
    S: 250-PIPELINING
    S: 250-SIZE *
    S: 250-8BITMIME
    S: 250-SMTPUTF8
    S: 250-CHUNKING
    S: 250-DSN
    S: 250-ENHANCEDSTATUSCODES
    S: 250 AUTH SCRAM-SHA-256 PLAIN LOGIN
    C: MAIL FROM:<jane@example.test>
    S: 530 5.7.0 Authentication required
    C: RCPT TO:<bob@example.test>
    S: 530 5.7.0 *
    C: DATA
    S: 530 5.7.0 *
    C: VRFY bob
    S: 530 5.7.0 *
    C: BDAT 5 LAST
    R: 12345
    S: 530 5.7.0 *
    C: NOOP
    S: 250 *)");
}

BOOST_AUTO_TEST_CASE(plain_with_and_without_initial_response) {
  play(Service::submission, hello + "C: AUTH PLAIN " + plain("", "jane", "secret") + R"(
    S: 235 2.7.0 *
    C: AUTH PLAIN AA==
    S: 503 5.5.1 *
    C: MAIL FROM:<bob@example.test>
    S: 550 5.7.1 *
    C: MAIL FROM:<jane@example.test>
    S: 250 2.1.0 Ok)");
  play(Service::submission,
       hello + "C: auth plain\nS: 334*\nC: " + plain("", "jane", "secret") + "\nS: 235 *");
  play(Service::submission, hello + "C: AUTH PLAIN " + plain("jane", "jane", "secret") + "\nS: 235 *");
}

BOOST_AUTO_TEST_CASE(login_asks_twice) {
  play(Service::submission, hello + R"(
    C: AUTH LOGIN
    S: 334 *
    C: amFuZQ==
    S: 334 *
    C: c2VjcmV0
    S: 235 2.7.0 *)");
}

BOOST_AUTO_TEST_CASE(wrong_and_malformed_answers) {
  play(Service::submission, hello + "C: AUTH PLAIN " + plain("", "jane", "wrong") + R"(
    S: 535 5.7.8 *
    C: AUTH
    S: 501 5.5.4 *
    C: AUTH DIGEST-MD5
    S: 504 5.5.4 *
    C: AUTH PLAIN !!!
    S: 501 5.5.2 *
    C: AUTH PLAIN two words
    S: 501 5.5.2 *
    C: AUTH PLAIN
    S: 334 *
    C: *
    S: 501 5.7.0 *
    C: AUTH PLAIN
    S: 334 *
    C: not base64!
    S: 501 5.5.2 *
    C: AUTH PLAIN =
    S: 501 5.5.2 *
    C: NOOP
    S: 250 *)");
}

BOOST_AUTO_TEST_CASE(nobody_acts_as_somebody_else) {
  play(Service::submission, hello + "C: AUTH PLAIN " + plain("app", "jane", "secret") +
                                "\nS: 535 5.7.8 *\nC: MAIL FROM:<>\nS: 530 *");
}

BOOST_AUTO_TEST_CASE(a_disabled_account_does_not_get_in) {
  accounts.disable("jane");
  play(Service::submission, hello + "C: AUTH PLAIN " + plain("", "jane", "secret") + "\nS: 535 5.7.8 *");
}

BOOST_AUTO_TEST_CASE(a_command_that_throws_is_answered_and_the_session_goes_on) {
  accounts.broken = true;
  play(Service::submission, hello + "C: AUTH PLAIN " + plain("", "jane", "secret") +
                                "\nS: 451 4.3.0 *\nC: NOOP\nS: 250 *\nC: QUIT\nS: 221 *\nEND");
}

BOOST_AUTO_TEST_CASE(three_wrong_passwords_end_the_session) {
  std::string const wrong = "C: AUTH PLAIN " + plain("", "jane", "wrong") + "\n";
  play(Service::submission,
       hello + wrong + "S: 535 *\n" + wrong + "S: 535 *\n" + wrong + "S: 421 4.7.0 *\nEND");
}

BOOST_AUTO_TEST_CASE(not_in_a_transaction_and_not_before_ehlo) {
  play(Service::submission, "S: 220 *\nC: AUTH PLAIN\nS: 503 5.5.1 Say EHLO first");
}

BOOST_AUTO_TEST_CASE(answers_may_be_long_but_not_endless) {
  play_once(Service::submission, hello + "C: AUTH PLAIN\nS: 334 *\nC: " + std::string(12284, 'A') +
                                     "\nS: 501 *\nC: AUTH PLAIN\nS: 334 *\nC: " + std::string(20000, 'A') +
                                     "\nS: 500 5.5.6 *\nS: 500 *\nC: NOOP\nS: 250 *");
  play_once(Service::submission,
            hello + "C: AUTH PLAIN " + std::string(20000, 'A') + "\nS: 500 *\nC: NOOP\nS: 250 *");
}

BOOST_AUTO_TEST_CASE(passwords_need_tls_where_loopback_is_no_excuse) {
  server.plaintext_login_on_loopback = false;
  server.tls = net::test::Certificates::shared().server();
  client_tls = net::test::Certificates::shared().client();
  play(Service::submission, hello + "C: AUTH PLAIN " + plain("", "jane", "secret") + R"(
    S: 538 5.7.11 *
    C: STARTTLS
    S: 220 *
    TLS
    C: EHLO c
    S: 250-mc.example.test
    S: 250-PIPELINING
    S: 250-SIZE *
    S: 250-8BITMIME
    S: 250-SMTPUTF8
    S: 250-CHUNKING
    S: 250-DSN
    S: 250-ENHANCEDSTATUSCODES
    S: 250 AUTH SCRAM-SHA-256 PLAIN LOGIN
    C: AUTH PLAIN )" + plain("", "jane", "secret") +
                                "\nS: 235 *\nC: MAIL FROM:<jane@example.test>\nS: 250 *");
}

BOOST_AUTO_TEST_CASE(login_is_forgotten_by_starttls) {
  server.tls = net::test::Certificates::shared().server();
  client_tls = net::test::Certificates::shared().client();
  play_once(Service::submission,
            hello + "C: AUTH PLAIN " + plain("", "jane", "secret") +
                "\nS: 235 *\nC: STARTTLS\nS: 220 *\nTLS\nC: EHLO c\nS* 250 *\nC: MAIL FROM:<>\nS: 530 *");
}

BOOST_AUTO_TEST_CASE(implicit_tls_begins_with_the_handshake) {
  server.tls = net::test::Certificates::shared().server();
  client_tls = net::test::Certificates::shared().client();
  implicit_tls = true;
  play_once(Service::submission, "TLS\n" + hello + "C: AUTH PLAIN " + plain("", "jane", "secret") +
                                     "\nS: 235 *\nC: QUIT\nS: 221 *\nEND");
}

BOOST_AUTO_TEST_SUITE_END()
