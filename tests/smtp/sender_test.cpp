#include "smtp/sender.h"

#include <atomic>
#include <thread>

#include "center/queue.h"
#include "smtp/client.h"
#include "tests/net/support.h"
#include "tests/smtp/scripted_server.h"

using namespace mc;
using namespace mc::smtp;
using namespace mc::smtp::test;

namespace {

std::string const hello = "S: 220 hi\nC: EHLO mc.example.test\nS: 250 hi\n";
std::string const hello_pipelining =
    "S: 220 hi\nC: EHLO mc.example.test\nS: 250-hi\nS: 250-PIPELINING\nS: 250 DSN\n";
std::string const quit = "C: QUIT\nS: 221 bye\nEND\n";

// One transaction, the server waiting for each command.
std::string transaction(std::string const& mail = "250 ok", std::string const& rcpt = "250 ok",
                        std::string const& data = "354 go", std::string const& dot = "250 2.0.0 Ok: queued") {
  std::string script = "C: MAIL FROM:<b-*@example.test>*\nS: " + mail + "\n";
  if (!mail.starts_with("2")) return script;
  script += "C: RCPT TO:<*>\nS: " + rcpt + "\n";
  if (!rcpt.starts_with("2")) return script;
  script += "C: DATA\nS: " + data + "\n";
  if (!data.starts_with("354")) return script;
  return script + "DATA\nS: " + dot + "\n";
}

// The same, all commands read before anything is answered.
std::string pipelined(std::string const& mail = "250 ok", std::string const& rcpt = "250 ok",
                      std::string const& data = "354 go", std::string const& dot = "250 2.0.0 Ok: queued") {
  std::string script = "C: MAIL FROM:<b-*@example.test>*\nC: RCPT TO:<*>\nC: DATA\nS: " + mail +
                       "\nS: " + rcpt + "\nS: " + data + "\n";
  if (!data.starts_with("354")) return script;
  return script + "DATA\nS: " + dot + "\n";
}

struct SenderFixture : center::CenterFixture {
  center::Outbox outbox{context};
  HostSettings settings;  // of the one smarthost, if none are listed in `all`
  SenderSettings all;
  std::unique_ptr<ScriptedServer> server;
  std::unique_ptr<Sender> sender;
  int queued = 0;

  SenderFixture() {
    settings.host = "127.0.0.1";
    settings.helo = "mc.example.test";
    all.connections = 1;
    all.keep_open = Millis(5);
    all.domains.at_once = 100;
    all.own_domain = "example.test";
  }
  ~SenderFixture() {
    if (sender) stop();
  }

  // One more external mail, to jane or to whom it is said.
  void queue(std::string body = "Your payment was sent.\r\n", std::string to = "jane",
             bool smtputf8 = false) {
    auto envelope = from_platform({to + "@example.test"});
    envelope.smtputf8 = smtputf8;
    auto octets = center::payment("10.00 USD", "X-Number: " + std::to_string(++queued) + "\r\n", body);
    std::vector<Result<center::Delivered>> done;
    asio::io_context own;  // the sender may be running on the other
    asio::co_spawn(
        own, intake.accept(envelope, octets, true),
        [&](std::exception_ptr, std::vector<Result<center::Delivered>> results) { done = results; });
    own.run();
    BOOST_REQUIRE(done.size() == 1u && done[0]);
  }

  void serve(std::vector<std::string> scripts) {
    server = std::make_unique<ScriptedServer>(io, std::move(scripts));
  }
  void start() {
    if (server) settings.port = server->port();
    if (all.smarthosts.empty() && all.route == Route::smarthost) all.smarthosts = {settings};
    sender = std::make_unique<Sender>(io, outbox, all);
    sender->start();
  }
  template <class Condition>
  void run_until(Condition condition) {
    auto const end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    io.restart();
    while (!condition() && std::chrono::steady_clock::now() < end) io.run_for(Millis(2));
    BOOST_REQUIRE(condition());
  }
  void stop(Millis patience = std::chrono::seconds(10)) {
    std::atomic<bool> stopped = false;
    std::thread waiting([&] {
      sender->stop_and_wait(patience);
      stopped = true;
    });
    run_until([&] { return stopped.load(); });
    waiting.join();
    sender.reset();
  }
  // Plays all scripts and waits until nothing is left to say.
  void send(std::vector<std::string> scripts) {
    serve(std::move(scripts));
    start();
    run_until([&] { return server->played(); });
    stop();
  }

