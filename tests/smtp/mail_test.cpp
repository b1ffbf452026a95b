// MAIL, RCPT, DATA and BDAT against a real store: what is refused leaves nothing behind.
#include "tests/net/support.h"
#include "tests/smtp/script.h"

using namespace mc;
using namespace mc::smtp;
using namespace mc::smtp::test;

namespace {

std::string const ehlo = "S: 220 *\nC: EHLO c.test\nS* 250 *\n";
std::string const lhlo = "S: 220 *\nC: LHLO c.test\nS* 250 *\n";
std::string const to_jane =
    "C: MAIL FROM:<noreply@example.test>\nS: 250 *\nC: RCPT TO:<jane@example.test>\nS: 250 *\n";

// A message as script lines.
std::string content(std::string_view type = "rate.raised", std::string_view extra = "") {
  return "C: From: Market <noreply@example.test>\nC: Subject: Hello\nC: X-MC-Type: " + std::string(type) +
         "\n" + std::string(extra) + "C:\nC: Body\nC: .\n";
}

// Octets of a message as one escaped line, without CRLF at its end, and their number.
std::string const chunk = "Subject: Hi\\r\\nX-MC-Type: rate.raised\\r\\n\\r\\nBody\\r\\n";
std::size_t const chunk_size = unescape(chunk).size();

std::string unfold(std::string message) {
  for (auto at = message.find("\r\n "); at != std::string::npos; at = message.find("\r\n "))
    message.erase(at, 2);
  return message;
}

struct TrustedFixture : SmtpFixture {
  TrustedFixture() { trust(); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(mail_test, TrustedFixture)

BOOST_AUTO_TEST_CASE(a_message_is_stored_before_it_is_acknowledged) {
  play(Service::smtp, ehlo + to_jane + "C: DATA\nS: 354 *\n" + content() + R"(
    S: 250 2.0.0 Ok: Delivered to Account Alerts (????????????????)
    C: MAIL FROM:<>
    S: 250 *
    C: RCPT TO:<JANE@Example.Test>
    S: 250 *
    C: QUIT
    S: 221 *
    END)");
  auto const stored = alerts(jane);
  BOOST_REQUIRE(stored.size() == 2u);
  for (std::string const& message : stored) {
    BOOST_TEST(
        message.starts_with("Return-Path: <noreply@example.test>\r\nReceived: from c.test ([127.0.0.1])"));
    BOOST_TEST(unfold(message).find(" with ESMTP id ") != std::string::npos);
    BOOST_TEST(message.ends_with("\r\n\r\nBody\r\n"));
  }
}

BOOST_AUTO_TEST_CASE(dots_are_unstuffed_and_octets_kept) {
  play(Service::smtp,
       ehlo + to_jane +
           "C: DATA\nS: 354 *\nC: X-MC-Type: rate.raised\nC:\nC: ..dot\nC: ..\nC: \\xff\\0x\nC: " +
           std::string(3000, 'l') + "\nC: .\nS: 250 *");
  for (std::string const& message : alerts(jane))
    BOOST_TEST(message.ends_with("\r\n\r\n.dot\r\n.\r\n\xff" + std::string(1, '\0') + "x\r\n" +
                                 std::string(3000, 'l') + "\r\n"));
}

BOOST_AUTO_TEST_CASE(everything_at_once) {
  play(Service::smtp, R"(
    S: 220 *
    C: EHLO c
    C: MAIL FROM:<noreply@example.test> SIZE=100 BODY=8BITMIME RET=HDRS ENVID=x+41
    C: RCPT TO:<jane@example.test> NOTIFY=FAILURE,DELAY ORCPT=rfc822;jane@example.test
    C: RCPT TO:<bob@example.test>
    C: RCPT TO:<jane@example.test>
    C: DATA
    S* 250 *
    S: 250 2.1.0 Ok
    S: 250 2.1.5 Ok
    S: 250 2.1.5 Ok
    S: 250 2.1.5 Ok
    S: 354 *
    C: X-MC-Type: rate.raised
    C:
    C: .
    C: NOOP
    C: QUIT
    S: 250 2.0.0 Ok: Accepted for 2 recipients*
    S: 250 2.0.0 Ok
    S: 221 *
    END)");
  BOOST_TEST(alerts(jane).size() == 2u);  // one each time it was played, though named twice
  BOOST_TEST(alerts(bob).size() == 2u);
}

BOOST_AUTO_TEST_CASE(helo_is_spoken_too) {
  play_once(Service::smtp, "S: 220 *\nC: HELO old.test\nS: 250 *\n" + to_jane + "C: DATA\nS: 354 *\n" +
                               content() + "S: 250 *");
  BOOST_REQUIRE(alerts(jane).size() == 1u);
  BOOST_TEST(alerts(jane)[0].find("with SMTP id") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_protocol_is_named_in_the_received_field) {
  server.tls = net::test::Certificates::shared().server();
  client_tls = net::test::Certificates::shared().client();
  add_accounts();
  std::string const tls = "C: STARTTLS\nS: 220 *\nTLS\n";
  std::string const from_app =
      "C: MAIL FROM:<noreply@example.test> SMTPUTF8\nS: 250 *\nC: RCPT TO:<jane@example.test>\nS: 250 *\n";
  std::string const data = "C: DATA\nS: 354 *\n" + content() + "S: 250 *";
  std::string const auth = "C: AUTH PLAIN AGFwcABzZWNyZXQ=\nS: 235 *\n";
  std::string const greet = "S: 220 *\n", again = "C: EHLO c\nS* 250 *\n";
  play_once(Service::smtp, greet + tls + again + to_jane + data);
  play_once(Service::submission, greet + tls + again + auth + to_jane + data);
  play_once(Service::submission, greet + again + auth + from_app + data);
  play_once(Service::lmtp, greet + tls + "C: LHLO c\nS* 250 *\n" + from_app + data);
  auto const stored = alerts(jane);
  std::string const expected[] = {"with ESMTPS (TLS1.3 TLS_", "with ESMTPSA (TLS1.3 TLS_",
                                  "with UTF8SMTPA id ", "with UTF8LMTPS (TLS1.3"};
  BOOST_REQUIRE(stored.size() == 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    std::string const unfolded = unfold(stored[i]);
    BOOST_TEST(unfolded.find(expected[i]) != std::string::npos, unfolded << " lacks " << expected[i]);
  }
}

// --- refusals

BOOST_AUTO_TEST_CASE(arguments_are_checked) {
  play(Service::smtp, ehlo + R"(
    C: MAIL
    S: 501 5.5.4 *
    C: MAIL FROM:a@b.test
    S: 501 5.5.4 *
    C: MAIL FROM:<a@b.test> SIZE=52428801
    S: 552 5.3.4 *
    C: MAIL FROM:<a@b.test> SIZE=x
    S: 501 5.5.4 *
    C: MAIL FROM:<a@b.test> SIZE=1 SIZE=1
    S: 501 5.5.4 *
    C: MAIL FROM:<a@b.test> BODY=BINARYMIME
    S: 501 5.5.4 *
    C: MAIL FROM:<a@b.test> FOO=BAR
    S: 555 5.5.4 *
    C: MAIL FROM:<\xc3\xa4@b.test>
    S: 553 5.6.7 *
    C: MAIL FROM:<nonsense>
    S: 553 5.1.3 *
    C: MAIL FROM:<\xc3\xa4@b.test> SMTPUTF8
    S: 250 *
    C: RSET
    S: 250 *
    C: MAIL FROM:<@relay.test,@other.test:a@b.test> AUTH=<>
    S: 250 *
    C: RCPT TO:<>
    S: 501 5.5.4 *
    C: RCPT FROM:<jane@example.test>
    S: 501 5.5.4 *
    C: RCPT TO:<jane@example.test> NOTIFY=NEVER,DELAY
    S: 501 5.5.4 *
    C: RCPT TO:<jane@example.test> ORCPT=jane
    S: 501 5.5.4 *
    C: RCPT TO:<jane@example.test> FOO
    S: 555 5.5.4 *
    C: RCPT TO:<j\xc3\xa4ne@example.test>
    S: 553 5.6.7 *
    C: RCPT TO:<nobody@example.test>
    S: 550 5.1.1 *
    C: RCPT TO:<jane@elsewhere.test>
    S: 550 5.7.1 *
    C: RCPT TO:<postmaster>
    S: 250 *)");
  BOOST_TEST(stored() == 0u);
}

BOOST_AUTO_TEST_CASE(recipients_are_limited_for_the_platform_by_the_limit_for_broadcasts) {
  set([](Limits& l) { l.recipients = 1, l.broadcast_recipients = 2; });
  play(Service::smtp, ehlo + to_jane + R"(
    C: RCPT TO:<bob@example.test>
    S: 250 *
    C: RCPT TO:<root@example.test>
    S: 452 4.5.3 *)");
}

BOOST_AUTO_TEST_CASE(who_guesses_addresses_is_sent_away) {
  set([](Limits& l) { l.unknown_recipients = 2; });
  play(Service::smtp, ehlo + R"(
    C: MAIL FROM:<a@b.test>
    C: RCPT TO:<x1@example.test>
    C: RCPT TO:<x2@example.test>
    C: RCPT TO:<x3@example.test>
    C: RCPT TO:<x4@example.test>
    S: 250 *
    S: 550 5.1.1 *
    S: 550 5.1.1 *
    S: 550 5.1.1 *
    S: 421 4.7.0 *
    END)");
}

BOOST_AUTO_TEST_CASE(strangers_reach_no_user_and_relay_nowhere) {
  server.trusted.clear();
  play(Service::smtp, ehlo + R"(
    C: MAIL FROM:<stranger@far.test>
    S: 250 *
    C: RCPT TO:<jane@example.test>
    S: 550 5.1.1 *
    C: RCPT TO:<victim@far.test>
    S: 550 5.7.1 *
    C: DATA
    S: 554 5.5.1 *)");
}

// Each is one message to every server, whatever others would take for its end.
BOOST_AUTO_TEST_CASE(smuggled_ends_of_data_are_content_and_the_message_is_refused) {
  std::string const ends[] = {"\\n.\\n",    "\\n.\\r\\n", "\\r.\\r",         "\\r.\\r\\n",
                              "\\r\\n.\\n", "\\r\\n.\\r", "\\r\\n.\\r\\r\\n"};
  for (std::string const& end : ends) BOOST_TEST_CONTEXT(end)
  play(Service::smtp, ehlo + to_jane + "C: DATA\nS: 354 *\nR: Subject: a\\r\\n\\r\\nbody" + end + R"(
    C: MAIL FROM:<smuggled@example.test>
    C: RCPT TO:<bob@example.test>
    C: DATA
    C: Subject: smuggled
    C: .
    S: 550 5.5.2 *Nothing was stored
    C: NOOP
    S: 250 2.0.0 Ok)");
  BOOST_TEST(stored() == 0u);
}

BOOST_AUTO_TEST_CASE(a_message_that_is_too_big_is_read_and_refused) {
  set([](Limits& l) { l.max_message_size = 100; });
  play(Service::smtp, ehlo + to_jane + "C: DATA\nS: 354 *\nC: " + std::string(200, 'x') +
                          "\nC: .\nS: 552 5.3.4 *\nC: NOOP\nS: 250 *");
  BOOST_TEST(stored() == 0u);
}

BOOST_AUTO_TEST_CASE(without_memory_a_message_is_put_off_and_memory_is_given_back) {
  BOOST_REQUIRE(server.memory.try_take(server.limits.get()->memory_in_flight - 1000));
  play(Service::smtp,
       ehlo + to_jane + "C: DATA\nS: 354 *\n" + content() + "S: 452 4.3.1 *\nC: NOOP\nS: 250 *");
  BOOST_TEST(stored() == 0u);
  server.memory.give_back(server.limits.get()->memory_in_flight - 1000);
  play(Service::smtp, ehlo + to_jane + "C: DATA\nS: 354 *\n" + content() + "S: 250 *");
  BOOST_TEST(server.memory.try_take(server.limits.get()->memory_in_flight));
}

BOOST_AUTO_TEST_CASE(large_messages_arrive_whole) {
  std::string lines;
  for (int i = 0; i < 30'000; ++i)
    lines += std::string("C: ") + std::to_string(i) + std::string(60, 'x') + "\n";
  play_once(Service::smtp,
            ehlo + to_jane + "C: DATA\nS: 354 *\nC: X-MC-Type: rate.raised\nC:\n" + lines + "C: .\nS: 250 *");
  BOOST_REQUIRE(alerts(jane).size() == 1u);
  BOOST_TEST(alerts(jane)[0].size() > 30'000u * 62);
  BOOST_TEST(alerts(jane)[0].find("29999xxx") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_sender_that_stops_half_way_gets_421_and_nothing_is_stored) {
  set([](Limits& l) { l.data_time = Millis(20); });
  play_once(Service::smtp, ehlo + to_jane + "C: DATA\nS: 354 *\nC: Subject: a\nS: 421 4.4.2 *\nEND");
  play_once(Service::smtp, ehlo + to_jane + "C: BDAT 100 LAST\nR: abc\nS: 421 4.4.2 *\nEND");
  BOOST_TEST(stored() == 0u);
}

BOOST_AUTO_TEST_CASE(a_message_under_way_is_finished_when_the_server_stops) {
  action = [&] { stop_sessions(server); };
  play_once(Service::smtp,
            ehlo + to_jane +
                "C: DATA\nS: 354 *\nC: X-MC-Type: rate.raised\nDO\nC:\nC: .\nS: 250 *\nS: 421 4.3.2 *\nEND");
  BOOST_TEST(stored() == 1u);
}

BOOST_AUTO_TEST_CASE(content_that_intake_refuses_is_refused_by_code) {
  std::string const once = ehlo + to_jane + "C: DATA\nS: 354 *\n";
  play_once(Service::smtp,
            once + content("rate.raised", "C: X-MC-Event-Id: e1\n") + "S: 250 2.0.0 Ok: Delivered*");
  play_once(Service::smtp,
            once + content("rate.raised", "C: X-MC-Event-Id: e1\n") + "S: 250 2.0.0 Ok: Duplicate*");
  play_once(Service::smtp, once + content("hire.ended", "C: X-MC-Event-Id: e1\n") + "S: 554 5.6.0 *");
  std::string loop;
  for (int i = 0; i < 60; ++i) loop += "C: Received: by x; Mon, 23 Nov 2026 11:59:00 +0000\n";
  play_once(Service::smtp, once + content("rate.raised", loop) + "S: 554 5.4.6 *");
  BOOST_TEST(alerts(jane).size() == 1u);
}

// --- BDAT

BOOST_AUTO_TEST_CASE(bdat_takes_chunks) {
  std::string const all = std::to_string(chunk_size);
  play(Service::smtp, ehlo + to_jane + "C: BDAT " + all + " LAST\nR: " + chunk +
                          "\nS: 250 2.0.0 Ok: Delivered*\nC: NOOP\nS: 250 *");
  play(Service::smtp,
       ehlo + to_jane + "C: BDAT " + all + "\nR: " + chunk +
           "\nC: BDAT 3\nR: a\\r\\n\nC: BDAT 0 LAST\nC: NOOP\nS: 250 2.0.0 " + all +
           " octets received\nS: 250 2.0.0 3 octets received\nS: 250 2.0.0 Ok: Delivered*\nS: 250 2.0.0 Ok");
  auto const stored = alerts(jane);
  BOOST_REQUIRE(stored.size() == 4u);
  BOOST_TEST(stored[0].ends_with("\r\n\r\nBody\r\n"));
  BOOST_TEST(stored[2].ends_with("\r\n\r\nBody\r\na\r\n"));
}

// RFC 3030, 4.2: the example with pipelining.
BOOST_AUTO_TEST_CASE(bdat_pipelined_as_in_the_rfc) {
  std::string const all = std::to_string(chunk_size);
  play(Service::smtp, ehlo +
                          "C: MAIL FROM:<noreply@example.test>\nC: RCPT TO:<jane@example.test>\nC: RCPT "
                          "TO:<bob@example.test>\nC: BDAT " +
                          all + "\nR: " + chunk +
                          "\nC: BDAT 6\nR: .\\r\\nx\\r\\n\nC: BDAT 0 LAST\nC: QUIT\nS: 250 2.1.0 *\nS: 250 "
                          "2.1.5 *\nS: 250 2.1.5 *\n" +
                          "S: 250 *\nS: 250 *\nS: 250 2.0.0 Ok: Accepted for 2 recipients*\nS: 221 *\nEND");
  for (std::string const& message : alerts(bob)) BOOST_TEST(message.ends_with("Body\r\n.\r\nx\r\n"));
  BOOST_TEST(alerts(bob).size() == 2u);
}

BOOST_AUTO_TEST_CASE(octets_of_a_refused_chunk_are_no_commands) {
  play(Service::smtp, ehlo + R"(
    C: BDAT 10
    R: QUIT\r\nQUIT
    S: 503 5.5.1 Say MAIL first
    C: MAIL FROM:<a@b.test>
    S: 250 *
    C: BDAT 6 LAST
    R: QUIT\r\n
    S: 503 5.5.1 *
    C: RCPT TO:<nobody@example.test>
    C: BDAT 6 LAST
    R: QUIT\r\n
    S: 550 5.1.1 *
    S: 554 5.5.1 *
    C: NOOP
    S: 250 *)");
}

BOOST_AUTO_TEST_CASE(after_bdat_comes_only_bdat_or_rset) {
  play(Service::smtp, ehlo + to_jane + R"(
    C: BDAT 3
    R: a\r\n
    S: 250 *
    C: DATA
    S: 503 5.5.1 *
    C: RCPT TO:<bob@example.test>
    S: 503 5.5.1 *
    C: MAIL FROM:<>
    S: 503 5.5.1 *
    C: RSET
    S: 250 *
    C: BDAT 0 LAST
    S: 503 5.5.1 *)");
  BOOST_TEST(stored() == 0u);
}

BOOST_AUTO_TEST_CASE(bdat_refuses_bare_line_ends_and_too_much) {
  set([](Limits& l) { l.max_message_size = 100; });
  std::string const big(80, 'x');
  play(Service::smtp, ehlo + to_jane + "C: BDAT 3\nR: a\\nb\nS: 250 *\nC: BDAT 0 LAST\nS: 550 5.5.2 *\n" +
                          to_jane + "C: BDAT 2 LAST\nR: a\\r\nS: 550 5.5.2 *\n" + to_jane +
                          "C: BDAT 80\nR: " + big + "\nS: 250 *\nC: BDAT 80\nR: " + big +
                          "\nS: 552 5.3.4 *\nC: BDAT 1 LAST\nR: x\nS: 552 5.3.4 *\nC: NOOP\nS: 250 *");
  play(Service::smtp, ehlo + to_jane + "C: BDAT 4000000\nS: 552 *\nEND");
  play(Service::smtp, ehlo + to_jane + "C: BDAT x\nS: 501 *\nEND");
  BOOST_TEST(stored() == 0u);
}

// --- LMTP

BOOST_AUTO_TEST_CASE(lmtp_answers_for_each_recipient_in_order) {
  play(Service::lmtp, lhlo + R"(
    C: MAIL FROM:<noreply@example.test>
    C: RCPT TO:<jane@example.test>
    C: RCPT TO:<nobody@example.test>
    C: RCPT TO:<bob@example.test>
    C: RCPT TO:<jane@example.test>
    C: DATA
    S: 250 2.1.0 Ok
    S: 250 2.1.5 Ok
    S: 550 5.1.1 *
    S: 250 2.1.5 Ok
    S: 250 2.1.5 Ok
    S: 354 *
)" + content() + R"(
    S: 250 2.1.5 <jane@example.test> Delivered to Account Alerts
    S: 250 2.1.5 <bob@example.test> Delivered to Account Alerts
    S: 250 2.1.5 <jane@example.test> Delivered to Account Alerts
    C: DATA
    S: 503 5.5.1 *
    C: QUIT
    S: 221 *
    END)");
  BOOST_TEST(alerts(jane).size() == 2u);
}

BOOST_AUTO_TEST_CASE(lmtp_refuses_for_each_recipient) {
  std::string const two =
      "C: MAIL FROM:<>\nC: RCPT TO:<jane@example.test>\nC: RCPT TO:<bob@example.test>\nS: 250 *\nS: 250 "
      "*\nS: 250 *\n";
  play(
      Service::lmtp,
      lhlo + two + "C: DATA\nS: 354 *\nR: a\\nb\\r\\n.\\r\\n\nS: 550 5.5.2 *\nS: 550 5.5.2 *\n" + two +
          "C: BDAT 2\nR: ab\nS: 250 *\nC: BDAT 1 LAST\nR: \\n\nS: 550 *\nS: 550 *\nC: NOOP\nS: 250 2.0.0 Ok");
}

BOOST_AUTO_TEST_CASE(lmtp_delivers_to_those_it_can) {
  std::string const first = ehlo + to_jane + "C: DATA\nS: 354 *\n";
  play_once(Service::smtp, first + content("rate.raised", "C: X-MC-Event-Id: e1\n") + "S: 250 *");
  play_once(Service::lmtp, lhlo + to_jane + "C: RCPT TO:<bob@example.test>\nS: 250 *\nC: DATA\nS: 354 *\n" +
                               content("hire.ended", "C: X-MC-Event-Id: e1\n") +
                               "S: 554 5.6.0 *\nS: 250 2.1.5 <bob@example.test> *");
  BOOST_TEST(alerts(bob).size() == 1u);
}

// --- peers that vanish

BOOST_AUTO_TEST_CASE(a_peer_that_vanishes_at_any_moment_leaves_a_whole_message_or_none) {
  std::string const script =
      "C: EHLO c.test\nC: MAIL FROM:<noreply@example.test>\nC: RCPT TO:<jane@example.test>\nC: DATA\n" +
      content() + "C: QUIT\nDRAIN";
  bool done = false;
  for (fail_at = 1; !done && fail_at < 50; ++fail_at) BOOST_TEST_CONTEXT("operation " << fail_at) {
      std::size_t const before = stored();
      session_fault = nullptr;
      play_once(Service::smtp, script, 20);
      done = !session_fault;
      BOOST_TEST(stored() <= before + 1);
      BOOST_TEST(stored() == alerts(jane).size());
      BOOST_TEST(server.memory.try_take(server.limits.get()->memory_in_flight));
      server.memory.give_back(server.limits.get()->memory_in_flight);
    }
  BOOST_TEST(done);
  BOOST_TEST(stored() > 0u);
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_before_the_final_dot_sent_nothing) {
  for (std::string const end : {"", "C: .x", "R: .", "R: .\\r"})
    play(Service::smtp,
         ehlo + to_jane + "C: DATA\nS: 354 *\nC: X-MC-Type: rate.raised\nC:\n" + end + "\nBYE");
  play(Service::smtp, ehlo + to_jane + "C: BDAT 100 LAST\nR: abc\nBYE");
  play(Service::smtp, ehlo + to_jane + "C: BDAT 3\nR: a\\r\\n\nS: 250 *\nBYE");
  BOOST_TEST(stored() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
