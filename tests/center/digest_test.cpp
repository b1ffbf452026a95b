// Several in one mail: folds, digests, bursts.
#include "center/digest.h"

#include "center/departure.h"
#include "mail/headers.h"
#include "tests/center/schedule_fixture.h"

using namespace mc;
using namespace mc::center;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

BOOST_FIXTURE_TEST_SUITE(digest, ScheduleFixture)

// --- several in one

BOOST_AUTO_TEST_CASE(five_within_half_a_minute_come_as_one_mail_that_names_them) {
  std::vector<DecisionId> ids;
  for (int i = 0; i < 5; ++i) {
    ids.push_back(send("team.message", "Point " + std::to_string(i + 1)));
    clock.advance(seconds(7));
  }
  BOOST_TEST(folder(jane, store::MailboxKind::inbox).size() == 5u);
  pass(minutes(20));
  BOOST_REQUIRE(queued().size() == 1u);
  BOOST_TEST(waiting().empty());
  auto entry = queued()[0];
  std::string const text = text_of(entry);
  BOOST_TEST(has(text, "Subject: 5 new messages: Team message\r\n"));
  BOOST_TEST(has(text, "X-MC-Type: team.message\r\n"));
  BOOST_TEST(has(text, "X-MC-Why: 5 messages of this type in one mail\r\n"));
  BOOST_TEST(has(text, "List-Id: Team message <team-message.inbox.example.test>\r\n"));
  BOOST_TEST(has(text, "Auto-Submitted: auto-generated\r\n"));
  for (int i = 1; i <= 5; ++i) BOOST_TEST(has(text, "Point " + std::to_string(i)));
  BOOST_TEST(count(text, "Bob Builder") == 5u);
  BOOST_TEST(!has(text, "elsewhere.test"));
  BOOST_TEST(has(text, "2026-11-23 12:00"));
  BOOST_TEST(entry.recipient == "jane@ext.test");
  BOOST_TEST(entry.sender.starts_with("b-"));
  for (DecisionId id : ids) {
    BOOST_TEST(has(events(id), "; queued folded into one mail (" + entry.mail_id + ") that names 5 messages, for jane@ext.test"));
    BOOST_TEST((record(id).outbox == entry.id));
  }
  sent(entry, SendOutcome::temporary, "450 4.2.1 later");
  sent(entry);
  for (DecisionId id : ids) BOOST_TEST(has(events(id), "; deferred 450 4.2.1 later; sent 250 2.0.0 Ok"));
  BOOST_TEST(queued().empty());
}

BOOST_AUTO_TEST_CASE(only_the_unread_are_named_and_a_last_one_goes_as_itself) {
  auto first = send("team.message", "One"), second = send("team.message", "Two"), third = send("team.message", "Three");
  read(second);
  pass(minutes(15));
  BOOST_REQUIRE(queued().size() == 1u);
  BOOST_TEST(has(text_of(queued()[0]), "2 new messages"));
  BOOST_TEST(!has(text_of(queued()[0]), "Two"));
  BOOST_TEST(has(events(second), "skipped read"));
  BOOST_TEST((record(first).outbox == record(third).outbox));
  sent(queued()[0]);
  auto fourth = send("team.message", "Four"), fifth = send("team.message", "Five");
  read(fourth);
  pass(minutes(15));
  BOOST_REQUIRE(queued().size() == 1u);
  BOOST_TEST(has(text_of(queued()[0]), "The text."));
  BOOST_TEST(events(fifth) == "waiting 15 minutes, to be read here first; queued for jane@ext.test");
}

BOOST_AUTO_TEST_CASE(the_first_waits_for_the_last_of_the_window_and_no_longer) {
  use_policy("\"a.type\" = { tab = \"inbox\", label = \"A\", email_if_unread_after = \"10m\", fold = \"5m\" }");
  for (int i = 0; i < 4; ++i) {
    send("a.type");
    clock.advance(minutes(2));  // due 12:10, :12, :14, :16
  }
  pass(minutes(3));  // 12:11
  BOOST_TEST(queued().empty());
  pass(minutes(3));  // 12:14
  BOOST_REQUIRE(queued().size() == 1u);
  BOOST_TEST(has(text_of(queued()[0]), "3 new messages: A"));
  pass(minutes(2));
  BOOST_TEST(queued().size() == 2u);
}