  // "sent 250 …" and so on, of the external copies of a user, oldest first; queued events left out.
  std::vector<std::string> outcomes(UserId user) {
    std::vector<std::string> out;
    for (auto const& decision : decisions(user))
      for (auto const& event : events(decision.id)) {
        if (event.kind == store::EventKind::sent) out.push_back("sent " + event.text);
        if (event.kind == store::EventKind::deferred) out.push_back("deferred " + event.text);
        if (event.kind == store::EventKind::bounced) out.push_back("bounced " + event.text);
      }
    return out;
  }
  void expect(std::string const& pattern) {
    auto const got = outcomes(jane);
    BOOST_REQUIRE_MESSAGE(got.size() == 1u, got.size() << " outcomes, expected " << pattern);
    BOOST_TEST(glob_match(pattern, got[0]), got[0] << " is not " << pattern);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sender_test, SenderFixture)

BOOST_AUTO_TEST_CASE(what_is_queued_is_sent_and_the_servers_words_are_kept) {
  queue();
  send({hello + transaction() + quit});
  expect("sent 250 2.0.0 Ok: queued");
  BOOST_TEST(center::CenterFixture::queue().empty());
  BOOST_REQUIRE(server->messages.size() == 1u);
  BOOST_TEST(server->messages[0].find("Subject: Payment sent\r\n") != std::string::npos);
  BOOST_TEST(server->messages[0].ends_with("\r\n\r\nYour payment was sent.\r\n"));
}

BOOST_AUTO_TEST_CASE(dots_are_stuffed_and_the_last_line_is_ended) {
  queue(".dot\r\n..\r\nend");
  send({hello + transaction() + quit});
  BOOST_REQUIRE(server->messages.size() == 1u);
  BOOST_TEST(server->messages[0].ends_with("\r\n\r\n..dot\r\n...\r\nend\r\n"));
}

BOOST_AUTO_TEST_CASE(large_messages_go_in_chunks) {
  std::string body;
  for (int i = 0; i < 20'000; ++i) body += "." + std::to_string(i) + "\r\n";
  queue(body);
  send({hello + transaction() + quit});
  BOOST_REQUIRE(server->messages.size() == 1u);
  BOOST_TEST(server->messages[0].find("\r\n..9999\r\n..10000\r\n") != std::string::npos);
  BOOST_TEST(server->messages[0].ends_with("\r\n..19999\r\n"));
}

BOOST_AUTO_TEST_CASE(one_connection_takes_many_messages) {
  for (int i = 0; i < 5; ++i) queue();
  std::string script = hello_pipelining;
  for (int i = 0; i < 5; ++i) script += pipelined();
  send({script + quit});
  BOOST_TEST(outcomes(jane).size() == 5u);
  BOOST_TEST(server->messages.size() == 5u);
}

BOOST_AUTO_TEST_CASE(mail_queued_while_a_connection_is_open_goes_through_it) {
  all.keep_open = std::chrono::seconds(10);
  queue();
  serve({hello + transaction() + transaction() + quit});
  start();
  run_until([&] { return outcomes(jane).size() == 1; });
  queue();
  run_until([&] { return outcomes(jane).size() == 2; });
  stop();
  BOOST_TEST(server->played());
}

BOOST_AUTO_TEST_CASE(several_connections_are_used_at_once) {
  all.connections = 3;
  for (int i = 0; i < 3; ++i) queue();
  // Nobody is answered before all three are there.
  std::string const script = hello + transaction();
  serve({script, script, script});
  int waiting = 0;
  server->on_data = [&] { ++waiting; };
  start();
  run_until([&] { return outcomes(jane).size() == 3; });
  BOOST_TEST(waiting == 3);
  BOOST_TEST(server->left() == 0u);
}

BOOST_AUTO_TEST_CASE(each_refusal_is_temporary_or_permanent_by_its_first_digit) {
  struct Row {
    std::string script;
    std::string expected;
  };
  Row const rows[] = {
      {"S: 421 4.3.2 not now\n", "deferred *: 421 4.3.2 not now"},
      {"S: 554 5.7.1 go away\n", "deferred *: 554 5.7.1 go away"},
      {hello + transaction("451 4.3.0 later") + quit, "deferred 451 4.3.0 later"},
      {hello + transaction("550 5.7.1 no") + quit, "bounced 550 5.7.1 no"},
      {hello + transaction("530 5.7.0 log in") + quit, "deferred 530 5.7.0 log in"},
      {hello + transaction("250 ok", "450 4.2.0 busy") + quit, "deferred 450 4.2.0 busy"},
      {hello + transaction("250 ok", "550-5.1.1 no\nS: 550 5.1.1 such user") + quit,
       "bounced 550 5.1.1 no 5.1.1 such user*"},
      {hello + transaction("250 ok", "250 ok", "451 4.3.0 later") + quit, "deferred 451 4.3.0 later"},
      {hello + transaction("250 ok", "250 ok", "554 5.5.1 no") + quit, "bounced 554 5.5.1 no"},
      {hello + transaction("250 ok", "250 ok", "354 go", "452 4.3.1 full") + quit, "deferred 452 4.3.1 full"},
      {hello + transaction("250 ok", "250 ok", "354 go", "550 5.6.0 spam") + quit, "bounced 550 5.6.0 spam"},
      {hello + transaction("250 ok", "250 ok", "250 what"), "deferred 250 what"},
      {hello_pipelining + pipelined("451 4.3.0 later", "503 first MAIL", "503 first MAIL") + quit,
       "deferred 451 4.3.0 later"},
      {hello_pipelining + pipelined("250 ok", "550 5.1.1 who", "554 5.5.1 nobody") + quit,
       "bounced 550 5.1.1 who*"},
      // Though it took no recipient the server wants content: it gets none, and what it says to it does not
      // count.
      {hello_pipelining + pipelined("250 ok", "450 4.2.0 busy", "354 go", "250 ok") + quit,
       "deferred 450 4.2.0 busy"},
      {hello_pipelining + pipelined("250 ok", "421 4.3.2 closing", "421 closing"),
       "deferred 421 4.3.2 closing"},
  };
  for (Row const& row : rows) BOOST_TEST_CONTEXT(row.script) {
      SenderFixture one;
      one.queue();
      one.send({row.script});
      one.expect(row.expected);
      for (std::string const& message : one.server->messages)
        BOOST_TEST((message.empty() || row.script.find("450") == std::string::npos));
    }
}

BOOST_AUTO_TEST_CASE(after_a_refusal_the_next_message_begins_with_rset) {
  queue();
  queue();
  send({hello_pipelining + pipelined("250 ok", "550 5.7.1 no", "554 nobody") +
        "C: RSET\nC: MAIL *\nC: RCPT *\nC: DATA\nS: 250 ok\nS: 250 ok\nS: 250 ok\nS: 354 go\nDATA\nS: 250 "
        "taken\n" +
        quit});
  BOOST_TEST(outcomes(jane).size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_connection_that_breaks_means_try_again) {
  std::string const cuts[] = {
      "DROP",
      "S: 220 hi\nC: EHLO *\nDROP",
      hello + "C: MAIL *\nDROP",
      hello + "C: MAIL *\nS: 250 ok\nC: RCPT *\nDROP",
      hello + "C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nDROP",
      // After the final dot: perhaps taken, perhaps not (RFC 1047).
      hello + "C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nS: 354 go\nDATA\nDROP",
  };
  for (std::string const& cut : cuts) BOOST_TEST_CONTEXT(cut) {
      SenderFixture one;
      one.queue();
      one.send({cut});
      one.expect("deferred *losed by the server*");
      BOOST_TEST(one.center::CenterFixture::queue().size() == 1u);
    }
}

BOOST_AUTO_TEST_CASE(a_server_that_ends_a_used_connection_is_met_again_at_once) {
  queue();
  queue();
  queue();
  send({hello + transaction() + "C: MAIL *\nS: 421 4.7.0 enough for one connection\n",
        hello + transaction() + "DROP", hello + transaction() + quit});
  auto const got = outcomes(jane);
  BOOST_REQUIRE(got.size() == 3u);
  for (std::string const& outcome : got) BOOST_TEST(outcome == "sent 250 2.0.0 Ok: queued");
}

BOOST_AUTO_TEST_CASE(a_server_that_does_not_speak_smtp) {
  for (std::string const greeting : {"HTTP/1.1 400 Bad Request", "22", "220-a\nS: 221 b", "999 x"}) {
    SenderFixture one;
    one.queue();
    one.send({"S: " + greeting + "\n"});
    one.expect("deferred *does not speak SMTP*");
  }
}

BOOST_AUTO_TEST_CASE(a_smarthost_that_is_not_there_defers_what_was_taken_in_one_go) {
  for (int i = 0; i < 3; ++i) queue();
  serve({});
  start();
  run_until([&] { return outcomes(jane).size() == 3; });
  stop();
  for (std::string const& outcome : outcomes(jane))
    BOOST_TEST(glob_match("deferred 127.0.0.1:*: *refused*", outcome), outcome);
}

BOOST_AUTO_TEST_CASE(silence_is_bounded) {
  settings.command_time = Millis(20);
  queue();
  serve({"C: *\n"});
  start();
  run_until([&] { return outcomes(jane).size() == 1; });
  expect("deferred *imed out*");
}

BOOST_AUTO_TEST_CASE(parameters_are_given_as_offered) {
  queue("caf\xc3\xa9\r\n");
  auto entry = center::CenterFixture::queue().at(0);
  entry.notify = 2 | 4;
  entry.ret = 1;
  entry.envid = "QQ+31";
  entry.orcpt = "rfc822;jane@example.test";
  store
      ->write_and_wait([&](store::Transaction& tx) -> Result<void> {
        store::update_outbox(tx, entry);
        return {};
      })
      .value();
  send(
      {"S: 220 hi\nC: EHLO *\nS: 250-hi\nS: 250-SIZE\nS: 250-8bitmime\nS: 250-AUTH PLAIN\nS: 250 DSN\n"
       "C: MAIL FROM:<b-*@example.test> SIZE=* BODY=8BITMIME RET=HDRS ENVID=QQ+31\nS: 250 ok\n"
       "C: RCPT TO:<jane@ext.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;jane@example.test\nS: 250 ok\n"
       "C: DATA\nS: 354 go\nDATA\nS: 250 taken\n" +
       quit});
  expect("sent 250 taken");
}

BOOST_AUTO_TEST_CASE(a_message_larger_than_the_server_takes_is_not_even_begun) {
  queue(std::string(3000, 'x') + "\r\n");
  send({"S: 220 hi\nC: EHLO *\nS: 250-hi\nS: 250 SIZE 2000\n" + quit});
  expect("bounced 552 5.3.4 * octets are more than the 2000 that 127.0.0.1 takes");
}

BOOST_AUTO_TEST_CASE(smtputf8_has_no_fallback) {
  queue("x\r\n", "jane", true);
  send({hello + quit});
  expect("bounced 553 5.6.7 *");
}

BOOST_AUTO_TEST_CASE(a_server_without_ehlo_is_spoken_to_with_helo) {
  queue();
  send({"S: 220 hi\nC: EHLO *\nS: 502 what\nC: HELO mc.example.test\nS: 250 hi\n" + transaction() + quit});
  expect("sent *");
}

// --- TLS and AUTH

BOOST_AUTO_TEST_CASE(starttls_is_used_when_offered) {
  queue();
  settings.tls = *net::TlsContext::make_client({net::Verify::none, ""});
  serve(
      {"S: 220 hi\nC: EHLO *\nS: 250-hi\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\nTLS\nC: EHLO *\nS: 250 "
       "hi\n" +
       transaction() + quit});
  server->tls = net::test::Certificates::shared().server();
  start();
  run_until([&] { return server->played(); });
  stop();
  expect("sent *");
}

BOOST_AUTO_TEST_CASE(words_injected_before_tls_are_not_believed) {
  queue();
  settings.tls = *net::TlsContext::make_client({net::Verify::none, ""});
  send({"S: 220 hi\nC: EHLO *\nS: 250-hi\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\\r\\n250 injected\n"});
  expect("deferred *does not speak SMTP*");
}

BOOST_AUTO_TEST_CASE(required_tls_is_required) {
  settings.tls = net::test::Certificates::shared().client();
  settings.require_tls = true;
  settings.host = "localhost";
  struct Row {
    std::string script, expected;
  };
  Row const rows[] = {
      {"S: 220 hi\nC: EHLO *\nS: 250 hi\n", "deferred *: TLS required but not offered"},
      {"S: 220 hi\nC: EHLO *\nS: 250-hi\nS: 250 STARTTLS\nC: STARTTLS\nS: 454 4.7.0 no\n",
       "deferred *: TLS required but refused: 454 4.7.0 no"},
      {"S: 220 hi\nC: EHLO *\nS: 250-hi\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\nTLS\nC: EHLO *\nS: 250 "
       "hi\n" +
           transaction() + quit,
       "sent *"},
  };
  for (Row const& row : rows) {
    SenderFixture one;
    one.settings = settings;
    one.queue();
    one.serve({row.script});
    one.server->tls = net::test::Certificates::shared().server();
    one.start();
    one.run_until([&] { return one.outcomes(one.jane).size() == 1; });
    one.stop();
    one.expect(row.expected);
  }
}

BOOST_AUTO_TEST_CASE(tls_that_fails_is_done_without_where_it_is_not_required) {
  queue();
  settings.tls = *net::TlsContext::make_client({net::Verify::none, ""});
  send({"S: 220 hi\nC: EHLO *\nS: 250-hi\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\nDROP",
        "S: 220 hi\nC: EHLO *\nS: 250-hi\nS: 250 STARTTLS\n" + transaction() + quit});
  expect("sent *");
}

BOOST_AUTO_TEST_CASE(the_user_is_authenticated) {
  settings.user = "mc";
  settings.password = "secret";
  std::string const greet = "S: 220 hi\nC: EHLO *\nS: 250-hi\nS: 250 AUTH ";
  struct Row {
    std::string script, expected;
  };
  Row const rows[] = {
      {greet + "PLAIN LOGIN\nC: AUTH PLAIN AG1jAHNlY3JldA==\nS: 235 ok\n" + transaction() + quit, "sent *"},
      {greet +
           "LOGIN\nC: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: bWM=\nS: 334 UGFzc3dvcmQ6\nC: c2VjcmV0\nS: 235 "
           "ok\n" +
           transaction() + quit,
       "sent *"},
      {greet + "PLAIN\nC: AUTH PLAIN *\nS: 535 5.7.8 wrong\n", "deferred *: AUTH: 535 5.7.8 wrong"},
      {greet + "NTLM\n", "deferred *: No usable AUTH mechanism is offered"},
      {greet + "SCRAM-SHA-256\nC: AUTH SCRAM-SHA-256 *\nS: 235 ok\n", "deferred *: AUTH: *"},
  };
  for (Row const& row : rows) BOOST_TEST_CONTEXT(row.script) {
      SenderFixture one;
      one.settings = settings;
      one.queue();
      one.send({row.script});
      one.expect(row.expected);
    }
}

// --- several smarthosts, and domains

BOOST_AUTO_TEST_CASE(a_smarthost_that_is_down_or_busy_is_replaced_by_the_next_at_once) {
  for (bool busy : {false, true}) {
    SenderFixture one;
    ScriptedServer first(one.io, busy ? std::vector<std::string>{"S: 421 4.3.2 busy\n"} : std::vector<std::string>{});
    ScriptedServer second(one.io, {hello + transaction() + quit});
    for (ScriptedServer* server : {&first, &second}) {
      HostSettings host = one.settings;
      host.port = server->port();
      one.all.smarthosts.push_back(std::move(host));
    }
    one.queue();
    one.start();
    one.run_until([&] { return one.outcomes(one.jane).size() == 1; });
    one.stop();
    one.expect("sent *");
    BOOST_TEST(second.played());
  }
}

BOOST_AUTO_TEST_CASE(no_more_of_a_domain_than_it_may_are_under_way) {
  all.connections = 3;
  all.domains.at_once = 1;
  for (int i = 0; i < 3; ++i) queue();
  std::string const held = hello + "C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nS: 354 go\nHOLD\nDATA\nS: 250 taken\n";
  serve({held + transaction() + transaction() + transaction() + quit});
  start();
  run_until([&] { return server->left() == 0; });
  queue("x\r\n", "bob");
  server->release();
  run_until([&] { return outcomes(jane).size() == 3 && outcomes(bob).size() == 1; });
  stop();
}

BOOST_AUTO_TEST_CASE(a_domain_that_refuses_three_times_is_left_in_peace_and_what_waits_for_it_is_put_off) {
  all.domains.at_once = 1;
  all.keep_open = std::chrono::seconds(10);
  for (int i = 0; i < 5; ++i) queue();
  std::string const later = transaction("250 ok", "450 4.7.1 greylisted");
  std::string const reset = "C: RSET\nS: 250 ok\n";
  serve({hello + later + reset + transaction() + later + reset + later + quit});
  queue("x\r\n", "bob");  // of another domain
  start();
  run_until([&] { return outcomes(bob).size() == 1; });
  run_until([&] {
    auto const all_queued = center::CenterFixture::queue();
    return std::all_of(all_queued.begin(), all_queued.end(), [](auto const& e) { return !e.last_reply.empty(); });
  });
  BOOST_TEST(outcomes(jane).size() <= 3u);
  BOOST_TEST(outcomes(bob)[0].starts_with("sent"));
  BOOST_TEST(center::CenterFixture::queue().size() == 5u);
  std::optional<SenderStatus> status;
  std::thread asking([&] { status = sender->status(); });
  run_until([&] { return status.has_value(); });
  asking.join();
  BOOST_REQUIRE(status->domains.size() == 1u);
  BOOST_TEST(status->domains[0].domain == "ext.test");
  stop();
}

BOOST_AUTO_TEST_CASE(mail_to_our_own_domain_never_leaves) {
  all.own_domain = "ext.test";
  queue();
  serve({});
  start();
  run_until([&] { return outcomes(jane).size() == 1; });
  expect("bounced 554 5.4.6 *");
}

BOOST_AUTO_TEST_CASE(reports_are_the_next_servers_if_it_says_so) {
  for (bool announced : {false, true}) {
    SenderFixture one;
    auto envelope = from_platform({"jane@example.test"});
    envelope.reverse_path = "root@example.test";
    envelope.recipients[0].notify = 2;
    auto const octets = center::payment("10.00 USD");
    one.accept(envelope, octets);
    // The report that it lies in the folder goes by email too.
    std::string const greet = announced ? hello_pipelining : hello;
    std::string const one_mail = announced ? "C: MAIL *\nC: RCPT *\nC: DATA\nS: 250 ok\nS: 250 ok\nS: 354 go\nDATA\nS: 250 ok\n"
                                           : "C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nS: 354 go\nDATA\nS: 250 ok\n";
    one.all.keep_open = std::chrono::seconds(1);
    one.serve({greet + one_mail + one_mail + (announced ? "" : one_mail) + quit});
    one.start();
    one.run_until([&] { return one.center::CenterFixture::queue().empty(); });
    one.stop();
    int relayed = 0;
    for (auto const& message : one.folder(one.admin, store::MailboxKind::updates))
      relayed += message.find("Action: relayed") != std::string::npos;
    BOOST_TEST(relayed == (announced ? 0 : 1));
  }
}

// --- stopping

BOOST_AUTO_TEST_CASE(stopping_finishes_what_was_begun_and_begins_nothing_new) {
  all.connections = 2;
  all.keep_open = std::chrono::minutes(1);
  queue();
  queue();
  std::string const held =
      hello + "C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nS: 354 go\nHOLD\nDATA\nS: 250 taken\n";
  serve({held + quit, hello + transaction() + quit});
  start();
  run_until([&] { return outcomes(jane).size() == 1; });
  std::atomic<bool> stopped = false;
  std::thread waiting([&] {
    sender->stop_and_wait(std::chrono::seconds(10));
    stopped = true;
  });
  run_until([&] { return server->open() == 1; });  // the idle connection has been left
  queue();
  server->release();
  run_until([&] { return stopped.load(); });
  waiting.join();
  sender.reset();
  BOOST_TEST(outcomes(jane).size() == 2u);
  BOOST_TEST(center::CenterFixture::queue().size() == 1u);
  BOOST_TEST(outbox.take_due(10).size() == 1u);  // nobody holds it
}

BOOST_AUTO_TEST_CASE(stopping_does_not_wait_for_ever) {
  queue();
  serve({"S: 220 hi\nC: EHLO *\nEND"});
  start();
  run_until([&] { return server->left() == 0; });
  stop(Millis(20));
  run_until([&] { return server->played(); });
}

BOOST_AUTO_TEST_CASE(mail_dropped_while_it_is_sent_is_not_sent_half) {
  queue();
  auto const id = center::CenterFixture::queue().at(0).id;
  serve({hello + "C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nS: 354 go\nDATA\nDROP"});
  server->on_data = [&] {
    auto dropped =
        store->write_and_wait([&](store::Transaction& tx) { return center::drop_queued(context, tx, id); });
    BOOST_TEST(!!dropped);
  };
  start();
  run_until([&] { return server->played(); });
  stop();
  BOOST_TEST(outcomes(jane).empty());
  BOOST_TEST(server->messages.at(0).empty());
}

BOOST_AUTO_TEST_SUITE_END()
