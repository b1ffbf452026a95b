#include "center/schedule.h"

#include "center/departure.h"
#include "center/why.h"
#include "mail/headers.h"
#include "tests/center/fixture.h"

using namespace mc;
using namespace mc::center;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

// A Message Center at noon whose waiting mail is released by hand.
struct ScheduleFixture : CenterFixture {
  int made = 0;

  // One message of a type from the platform to jane; its decision.
  DecisionId send(std::string const& type, std::string const& subject = {}, std::string const& more = {},
                  std::string const& from = "Bob Builder <bob@elsewhere.test>") {
    std::string const number = std::to_string(++made);
    std::string octets = "From: " + from + "\r\nTo: jane@example.test\r\nSubject: " +
                         (subject.empty() ? "Message " + number : subject) + "\r\nMessage-ID: <" + number +
                         "@app>\r\nX-MC-Type: " + type + "\r\n" + more + "\r\nThe text.\r\n";
    auto done = accept(from_platform({"jane@example.test"}), octets);
    BOOST_REQUIRE(done[0].has_value());
    return newest().id;
  }
  store::DecisionRecord newest() {
    return store->read([&](store::Snapshot const& s) { return store::list_decisions(s, jane, {}, 1).at(0); });
  }
  store::DecisionRecord record(DecisionId id) {
    return store->read([&](store::Snapshot const& s) { return *store::find_decision(s, id); });
  }

  bool release_once(std::size_t most = 100) {
    auto more = store->write_and_wait(
        [&](store::Transaction& tx) { return release_due(context, tx, clock.now(), most); });
    BOOST_REQUIRE(more.has_value());
    return *more;
  }
  void release() {
    for (int slices = 0; release_once(); ++slices) BOOST_REQUIRE(slices < 100);
  }
  // The clock moves by minutes, as the scheduler would see it.
  void pass(Millis time) {
    Time const end = clock.now() + time;
    for (;;) {
      auto next = store->read([](store::Snapshot const& s) { return store::next_waiting(s); });
      if (!next || *next > end) break;
      if (*next > clock.now()) clock.set(*next);
      release();
    }
    clock.set(end);
  }

  std::vector<store::OutboxEntry> outbox(store::OutboxState state) {
    auto all = store->read([](store::Snapshot const& s) { return store::list_outbox(s, {}, 1000); });
    std::erase_if(all, [&](auto const& e) { return e.state != state; });
    return all;
  }
  std::vector<store::OutboxEntry> queued() { return outbox(store::OutboxState::queued); }
  std::vector<store::OutboxEntry> waiting() { return outbox(store::OutboxState::waiting); }
  std::string text_of(store::OutboxEntry const& entry) { return Outbox(context).content(entry.id, 0, 1 << 20); }

  // "waiting 15 minutes, …; skipped read: …"
  std::string events(DecisionId id) {
    auto list = store->read([&](store::Snapshot const& s) { return store::list_events(s, id); });
    std::string out;
    for (store::DecisionEvent const& e : list)
      out += (out.empty() ? "" : "; ") + std::string(store::to_string(e.kind)) + ' ' + e.text;
    return out;
  }
  void flag(DecisionId id, store::FlagChange how, store::Flags flags) {
    auto r = record(id);
    auto done = store->write_and_wait([&](store::Transaction& tx) -> Result<void> {
      store::store_flags(tx, r.mailbox, UidSet{{r.uid.value, r.uid.value}}, how, flags);
      return {};
    });
    BOOST_REQUIRE(done.has_value());
  }
  void read(DecisionId id) { flag(id, store::FlagChange::add, store::flag::seen); }

  template <class F>
  void change_jane(F&& f) {
    auto done = store->write_and_wait([&](store::Transaction& tx) -> Result<void> {
      auto user = *store::find_user(tx, jane);
      f(user);
      return store::update_user(tx, user);
    });
    BOOST_REQUIRE_MESSAGE(done.has_value(), (done ? std::string() : done.error().text));
  }
  void use_policy(std::string const& types, std::string const& rest = {}) {
    policy.swap(install("format = 1\n[type]\n" + types + "\n" + rest));
  }
  void sent(store::OutboxEntry const& entry, SendOutcome outcome = SendOutcome::sent, std::string reply = "250 2.0.0 Ok") {
    Outbox box(context);
    report(box, {{entry.id, outcome, std::move(reply)}});
  }
};

bool has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }
std::size_t count(std::string_view text, std::string_view part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++n;
  return n;
}

}  // namespace

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
  command([](Context& c, store::Transaction& tx, OutboxId) { return retry_queued(c, tx, std::nullopt); });
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
