#include "center/bounces.h"

#include "center/bounce_class.h"
#include "center/suppression.h"
#include "store/address_scores.h"
#include "tests/center/fixture.h"

using namespace mc;
using namespace mc::center;

namespace {

std::string dsn(std::string const& action, std::string const& status, std::string const& diagnosis) {
  return "From: MAILER-DAEMON@mx.ext.test\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
         "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
         "--b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n"
         "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.ext.test\r\n\r\n"
         "Final-Recipient: rfc822; jane@ext.test\r\n" +
         (action.empty() ? "" : "Action: " + action + "\r\n") + (status.empty() ? "" : "Status: " + status + "\r\n") +
         (diagnosis.empty() ? "" : "Diagnostic-Code: " + diagnosis + "\r\n") + "\r\n--b--\r\n";
}

std::string plain(std::string const& text, std::string const& more = {}, std::string const& subject = "failure notice") {
  return "From: MAILER-DAEMON@mx.ext.test\r\nSubject: " + subject + "\r\n" + more + "\r\n" + text;
}

struct BounceFixture : CenterFixture {
  std::string pay(std::string const& choice = "both") {
    choose(jane, "type:payment.sent", choice);
    BOOST_REQUIRE(accept(from_platform({"jane@example.test"}), payment("40.00 USD"))[0].has_value());
    return queue().back().sender;
  }

  Result<Delivered> come_back(std::string const& address, std::string octets, std::string reverse = {}) {
    Envelope e = from_platform({address});
    e.submitter = {};
    e.submitter.kind = SubmitterKind::outside;
    e.reverse_path = std::move(reverse);
    return accept(std::move(e), std::move(octets))[0];
  }

  store::User user() {
    return *store->read([&](store::Snapshot const& s) { return store::find_user(s, jane); });
  }
  bool suppressed() { return user().email_state == store::AddressState::suppressed; }

  void change(std::string const& email, store::AddressState state = store::AddressState::verified) {
    store::User changed = user();
    changed.email = email;
    changed.email_state = state;
    auto done = store->write_and_wait([&](store::Transaction& tx) {
      store::delete_address_score(tx, email);
      return store::update_user(tx, changed);
    });
    BOOST_REQUIRE(done.has_value());
  }

  std::vector<std::string> notices() {
    std::vector<std::string> out;
    for (std::string const& mail : folder(jane, store::MailboxKind::alerts))
      if (mail.find("X-MC-Type: account.address_suppressed") != std::string::npos) out.push_back(mail);
    return out;
  }

  std::size_t bounced(DecisionId id) {
    auto all = events(id);
    return static_cast<std::size_t>(std::count_if(
        all.begin(), all.end(), [](auto const& e) { return e.kind == store::EventKind::bounced; }));
  }

  bool has_event(DecisionId id, store::EventKind kind) {
    auto all = events(id);
    return std::any_of(all.begin(), all.end(), [&](auto const& e) { return e.kind == kind; });
  }

