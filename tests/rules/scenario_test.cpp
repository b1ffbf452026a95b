// What users and admins would see, as decisions.
#include "rules/choice.h"
#include "rules/record.h"
#include "rules/speak.h"
#include "tests/rules/support.h"

using namespace mc;
using namespace mc::rules;
using namespace mc::rules::test;

namespace {

struct Jane {
  PolicyPtr policy = shipped();
  Choices choices;

  void choose(std::string_view scope, Wish wish) {
    auto parsed = get_scope(*policy, scope);
    BOOST_REQUIRE(parsed);
    auto allowed = check_choice(*policy, *parsed, wish);
    BOOST_REQUIRE(allowed);
    choices.set(*parsed, make_choice(wish, at("2026-11-23T09:00:00Z"), ChoiceSource::web));
  }
  Decision gets(Facts const& facts, Person const& person = jane()) {
    return decide(*policy, facts, person, choices);
  }
  std::string why(Decision const& d, Field field) { return why_header(*policy, d, field); }
};

void check(Decision const& d, bool email, bool folder) {
  BOOST_TEST(d.email.value() == email, "email");
  BOOST_TEST(d.folder.value() == folder, "folder");
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(scenarios, Jane)

BOOST_AUTO_TEST_CASE(a_payment_to_a_new_user_goes_both_ways_by_the_types_default) {
  Decision d = gets(message("payment.sent", "40 USD"));
  check(d, true, true);
  BOOST_TEST(to_string(d.policy) == "7");
  BOOST_TEST(folder_name(d.tab) == "Account Alerts");
  for (Field field : both_fields) {
    BOOST_TEST(to_string(d.get(field).won.layer) == "type-default");
    BOOST_TEST(why(d, field) == "type default");
    BOOST_TEST(d.get(field).losers().size() == 0u);
  }
  BOOST_TEST(!d.report);
}

BOOST_AUTO_TEST_CASE(center_means_the_folder_only_and_the_decision_cites_the_choice_and_its_time) {
  choose("type:payment.sent", Wish::center);
  Decision d = gets(message("payment.sent", "40 USD"));
  check(d, false, true);
  BOOST_TEST(why(d, Field::folder) == "your choice for payment.sent");
  BOOST_TEST(contains(explain(*policy, d), "choice type:payment.sent of 2026-11-23T09:00:00"));
}

BOOST_AUTO_TEST_CASE(not_at_all_means_neither) {
  choose("type:payment.sent", Wish::none);
  check(gets(message("payment.sent", "40 USD")), false, false);
  check(gets(message("payment.sent", "999.99 USD")), false, false);
  check(gets(message("payment.sent", "899.9999 EUR")), false, false);
}

BOOST_AUTO_TEST_CASE(a_large_amount_is_emailed_whatever_was_chosen) {
  choose("type:payment.sent", Wish::none);
  for (std::string_view amount :
       {"1000.00 USD", "1000 USD", "950.00 EUR", "900 CHF", "99999999999999.9999 JPY"}) {
    BOOST_TEST_CONTEXT(amount) {
      Decision d = gets(message("payment.sent", amount));
      check(d, true, false);
      BOOST_TEST(why(d, Field::email) == "rule large-amounts-always-email");
      BOOST_TEST(why_sentence(*policy, d, Field::email) ==
                 "Amounts of 1,000 USD or more are always emailed.");
    }
  }
}

BOOST_AUTO_TEST_CASE(a_payment_without_a_sensible_amount_is_malformed_and_goes_everywhere) {
  choose("type:payment.sent", Wish::none);
  for (std::string_view amount :
       {"", "1,250.00", "USD 4999", "-5", "-5 USD", "1e9 USD", "5000", "5000 usd", "nan USD"}) {
    BOOST_TEST_CONTEXT(amount) {
      Facts facts = message("payment.sent");
      facts.set_amount(amount);
      Decision d = gets(facts);
      check(d, true, true);
      BOOST_TEST(keyword(d) == "$Malformed");
      BOOST_TEST(to_string(d.tab) == "alerts");
      BOOST_TEST(d.report);
      BOOST_TEST(policy->report_to() == "postmaster");
      BOOST_TEST(contains(explain(*policy, d), "choice-ignored"));
    }
  }
  Decision missing = gets(message("payment.sent"));
  check(missing, true, true);
  BOOST_TEST(keyword(missing) == "$Malformed");
  BOOST_TEST(!missing.unparsable_amount);
}

BOOST_AUTO_TEST_CASE(a_locked_type_refuses_the_choice_in_words_and_ignores_a_stored_one) {
  Scope scope{std::nullopt, "payment_method.changed"};
  auto refused = check_choice(*policy, scope, Wish::none);
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().code == Errc::forbidden));
  BOOST_TEST(contains(refused.error().text, "\"Payment method changed\" is always emailed"));
  choices.set(scope, make_choice(Wish::none, {}, ChoiceSource::import));
  Decision d = gets(message("payment_method.changed"));
  check(d, true, true);
  BOOST_TEST(why(d, Field::email) == "type lock");
  BOOST_TEST(d.timing.urgent);
}

