#include "center/intake.h"

#include "center/queue.h"
#include "center/why.h"
#include "tests/center/fixture.h"

namespace mc::center {

namespace {

using store::MailboxKind;

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

Submitter outsider() { return {SubmitterKind::outside, {}, "peer:192.0.2.7"}; }

Submitter person(UserId id, std::string login) { return {SubmitterKind::user, id, std::move(login)}; }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(intake, CenterFixture)

BOOST_AUTO_TEST_CASE(a_payment_goes_to_the_folder_and_out) {
  auto results = accept(from_platform({"jane@example.test"}), payment("40.00 USD"));
  BOOST_REQUIRE_EQUAL(results.size(), 1u);
  BOOST_REQUIRE(results[0].has_value());
  BOOST_TEST(results[0]->text == "Delivered to Account Alerts");
  auto alerts = folder(jane, MailboxKind::alerts);
  BOOST_REQUIRE_EQUAL(alerts.size(), 1u);
  BOOST_TEST(alerts[0].starts_with("Return-Path: <noreply@example.test>\r\nReceived: from app.example.test"));
  BOOST_TEST(contains(alerts[0], "X-MC-Type: payment.sent\r\n"));
  BOOST_TEST(contains(alerts[0], "X-MC-Why: type default\r\n"));
  BOOST_TEST(contains(alerts[0], "List-Id: Payment sent <payment-sent.alerts.example.test>\r\n"));
  BOOST_TEST(alerts[0].ends_with(payment("40.00 USD")));
  auto waiting = queue();
  BOOST_REQUIRE_EQUAL(waiting.size(), 1u);
  BOOST_TEST(waiting[0].recipient == "jane@ext.test");
  BOOST_TEST(waiting[0].sender.starts_with("b-"));
  BOOST_TEST(!external(waiting[0]).starts_with("Return-Path"));
  BOOST_TEST(external(waiting[0]).ends_with(payment("40.00 USD")));
}

BOOST_AUTO_TEST_CASE(choices_decide_unless_a_rule_is_stronger) {
  struct Row {
    std::string choice, amount;
    std::size_t in_folder, outside;
    std::string why;
  };
  Row const rows[] = {
      {"center", "40.00 USD", 1, 0, "your choice for payment.sent"},
      {"none", "40.00 USD", 0, 0, ""},
      {"none", "999.99 USD", 0, 0, ""},
      {"none", "1000.00 USD", 0, 1, "rule large-amounts-always-email"},
      {"none", "950.00 EUR", 0, 1, "rule large-amounts-always-email"},
      {"email", "40.00 USD", 0, 1, "your choice for payment.sent"},
  };
  std::size_t placed = 0, queued = 0, decided = 0;
  for (Row const& row : rows) {
    BOOST_TEST_CONTEXT(row.choice << " " << row.amount) {
      choose(jane, "type:payment.sent", row.choice);
      BOOST_REQUIRE(accept(from_platform({"jane@example.test"}), payment(row.amount))[0].has_value());
      auto alerts = folder(jane, MailboxKind::alerts);
      auto waiting = queue();
      BOOST_TEST(alerts.size() - placed == row.in_folder);
      BOOST_TEST(waiting.size() - queued == row.outside);
      if (row.in_folder) BOOST_TEST(contains(alerts.back(), "X-MC-Why: " + row.why + "\r\n"));
      if (row.outside) BOOST_TEST(contains(external(waiting.back()), "X-MC-Why: " + row.why + "\r\n"));
      placed = alerts.size();
      queued = waiting.size();
      BOOST_TEST(decisions(jane).size() == ++decided);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_payment_without_its_amount_is_never_lost_and_the_postmaster_hears_of_it_once) {
  choose(jane, "type:payment.sent", "none");
  for (int i = 0; i < 2; ++i) BOOST_REQUIRE(accept(from_platform({"jane@example.test"}), payment(""))[0].has_value());
  BOOST_TEST(folder(jane, MailboxKind::alerts).size() == 2u);
  auto flags = store->read([&](store::Snapshot const& s) {
    auto mailbox = store::find_mailbox_of_kind(s, jane, MailboxKind::alerts);
    BOOST_TEST(store::find_mailbox(s, *mailbox)->keywords == std::vector<std::string>{"$Malformed"},
               boost::test_tools::per_element());
    return store::MailboxReader(s, *mailbox).find(Uid(1))->flags;
  });
  BOOST_TEST(flags == store::Flags{1} << store::flag::first_keyword_bit);
  auto told = folder(admin, MailboxKind::updates);
  BOOST_REQUIRE_EQUAL(told.size(), 1u);
  BOOST_TEST(contains(told[0], "Malformed message of type payment.sent"));
}

BOOST_AUTO_TEST_CASE(an_unknown_type_is_kept_and_emailed) {
  std::string octets = "From: a@example.test\r\nX-MC-Type: foo.bar\r\nSubject: x\r\n\r\nx\r\n";
  BOOST_REQUIRE(accept(from_platform({"JANE@Example.Test"}), octets)[0].has_value());
  BOOST_TEST(folder(jane, MailboxKind::updates).size() == 1u);
  BOOST_TEST(queue().size() >= 1u);
}

BOOST_AUTO_TEST_CASE(the_same_event_twice_is_one_message) {
  Envelope envelope = from_platform({"jane@example.test"});
  std::string event = "X-MC-Event-Id: pay-77\r\n";
  BOOST_REQUIRE(accept(envelope, payment("40.00 USD", event))[0].has_value());
  std::string later = payment("40.00 USD", event);
  later.replace(later.find("11:59:00"), 8, "12:30:00");
  auto again = accept(envelope, later);
  BOOST_REQUIRE(again[0].has_value());
  BOOST_TEST(contains(again[0]->text, "Duplicate"));
  BOOST_TEST(folder(jane, MailboxKind::alerts).size() == 1u);
  BOOST_TEST(queue().size() == 1u);
  auto other = accept(envelope, payment("40.00 USD", event, "Something else.\r\n"));
  BOOST_REQUIRE(!other[0].has_value());
  BOOST_TEST((other[0].error().code == Errc::conflict));
  BOOST_TEST(folder(jane, MailboxKind::alerts).size() == 1u);
  // Another recipient or another submitter is another event.
  envelope.recipients[0].address = "bob@example.test";
  BOOST_REQUIRE(accept(envelope, payment("41.00 USD", event))[0].has_value());
  BOOST_TEST(folder(bob, MailboxKind::alerts).size() == 1u);
}

BOOST_AUTO_TEST_CASE(all_or_nothing_leaves_nothing_when_one_fails) {
  std::string event = "X-MC-Event-Id: e\r\n";
  BOOST_REQUIRE(accept(from_platform({"bob@example.test"}), payment("1.00 USD", event))[0].has_value());
  auto both = from_platform({"jane@example.test", "bob@example.test"});
  auto results = accept(both, payment("2.00 USD", event), true);
  BOOST_TEST(!results[0].has_value());
  BOOST_TEST(!results[1].has_value());
  BOOST_TEST(folder(jane, MailboxKind::alerts).empty());
  BOOST_TEST(decisions(jane).empty());
  results = accept(both, payment("2.00 USD", event), false);
  BOOST_TEST(results[0].has_value());
  BOOST_TEST(!results[1].has_value());
  BOOST_TEST(folder(jane, MailboxKind::alerts).size() == 1u);
}

BOOST_AUTO_TEST_CASE(one_body_serves_every_recipient) {
  std::vector<std::string> recipients;
  for (int i = 0; i < 30; ++i) {
    std::string login = "u" + std::to_string(i);
    add(login, login + "@ext.test", store::Role::user);
    recipients.push_back(login + "@example.test");
  }
  std::string octets = payment("1.00 USD", {}, std::string(200'000, 'x') + "\r\n");
  auto before = store->stats().entries;
  auto results = accept(from_platform(recipients), octets);
  for (auto const& result : results) BOOST_TEST(result.has_value());
  auto stored = store->read([&](store::Snapshot const& s) { return store::find_body(s, sha256(octets)); });
  BOOST_TEST(stored.has_value());
  // 50 chunks once, and a dozen small records a recipient.
  BOOST_TEST(store->stats().entries - before < 50 + 30 * 15);
}

BOOST_AUTO_TEST_CASE(outsiders_forge_nothing) {
  std::string forged = "From: x@evil.test\r\nX-MC-Type: payment.sent\r\nX-MC-Why: because\r\n"
                       "Authentication-Results: mc.example.test; dmarc=pass\r\n"
                       "Authentication-Results: other.test; dmarc=fail\r\nSubject: hello\r\n\r\nx\r\n";
  Envelope envelope = from_platform({"postmaster@example.test"});
  envelope.submitter = outsider();
  BOOST_REQUIRE(accept(envelope, forged)[0].has_value());
  auto got = folder(admin, MailboxKind::inbox);
  BOOST_REQUIRE_EQUAL(got.size(), 1u);
  BOOST_TEST(contains(got[0], "X-MC-Type: user.message\r\n"));
  BOOST_TEST(!contains(got[0], "payment.sent"));
  BOOST_TEST(!contains(got[0], "because"));
  BOOST_TEST(!contains(got[0], "dmarc=pass"));
  BOOST_TEST(contains(got[0], "dmarc=fail"));
  BOOST_TEST(got[0].ends_with("Subject: hello\r\n\r\nx\r\n"));
}

BOOST_AUTO_TEST_CASE(who_may_write_to_whom) {
  struct Row {
    Submitter submitter;
    std::string address;
    bool allowed;
    Errc code;
  };
  Submitter platform{SubmitterKind::platform, {}, "app"};
  Row const rows[] = {
      {platform, "jane@example.test", true, {}},
      {platform, "JANE@EXAMPLE.TEST", true, {}},
      {platform, "\"jane\"@example.test", true, {}},
      {platform, "nobody@example.test", false, Errc::not_found},
      {platform, "jane@ext.test", false, Errc::forbidden},
      {platform, "jane", false, Errc::syntax},
      {person(bob, "bob"), "jane@example.test", true, {}},
      {person(bob, "bob"), "someone@gmail.test", false, Errc::forbidden},
      {outsider(), "jane@example.test", false, Errc::not_found},
      {outsider(), "nobody@example.test", false, Errc::not_found},
      {outsider(), "someone@gmail.test", false, Errc::forbidden},
      {outsider(), "postmaster@example.test", true, {}},
      {outsider(), "Postmaster", true, {}},
      {outsider(), "abuse@example.test", true, {}},
      {outsider(), "b-aaaaaaaaaaaaaaaaaaaaaaaaaa@example.test", false, Errc::not_found},
  };
  for (Row const& row : rows) {
    BOOST_TEST_CONTEXT(to_string(row.submitter.kind) << " to " << row.address) {
      auto result = intake.check_recipient(row.submitter, row.address);
      BOOST_TEST(result.has_value() == row.allowed);
      if (!result) BOOST_TEST((result.error().code == row.code));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_user_writes_only_as_himself) {
  BOOST_TEST((intake.check_sender(person(jane, "jane"), "jane@example.test")).has_value());
  BOOST_TEST((intake.check_sender(person(jane, "jane"), "")).has_value());
  BOOST_TEST(!(intake.check_sender(person(jane, "jane"), "bob@example.test")).has_value());
  Envelope envelope = from_platform({"bob@example.test"});
  envelope.submitter = person(jane, "jane");
  auto write = [](std::string from) { return "From: " + from + "\r\nSubject: hi\r\n\r\nhi\r\n"; };
  BOOST_TEST(!(accept(envelope, write("ana@example.test"))[0]).has_value());
  BOOST_TEST(!(accept(envelope, write("jane@example.test, bob@example.test"))[0]).has_value());
  BOOST_TEST(!(accept(envelope, "Subject: no author\r\n\r\nx\r\n")[0]).has_value());
  BOOST_REQUIRE(accept(envelope, write("Jane <Jane@example.test>"))[0].has_value());
  auto inbox = folder(bob, MailboxKind::inbox);
  BOOST_REQUIRE_EQUAL(inbox.size(), 1u);
  BOOST_TEST(!contains(inbox[0], "127.0.0.1"));  // where she wrote from is nobody's business
}

BOOST_AUTO_TEST_CASE(loops_end) {
  std::string hops;
  for (int i = 0; i < 51; ++i) hops += "Received: from a by b with SMTP; Mon, 23 Nov 2026 11:59:00 +0000\r\n";
  BOOST_TEST(!(accept(from_platform({"jane@example.test"}), hops + payment("1.00 USD"))[0]).has_value());
  std::string ours;
  for (int i = 0; i < 4; ++i)
    ours += "Received: from x by mc.example.test with LMTP id a; Mon, 23 Nov 2026 11:59:00 +0000\r\n";
  auto result = accept(from_platform({"jane@example.test"}), ours + payment("1.00 USD"));
  BOOST_REQUIRE(!result[0].has_value());
  BOOST_TEST(result[0].error().text.starts_with("5.4.6"));
}

BOOST_AUTO_TEST_CASE(success_reports_go_to_who_asked) {
  Envelope envelope = from_platform({"bob@example.test"});
  envelope.submitter = person(jane, "jane");
  envelope.reverse_path = "jane@example.test";
  envelope.envid = "QQ314159";
  envelope.recipients[0].notify = 2;
  BOOST_REQUIRE(accept(envelope, "From: jane@example.test\r\nSubject: hi\r\n\r\nhi\r\n")[0].has_value());
  auto updates = folder(jane, MailboxKind::updates);
  BOOST_REQUIRE_EQUAL(updates.size(), 1u);
  BOOST_TEST(contains(updates[0], "Action: delivered"));
  BOOST_TEST(contains(updates[0], "QQ314159"));
  BOOST_TEST(contains(updates[0], "bob@example.test"));
  BOOST_TEST(!contains(updates[0], "bob@elsewhere.test"));
}

BOOST_AUTO_TEST_CASE(why_tells_the_whole_story) {
  choose(jane, "type:payment.sent", "center");
  BOOST_REQUIRE(accept(from_platform({"jane@example.test"}), payment("40.00 USD"))[0].has_value());
  clock.advance(std::chrono::minutes(5));
  auto read = store->write_and_wait([&](store::Transaction& tx) -> Result<store::FlagsStored> {
    auto mailbox = store::find_mailbox_of_kind(tx, jane, MailboxKind::alerts);
    return store::store_flags(tx, *mailbox, UidSet{{1, 1}}, store::FlagChange::add, store::flag::seen);
  });
  BOOST_REQUIRE(read.has_value());
  auto answers =
      store->read([&](store::Snapshot const& s) { return center::why(s, jane, "<p1@app.example.test>", 10); });
  BOOST_REQUIRE_EQUAL(answers.size(), 1u);
  BOOST_TEST(answers[0].type == "payment.sent");
  BOOST_REQUIRE_EQUAL(answers[0].fields.size(), 2u);
  BOOST_TEST(answers[0].fields[0].field == "email");
  BOOST_TEST(!answers[0].fields[0].value);
  BOOST_TEST(answers[0].fields[0].layer == "type-choice");
  BOOST_TEST(contains(answers[0].fields[0].detail, "2026-11-23T12:00:00"));
  BOOST_TEST(answers[0].events.back().kind == "read");
  BOOST_TEST((answers[0].events.back().at == noon + std::chrono::minutes(5)));
  BOOST_TEST(contains(write_why(answers), "Payment sent"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(outbox, CenterFixture)

BOOST_AUTO_TEST_CASE(what_is_sent_is_noted_and_leaves_the_queue) {
  accept(from_platform({"jane@example.test"}), payment("40.00 USD"));
  Outbox box(context);
  auto due = box.take_due(10);
  BOOST_REQUIRE_EQUAL(due.size(), 1u);
  BOOST_TEST(box.take_due(10).empty());  // busy
  BOOST_TEST(!box.next_due().has_value());
  std::string whole;
  for (std::string piece; !(piece = box.content(due[0].id, whole.size(), 100)).empty();) whole += piece;
  BOOST_TEST(whole.size() == due[0].size);
  BOOST_TEST(contains(whole, "\r\nX-MC-Type: payment.sent\r\n"));
  BOOST_TEST(!contains(whole, "X-MC-Amount"));
  std::string const octets = payment("40.00 USD");
  BOOST_TEST(whole.ends_with(octets.substr(octets.find("\r\n\r\n"))));
  report(box, {{due[0].id, SendOutcome::sent, "250 2.0.0 Ok: queued as ABC"}});
  BOOST_TEST(queue().empty());
  auto noted = events(decisions(jane)[0].id);
  BOOST_REQUIRE_EQUAL(noted.size(), 2u);
  BOOST_TEST((noted[1].kind == store::EventKind::sent));
  BOOST_TEST(noted[1].text == "250 2.0.0 Ok: queued as ABC");
}

BOOST_AUTO_TEST_CASE(what_is_deferred_waits_longer_each_time_and_ends_in_the_folder) {
  choose(jane, "type:payment.sent", "email");
  accept(from_platform({"jane@example.test"}), payment("40.00 USD"));
  BOOST_TEST(folder(jane, MailboxKind::alerts).empty());
  Outbox box(context);
  Millis last{};
  for (int i = 0; i < 4; ++i) {
    auto due = box.take_due(10);
    BOOST_REQUIRE_EQUAL(due.size(), 1u);
    report(box, {{due[0].id, SendOutcome::temporary, "451 4.3.0 later"}});
    BOOST_TEST(box.take_due(10).empty());
    Millis wait = queue()[0].due - clock.now();
    BOOST_TEST((wait > last));
    last = wait;
    clock.set(queue()[0].due);
  }
  clock.advance(std::chrono::hours(121));
  auto due = box.take_due(10);
  report(box, {{due.at(0).id, SendOutcome::temporary, "451 4.3.0 later"}});
  BOOST_TEST(queue().empty());
  BOOST_TEST(folder(jane, MailboxKind::alerts).size() == 1u);
  BOOST_TEST((events(decisions(jane)[0].id).back().kind == store::EventKind::placed_after_failure));
}

BOOST_AUTO_TEST_CASE(a_refusal_for_good_leaves_the_folder_copy_alone) {
  accept(from_platform({"jane@example.test"}), payment("40.00 USD"));
  Outbox box(context);
  auto due = box.take_due(10);
  report(box, {{due[0].id, SendOutcome::permanent, "550 5.7.1 not this message"}});
  BOOST_TEST(queue().empty());
  BOOST_TEST(folder(jane, MailboxKind::alerts).size() == 1u);
}

BOOST_AUTO_TEST_CASE(held_mail_is_not_due_until_released) {
  accept(from_platform({"jane@example.test"}), payment("40.00 USD"));
  OutboxId id = queue()[0].id;
  auto run = [&](auto how) {
    return store->write_and_wait([&](store::Transaction& tx) -> Result<void> { return how(context, tx, id); });
  };
  BOOST_TEST((run(hold_queued)).has_value());
  Outbox box(context);
  BOOST_TEST(box.take_due(10).empty());
  BOOST_TEST(!(run(retry_queued)).has_value());
  BOOST_TEST((run(release_queued)).has_value());
  BOOST_TEST(!(run(release_queued)).has_value());
  BOOST_TEST(box.take_due(10).size() == 1u);
  BOOST_TEST((run(drop_queued)).has_value());
  BOOST_TEST(queue().empty());
  BOOST_TEST(!(run(drop_queued)).has_value());
}

BOOST_AUTO_TEST_CASE(a_bounce_is_noted_on_the_decision) {
  accept(from_platform({"jane@example.test"}), payment("40.00 USD"));
  DecisionId const about = decisions(jane)[0].id;
  Envelope back = from_platform({queue()[0].sender});
  back.submitter = {SubmitterKind::outside, {}, "peer:192.0.2.7"};
  back.reverse_path = "";
  BOOST_TEST((intake.check_recipient(back.submitter, queue()[0].sender)).has_value());
  std::string report_mail =
      "From: <mailer-daemon@ext.test>\r\nMIME-Version: 1.0\r\n"
      "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
      "--b\r\n\r\nno\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n"
      "Final-Recipient: rfc822; jane@ext.test\r\nAction: failed\r\nStatus: 5.1.1\r\n"
      "Diagnostic-Code: smtp; 550 user unknown\r\n\r\n--b--\r\n";
  BOOST_TEST((accept(back, report_mail)[0]).has_value());
  auto noted = events(about);
  BOOST_REQUIRE_EQUAL(noted.size(), 3u);
  BOOST_TEST((noted[1].kind == store::EventKind::bounced));
  BOOST_TEST(noted[1].text == "smtp; 550 user unknown; hard (no such address): score 5 of 5, the address is suppressed");
  BOOST_TEST((noted[2].kind == store::EventKind::skipped));  // the copy that was still queued for that address
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace mc::center
