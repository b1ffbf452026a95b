#include "center/schedule.h"

#include "center/departure.h"
#include "center/queue.h"
#include "center/why.h"
#include "mail/headers.h"
#include "tests/center/schedule_fixture.h"

using namespace mc;
using namespace mc::center;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

BOOST_FIXTURE_TEST_SUITE(schedule, ScheduleFixture)

// --- being read first

BOOST_AUTO_TEST_CASE(an_unread_message_is_mailed_after_its_quarter_of_an_hour) {
  auto id = send("team.message");
  BOOST_TEST(queued().empty());
  BOOST_REQUIRE(waiting().size() == 1u);
  BOOST_TEST(waiting()[0].sender.empty());
  pass(minutes(14));
  BOOST_TEST(queued().empty());
  pass(minutes(1));
  BOOST_REQUIRE(queued().size() == 1u);
  BOOST_TEST(waiting().empty());
  auto entry = queued()[0];
  BOOST_TEST(entry.sender.starts_with("b-"));
  BOOST_TEST((entry.expires == clock.now() + settings.queue_lifetime));
  BOOST_TEST(events(id) == "waiting 15 minutes, to be read here first; queued for jane@ext.test");
  BOOST_TEST(has(text_of(entry), "The text."));
}

BOOST_AUTO_TEST_CASE(a_read_message_is_not_mailed) {
  auto id = send("team.message");
  read(id);
  pass(hours(1));
  BOOST_TEST(queued().empty());
  BOOST_TEST(waiting().empty());
  BOOST_TEST(has(events(id), "; skipped read: "));
}

