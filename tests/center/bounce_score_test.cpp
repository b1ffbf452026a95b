#include "center/bounce_score.h"

#include "center/address_change.h"
#include "center/suppression.h"
#include "tests/center/fixture.h"

using namespace mc;
using namespace mc::center;

namespace {

constexpr Millis day = std::chrono::hours(24);
std::string const address = "jane@ext.test";

struct ScoreFixture : CenterFixture {
  std::string fail(std::string_view reply, std::optional<Time> sent = {}, std::string_view to = address) {
    auto op = [&](store::Transaction& tx) -> Result<std::string> {
      auto counted = count_failure(context.settings, tx, {to, classify_reply(reply, Asked::recipient), reply, sent.value_or(clock.now())}, clock.now());
      if (counted.suppress) suppress_everywhere(context, tx, policy.get(), to, reply, clock.now());
      return counted.words;
    };
    return store->write_and_wait(op).value();
  }
  std::string take() {
    auto op = [&](store::Transaction& tx) -> Result<std::string> { return count_acceptance(context.settings, tx, address, clock.now()); };
    return store->write_and_wait(op).value();
  }
  double score() {
    return store->read([&](store::Snapshot const& s) {
      auto found = store::find_address_score(s, address);
      return found ? score_at(context.settings, *found, clock.now()) : 0;
    });
  }
  std::string described() {
    return store->read([&](store::Snapshot const& s) { return describe_score(context.settings, s, address, clock.now()); });
  }
  bool known() {
    return store->read([&](store::Snapshot const& s) { return store::find_address_score(s, address).has_value(); });
  }
  store::User user(UserId id) {
    return *store->read([&](store::Snapshot const& s) { return store::find_user(s, id); });
  }
  bool suppressed(UserId id) { return user(id).email_state == store::AddressState::suppressed; }
  bool suppressed() { return suppressed(jane); }
  void restore() {
    auto op = [&](store::Transaction& tx) { return restore_address(tx, jane); };
    BOOST_REQUIRE(store->write_and_wait(op).has_value());
  }
  void forget() {
    auto op = [&](store::Transaction& tx) -> Result<bool> { return store::forget_address_scores(tx, clock.now(), 1); };
    while (store->write_and_wait(op).value()) {
    }
  }
  Result<void> ask(std::string const& to, UserId id) {
    auto op = [&](store::Transaction& tx) { return ask_for_address(context, tx, policy.get(), *store::find_user(tx, id), to, clock.now()); };
    return store->write_and_wait(op);
  }
};

std::string_view const full = "452 4.2.2 full";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(bounce_scores, ScoreFixture)

BOOST_AUTO_TEST_CASE(a_hard_bounce_is_enough_by_itself) {
  BOOST_TEST(fail("550 5.1.1 no such user") == "hard (no such address): score 5 of 5, the address is suppressed");
  BOOST_TEST(suppressed());
  BOOST_TEST(described() == "5 of 5, hard, suppressed, last 2026-11-23: 550 5.1.1 no such user");
}

BOOST_AUTO_TEST_CASE(soft_bounces_of_every_day_add_up_until_it_is_enough) {
  int days = 0;
  for (; days < 30 && !suppressed(); ++days, clock.advance(day)) fail(full);
  BOOST_TEST(days == 6);
  BOOST_TEST(described().find("hard") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_day_counts_once) {
  BOOST_TEST(fail(full) == "soft (mailbox full): score 1 of 5");
  for (int i = 0; i < 50; ++i) BOOST_TEST(fail(full) == "soft (mailbox full): score 1 of 5, one a day counts");
  BOOST_TEST(!suppressed());
  clock.advance(day);
  BOOST_TEST(fail(full) == "soft (mailbox full): score 2 of 5");
}

BOOST_AUTO_TEST_CASE(soft_bounces_once_a_week_never_suppress) {
  for (int week = 0; week < 200; ++week, clock.advance(7 * day)) fail(full);
  BOOST_TEST(!suppressed());
  BOOST_TEST(score() < 5);
}

BOOST_AUTO_TEST_CASE(half_is_forgotten_in_the_half_life) {
  fail(full);
  clock.advance(context.settings.bounce_half_life);
  BOOST_TEST(std::abs(score() - 0.5) < 0.001);
  context.settings.bounce_half_life = day;
  BOOST_TEST(score() < 0.001);
}

BOOST_AUTO_TEST_CASE(a_refusal_of_the_message_counts_half_and_our_own_fault_nothing) {
  BOOST_TEST(fail("550 5.7.1 spam") == "soft (refused by policy): score 0.5 of 5");
  clock.advance(day);
  BOOST_TEST(fail("550 5.7.1 Relaying denied") == "soft (not relayed): not held against the address");
  BOOST_TEST(fail("450 4.7.1 later").find("score 1.5 of 5") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_threshold_is_a_setting_and_none_leaves_only_hard_ones) {
  context.settings.bounce_score = 2;
  fail(full);
  clock.advance(std::chrono::minutes(1));
  BOOST_TEST(!suppressed());
  clock.set(noon + day);
  context.settings.bounce_half_life = 10'000 * day;
  fail(full);
  BOOST_TEST(!suppressed());  // a breath less than two
  clock.advance(day);
  fail(full);
  BOOST_TEST(suppressed());
  restore();
  context.settings.bounce_score = 0;
  for (int i = 0; i < 30; ++i, clock.advance(day)) fail(full);
  BOOST_TEST(!suppressed());
  fail("550 5.1.1 no");
  BOOST_TEST(suppressed());
}

BOOST_AUTO_TEST_CASE(every_account_with_the_address_is_suppressed) {
  UserId const other = add("jane2", "JANE@ext.test", store::Role::user);
  fail("550 5.1.1 no");
  BOOST_TEST(suppressed());
  BOOST_TEST(suppressed(other));
  BOOST_TEST(!suppressed(bob));
}

BOOST_AUTO_TEST_CASE(taken_mail_halves_the_score_when_nothing_came_back_for_five_days) {
  fail(full);
  BOOST_TEST(take() == "");
  clock.advance(4 * day);
  BOOST_TEST(take() == "");
  clock.advance(day);
  BOOST_TEST(take() == "nothing came back for five days: score 0.4 of 5");
  BOOST_TEST(take() == "");
}

BOOST_AUTO_TEST_CASE(soft_reports_on_taken_mail_add_up_all_the_same) {
  int days = 0;
  for (; days < 30 && !suppressed(); ++days, clock.advance(day)) {
    take();
    fail(full);
  }
  BOOST_TEST(days == 6);
}

BOOST_AUTO_TEST_CASE(taken_mail_changes_nothing_of_a_hard_bounce) {
  fail("550 5.1.1 no");
  for (int i = 0; i < 20; ++i, clock.advance(day)) take();
  BOOST_TEST(described().find("hard, suppressed") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(verifying_clears_it_and_what_was_sent_before_counts_no_more) {
  fail("550 5.1.1 no");
  Time const before = clock.now();
  clock.advance(day);
  restore();
  BOOST_TEST(!suppressed());
  BOOST_TEST(described() == "0 of 5");
  BOOST_TEST(fail("550 5.1.1 no", before).find("sent before the address was verified") != std::string::npos);
  BOOST_TEST(!suppressed());
  clock.advance(day);
  fail("550 5.1.1 no");
  BOOST_TEST(suppressed());
}

BOOST_AUTO_TEST_CASE(a_score_that_is_next_to_nothing_is_forgotten_and_not_before) {
  fail(full);
  clock.advance(40 * day);
  forget();
  BOOST_TEST(known());
  clock.advance(10 * day);
  forget();
  BOOST_TEST(!known());
}

BOOST_AUTO_TEST_CASE(the_score_of_a_suppressed_address_is_bounded_and_forgotten_the_account_stays_suppressed) {
  for (int i = 0; i < 100; ++i, clock.advance(Millis(1))) fail("550 5.1.1 no");
  BOOST_TEST(score() <= 10);
  clock.advance(100 * day);
  forget();
  BOOST_TEST(!known());
  BOOST_TEST(suppressed());
}

BOOST_AUTO_TEST_CASE(an_address_of_no_account_is_suppressed_until_its_score_is_forgotten) {
  auto is = [&] {
    return store->read([](store::Snapshot const& s) { return is_suppressed(s, {}, "Stranger@far.test"); });
  };
  BOOST_TEST(!is());
  fail("550 5.1.1 no", {}, "stranger@far.test");
  BOOST_TEST(is());
  clock.advance(100 * day);
  forget();
  BOOST_TEST(!is());
}

BOOST_AUTO_TEST_CASE(an_address_is_restored_for_everybody_or_nobody) {
  auto restore_all = [&](std::string_view which) {
    auto op = [&](store::Transaction& tx) { return restore_everywhere(tx, which); };
    return store->write_and_wait(op).has_value();
  };
  UserId const other = add("jane2", address, store::Role::user);
  fail("550 5.1.1 no");
  BOOST_TEST(restore_all("JANE@ext.test"));
  BOOST_TEST(!suppressed());
  BOOST_TEST(!suppressed(other));
  BOOST_TEST(described() == "0 of 5");
  BOOST_TEST(!restore_all("stranger@far.test"));
  fail("550 5.1.1 no", {}, "stranger@far.test");
  BOOST_TEST(restore_all("stranger@far.test"));
  BOOST_TEST(!store->read([](store::Snapshot const& s) { return is_suppressed(s, {}, "stranger@far.test"); }));
  BOOST_TEST(!restore_all("stranger@far.test"));
}

BOOST_AUTO_TEST_CASE(an_address_too_long_for_any_server_is_not_kept) {
  std::string const endless(5'000, 'x');
  BOOST_TEST(fail(full, {}, endless) == "soft (mailbox full): score 1 of 5");
  BOOST_TEST(store->read([&](store::Snapshot const& s) { return !store::find_address_score(s, endless); }));
}

BOOST_AUTO_TEST_CASE(a_clock_set_back_does_no_harm) {
  fail(full);
  clock.advance(-10 * day);
  BOOST_TEST(fail(full) == "soft (mailbox full): score 2 of 5");
  take();
  BOOST_TEST(score() == 2);
}

// --- the one mail that still goes there

BOOST_AUTO_TEST_CASE(a_suppressed_address_gets_the_code_its_user_asks_for_and_nothing_else) {
  fail("550 5.1.1 no");
  BOOST_TEST(accept(from_platform({"jane@example.test"}), payment("40.00 USD"))[0].has_value());
  BOOST_TEST(queue().empty());
  BOOST_TEST(ask(address, jane).has_value());
  BOOST_REQUIRE(queue().size() == 1u);
  BOOST_TEST(queue()[0].recipient == address);
  BOOST_TEST(queue()[0].to_suppressed);
  Outbox outbox(context);
  auto due = outbox.take_due(10);
  BOOST_REQUIRE(due.size() == 1u);
  BOOST_TEST(!due[0].suppressed);
}

BOOST_AUTO_TEST_CASE(three_codes_a_day_go_to_a_suppressed_address_whoever_asks) {
  UserId const other = add("jane2", address, store::Role::user);
  fail("550 5.1.1 no");
  for (int i = 0; i < 3; ++i, clock.advance(std::chrono::hours(2))) BOOST_TEST(ask(address, jane).has_value());
  auto refused = ask(address, jane);
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST((refused.error().code == Errc::limit));
  BOOST_TEST(!ask("JANE@ext.test", other).has_value());
  BOOST_TEST(ask("jane@new.test", jane).has_value());
  clock.advance(day);
  BOOST_TEST(ask(address, jane).has_value());
}

BOOST_AUTO_TEST_CASE(any_other_mail_to_a_suppressed_stranger_is_withheld) {
  fail("550 5.1.1 no", {}, "stranger@far.test");
  BOOST_TEST(ask("stranger@far.test", bob).has_value());
  auto entry = queue().at(0);
  Outbox outbox(context);
  BOOST_TEST(!outbox.take_due(10).at(0).suppressed);
  entry.to_suppressed = false;
  auto op = [&](store::Transaction& tx) -> Result<void> { return store::update_outbox(tx, entry), Result<void>(); };
  BOOST_REQUIRE(store->write_and_wait(op).has_value());
  Outbox again(context);
  BOOST_TEST(again.take_due(10).at(0).suppressed);
}

BOOST_AUTO_TEST_SUITE_END()
