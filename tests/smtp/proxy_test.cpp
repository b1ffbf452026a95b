// Trust, XCLIENT and XFORWARD: whose mail acts as the platform's.
#include "smtp/peer.h"
#include "tests/smtp/script.h"

using namespace mc;
using namespace mc::smtp;
using namespace mc::smtp::test;

namespace {

std::string const ehlo = "S: 220 *\nC: EHLO c.test\nS* 250 *\n";
// Only the platform may write to a user without logging in.
std::string const as_platform =
    "C: MAIL FROM:<a@b.test>\nS: 250 *\nC: RCPT TO:<jane@example.test>\nS: 250 *\n";
std::string const as_stranger =
    "C: MAIL FROM:<a@b.test>\nS: 250 *\nC: RCPT TO:<jane@example.test>\nS: 550 5.1.1 *\n";

struct ProxyFixture : SmtpFixture {
  ProxyFixture() { trust(); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(proxy_test, ProxyFixture)

BOOST_AUTO_TEST_CASE(trust_goes_by_the_address_of_the_peer) {
  play(Service::smtp, ehlo + as_platform);
  play(Service::lmtp, "S: 220 *\nC: LHLO c\nS* 250 *\n" + as_platform);
  unix_socket = true;
  play(Service::smtp, ehlo + as_stranger);
  server.trust_unix = true;
  play(Service::smtp, ehlo + as_platform);
  unix_socket = false;
  server.trusted.clear();
  play(
      Service::smtp,
      ehlo + as_stranger +
          "C: RSET\nS: 250 *\nC: XCLIENT ADDR=127.0.0.1\nS: 550 5.7.0 *\nC: XFORWARD NAME=x\nS: 550 5.7.0 *");
}

BOOST_AUTO_TEST_CASE(xclient_replaces_the_client_for_good) {
  play(Service::smtp, ehlo + R"(
    C: XCLIENT NAME=host.far.test ADDR=192.0.2.7 PORT=4711 PROTO=ESMTP HELO=far.test DESTADDR=192.0.2.1 DESTPORT=25
    S: 220 mc.example.test ESMTP *
    C: MAIL FROM:<>
    S: 503 5.5.1 Say EHLO first
    C: EHLO far.test
    S: 250-mc.example.test
    S: 250-PIPELINING
    S: 250-SIZE *
    S: 250-8BITMIME
    S: 250-SMTPUTF8
    S: 250-CHUNKING
    S: 250-DSN
    S: 250 ENHANCEDSTATUSCODES
    C: XCLIENT ADDR=127.0.0.1
    S: 550 5.7.0 *
    C: XFORWARD ADDR=127.0.0.1
    S: 550 5.7.0 *
)" + as_stranger);
  play(Service::smtp,
       "S: 220 *\nC: XCLIENT ADDR=[UNAVAILABLE] NAME=[UNAVAILABLE]\nS: 220 *\nC: EHLO c\nS* 250 *\n" +
           as_stranger);
  play(Service::smtp, "S: 220 *\nC: XCLIENT ADDR=127.0.0.1\nS: 220 *\nC: EHLO c\nS* 250 *\n" + as_platform);
  play(Service::smtp,
       "S: 220 *\nC: XCLIENT ADDR=IPV6:2001:db8::1\nS: 220 *\nC: EHLO c\nS* 250 *\n" + as_stranger);
}

BOOST_AUTO_TEST_CASE(xclient_login_authenticates) {
  add_accounts();
  play(Service::submission,
       std::string("S: 220 *\nC: XCLIENT ADDR=192.0.2.7 LOGIN=jane\nS: 220 *\nC: EHLO c\nS* 250 *\n") + R"(
    C: MAIL FROM:<bob@example.test>
    S: 550 5.7.1 *
    C: MAIL FROM:<jane@example.test>
    S: 250 *)" +
           std::string());
  play(Service::submission, "S: 220 *\nC: XCLIENT LOGIN=nobody\nS: 550 5.7.8 *");
  play(Service::submission,
       "S: 220 *\nC: XCLIENT ADDR=192.0.2.7 LOGIN=[UNAVAILABLE]\nS: 220 *\nC: EHLO c\nS* 250 *\nC: MAIL "
       "FROM:<>\nS: 530 *");
}

BOOST_AUTO_TEST_CASE(attributes_are_checked) {
  play(Service::smtp, ehlo + R"(
    C: XCLIENT
    S: 501 5.5.4 *
    C: XCLIENT ADDR
    S: 501 5.5.4 *
    C: XCLIENT ADDR=nonsense
    S: 501 5.5.4 *
    C: XCLIENT ADDR=
    S: 501 5.5.4 *
    C: XCLIENT FOO=BAR
    S: 501 5.5.4 *
    C: XCLIENT PROTO=HTTP
    S: 501 5.5.4 *
    C: XCLIENT HELO=a+2
    S: 501 5.5.4 *
    C: XFORWARD SOURCE=MOON
    S: 501 5.5.4 *
    C: XFORWARD LOGIN=jane
    S: 501 5.5.4 *)");
}

// What the company's MTA only hands on must not act as the platform.
BOOST_AUTO_TEST_CASE(mail_forwarded_from_elsewhere_is_a_strangers) {
  struct Row {
    std::string said;
    bool platform;
  };
  Row const rows[] = {
      {"XFORWARD NAME=spike.far.test ADDR=168.100.189.2 PROTO=ESMTP", false},
      {"XFORWARD ADDR=IPV6:2001:db8::1", false},
      {"XFORWARD ADDR=192.0.2.1 SOURCE=LOCAL", false},
      {"XFORWARD ADDR=[UNAVAILABLE] SOURCE=REMOTE", false},
      {"XFORWARD SOURCE=REMOTE", false},
      {"XFORWARD ADDR=[UNAVAILABLE]", false},
      {"XFORWARD ADDR=[TEMPUNAVAIL] NAME=x", false},
      {"XFORWARD ADDR=[UNAVAILABLE] SOURCE=LOCAL", true},
      {"XFORWARD ADDR=127.0.0.1 SOURCE=REMOTE", true},
      {"XFORWARD ADDR=127.0.0.1 SOURCE=LOCAL HELO=app", true},
      {"XFORWARD IDENT=ABC123", true},
  };
  for (Row const& row : rows) BOOST_TEST_CONTEXT(row.said)
  play(Service::smtp,
       ehlo + "C: " + row.said + "\nS: 250 2.0.0 Ok\n" + (row.platform ? as_platform : as_stranger));
}

BOOST_AUTO_TEST_CASE(xforward_adds_up_and_holds_for_one_transaction) {
  play(Service::smtp, ehlo +
                          "C: XFORWARD NAME=x HELO=y\nS: 250 *\nC: XFORWARD ADDR=192.0.2.1\nS: 250 *\nC: "
                          "XFORWARD IDENT=z\nS: 250 *\n" +
                          as_stranger + "C: XFORWARD ADDR=127.0.0.1\nS: 503 5.5.1 *\nC: RSET\nS: 250 *\n" +
                          as_platform);
}

BOOST_AUTO_TEST_CASE(what_was_forwarded_is_in_the_trace) {
  play_once(Service::smtp, ehlo +
                               "C: XFORWARD ADDR=192.0.2.9 HELO=far.test SOURCE=REMOTE\nS: 250 *\nC: MAIL "
                               "FROM:<a@far.test>\nS: 250 *\n" +
                               "C: RCPT TO:<postmaster@example.test>\nS: 250 *\nC: DATA\nS: 354 *\nC: "
                               "Subject: x\nC:\nC: .\nS: 250 *");
  bool found = false;
  for (auto kind : {store::MailboxKind::inbox, store::MailboxKind::updates, store::MailboxKind::tickets,
                    store::MailboxKind::alerts})
    for (std::string const& message : folder(admin, kind))
      found |= message.find("from far.test ([192.0.2.9])") != std::string::npos;
  BOOST_TEST(found);
}

BOOST_AUTO_TEST_CASE(a_question_of_postfix_whether_an_address_exists_is_answered_as_to_a_stranger) {
  std::string const hello = "S: 220 *\nC: LHLO mta\nS* 250 *\n";
  for (std::string const sender : {"double-bounce@mta.example.test", "Double-BounceK3x@mta.example.test"})
    play(Service::lmtp, hello + "C: MAIL FROM:<" + sender + ">\nS: 250 *\nC: RCPT TO:<jane@example.test>\nS: 550 5.1.1 *\n" +
                            "C: RCPT TO:<nobody@example.test>\nS: 550 5.1.1 *\nC: RCPT TO:<postmaster@example.test>\nS: 250 *");
  play(Service::lmtp, hello + "C: MAIL FROM:<bounce@mta.example.test>\nS: 250 *\nC: RCPT TO:<jane@example.test>\nS: 250 *");
}

BOOST_AUTO_TEST_CASE(a_trusted_mta_may_ask_for_many_addresses_on_behalf_of_strangers) {
  set([](Limits& l) { l.unknown_recipients = 2; });
  std::string script = "S: 220 *\nC: LHLO mta\nS* 250 *\nC: MAIL FROM:<double-bounce@mta.test>\nS: 250 *\n";
  for (int i = 0; i < 10; ++i) script += "C: RCPT TO:<nobody@example.test>\nS: 550 5.1.1 *\n";
  play(Service::lmtp, script);
}

BOOST_AUTO_TEST_CASE(the_word_of_a_trusted_mta_counts_for_what_it_hands_on_only) {
  TrustRules const rules{server.trusted, true};
  Forwarded outside, near;
  outside.ip = boost::asio::ip::make_address("192.0.2.9");
  near.ip = boost::asio::ip::make_address("127.0.0.1");
  Peer trusted, stranger;
  trusted.trusted = true;
  BOOST_TEST(submitter_of(trusted, &outside, rules).by_our_mta);
  BOOST_TEST(!submitter_of(trusted, &near, rules).by_our_mta);
  BOOST_TEST(!submitter_of(trusted, nullptr, rules).by_our_mta);
  BOOST_TEST(!submitter_of(stranger, &outside, rules).by_our_mta);
  BOOST_TEST(!submitter_of(stranger, nullptr, rules).by_our_mta);
}

BOOST_AUTO_TEST_CASE(submission_knows_xclient_but_no_xforward) {
  play(Service::submission,
       "S: 220 *\nC: EHLO c\nS* 250 XCLIENT *\nC: XFORWARD ADDR=1.2.3.4\nS: 500 5.5.1 *");
}

BOOST_AUTO_TEST_SUITE_END()
