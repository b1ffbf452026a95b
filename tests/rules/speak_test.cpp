#include "rules/speak.h"

#include "rules/choice.h"
#include "tests/rules/support.h"

using namespace mc;
using namespace mc::rules;
using namespace mc::rules::test;

BOOST_AUTO_TEST_SUITE(speak)

BOOST_AUTO_TEST_CASE(every_word_is_stable_and_comes_back) {
  auto check = [](auto const& words, auto parse) {
    for (std::string_view word : words) {
      auto value = parse(word);
      BOOST_REQUIRE_MESSAGE(value, word);
      BOOST_TEST(to_string(*value) == word);
    }
    BOOST_TEST(!parse(""));
    BOOST_TEST(!parse("x"));
  };
  check(words_of<Tab>(), [](auto w) { return parse_word<Tab>(w); });
  check(words_of<Field>(), [](auto w) { return parse_word<Field>(w); });
  check(words_of<Setting>(), [](auto w) { return parse_word<Setting>(w); });
  check(words_of<Layer>(), [](auto w) { return parse_word<Layer>(w); });
  check(words_of<Reason>(), [](auto w) { return parse_word<Reason>(w); });
  check(words_of<ChoiceSource>(), [](auto w) { return parse_word<ChoiceSource>(w); });
  check(words_of<Submitter>(), [](auto w) { return parse_word<Submitter>(w); });
  check(words_of<AddressState>(), [](auto w) { return parse_word<AddressState>(w); });
  BOOST_TEST(to_string(Layer::safety) == "safety");
  BOOST_TEST(to_string(Layer::type_default) == "type-default");
  BOOST_TEST(to_string(Reason::unclassified_default) == "unclassified-default");
  BOOST_TEST(to_string(Reason::choice_ignored) == "choice-ignored");
  BOOST_TEST(to_string(ChoiceSource::unsubscribe_link) == "unsubscribe-link");
  BOOST_TEST(to_string(AddressState::ours) == "ours");
}

BOOST_AUTO_TEST_CASE(a_policy_is_shown_in_sentences) {
  PolicyPtr policy = shipped();
  BOOST_TEST(show_type(*policy, policy->find_type("payment.failed")) ==
             "payment.failed (Payment failed): emailed by default, in the folder by default; urgent; "
             "requires amount; kept 2y.");
  BOOST_TEST(
      show_type(*policy, policy->find_type("interview.message")) ==
      "interview.message (Interview): emailed by default, in the folder by default; cannot be switched off; "
      "emailed if unread after 15m; kept 180d.");
  std::string line = std::to_string(policy->rules()[0].line);
  BOOST_TEST(show_rule(*policy, RuleIndex(1)) ==
             "large-amounts-always-email (override, line " + line +
                 "): if type is payment.* or withdrawal.* and amount at least "
                 "1000.00 USD or 900.00 EUR or 900.00 of any other currency: emailed. "
                 "Why: Amounts of 1,000 USD or more are always emailed.");
  BOOST_TEST(contains(show_rule(*policy, RuleIndex(2)),
                      "if older than 2d, unless urgent: not emailed, in the folder."));
  BOOST_TEST(contains(show_rule(*policy, RuleIndex(3)), "emailed from 08:00 to 20:00 recipient's time."));
  std::string all = show(*policy);
  for (Type const& type : policy->types()) BOOST_TEST(contains(all, type.name + " (" + type.label + ")"));
  for (Rule const& rule : policy->rules()) BOOST_TEST(contains(all, ". " + rule.name + " ("));
}

BOOST_AUTO_TEST_CASE(conditions_are_phrases) {
  PolicyPtr policy = load(
      policy_text("\"a.b\" = { tab = \"inbox\", label = \"x\" }",
                  "[[rule]]\nname = \"r\"\nkind = \"override\"\nwhy = \"x\"\nset = { email = true }\n"
                  "when = { tab = [\"inbox\", \"updates\"], source = \"user\", size = { less_than = \"1KiB\" "
                  "}, group = [\"b\", \"a\"], subject = \"*x*\", "
                  "header = { List-Id = \"<*>\" }, account_age = { at_least = \"1d\", less_than = \"3d\" }, "
                  "schedule = { days = [\"sat\", \"sun\"], zone = \"UTC\" } }\n"));
  BOOST_TEST(write_conditions(policy->rules()[0].when) ==
             "tab is updates or inbox and submitted by user and account age at least 1d and less than 3d and "
             "size less than "
             "1024 octets and recipient in group a or b and subject like *x* and header List-Id like <*> and "
             "it is sat, sun in UTC");
}

BOOST_AUTO_TEST_CASE(why_speaks_to_the_user) {
  PolicyPtr policy = shipped();
  Choices choices;
  choices.set(*parse_scope("type:payment.sent"), make_choice(Wish::center, {}, ChoiceSource::web));
  choices.set(*parse_scope("tab:updates"), make_choice(Wish::center, {}, ChoiceSource::web));
  Decision d = decide(*policy, message("payment.sent", "1 USD"), jane(), choices);
  BOOST_TEST(why_sentence(*policy, d, Field::email) == "You chose not to get \"Payment sent\" by email.");
  BOOST_TEST(why_sentence(*policy, d, Field::folder) ==
             "You chose to get \"Payment sent\" in your Message Center.");
  Decision by_tab = decide(*policy, message("system.maintenance"), jane(), choices);
  BOOST_TEST(why_sentence(*policy, by_tab, Field::email) ==
             "You chose not to get the folder Updates by email.");
}

BOOST_AUTO_TEST_CASE(why_headers_are_one_short_line_of_ascii) {
  PolicyPtr policy = shipped();
  for (Type const& type : policy->types())
    for (std::string_view state : words_of<AddressState>()) {
      Person person = jane();
      person.address = *parse_word<AddressState>(state);
      Decision d = decide(*policy, message(type.name), person, {});
      for (Field field : both_fields) {
        std::string why = why_header(*policy, d, field);
        BOOST_TEST((!why.empty() && why.size() < 100));
        BOOST_TEST(std::all_of(why.begin(), why.end(), [](char c) { return c >= 0x20 && c < 0x7f; }));
        BOOST_TEST(!why_sentence(*policy, d, field).empty());
      }
    }
}

BOOST_AUTO_TEST_SUITE_END()