BOOST_AUTO_TEST_CASE(nobody_waits_for_what_was_read_already) {
  use_policy("\"a.type\" = { tab = \"inbox\", label = \"A\", email_if_unread_after = \"10m\", fold = \"5m\" }");
  send("a.type");
  clock.advance(minutes(2));
  read(send("a.type"));
  pass(minutes(8));
  BOOST_TEST(queued().size() == 1u);
}

BOOST_AUTO_TEST_CASE(other_types_other_users_and_fold_zero_are_not_gathered) {
  use_policy("\"a.none\" = { tab = \"inbox\", label = \"N\", email_if_unread_after = \"10m\", fold = \"0s\" }\n"
             "\"a.one\" = { tab = \"inbox\", label = \"One\", email_if_unread_after = \"10m\" }\n"
             "\"a.two\" = { tab = \"inbox\", label = \"Two\", email_if_unread_after = \"10m\" }");
  send("a.none"), send("a.none"), send("a.one"), send("a.two");
  auto done = accept(from_platform({"bob@example.test"}), "From: x@y.test\r\nX-MC-Type: a.one\r\n\r\nText\r\n");
  BOOST_REQUIRE(done[0].has_value());
  pass(minutes(10));
  BOOST_TEST(queued().size() == 5u);
  for (auto const& entry : queued()) BOOST_TEST(!has(text_of(entry), "new messages"));
}

BOOST_AUTO_TEST_CASE(mail_without_a_folder_copy_goes_as_itself) {
  change_jane([](store::User& user) { user.times.pause_until = noon + hours(1); });
  choose(jane, "type:hire.ended", "email");
  send("hire.ended"), send("hire.ended");
  pass(hours(1));
  BOOST_REQUIRE(queued().size() == 2u);
  for (auto const& entry : queued()) BOOST_TEST(has(text_of(entry), "The text."));
}

BOOST_AUTO_TEST_CASE(a_fold_names_a_hundred_and_counts_the_rest) {
  use_policy("\"a.type\" = { tab = \"inbox\", label = \"A\", email_if_unread_after = \"10m\" }");
  for (int i = 0; i < 137; ++i) send("a.type");
  pass(minutes(10));
  BOOST_REQUIRE(queued().size() == 1u);
  std::string const text = text_of(queued()[0]);
  BOOST_TEST(has(text, "137 new messages"));
  BOOST_TEST(count(text, "Bob Builder") == 100u);
  BOOST_TEST(has(text, "and 37 more"));
}

BOOST_AUTO_TEST_CASE(a_sender_whose_name_is_an_address_stays_unnamed) {
  send("team.message", "One", {}, "\"bob@elsewhere.test\" <bob@elsewhere.test>");
  send("team.message", "Two\r\n\tfolded", {}, "bob@elsewhere.test");
  pass(minutes(15));
  BOOST_REQUIRE(queued().size() == 1u);
  BOOST_TEST(has(text_of(queued()[0]), "One"));
  BOOST_TEST(!has(text_of(queued()[0]), "elsewhere"));
}

BOOST_AUTO_TEST_CASE(a_bounce_of_one_mail_is_noted_on_all_it_names) {
  auto first = send("team.message"), second = send("team.message");
  pass(minutes(15));
  BOOST_REQUIRE(queued().size() == 1u);
  sent(queued()[0], SendOutcome::permanent, "552 5.2.2 Mailbox full");
  for (DecisionId id : {first, second}) BOOST_TEST(has(events(id), "bounced 552 5.2.2 Mailbox full"));
  BOOST_TEST(folder(jane, store::MailboxKind::inbox).size() == 2u);
}

// --- digests