  void refuse(std::string reply, bool to_recipient) {
    Outbox outbox(context);
    auto due = outbox.take_due(10);
    BOOST_REQUIRE(!due.empty());
    SendReport refused{due[0].id, SendOutcome::permanent, std::move(reply), to_recipient};
    CenterFixture::report(outbox, {refused});
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(suppression)

BOOST_AUTO_TEST_CASE(a_reply_is_hard_when_it_is_about_the_address_for_good) {
  struct Row {
    std::string_view reply;
    bool hard;
  };
  Row const rows[] = {
      {"550 5.1.1 No such user here", true},
      {"550-5.1.1 The account\n550 5.1.1 does not exist", true},
      {"smtp; 550 5.1.1 <jane@ext.test>: unknown", true},
      {"SMTP;550 5.1.1 unknown", true},
      {"550 #5.1.0 Address rejected.", true},
      {"5.1.1", true},
      {"5.1.2 (bad destination system)", true},
      {"553 5.1.3 bad syntax", true},
      {"5.1.6 moved", true},
      {"5.1.10 null MX", true},
      {"5.2.1 disabled", true},
      {"5.4.4 no route", true},
      {"550 No such user", true},
      {"551 not local", true},
      {"553 sorry, that mailbox is not here", true},
      {"550 5.0.0 mailbox unavailable", true},
      {"550", true},
      {"5.1.7 sender", false},
      {"550 5.1.8 sender's domain", false},
      {"5.2.2 full", false},
      {"552 5.2.2 full", false},
      {"552 5.3.4 too big", false},
      {"550 5.7.1 policy", false},
      {"554 5.7.1 spam", false},
      {"554 no", false},
      {"552 full", false},
      {"550 Relay not permitted", false},
      {"550 relaying denied", false},
      {"550 Blocked, see http://x", false},
      {"550 This message looks like spam", false},
      {"450 4.1.1 later", false},
      {"450 5.1.1 odd", false},
      {"4.1.1", false},
      {"250 2.1.5 Ok", false},
      {"5.1", false},
      {"5.1.", false},
      {"5.1.1111", false},
      {"5500 5.1.1", false},
      {"The message was withdrawn", false},
      {"", false},
  };
  for (Row const& row : rows)
    BOOST_TEST_CONTEXT(row.reply) { BOOST_TEST((classify_reply(row.reply, Asked::recipient).kind == BounceKind::hard) == row.hard); }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(bounces, BounceFixture)

BOOST_AUTO_TEST_CASE(a_hard_refusal_in_the_dialogue_suppresses_the_address_and_tells_the_user_once) {
  pay();
  pay();
  refuse("550 5.1.1 No such user here", true);
  BOOST_TEST(suppressed());
  BOOST_REQUIRE(notices().size() == 1u);
  BOOST_TEST(notices()[0].find("No such user here") != std::string::npos);
  BOOST_TEST(notices()[0].find("jane@ext.test") != std::string::npos);
  BOOST_TEST(queue().empty());
}

BOOST_AUTO_TEST_CASE(a_bare_550_counts_only_as_an_answer_to_rcpt) {
  pay();
  refuse("550 no thanks", false);
  BOOST_TEST(!suppressed());
  pay();
  refuse("550 no thanks", true);
  BOOST_TEST(suppressed());
}

BOOST_AUTO_TEST_CASE(a_refusal_of_the_message_suppresses_nothing) {
  pay();
  refuse("550 5.7.1 Rejected by policy", true);
  pay();
  refuse("552 5.2.2 Mailbox full", true);
  BOOST_TEST(!suppressed());
  BOOST_TEST(notices().empty());
}

BOOST_AUTO_TEST_CASE(what_was_given_up_counts_by_what_the_last_server_said_of_the_recipient) {
  struct Row {
    std::string reply;
    bool to_recipient;
    std::string_view words;  // of the event; empty: none
  };
  Row const rows[] = {
      {"450 4.2.0 come back", true, "soft (given up after many tries): score 1 of 5"},
      {"452 4.2.2 full", false, "soft (mailbox full): score 1 of 5"},
      {"451 4.3.0 trouble", false, ""},
      {"connect: Connection refused", false, ""},
      {"454 4.7.1 Relay access denied", true, "soft (not relayed): not held against the address"},
  };
  for (Row const& row : rows) BOOST_TEST_CONTEXT(row.reply) {
    change("jane@ext.test");
    pay();
    DecisionId const id = decisions(jane)[0].id;
    clock.advance(context.settings.queue_lifetime + Millis(1));
    Outbox outbox(context);
    auto due = outbox.take_due(10);
    BOOST_REQUIRE(!due.empty());
    CenterFixture::report(outbox, {{due[0].id, SendOutcome::temporary, row.reply, row.to_recipient}});
    auto const all = events(id);
    auto event = std::find_if(all.begin(), all.end(), [](auto const& e) { return e.kind == store::EventKind::bounced; });
    BOOST_REQUIRE(event != all.end());
    BOOST_TEST(event->text == "given up after its lifetime; last: " + row.reply + (row.words.empty() ? "" : "; " + std::string(row.words)));
    BOOST_TEST(!suppressed());
  }
}

BOOST_AUTO_TEST_CASE(soft_bounces_of_several_days_suppress_and_the_timeline_says_so) {
  for (int i = 0; i < 6; ++i, clock.advance(std::chrono::hours(24))) {
    BOOST_TEST(!suppressed());
    come_back(pay(), dsn("failed", "5.2.2", "smtp; 552 5.2.2 full")).value();
  }
  BOOST_TEST(suppressed());
  BOOST_TEST(notices().size() == 1u);
  auto const all = events(decisions(jane)[1].id);  // the newest is the notice's
  auto event = std::find_if(all.begin(), all.end(), [](auto const& e) { return e.kind == store::EventKind::bounced; });
  BOOST_REQUIRE(event != all.end());
  BOOST_TEST(event->text.starts_with("smtp; 552 5.2.2 full; soft (mailbox full): score 5."));
  BOOST_TEST(event->text.ends_with("the address is suppressed"));
}

BOOST_AUTO_TEST_CASE(the_notice_says_how_to_verify_the_address_again) {
  come_back(pay(), dsn("failed", "5.1.1", "")).value();
  BOOST_REQUIRE(notices().size() == 1u);
  for (std::string const part : {"\"address\"", "\"code\"", "a code is mailed there"})
    BOOST_TEST_CONTEXT(part) { BOOST_TEST(notices()[0].find(part) != std::string::npos); }
}

BOOST_AUTO_TEST_CASE(what_is_queued_goes_to_the_folder_and_what_lies_there_is_skipped) {
  pay("email");
  DecisionId const only_email = decisions(jane)[0].id;
  pay("both");
  DecisionId const both = decisions(jane)[0].id;
  std::string const last = pay("both");
  come_back(last, dsn("failed", "5.1.1", "smtp; 550 5.1.1 no such user")).value();
  BOOST_TEST(queue().empty());
  BOOST_TEST(folder(jane, store::MailboxKind::alerts).size() == 4u);  // and the notice
  BOOST_TEST(has_event(only_email, store::EventKind::placed_after_failure));
  BOOST_TEST(!has_event(only_email, store::EventKind::skipped));
  BOOST_TEST(has_event(both, store::EventKind::skipped));
}

BOOST_AUTO_TEST_CASE(afterwards_no_type_is_emailed_and_everything_is_in_the_folder_until_it_is_verified_again) {
  std::string const sender = pay();
  come_back(sender, dsn("failed", "5.1.1", "")).value();
  auto send = [&] {
    return accept(from_platform({"jane@example.test"}), "Subject: T\r\nX-MC-Type: terms.changed\r\n\r\nx\r\n")[0].has_value();
  };
  BOOST_TEST(send());
  choose(jane, "type:payment.sent", "email");
  BOOST_TEST(accept(from_platform({"jane@example.test"}), payment("40.00 USD", {}, "Another.\r\n"))[0].has_value());
  BOOST_TEST(queue().empty());
  BOOST_TEST(folder(jane, store::MailboxKind::updates).size() == 1u);
  BOOST_TEST(folder(jane, store::MailboxKind::alerts).size() == 3u);
  auto restored = store->write_and_wait([&](store::Transaction& tx) { return restore_address(tx, jane); });
  BOOST_REQUIRE(restored.has_value());
  choose(jane, "type:payment.sent", "both");
  BOOST_TEST(accept(from_platform({"jane@example.test"}), payment("41.00 USD"))[0].has_value());
  BOOST_TEST(queue().size() == 1u);
}

BOOST_AUTO_TEST_CASE(reports_are_hard_soft_or_nothing) {
  struct Row {
    std::string action, status, diagnosis;
    std::size_t noted;
    bool hard;
  };
  Row const rows[] = {
      {"failed", "5.1.1", "smtp; 550 5.1.1 no such user", 1, true},
      {"Failed", "5.2.1", "", 1, true},
      {"failed", "5.0.0", "smtp; 550 5.1.1 no such user", 1, true},
      {"failed", "", "smtp; 550 User unknown", 1, true},
      {"failed", "5.0.0", "smtp; 550 you look odd", 1, false},
      {"failed", "5.2.2", "smtp; 552 5.2.2 full", 1, false},
      {"failed", "5.7.1", "smtp; 550 5.1.1 lies", 1, false},
      {"failed", "4.4.7", "smtp; 451 later", 1, false},
      {"delayed", "5.1.1", "smtp; 550 5.1.1 no such user", 0, false},
      {"relayed", "5.1.1", "", 0, false},
      {"expanded", "5.1.1", "", 0, false},
      {"delivered", "2.1.5", "", 0, false},
      {"", "5.1.1", "smtp; 550 5.1.1", 0, false},
  };
  for (Row const& row : rows) BOOST_TEST_CONTEXT(row.action + ' ' + row.status + ' ' + row.diagnosis) {
    change("jane@ext.test");
    std::string const sender = pay();
    DecisionId const id = decisions(jane)[0].id;
    BOOST_TEST(come_back(sender, dsn(row.action, row.status, row.diagnosis)).has_value());
    BOOST_TEST(bounced(id) == row.noted);
    BOOST_TEST(suppressed() == row.hard);
  }
}

BOOST_AUTO_TEST_CASE(a_forged_field_in_a_report_does_not_shift_what_is_read) {
  std::string const sender = pay();
  come_back(sender, "X-MC-Type: payment.sent\r\n" + dsn("failed", "5.1.1", "")).value();
  BOOST_TEST(suppressed());
}

BOOST_AUTO_TEST_CASE(bounces_in_words_count_with_a_null_reverse_path_and_a_quoted_reply) {
  std::string const qmail = "Hi. This is the qmail-send program at mx.ext.test.\r\nI'm afraid I wasn't able to deliver your message.\r\n\r\n";
  std::string const exim = "This message was created automatically by mail delivery software.\r\n\r\nA message that you sent could not be "
                           "delivered to one or more of its\r\nrecipients. This is a permanent error.\r\n\r\n  jane@ext.test\r\n";
  std::string const sendmail = "The original message was received at Mon\r\n\r\n   ----- The following addresses had permanent fatal errors -----\r\n";
  struct Row {
    std::string mail;
    std::size_t noted;
    bool hard;
    std::string reverse = {};
  };
  Row const rows[] = {
      {plain(qmail + "<jane@ext.test>:\r\nSorry, no mailbox here by that name. (#5.1.1)\r\n"), 1, true},
      {plain(qmail + "<jane@ext.test>:\r\n10.0.0.1 does not like recipient.\r\nRemote host said: 550 no such user\r\nGiving up\r\n"), 1, true},
      {plain(qmail + "<jane@ext.test>:\r\nMailbox full. (#5.2.2)\r\n"), 1, false},
      {plain(qmail + "Nothing said.\r\n"), 0, false},
      {plain(qmail + "--- Below this line is a copy of the message.\r\n\r\n550 5.1.1 user unknown\r\n"), 0, false},
      {plain(exim + "    SMTP error from remote mail server after RCPT TO:<jane@ext.test>:\r\n    550 5.1.1 User\r\n    unknown\r\n"), 1, true},
      {plain(exim + "    550 Message rejected\r\n"), 1, false},
      {plain(sendmail + "<jane@ext.test>\r\n    (reason: 550 5.1.1 <jane@ext.test>... User unknown)\r\n"), 1, true},
      {plain("VGhpcyBpcyB0aGUgbWFpbCBzeXN0ZW0gYXQgaG9zdCBteC4KPGphbmU+OiA1NTAgNS4xLjEgbm8K\r\n", "Content-Transfer-Encoding: base64\r\n"), 1, true},
      {plain(exim + "    550 5.1.1 unknown\r\n"), 0, false, "somebody@ext.test"},
      {plain("I am away until Monday. 550 5.1.1 user unknown.\r\n", {}, "Away"), 0, false},
      {plain("It did not work: 550 5.1.1 user unknown.\r\n"), 1, true},
      {plain("It did not work.\r\n"), 0, false},
      {plain("I am away.\r\n", "Auto-Submitted: auto-replied\r\n"), 0, false},
  };
  for (Row const& row : rows) BOOST_TEST_CONTEXT(row.mail) {
    change("jane@ext.test");
    std::string const sender = pay();
    DecisionId const id = decisions(jane)[0].id;
    BOOST_TEST(come_back(sender, row.mail, row.reverse).has_value());
    BOOST_TEST(bounced(id) == row.noted);
    BOOST_TEST(suppressed() == row.hard);
  }
}

BOOST_AUTO_TEST_CASE(a_report_on_an_address_changed_meanwhile_leaves_the_new_one_alone) {
  std::string const sender = pay();
  change("jane@new.test");
  come_back(sender, dsn("failed", "5.1.1", "")).value();
  BOOST_TEST(!suppressed());
  BOOST_TEST(notices().empty());
  BOOST_TEST(bounced(decisions(jane)[0].id) == 1u);
}

BOOST_AUTO_TEST_CASE(the_case_of_the_address_does_not_matter) {
  std::string const sender = pay();
  change("Jane@EXT.test");
  come_back(sender, dsn("failed", "5.1.1", "")).value();
  BOOST_TEST(suppressed());
}

BOOST_AUTO_TEST_CASE(a_report_repeated_for_ever_is_noted_a_few_times_and_told_once) {
  std::string const sender = pay();
  for (int i = 0; i < 20; ++i) come_back(sender, dsn("failed", "5.1.1", "")).value();
  BOOST_TEST(bounced(decisions(jane).back().id) == 5u);
  BOOST_TEST(notices().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_token_nobody_was_given_is_no_address) {
  pay();
  BOOST_TEST(!come_back("b-" + std::string(26, 'a') + "@example.test", dsn("failed", "5.1.1", "")).has_value());
  BOOST_TEST(!suppressed());
}

BOOST_AUTO_TEST_CASE(with_a_policy_that_lacks_the_type_the_notice_is_delivered_all_the_same) {
  std::string text = read_whole(MC_SOURCE_DIR "/rules/policy.toml");
  auto at = text.find("\"account.address_suppressed\"");
  policy.swap(install(text.erase(at, text.find('\n', at) - at)));
  come_back(pay(), dsn("failed", "5.1.1", "")).value();
  BOOST_TEST(suppressed());
  BOOST_TEST(folder(jane, store::MailboxKind::updates).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_mail_that_got_into_the_queue_of_a_suppressed_address_is_withheld) {
  pay("email");
  change("jane@ext.test", store::AddressState::suppressed);
  Outbox outbox(context);
  auto due = outbox.take_due(10);
  BOOST_REQUIRE(due.size() == 1u);
  BOOST_TEST(due[0].suppressed);
  CenterFixture::report(outbox, {{due[0].id, SendOutcome::withheld, ""}});
  BOOST_TEST(queue().empty());
  BOOST_TEST(folder(jane, store::MailboxKind::alerts).size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
