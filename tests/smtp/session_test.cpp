// The command loop: what it accepts as a command, order, limits, time, the end.
#include "smtp/session.h"

#include "tests/net/support.h"
#include "tests/smtp/script.h"

using namespace mc;
using namespace mc::smtp;
using namespace mc::smtp::test;

BOOST_FIXTURE_TEST_SUITE(session_test, SmtpFixture)

BOOST_AUTO_TEST_CASE(greeting_and_ehlo_announce_what_there_is) {
  play(Service::smtp, R"(
    S: 220 mc.example.test ESMTP*
    C: EHLO client.test
    S: 250-mc.example.test
    S: 250-PIPELINING
    S: 250-SIZE 52428800
    S: 250-8BITMIME
    S: 250-SMTPUTF8
    S: 250-CHUNKING
    S: 250-DSN
    S: 250 ENHANCEDSTATUSCODES
    C: HELO client.test
    S: 250 mc.example.test
    C: QUIT
    S: 221 2.0.0 *
    END)");
}

BOOST_AUTO_TEST_CASE(lmtp_speaks_lhlo_and_nothing_else) {
  play(Service::lmtp, R"(
    S: 220 mc.example.test LMTP*
    C: EHLO client.test
    S: 500 5.5.1 *
    C: HELO client.test
    S: 500 5.5.1 *
    C: MAIL FROM:<>
    S: 503 5.5.1 Say LHLO first
    C: LHLO client.test
    S* 250 *
    C: AUTH PLAIN AGFwcABzZWNyZXQ=
    S: 500 5.5.1 *)");
}

BOOST_AUTO_TEST_CASE(simple_commands_have_their_answers) {
  play(Service::smtp, R"(
    S: 220 *
    C: NOOP
    S: 250 2.0.0 Ok
    C: noop with words
    S: 250 2.0.0 Ok
    C: RSET
    S: 250 2.0.0 Ok
    C: HELP
    S: 214 2.0.0 *
    C: VRFY jane
    S: 503 5.5.1 Say EHLO first
    C: EHLO c
    S* 250 *
    C: VRFY jane
    S: 252 2.0.0 *
    C: VRFY
    S: 501 5.5.4 *
    C: EXPN staff
    S: 502 5.5.1 *
    C: LHLO c
    S: 500 5.5.1 *
    C: QUIT now
    S: 501 5.5.4 *
    C: quit
    S: 221 2.0.0 *
    END)");
}

BOOST_AUTO_TEST_CASE(what_is_no_command_is_refused_and_the_session_goes_on) {
  play(Service::smtp, R"(
    S: 220 *
    C: HELO
    S: 501 5.5.4 *
    C: EHLO two words
    S: 501 5.5.4 *
    C: FROBNICATE
    S: 500 5.5.2 Unknown command
    C:
    S: 500 5.5.2 *
    C: NOO\0P
    S: 500 5.5.2 Control*
    C: NOOP\ta
    S: 500 5.5.2 Control*
    C: NOOP a\rb
    S: 500 5.5.2 Control*
    C: NOOP \xff\xfe
    S: 500 5.5.2 *UTF-8
    R: NOOP\n
    S: 500 5.5.2 Lines end with CRLF
    C: GET / HTTP/1.1
    S: 500 5.5.2 *
    C: NOOP
    S: 250 2.0.0 Ok)");
}

BOOST_AUTO_TEST_CASE(commands_out_of_order_are_refused) {
  trust();
  play(Service::smtp, R"(
    S: 220 *
    C: MAIL FROM:<a@b.test>
    S: 503 5.5.1 Say EHLO first
    C: EHLO c
    S* 250 *
    C: RCPT TO:<jane@example.test>
    S: 503 5.5.1 Say MAIL first
    C: DATA
    S: 503 5.5.1 *
    C: MAIL FROM:<a@b.test>
    S: 250 2.1.0 Ok
    C: MAIL FROM:<a@b.test>
    S: 503 5.5.1 *
    C: DATA
    S: 503 5.5.1 *
    C: DATA now
    S: 501 5.5.4 *
    C: RSET
    S: 250 2.0.0 Ok
    C: DATA
    S: 503 5.5.1 Say MAIL first
    C: MAIL FROM:<a@b.test>
    S: 250 2.1.0 Ok
    C: EHLO again
    S* 250 *
    C: RCPT TO:<jane@example.test>
    S: 503 5.5.1 Say MAIL first)");
}

BOOST_AUTO_TEST_CASE(a_line_that_is_too_long_is_skipped_whole) {
  std::string const fits = "NOOP " + std::string(2041, 'x'), over = fits + 'x';
  std::string const flood(30'000, 'x');
  play(Service::smtp, "S: 220 *\nC: " + fits + "\nS: 250 *\nC: " + over +
                          "\nS: 500 5.5.2 Line too long\nC: " + flood +
                          "\nS: 500 5.5.2 Line too long\nC: NOOP\nS: 250 2.0.0 Ok\nC: QUIT\nS: 221 *\nEND");
}

BOOST_AUTO_TEST_CASE(pipelined_commands_are_answered_in_order) {
  trust();
  play(Service::smtp, R"(
    S: 220 *
    C: EHLO c
    C: MAIL FROM:<a@b.test>
    C: RCPT TO:<nobody@example.test>
    C: RCPT TO:<jane@example.test>
    C: RCPT TO:<x@far.test>
    C: RSET
    C: NOOP
    C: FOO
    C: QUIT
    S* 250 *
    S: 250 2.1.0 Ok
    S: 550 5.1.1 *
    S: 250 2.1.5 Ok
    S: 550 5.7.1 Relaying denied*
    S: 250 2.0.0 Ok
    S: 250 2.0.0 Ok
    S: 500 5.5.2 *
    S: 221 *
    END)");
}

// RFC 2920, 3.1: all refused, and DATA was sent along.
BOOST_AUTO_TEST_CASE(data_pipelined_after_refused_recipients_gets_554) {
  std::string const commands = R"(
    C: MAIL FROM:<a@b.test>
    C: RCPT TO:<nobody@example.test>
    C: DATA
    S: 250 2.1.0 Ok
    S: 550 5.1.1 *
    S: )";
  play(Service::smtp,
       "S: 220 *\nC: EHLO c\nS* 250 *" + commands + "554 5.5.1 No valid recipients\nC: RSET\nS: 250 *");
  play(Service::lmtp,
       "S: 220 *\nC: LHLO c\nS* 250 *" + commands + "503 5.5.1 No valid recipients*\nC: RSET\nS: 250 *");
}

