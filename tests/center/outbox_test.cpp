#include "center/outbox.h"

#include <map>

#include "center/queue.h"
#include "tests/center/fixture.h"

using namespace mc;
using namespace mc::center;

namespace {

struct QueueFixture : CenterFixture {
  Outbox box{context};

  void queue_for(std::string const& login, int count = 1) {
    for (int i = 0; i < count; ++i) {
      auto done = accept(from_platform({login + "@example.test"}), payment("10.00 USD"));
      BOOST_REQUIRE(done.size() == 1u && done[0]);
    }
  }
  std::vector<DueMail> look(std::size_t most = 100) {
    return box.look(most, [](std::string_view) { return true; }).mails;
  }
  store::OutboxEntry only() {
    auto all = CenterFixture::queue();
    BOOST_REQUIRE(all.size() == 1u);
    return all[0];
  }
  SendReport report_of(OutboxId id, SendOutcome outcome, std::string reply, Millis pause = {}) {
    SendReport r;
    r.id = id;
    r.outcome = outcome;
    r.reply = std::move(reply);
    r.pause = pause;
    return r;
  }
  template <class Change>
  void change(Change c) {
    store->write_and_wait([&](store::Transaction& tx) { return c(tx); }).value();
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(outbox_test, QueueFixture)

BOOST_AUTO_TEST_CASE(what_is_due_is_named_once_with_its_domain) {
  queue_for("jane", 2);
  queue_for("bob");
  auto const got = look();
  BOOST_REQUIRE(got.size() == 3u);
  BOOST_TEST(got[0].domain == "ext.test");
  BOOST_TEST(got[2].domain == "elsewhere.test");
  BOOST_TEST(look().empty());
  box.release(got[1].id);
  BOOST_TEST(look().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_look_goes_on_where_the_last_one_stopped) {
  queue_for("jane", 5);
  auto first = box.look(2, [](std::string_view) { return true; });
  BOOST_TEST(first.mails.size() == 2u);
  BOOST_TEST(first.more);
  BOOST_TEST(look().size() == 3u);
}

BOOST_AUTO_TEST_CASE(what_is_not_wanted_stays_and_is_found_again) {
  queue_for("jane", 2);
  queue_for("bob");
  auto const got = box.look(100, [](std::string_view domain) { return domain != "ext.test"; }).mails;
  BOOST_REQUIRE(got.size() == 1u);
  BOOST_TEST(got[0].domain == "elsewhere.test");
  box.look_again();
  BOOST_TEST(look().size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_clock_set_back_hides_nothing) {
  queue_for("jane");
  BOOST_TEST(look().size() == 1u);
  clock.set(clock.now() - std::chrono::hours(2));
  queue_for("bob");
  BOOST_TEST(look().size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_committed_late_is_seen) {
  queue_for("jane");
  clock.advance(std::chrono::minutes(10));
  queue_for("jane");
  BOOST_TEST(look().size() == 2u);
  auto entry = CenterFixture::queue().at(0);
  entry.id = {};
  entry.due = clock.now() - std::chrono::seconds(90);
  change([&](store::Transaction& tx) -> Result<void> {
    store::add_reference(tx, entry.message);
    store::put_outbox(tx, entry);
    return {};
  });
  BOOST_TEST(look().size() == 1u);
}

BOOST_AUTO_TEST_CASE(one_held_or_dropped_since_it_was_named_is_not_loaded) {
  queue_for("jane", 2);
  auto const got = look();
  change([&](store::Transaction& tx) { return hold_queued(context, tx, got[0].id); });
  change([&](store::Transaction& tx) { return drop_queued(context, tx, got[1].id); });
  BOOST_TEST(!box.load(got[0].id));
  BOOST_TEST(!box.load(got[1].id));
  change([&](store::Transaction& tx) { return release_queued(context, tx, got[0].id); });
  BOOST_TEST(look().size() == 1u);
}

BOOST_AUTO_TEST_CASE(postponed_is_no_attempt_and_leaves_no_event) {
  queue_for("jane");
  auto const id = look().at(0).id;
  report(box, {report_of(id, SendOutcome::postponed, "ext.test is left in peace", std::chrono::minutes(7))});
  BOOST_TEST(only().attempts == 0u);
  BOOST_TEST((only().due == clock.now() + std::chrono::minutes(7)));
  BOOST_TEST(only().last_reply == "ext.test is left in peace");
  for (auto const& event : events(only().decision)) BOOST_TEST((event.kind == store::EventKind::queued));
  BOOST_TEST((box.next_due() == only().due));
}

BOOST_AUTO_TEST_CASE(a_mail_only_put_off_is_given_up_after_its_lifetime_too) {
  queue_for("jane");
  auto const id = look().at(0).id;
  clock.advance(settings.queue_lifetime);
  report(box, {report_of(id, SendOutcome::postponed, "left in peace", std::chrono::minutes(7))});
  BOOST_TEST(CenterFixture::queue().empty());
}

BOOST_AUTO_TEST_CASE(an_admins_retry_beats_what_is_put_off_at_that_moment_and_holds_until_the_next_attempt) {
  queue_for("jane");
  auto const id = look().at(0).id;
  change([&](store::Transaction& tx) { return retry_queued(context, tx, id); });
  report(box, {report_of(id, SendOutcome::postponed, "left in peace", std::chrono::minutes(7))});
  auto const again = look();
  BOOST_REQUIRE(again.size() == 1u);
  BOOST_TEST(again[0].at_once);
  box.release(id);
  BOOST_TEST(look().size() == 1u);
  report(box, {report_of(id, SendOutcome::temporary, "451 no")});
  BOOST_TEST(only().attempts == 1u);
  BOOST_TEST(!only().at_once);
}

BOOST_AUTO_TEST_CASE(an_admins_retry_of_many_ends_when_their_domain_shows_to_be_no_better) {
  queue_for("jane");
  auto const id = CenterFixture::queue().at(0).id;
  change([&](store::Transaction& tx) { return retry_queued(context, tx, id); });
  BOOST_TEST(look().at(0).at_once);
  report(box, {report_of(id, SendOutcome::postponed, "left in peace", std::chrono::minutes(7))});
  BOOST_TEST(!only().at_once);
  BOOST_TEST(look().empty());
}

BOOST_AUTO_TEST_CASE(the_queue_is_listed_by_domain_and_state_in_pages) {
  queue_for("jane", 5);
  queue_for("bob", 2);
  auto page = [&](QueueFilter filter, OutboxId after, std::size_t most) {
    return store->read([&](store::Snapshot const& s) { return list_queue(s, filter, after, most); });
  };
  BOOST_TEST(page({"elsewhere.test", {}}, {}, 10).entries.size() == 2u);
  BOOST_TEST(page({"", store::OutboxState::held}, {}, 10).entries.empty());
  auto const first = page({"ext.test", {}}, {}, 3);
  BOOST_TEST(first.entries.size() == 3u);
  BOOST_REQUIRE(!!first.next);
  auto const rest = page({"ext.test", {}}, first.next, 100);
  BOOST_TEST(rest.entries.size() == 2u);
  BOOST_TEST(!rest.next);
}

BOOST_AUTO_TEST_CASE(what_the_submitter_asked_for_is_kept_with_the_mail) {
  Envelope e = from_platform({"jane@example.test"});
  e.ret = 1;
  e.envid = "QQ1";
  e.recipients[0].notify = 2 | 8;
  e.recipients[0].orcpt = "rfc822;jane@example.test";
  auto done = accept(std::move(e), payment("10.00 USD"));
  BOOST_REQUIRE(done.size() == 1u && done[0]);
  auto const mail = box.take_due(10);
  auto const janes = std::find_if(mail.begin(), mail.end(), [](OutgoingMail const& m) { return m.recipient == "jane@ext.test"; });
  BOOST_REQUIRE((janes != mail.end()));
  BOOST_TEST(int{janes->notify} == 10);
  BOOST_TEST(int{janes->ret} == 1);
  BOOST_TEST(janes->envid == "QQ1");
  BOOST_TEST(janes->orcpt == "rfc822;jane@example.test");
}

BOOST_AUTO_TEST_SUITE_END()