BOOST_AUTO_TEST_CASE(a_choice_for_the_type_beats_the_choice_for_the_tab) {
  choose("tab:alerts", Wish::center);
  Decision by_tab = gets(message("rate.raised"));
  check(by_tab, false, true);
  BOOST_TEST(why(by_tab, Field::folder) == "your choice for tab alerts");
  choose("type:rate.raised", Wish::both);
  check(gets(message("rate.raised")), true, true);
}

BOOST_AUTO_TEST_CASE(an_unknown_type_is_never_hidden) {
  choose("tab:updates", Wish::none);
  for (std::string_view type : {"foo.bar", "", "unclassified", "Payment.Sent"}) {
    Decision d = gets(message(type));
    BOOST_TEST(folder_name(d.tab) == "Updates");
    BOOST_TEST(d.folder.value());
    BOOST_TEST(d.report);
    BOOST_TEST(keyword(d) == "");
  }
  choices = {};
  Facts nothing = message("x");
  nothing.type.reset();
  check(gets(nothing), true, true);
  BOOST_TEST(why(gets(nothing), Field::folder) == "unclassified");
}

BOOST_AUTO_TEST_CASE(old_mail_stays_home_unless_it_is_urgent) {
  Facts late = message("hire.confirmed");
  late.time = late.arrival - std::chrono::hours(72);
  Decision d = gets(late);
  check(d, false, true);
  BOOST_TEST(why(d, Field::email) == "rule stale-mail-stays-home");
  BOOST_TEST(why(d, Field::folder) == "rule stale-mail-stays-home");
  late.time = late.arrival - std::chrono::hours(48);
  check(gets(late), true, true);
  BOOST_TEST(why(gets(late), Field::email) == "type default");
  late.time = late.arrival - std::chrono::hours(72);
  late.urgent = true;
  BOOST_TEST(why(gets(late), Field::email) == "type default");
  late.urgent = false;
  late.time.reset();
  BOOST_TEST(why(gets(late), Field::email) == "type default");
}

BOOST_AUTO_TEST_CASE(maintenance_waits_for_the_recipients_morning) {
  Decision d = gets(message("system.maintenance"));
  BOOST_REQUIRE(d.timing.window_rule);
  DayWindow window = *policy->rule(d.timing.window_rule).set.send;
  BOOST_TEST(window.from.count() == 8 * 60);
  BOOST_TEST(window.until.count() == 20 * 60);
  BOOST_TEST(window.recipient_zone());
}

BOOST_AUTO_TEST_CASE(team_mail_waits_to_be_read_only_where_it_can_be_read) {
  Decision d = gets(message("team.message"));
  BOOST_TEST(d.timing.unread_delay.count() == 15 * 60 * 1000);
  choose("type:team.message", Wish::email);
  BOOST_TEST(gets(message("team.message")).timing.unread_delay.count() == 0);
}

BOOST_AUTO_TEST_CASE(a_suppressed_address_gets_nothing_but_the_folder_does) {
  Person person = jane();
  person.address = AddressState::suppressed;
  Decision d = gets(message("payment.failed", "5 USD"), person);
  check(d, false, true);
  BOOST_TEST(why(d, Field::email) == "address suppressed");
  choose("type:payment.failed", Wish::email);
  Decision moved = gets(message("payment.failed", "5 USD"), person);
  check(moved, false, true);
  BOOST_TEST(to_string(moved.folder.won.reason) == "nothing-left");
  choose("type:payment.failed", Wish::none);
  check(gets(message("payment.failed", "5 USD"), person), false, false);
}

BOOST_AUTO_TEST_CASE(new_users_get_feature_news_until_they_choose) {
  check(gets(message("feature.announced")), true, true);
  Person old = jane();
  old.created = at("2026-11-09T12:00:00Z");  // 14 days
  check(gets(message("feature.announced"), old), false, true);
  choose("type:feature.announced", Wish::center);
  check(gets(message("feature.announced")), false, true);
}

BOOST_AUTO_TEST_CASE(explain_names_the_winner_its_line_and_what_lost) {
  choose("type:payment.sent", Wish::none);
  Decision d = gets(message("payment.sent", "1200 USD"));
  std::uint32_t line = policy->rules()[0].line;
  std::string text = explain(*policy, d);
  BOOST_TEST_INFO(text);
  BOOST_TEST(contains(text, "email   yes    override-rule  rule"));
  BOOST_TEST_INFO(text);
  BOOST_TEST(contains(text, "policy.toml:" + std::to_string(line) + " large-amounts-always-email"));
  BOOST_TEST(contains(text, "  lost  no     type-choice    choice"));
  BOOST_TEST(contains(text, "  lost  yes    type-default   type-on"));
  BOOST_TEST(contains(text, "version 7 of policy.toml"));
  Explanation e = make_explanation(*policy, d);
  BOOST_TEST(e.rows.size() == 5u);  // email: rule, choice, default; folder: choice, default
}

BOOST_AUTO_TEST_SUITE_END()