BOOST_AUTO_TEST_CASE(many_pipelined_greetings_do_not_gather_in_memory) {
  std::string script = "S: 220 *\n", replies;
  for (int i = 0; i < 2000; ++i) {
    script += "C: EHLO c\n";
    replies += "S* 250 *\n";
  }
  play_once(Service::smtp, script + replies + "C: QUIT\nS: 221 *\nEND");
}

BOOST_AUTO_TEST_CASE(too_many_errors_end_the_session) {
  set([](Limits& l) { l.bad_commands = 3; });
  play(Service::smtp, R"(
    S: 220 *
    C: FOO
    C: BAR
    C: BAZ
    C: NOOP
    S: 500 *
    S: 500 *
    S: 421 4.7.0 Too many errors
    END)");
}

BOOST_AUTO_TEST_CASE(silence_ends_the_session_with_421) {
  set([](Limits& l) { l.command_time = Millis(20); });
  play_once(Service::smtp, "S: 220 *\nS: 421 4.4.2 *\nEND");
  play_once(Service::smtp, "S: 220 *\nR: NOO\nS: 421 4.4.2 *\nEND");
  // However often something comes: the line has to end.
  play_once(Service::smtp,
            "S: 220 *\nC: NOOP\nS: 250 *\nR: " + std::string(5000, 'x') + "\nS: 421 4.4.2 *\nEND");
}

BOOST_AUTO_TEST_CASE(submission_without_login_ends_in_time) {
  set([](Limits& l) { l.login_time = Millis(20); });
  play_once(Service::submission, "S: 220 *\nC: EHLO c\nS* 250 *\nS: 421 4.4.2 *\nEND");
}

BOOST_AUTO_TEST_CASE(stopping_says_421_to_idle_sessions_and_at_the_next_command) {
  asio::post(io, [&] { stop_sessions(server); });
  play_once(Service::smtp, "S: 220 *\nS: 421 4.3.2 *\nEND");
  play_once(Service::smtp, "S: 220 *\nS: 421 4.3.2 *\nEND");
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_ends_the_session) {
  play(Service::smtp, "S: 220 *\nBYE");
  BOOST_TEST(!session_fault);
  play(Service::smtp, "S: 220 *\nC: EHLO c\nS* 250 *\nR: MAIL FR\nBYE");
}

// --- TLS

BOOST_AUTO_TEST_CASE(starttls_protects_and_forgets_everything_said_before) {
  server.tls = net::test::Certificates::shared().server();
  client_tls = net::test::Certificates::shared().client();
  trust();
  play(Service::smtp, R"(
    S: 220 *
    C: STARTTLS now
    S: 501 5.5.4 *
    C: EHLO c
    S: 250-mc.example.test
    S: 250-PIPELINING
    S: 250-SIZE *
    S: 250-8BITMIME
    S: 250-SMTPUTF8
    S: 250-CHUNKING
    S: 250-DSN
    S: 250-ENHANCEDSTATUSCODES
    S: 250-STARTTLS
    S: 250-XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT
    S: 250 XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE
    C: MAIL FROM:<a@b.test>
    S: 250 2.1.0 Ok
    C: STARTTLS
    S: 220 2.0.0 *
    TLS
    C: RCPT TO:<jane@example.test>
    S: 503 5.5.1 Say EHLO first
    C: STARTTLS
    S: 503 5.5.1 *
    C: EHLO c
    S* 250 *
    C: RCPT TO:<jane@example.test>
    S: 503 5.5.1 Say MAIL first
    C: QUIT
    S: 221 *
    END)");
}

BOOST_AUTO_TEST_CASE(commands_injected_before_tls_are_not_heard_after_it) {
  server.tls = net::test::Certificates::shared().server();
  client_tls = net::test::Certificates::shared().client();
  play_once(Service::smtp, R"(
    S: 220 *
    C: EHLO c
    S* 250 *
    C: STARTTLS
    C: NOOP injected
    C: EHLO injected
    S: 220 2.0.0 *
    TLS
    C: MAIL FROM:<>
    S: 503 5.5.1 Say EHLO first)");
}

BOOST_AUTO_TEST_CASE(a_failed_handshake_closes) {
  server.tls = net::test::Certificates::shared().server();
  play_once(Service::smtp, R"(
    S: 220 *
    C: STARTTLS
    S: 220 2.0.0 *
    C: EHLO this is not TLS
    BYE)");
  BOOST_TEST(!!session_fault);
}

BOOST_AUTO_TEST_CASE(without_a_certificate_there_is_no_starttls) {
  play(Service::submission, "S: 220 *\nC: STARTTLS\nS: 502 5.5.1 *");
}

BOOST_AUTO_TEST_SUITE_END()
