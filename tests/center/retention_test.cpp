#include "center/retention.h"

#include <filesystem>

#include "center/why.h"
#include "store/watchers.h"
#include "tests/center/retention_fixture.h"

namespace mc::center {
namespace {

BOOST_FIXTURE_TEST_SUITE(retention, RetentionFixture)

BOOST_AUTO_TEST_CASE(a_message_leaves_on_the_day_its_keep_is_over_and_its_decision_stays) {
  deliver(mail("news", "a"));
  pass(days(30) - 1ms);
  BOOST_TEST(count(jane) == 1u);
  pass(1ms);
  BOOST_TEST(count(jane) == 0u);
  auto answers = store->read([&](store::Snapshot const& s) { return why(s, jane, "<a@app.test>", 5); });
  BOOST_REQUIRE_EQUAL(answers.size(), 1u);
  BOOST_TEST(answers[0].events.back().kind == "expired");
  BOOST_TEST(contains(answers[0].events.back().text, "kept 30d"));
  BOOST_TEST((answers[0].events.back().at == noon + days(30)));
  BOOST_TEST(counts().bodies == 0u);
  BOOST_TEST(counts().to_expire == 0u);
}

BOOST_AUTO_TEST_CASE(the_time_of_reading_outlives_the_mailbox_log) {
  deliver(mail("news", "a"));
  clock.advance(2h);
  flag(jane, 1, store::flag::seen);
  pass(days(30));
  write([&](store::Transaction& tx) -> Result<int> { return store::trim_change_log(tx, mailbox(jane), 0), 0; });
  auto answers = store->read([&](store::Snapshot const& s) { return why(s, jane, {}, 5); });
  auto const& told = answers.at(0).events;
  BOOST_REQUIRE_GE(told.size(), 2u);
  BOOST_TEST(told[told.size() - 2].kind == "read");
  BOOST_TEST((told[told.size() - 2].at == noon + 2h));
  BOOST_TEST(told.back().kind == "expired");
}

BOOST_AUTO_TEST_CASE(a_thousand_expiring_messages_of_a_mailbox_are_one_change) {
  fill(1000);
  clock.advance(days(30));
  auto state = [&] { return store->read([&](store::Snapshot const& s) { return store::state_of(s, mailbox(jane)); }); };
  auto const before = state();
  BOOST_TEST(expire_slice(1000));
  BOOST_TEST(!expire_slice(1000));
  BOOST_TEST(state().exists == 0u);
  BOOST_TEST((state().highest_modseq == before.highest_modseq.next()));
}

BOOST_AUTO_TEST_CASE(slices_do_it_all_and_change_nothing_else) {
  for (int i = 0; i < 25; ++i) deliver(mail("news", "m" + std::to_string(i)), i % 2 ? "bob@example.test" : "jane@example.test");
  clock.advance(days(29));
  deliver(mail("news", "young"));
  clock.advance(days(1));
  int slices = 1;
  while (expire_slice(4)) ++slices;
  BOOST_TEST(slices == 7);
  BOOST_TEST(count(bob) == 0u);
  BOOST_REQUIRE_EQUAL(count(jane), 1u);
  BOOST_TEST(contains(folder(jane, MailboxKind::updates)[0], "young"));
}

BOOST_AUTO_TEST_CASE(a_flag_exempts_while_it_is_there) {
  deliver(mail("news", "a"));
  flag(jane, 1, store::flag::flagged);
  pass(days(30));
  pass(days(100));
  BOOST_TEST(count(jane) == 1u);
  flag(jane, 1, store::flag::flagged, store::FlagChange::remove);
  pass(days(1));
  BOOST_TEST(count(jane) == 0u);
}

BOOST_AUTO_TEST_CASE(what_was_flagged_and_is_to_be_kept_longer_by_now_counts_anew) {
  deliver(mail("news", "a"));
  flag(jane, 1, store::flag::flagged);
  pass(days(30));
  use(kept_for("60d"));
  flag(jane, 1, store::flag::flagged, store::FlagChange::remove);
  pass(days(29));
  BOOST_TEST(count(jane) == 1u);
  pass(days(1));
  BOOST_TEST(count(jane) == 0u);
}

BOOST_AUTO_TEST_CASE(what_the_user_moved_to_his_own_folder_stays_and_what_he_deleted_is_no_trouble) {
  for (auto subject : {"moved", "copied", "deleted"}) deliver(mail("news", subject));
  MailboxId const mine = write([&](store::Transaction& tx) {
    return store::create_mailbox(tx, jane, "Mine", MailboxKind::user, "", clock.now());
  });
  write([&](store::Transaction& tx) { return store::move_messages(tx, mailbox(jane), UidSet{{1, 1}}, mine); });
  write([&](store::Transaction& tx) { return store::copy_messages(tx, mailbox(jane), UidSet{{2, 2}}, mine); });
  write([&](store::Transaction& tx) -> Result<int> { return store::expunge(tx, mailbox(jane), UidSet{{3, 3}}, false), 0; });
  pass(days(30));
  BOOST_TEST(count(jane) == 0u);
  auto kept = store->read([&](store::Snapshot const& s) { return store::MailboxReader(s, mine).state().exists; });
  BOOST_TEST(kept == 2u);
  BOOST_TEST(counts().bodies == 2u);
  BOOST_TEST(counts().to_expire == 0u);
  auto answers = store->read([&](store::Snapshot const& s) { return why(s, jane, "<deleted@app.test>", 5); });
  BOOST_TEST(answers.at(0).events.back().kind == "removed");
}

BOOST_AUTO_TEST_CASE(a_deleted_user_leaves_no_notes_behind) {
  deliver(mail("news", "a"));
  deliver(mail("news", "b"), "bob@example.test");
  write([&](store::Transaction& tx) -> Result<int> {
    auto done = store::delete_user(tx, "jane");
    if (!done) return done.error();
    return 0;
  });
  pass(days(30));
  BOOST_TEST(count(bob) == 0u);
  BOOST_TEST(counts().to_expire == 0u);
  BOOST_TEST(counts().bodies == 0u);
}

BOOST_AUTO_TEST_CASE(a_body_shared_by_a_broadcast_stays_while_one_placement_lives) {
  auto done = accept(from_platform({"jane@example.test", "bob@example.test"}), mail("news", "a"));
  BOOST_REQUIRE(done[1].has_value());
  BOOST_TEST(counts().bodies == 1u);
  flag(bob, 1, store::flag::flagged);
  pass(days(30));
  BOOST_TEST(count(jane) == 0u);
  BOOST_REQUIRE_EQUAL(count(bob), 1u);
  BOOST_TEST(contains(folder(bob, MailboxKind::updates)[0], "Text of a."));
  flag(bob, 1, store::flag::flagged, store::FlagChange::remove);
  pass(days(1));
  BOOST_TEST(counts().bodies == 0u);
}

BOOST_AUTO_TEST_CASE(the_external_copy_that_waits_is_not_harmed) {
  use(kept_for("30d", "news", ", email = \"always\""));
  deliver(mail("news", "a"));
  BOOST_REQUIRE_EQUAL(queue().size(), 1u);
  pass(days(30));
  BOOST_TEST(count(jane) == 0u);
  BOOST_REQUIRE_EQUAL(queue().size(), 1u);
  BOOST_TEST(contains(external(queue()[0]), "Text of a."));
}

BOOST_AUTO_TEST_CASE(a_message_stays_while_its_external_mail_waits_to_see_whether_it_is_read) {
  use(kept_for("20d", "news", ", email = \"on\", email_if_unread_after = \"30d\""));
  deliver(mail("news", "a"));
  BOOST_REQUIRE_EQUAL(queue().size(), 1u);
  BOOST_TEST((queue()[0].state == store::OutboxState::waiting));
  pass(days(21));
  BOOST_TEST(count(jane) == 1u);
  store::OutboxEntry released = queue()[0];
  released.state = store::OutboxState::queued;
  write([&](store::Transaction& tx) -> Result<int> { return store::update_outbox(tx, released), 0; });
  pass(days(1));
  BOOST_TEST(count(jane) == 0u);
  BOOST_TEST(contains(external(queue()[0]), "Text of a."));
}

BOOST_AUTO_TEST_CASE(what_is_kept_for_ever_stays_and_a_later_policy_may_end_that) {
  use(kept_for("forever"));
  deliver(mail("news", "a"));
  pass(days(5000));
  BOOST_TEST(count(jane) == 1u);
  use(kept_for("1y"));
  pass(days(7) - 1ms);
  BOOST_TEST(count(jane) == 1u);
  pass(1ms);
  BOOST_TEST(count(jane) == 0u);
}

BOOST_AUTO_TEST_CASE(a_longer_keep_takes_force_at_once) {
  deliver(mail("news", "a"));
  clock.advance(days(30));
  use(kept_for("31d"));
  keep_house();
  BOOST_TEST(count(jane) == 1u);
  BOOST_TEST(notices(jane).empty());
  pass(days(1));
  BOOST_TEST(count(jane) == 0u);
}

BOOST_AUTO_TEST_CASE(a_shorter_keep_takes_force_seven_days_after_those_it_touches_were_told) {
  deliver(mail("news", "a"));
  deliver(mail("news", "b"));
  clock.advance(days(10));
  deliver(mail("news", "young"), "bob@example.test");
  use(kept_for("10d"));
  BOOST_REQUIRE_EQUAL(notices(jane).size(), 1u);
  std::string const notice = notices(jane)[0];
  BOOST_TEST(contains(notice, "News of the day: 2 messages"));
  BOOST_TEST(contains(notice, "10 days"));
  BOOST_TEST(contains(notice, "30 days"));
  BOOST_TEST(contains(notice, "10 December 2026"));
  BOOST_TEST(contains(notice, "X-MC-Type: system.retention_notice"));
  BOOST_TEST(contains(notice, "Auto-Submitted: auto-generated"));
  BOOST_TEST(notices(bob).empty());  // his message has its ten days even after the notice
  pass(days(7) - 1ms);
  BOOST_TEST(count(jane) == 2u);
  pass(1ms);
  BOOST_TEST(count(jane) == 0u);
  BOOST_TEST(count(bob) == 1u);
  BOOST_TEST(notices(jane).size() == 1u);
  pass(days(3));
  BOOST_TEST(count(bob) == 0u);
}

BOOST_AUTO_TEST_CASE(what_goes_within_the_notice_time_anyway_or_is_flagged_needs_no_notice) {
  deliver(mail("news", "a"));                      // would go on day 30 in any case
  deliver(mail("news", "b"), "bob@example.test");
  flag(bob, 1, store::flag::flagged);
  clock.advance(days(25));
  use(kept_for("20d"));
  BOOST_TEST(notices(jane).empty());
  BOOST_TEST(notices(bob).empty());
  pass(days(5));
  BOOST_TEST(count(jane) == 0u);
}

BOOST_AUTO_TEST_CASE(one_mail_tells_a_user_of_several_types) {
  use(kept_for("30d") + kept_for("90d", "offers") + kept_for("60d", "same"));
  deliver(mail("news", "a"));
  deliver(mail("offers", "b"));
  deliver(mail("offers", "c"));
  deliver(mail("same", "d"));
  clock.advance(days(20));
  use(kept_for("1d") + kept_for("2d", "offers") + kept_for("60d", "same"));
  BOOST_REQUIRE_EQUAL(notices(jane).size(), 1u);
  std::string const notice = notices(jane)[0];
  BOOST_TEST(contains(notice, ": 1 message, now kept for 1 day after"));
  BOOST_TEST(contains(notice, ": 2 messages, now kept for 2 days after"));
  BOOST_TEST(!contains(notice, "60 days"));
}

BOOST_AUTO_TEST_CASE(a_policy_changed_back_cancels_the_shorter_keep) {
  deliver(mail("news", "a"));
  clock.advance(days(10));
  use(kept_for("10d"));
  BOOST_TEST(notices(jane).size() == 1u);
  clock.advance(days(6));
  use(kept_for("30d"));
  pass(days(2));
  BOOST_TEST(count(jane) == 1u);
  BOOST_TEST(!term("news").next.has_value());
  // Shortened once more: told once more, and seven days from then.
  use(kept_for("10d"));
  BOOST_TEST(notices(jane).size() == 2u);
  BOOST_TEST(contains(notices(jane)[1], ": 1 message,"));
  pass(days(7) - 1ms);
  BOOST_TEST(count(jane) == 1u);
  pass(1ms);
  BOOST_TEST(count(jane) == 0u);
}

BOOST_AUTO_TEST_CASE(a_milder_shortening_needs_no_second_notice_a_harsher_one_does) {
  deliver(mail("news", "a"));
  clock.advance(days(15));
  use(kept_for("10d"));
  clock.advance(days(3));
  use(kept_for("12d"));
  BOOST_TEST(notices(jane).size() == 1u);
  use(kept_for("5d"));
  BOOST_TEST(notices(jane).size() == 2u);
  pass(days(6));
  BOOST_TEST(count(jane) == 1u);
  pass(days(1));
  BOOST_TEST(count(jane) == 0u);
  BOOST_TEST((term("news").keep == days(5)));
}

BOOST_AUTO_TEST_CASE(the_search_for_users_to_tell_survives_a_restart_in_every_state) {
  fill(367);
  fill(733, "bob@example.test");
  clock.advance(days(20));
  policy.swap(install(policy_text(kept_for("10d"))));
  auto step = [&] {
    return write([&](store::Transaction& tx) { return follow_policy(context, tx, policy.get(), clock.now()); });
  };
  int steps = 0;
  for (; step(); ++steps) {
    BOOST_TEST((term("news").keep == days(30)));
    BOOST_TEST((term("news").next_from == Time()));
  }
  BOOST_TEST(steps >= 4);  // three slices of notes, then the mails: each state was read from the store alone
  BOOST_REQUIRE_EQUAL(notices(jane).size(), 1u);
  BOOST_TEST(contains(notices(jane)[0], ": 367 messages"));
  BOOST_TEST(contains(notices(bob)[0], ": 733 messages"));
  BOOST_TEST((term("news").next_from == clock.now() + days(7)));
}

BOOST_AUTO_TEST_CASE(a_shortening_called_off_while_users_are_looked_for_tells_nobody) {
  fill(600);
  clock.advance(days(20));
  policy.swap(install(policy_text(kept_for("10d"))));
  write([&](store::Transaction& tx) { return follow_policy(context, tx, policy.get(), clock.now()); });
  use(kept_for("30d"));
  BOOST_TEST(notices(jane).empty());
  use(kept_for("10d"));
  BOOST_REQUIRE_EQUAL(notices(jane).size(), 1u);
  BOOST_TEST(contains(notices(jane)[0], ": 600 messages"));  // counted once
}

BOOST_AUTO_TEST_CASE(a_type_that_goes_from_the_policy_keeps_its_term) {
  deliver(mail("news", "a"));
  use(kept_for("1d", "other"));
  pass(days(29));
  BOOST_TEST(count(jane) == 1u);
  pass(days(1));
  BOOST_TEST(count(jane) == 0u);
  keep_house();
  BOOST_TEST(!store->read([](store::Snapshot const& s) { return store::find_keep_term(s, "news"); }).has_value());
}

BOOST_AUTO_TEST_CASE(a_type_with_a_new_name_takes_its_messages_along) {
  deliver(mail("news", "a"));
  clock.advance(days(10));
  std::string const renamed = policy_text(kept_for("9d", "tidings")) + "[alias]\n\"news\" = \"tidings\"\n";
  policy.swap(install(renamed));
  follow();
  BOOST_REQUIRE_EQUAL(notices(jane).size(), 1u);
  BOOST_TEST(contains(notices(jane)[0], "News of the day: 1 message,"));
  pass(days(7));
  BOOST_TEST(count(jane) == 0u);
}

BOOST_AUTO_TEST_CASE(unclassified_messages_expire_too) {
  deliver(mail("no.such.type", "a"));
  pass(days(179));
  BOOST_TEST(count(jane) == 1u);
  pass(days(1));
  BOOST_TEST(count(jane) == 0u);
}

BOOST_AUTO_TEST_CASE(messages_about_a_ticket_count_from_its_close) {
  use(kept_for("2d after close", "ticket.reply"));
  deliver(mail("ticket.reply", "a"));
  deliver(mail("ticket.reply", "b"));
  BOOST_TEST(counts().to_expire == 0u);
  pass(days(400));
  BOOST_TEST(count(jane) == 2u);
  Time const closed = clock.now();
  auto close = [&](std::uint32_t uid, Time at) {
    write([&](store::Transaction& tx) -> Result<int> {
      rules::Policy const& p = *policy.get().policy;
      note_closed(tx, p.type(p.find_type("ticket.reply")), {"ticket.reply", {}, mailbox(jane), Uid(uid), decisions(jane)[2 - uid].id}, at);
      return 0;
    });
  };
  close(1, closed);
  close(2, closed);
  pass(days(1));
  write([&](store::Transaction& tx) -> Result<int> {
    return note_reopened(tx, {"ticket.reply", {}, mailbox(jane), Uid(2), {}}, closed), 0;
  });
  pass(days(1));
  BOOST_REQUIRE_EQUAL(count(jane), 1u);
  BOOST_TEST(contains(folder(jane, MailboxKind::updates)[0], "Text of b."));
  auto answers = store->read([&](store::Snapshot const& s) { return why(s, jane, "<a@app.test>", 5); });
  BOOST_TEST(contains(answers.at(0).events.back().text, "kept 2d after close"));
  close(2, clock.now());
  pass(days(2));
  BOOST_TEST(count(jane) == 0u);
}

BOOST_AUTO_TEST_CASE(a_type_that_comes_to_count_from_the_close_holds_what_counted_from_arrival) {
  deliver(mail("news", "a"));
  use(kept_for("30d after close"));
  pass(days(100));
  BOOST_TEST(count(jane) == 1u);
  use(kept_for("30d"));
  BOOST_TEST(notices(jane).size() == 1u);
  pass(days(7));
  BOOST_TEST(count(jane) == 0u);
}

BOOST_AUTO_TEST_CASE(what_came_to_the_folder_because_the_address_failed_expires_as_well) {
  use(kept_for("30d", "news", ", email = \"on\""));
  choose(jane, "type:news", "email");
  deliver(mail("news", "a"));
  BOOST_TEST(count(jane) == 0u);
  Outbox box(context);
  auto due = box.take_due(10);
  BOOST_REQUIRE_EQUAL(due.size(), 1u);
  clock.advance(days(2));
  report(box, {{due[0].id, SendOutcome::permanent, "550 5.7.1 not from you"}});
  BOOST_TEST(count(jane) == 1u);
  pass(days(29));
  BOOST_TEST(count(jane) == 1u);
  pass(days(1));
  BOOST_TEST(count(jane) == 0u);
}

BOOST_AUTO_TEST_CASE(decisions_go_after_their_time_with_event_ids) {
  deliver(mail("news", "a", "X-MC-Event-Id: e-1\r\n"));
  clock.advance(days(1));
  deliver(mail("news", "b", "X-MC-Event-Id: e-2\r\n"));
  BOOST_TEST(decisions(jane)[0].event_key.size() == 16u);
  Millis const keep = policy.get().policy->keep_decisions();
  pass(keep - days(1) - 1ms);
  BOOST_TEST(decisions(jane).size() == 2u);
  pass(1ms);
  BOOST_REQUIRE_EQUAL(decisions(jane).size(), 1u);
  auto known = [&](std::string_view id) {
    return store->read([&](store::Snapshot const& s) { return store::find_event_id(s, "app", jane, id).has_value(); });
  };
  BOOST_TEST(!known("e-1"));
  BOOST_TEST(known("e-2"));
}

BOOST_AUTO_TEST_CASE(a_message_that_outlives_its_decision_expires_without_one) {
  use(kept_for("50y"));
  deliver(mail("news", "a"));
  pass(policy.get().policy->keep_decisions());
  BOOST_TEST(decisions(jane).empty());
  BOOST_TEST(count(jane) == 1u);
  pass(days(50 * 365));
  BOOST_TEST(count(jane) == 0u);
  BOOST_TEST(counts().decisions == 0u);
}

BOOST_AUTO_TEST_CASE(watching_sessions_are_told_of_an_expiry) {
  deliver(mail("news", "a"));
  int told = 0;
  auto watch = store->watchers().watch(store::topic::mailbox(mailbox(jane)), io.get_executor(), [&] { ++told; });
  clock.advance(days(30));
  keep_house();
  io.restart();
  io.run();
  BOOST_TEST(told == 1);
}

BOOST_AUTO_TEST_CASE(space_is_used_again) {
  std::string const text(60'000, 'x');
  auto size = [&] { return std::filesystem::file_size(directory.path + "/store/data.mdb"); };
  auto fill_again = [&] {
    for (int i = 0; i < 25; ++i) fill(4, "jane@example.test", text);
  };
  fill_again();
  auto const once = size();
  BOOST_TEST(once > 6'000'000u);
  for (int round = 1; round < 6; ++round) {
    pass(days(30));
    BOOST_TEST(counts().bodies == 0u);
    BOOST_TEST(counts().to_free == 0u);
    fill_again();
  }
  BOOST_TEST(size() < once + once / 4);
}

BOOST_AUTO_TEST_CASE(why_stays_quick_for_a_user_with_very_many_decisions) {
  deliver(mail("news", "a"));
  store::DecisionRecord const sample = decisions(jane)[0];
  for (int batch = 0; batch < 10; ++batch)
    write([&](store::Transaction& tx) -> Result<int> {
      store::DecisionRecord r = sample;
      for (int i = 0; i < 10'000; ++i) {
        r.id = store::next_decision_id(tx);
        r.message_id = "<" + std::to_string(r.id.value) + "@app.test>";
        store::put_decision(tx, r);
      }
      return 0;
    });
  auto const begin = std::chrono::steady_clock::now();
  auto latest = store->read([&](store::Snapshot const& s) { return why(s, jane, {}, 20); });
  auto first = store->read([&](store::Snapshot const& s) { return why(s, jane, "<a@app.test>", 20); });
  auto const took = std::chrono::steady_clock::now() - begin;
  BOOST_TEST(latest.size() == 20u);
  BOOST_TEST(first.size() == 1u);
  BOOST_TEST((took < 2s));  // some 50 ms; all of them would be rendered in many seconds
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace mc::center