BOOST_AUTO_TEST_CASE(read_and_marked_unread_again_is_unread) {
  auto id = send("team.message");
  read(id);
  pass(minutes(5));
  flag(id, store::FlagChange::remove, store::flag::seen);
  pass(minutes(10));
  BOOST_TEST(queued().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_message_deleted_expunged_or_moved_is_not_mailed) {
  auto deleted = send("team.message"), expunged = send("team.message"), moved = send("interview.message");
  flag(deleted, store::FlagChange::add, store::flag::deleted);
  auto done = store->write_and_wait([&](store::Transaction& tx) -> Result<void> {
    auto gone = *store::find_decision(tx, expunged), elsewhere = *store::find_decision(tx, moved);
    store::expunge(tx, gone.mailbox, UidSet{{gone.uid.value, gone.uid.value}}, false);
    auto archive = store::find_mailbox(tx, jane, "Archive");
    return store::move_messages(tx, elsewhere.mailbox, UidSet{{elsewhere.uid.value, elsewhere.uid.value}}, archive->id)
                   .has_value()
               ? Result<void>()
               : Result<void>(fail(Errc::internal, "not moved"));
  });
  BOOST_REQUIRE(done.has_value());
  pass(hours(1));
  BOOST_TEST(queued().empty());
  for (DecisionId id : {deleted, expunged, moved}) BOOST_TEST(has(events(id), "; skipped deleted: "));
}

BOOST_AUTO_TEST_CASE(without_a_folder_copy_nothing_is_ever_skipped_for_having_been_read) {
  choose(jane, "type:team.message", "email");
  auto id = send("team.message");
  BOOST_TEST(queued().size() == 1u);  // there is nothing to read first
  BOOST_TEST(events(id) == "queued for jane@ext.test");
}

// --- what changed meanwhile

BOOST_AUTO_TEST_CASE(email_switched_off_meanwhile_is_not_sent) {
  auto by_type = send("team.message"), by_tab = send("interview.message");
  clock.advance(minutes(1));
  choose(jane, "type:team.message", "center");
  choose(jane, "tab:inbox", "center");
  pass(hours(1));
  BOOST_TEST(queued().empty());
  BOOST_TEST(has(events(by_type), "skipped switched-off: no email any more for team.message"));
  BOOST_TEST(has(events(by_tab), "skipped switched-off: no email any more for the tab inbox"));
}

BOOST_AUTO_TEST_CASE(a_choice_made_before_or_for_something_stronger_changes_nothing) {
  choose(jane, "tab:inbox", "center");
  choose(jane, "type:team.message", "both");
  auto id = send("team.message");
  pass(hours(1));
  BOOST_TEST(has(events(id), "queued for"));
  use_policy("\"a.locked\" = { tab = \"inbox\", label = \"L\", email = \"always\", email_if_unread_after = \"15m\" }\n"
             "\"a.free\" = { tab = \"inbox\", label = \"F\" }");
  auto locked = send("a.locked");
  clock.advance(minutes(1));
  choose(jane, "tab:inbox", "center");
  pass(hours(1));
  BOOST_TEST(has(events(locked), "queued for"));
}

BOOST_AUTO_TEST_CASE(a_changed_address_gets_what_waited) {
  send("team.message");
  change_jane([](store::User& user) { user.email = "jane@new.test"; });
  pass(minutes(15));
  BOOST_REQUIRE(queued().size() == 1u);
  BOOST_TEST(queued()[0].recipient == "jane@new.test");
}

BOOST_AUTO_TEST_CASE(an_address_no_longer_verified_gets_nothing_and_nothing_is_lost) {
  choose(jane, "type:system.maintenance", "email");
  clock.advance(hours(10));  // 22:00
  auto only = send("system.maintenance", "Only by email"), both = send("team.message");
  BOOST_TEST(folder(jane, store::MailboxKind::updates).empty());
  change_jane([](store::User& user) { user.email_state = store::AddressState::unverified; });
  pass(hours(11));
  BOOST_TEST(queued().empty());
  BOOST_TEST(waiting().empty());
  BOOST_REQUIRE(folder(jane, store::MailboxKind::updates).size() == 1u);
  BOOST_TEST(has(folder(jane, store::MailboxKind::updates)[0], "Only by email"));
  BOOST_TEST(has(events(only), "placed after failure address-unverified"));
  BOOST_TEST(has(events(only), "skipped address-unverified"));
  BOOST_TEST(has(events(both), "skipped address-unverified"));
}

BOOST_AUTO_TEST_CASE(what_waits_for_a_deleted_user_goes_with_him) {
  send("team.message");
  auto done = store->write_and_wait([&](store::Transaction& tx) { return store::delete_user(tx, "jane"); });
  BOOST_REQUIRE(done.has_value());
  pass(hours(1));
  BOOST_TEST(waiting().empty());
  BOOST_TEST(queued().empty());
}

// --- hours

BOOST_AUTO_TEST_CASE(an_update_at_night_waits_for_the_morning_of_the_recipient) {
  change_jane([](store::User& user) { user.time_zone = "Europe/Berlin"; });
  clock.set(noon + hours(10));  // 23:00 in Berlin
  auto id = send("system.maintenance");
  BOOST_TEST(folder(jane, store::MailboxKind::updates).size() == 1u);
  BOOST_TEST(events(id) ==
             "waiting until 2026-11-24 08:00 Europe/Berlin: its time of day (rule updates-in-daytime)");
  read(id);  // a time of day only delays
  pass(hours(9) - Millis(1));
  BOOST_TEST(queued().empty());
  pass(Millis(1));
  BOOST_TEST(queued().size() == 1u);
}

BOOST_AUTO_TEST_CASE(across_the_change_from_summer_time_it_is_still_eight_oclock) {
  change_jane([](store::User& user) { user.time_zone = "Europe/Berlin"; });
  clock.set(std::chrono::sys_days(std::chrono::year(2026) / 10 / 24) + hours(21));  // 23:00 summer time
  send("system.maintenance");
  BOOST_TEST((waiting()[0].due == std::chrono::sys_days(std::chrono::year(2026) / 10 / 25) + hours(7)));
  clock.set(std::chrono::sys_days(std::chrono::year(2027) / 3 / 27) + hours(22));  // 23:00 winter time
  send("system.maintenance");
  BOOST_TEST((waiting()[1].due == std::chrono::sys_days(std::chrono::year(2027) / 3 / 28) + hours(6)));
}

BOOST_AUTO_TEST_CASE(quiet_hours_set_while_it_waited_postpone_it) {
  auto id = send("team.message");
  change_jane([](store::User& user) { user.times.quiet = {12 * 60, 14 * 60}; });
  pass(minutes(30));
  BOOST_TEST(queued().empty());
  BOOST_TEST(has(events(id), "; waiting until 2026-11-23 14:00 UTC: your quiet hours"));
  pass(hours(2));
  BOOST_TEST(queued().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_mail_read_in_quiet_hours_is_not_sent_after_them) {
  change_jane([](store::User& user) { user.times.quiet = {12 * 60, 14 * 60}; });
  auto id = send("team.message");
  BOOST_TEST(has(events(id), "waiting until 2026-11-23 14:00 UTC: your quiet hours, to be read here first"));
  pass(hours(1));
  read(id);
  pass(hours(2));
  BOOST_TEST(queued().empty());
  BOOST_TEST(has(events(id), "skipped read: "));
}

BOOST_AUTO_TEST_CASE(a_pause_holds_mail_back_but_not_what_is_urgent) {
  change_jane([](store::User& user) { user.times.pause_until = noon + hours(48); });
  send("rate.raised");
  send("payment.failed", {}, "X-MC-Amount: 5.00 USD\r\n");
  BOOST_TEST(queued().size() == 1u);
  pass(hours(47));
  BOOST_TEST(queued().size() == 1u);
  pass(hours(1));
  BOOST_TEST(queued().size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_mail_whose_time_came_while_nobody_looked_waits_for_the_next_good_hour) {
  clock.set(noon + hours(11));
  send("system.maintenance");  // due at 08:00
  clock.set(noon + hours(34));
  release();
  BOOST_TEST(queued().empty());
  BOOST_REQUIRE(waiting().size() == 1u);
  BOOST_TEST((waiting()[0].due == noon + hours(44)));
}

BOOST_AUTO_TEST_CASE(a_clock_set_back_lets_it_wait_until_the_wall_clock_says_so) {
  send("team.message");
  clock.set(noon - hours(24));
  pass(hours(24));
  BOOST_TEST(queued().empty());
  pass(minutes(15));
  BOOST_TEST(queued().size() == 1u);
}

// --- slices, admins, records

BOOST_AUTO_TEST_CASE(a_slice_settles_no_more_than_it_was_told) {
  use_policy("\"a.type\" = { tab = \"inbox\", label = \"A\", email_if_unread_after = \"10m\", fold = \"0s\" }");
  for (int i = 0; i < 5; ++i) send("a.type");
  clock.advance(minutes(10));
  BOOST_TEST(release_once(2));
  BOOST_TEST(queued().size() == 2u);
  BOOST_TEST(release_once(2));
  BOOST_TEST(!release_once(2));
  BOOST_TEST(queued().size() == 5u);
}

BOOST_AUTO_TEST_CASE(an_admin_sends_holds_releases_and_drops_what_waits) {
  auto id = send("interview.message");
  auto entry = waiting()[0];
  auto command = [&](auto&& f) {
    auto done = store->write_and_wait([&](store::Transaction& tx) -> Result<void> { return f(context, tx, entry.id); });
    BOOST_REQUIRE_MESSAGE(done.has_value(), (done ? std::string() : done.error().text));
  };
  command(hold_queued);
  pass(hours(1));
  BOOST_TEST(queued().empty());
  command(release_queued);
  BOOST_REQUIRE(waiting().size() == 1u);
  command([](Context& c, store::Transaction& tx, OutboxId one) -> Result<void> {
    (void)retry_all_queued(c, tx, {one}).value();
    return {};
  });
  BOOST_TEST(waiting().size() == 1u);
  command([](Context& c, store::Transaction& tx, OutboxId one) { return retry_queued(c, tx, one); });
  BOOST_REQUIRE(queued().size() == 1u);
  BOOST_TEST(queued()[0].sender.starts_with("b-"));
  BOOST_TEST(has(events(id), "queued for jane@ext.test, by an admin before its time"));
  sent(queued()[0]);
  send("interview.message");
  entry = waiting()[0];
  command(drop_queued);
  BOOST_TEST(waiting().empty());
}

BOOST_AUTO_TEST_CASE(the_return_path_is_issued_when_it_leaves_and_goes_with_the_decision) {
  auto id = send("team.message");
  BOOST_TEST(record(id).token.empty());
  pass(minutes(15));
  BOOST_TEST(record(id).token.size() == 16u);
}

BOOST_AUTO_TEST_CASE(the_scheduler_releases_by_itself_and_ends_when_told) {
  send("team.message");
  clock.advance(minutes(15));
  io.restart();
  Scheduler scheduler(io, context);
  while (queued().empty()) io.run_one();
  BOOST_TEST(queued().size() == 1u);
  scheduler.stop();
  io.run();
}

BOOST_AUTO_TEST_SUITE_END()