BOOST_AUTO_TEST_CASE(a_daily_digest_names_everything_by_folder_and_type) {
  change_jane([](store::User& user) {
    user.times.digest = store::Digest::daily;
    user.times.digest_minute = 18 * 60;
    user.time_zone = "Europe/Berlin";
  });
  auto first = send("rate.raised", "Rate one"), read_one = send("rate.raised", "Rate two");
  auto update = send("hire.confirmed", "Hired");
  send("payment.failed", "Urgent", "X-MC-Amount: 5.00 USD\r\n");
  BOOST_TEST(queued().size() == 1u);
  BOOST_TEST(events(first) == "waiting until 2026-11-23 18:00 Europe/Berlin: your digest");
  read(read_one);
  pass(hours(5));
  BOOST_REQUIRE(queued().size() == 2u);
  std::string const text = text_of(queued()[1]);
  BOOST_TEST(has(text, "Subject: Your digest: 2 new messages\r\n"));
  BOOST_TEST(has(text, "X-MC-Type: digest\r\n"));
  BOOST_TEST(has(text, "List-Id: Digest <digest.example.test>\r\n"));
  BOOST_TEST(has(text, "Account Alerts, Rate raised (1)"));
  BOOST_TEST(has(text, "Account Alerts, Hire confirmed (1)"));
  BOOST_TEST(has(text, "2026-11-23 13:00  Bob Builder"));
  BOOST_TEST(!has(text, "Rate two"));
  for (DecisionId id : {first, update}) BOOST_TEST(has(events(id), "queued folded into one mail"));
  BOOST_TEST(has(events(read_one), "skipped read"));
}

BOOST_AUTO_TEST_CASE(one_message_for_a_digest_goes_as_itself) {
  change_jane([](store::User& user) { user.times.digest = store::Digest::hourly; });
  clock.advance(minutes(10));
  send("rate.raised");
  pass(minutes(50));
  BOOST_REQUIRE(queued().size() == 1u);
  BOOST_TEST(has(text_of(queued()[0]), "The text."));
}

// --- limits

BOOST_AUTO_TEST_CASE(what_exceeds_a_burst_comes_together_at_its_end) {
  use_policy("\"a.type\" = { tab = \"alerts\", label = \"A\", burst = { most = 2, within = \"1h\" } }\n"
             "\"a.urgent\" = { tab = \"alerts\", label = \"U\", urgent = true, burst = { most = 1, within = \"1h\" } }");
  for (int i = 0; i < 6; ++i) {
    send("a.type");
    clock.advance(minutes(1));
  }
  BOOST_TEST(queued().size() == 2u);
  BOOST_TEST(waiting().size() == 4u);
  BOOST_TEST(has(events(newest().id), "waiting until 2026-11-23 13:00 UTC: many of its kind at once"));
  pass(minutes(53));
  BOOST_TEST(queued().size() == 2u);
  pass(minutes(1));
  BOOST_REQUIRE(queued().size() == 3u);
  BOOST_TEST(has(text_of(queued()[2]), "4 new messages: A"));
  send("a.type");  // 12:01 and 13:00 are still within the hour until 13:01
  BOOST_TEST(waiting().size() == 1u);
  pass(minutes(1));
  BOOST_TEST(queued().size() == 4u);
  for (int i = 0; i < 3; ++i) send("a.urgent");
  BOOST_TEST(queued().size() == 7u);
}

BOOST_AUTO_TEST_CASE(a_burst_without_folder_copies_comes_one_after_the_other) {
  use_policy("\"a.type\" = { tab = \"alerts\", label = \"A\", folder = \"off\", burst = { most = 1, within = \"1h\" } }");
  for (int i = 0; i < 3; ++i) send("a.type");
  BOOST_TEST(queued().size() == 1u);
  pass(hours(1));
  BOOST_TEST(queued().size() == 2u);
  pass(hours(1));
  BOOST_TEST(queued().size() == 3u);
  for (auto const& entry : queued()) BOOST_TEST(has(text_of(entry), "The text."));
}

BOOST_AUTO_TEST_SUITE_END()
