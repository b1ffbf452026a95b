#include "rules/record.h"

#include "rules/choice.h"
#include "rules/speak.h"
#include "tests/rules/support.h"

using namespace mc;
using namespace mc::rules;
using namespace mc::rules::test;

namespace {

DecisionRecord make_record(Policy const& policy) {
  Facts facts = message("payment.sent", "1200.00 USD");
  facts.size = 48'213;
  Person person = jane();
  person.zone = "Europe/Berlin";
  Choices choices;
  choices.set(*parse_scope("type:payment.sent"),
              {false, false, at("2026-11-20T08:00:00Z"), ChoiceSource::unsubscribe_link});
  choices.set(*parse_scope("tab:alerts"),
              {std::nullopt, true, at("2026-11-21T08:00:00Z"), ChoiceSource::admin});
  return {make_inputs(facts, person), decide(policy, facts, person, choices)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(record)

BOOST_AUTO_TEST_CASE(a_record_comes_back_whole_and_small) {
  PolicyPtr policy = shipped();
  DecisionRecord record = make_record(*policy);
  std::string octets = write_record(record);
  BOOST_TEST(octets.size() < 110u);
  auto back = parse_record(octets);
  BOOST_REQUIRE(back);
  BOOST_TEST((*back == record));
  BOOST_TEST(explain(*policy, back->decision) == explain(*policy, record.decision));
}

BOOST_AUTO_TEST_CASE(a_record_is_explained_by_a_later_load_of_its_version) {
  PolicyPtr first = shipped();
  std::string octets = write_record(make_record(*first));
  std::string before = explain(*first, make_record(*first).decision);
  first.reset();
  PolicyPtr again = shipped();
  auto back = parse_record(octets);
  BOOST_REQUIRE(back);
  BOOST_REQUIRE(fits(*back, *again));
  BOOST_TEST(explain(*again, back->decision) == before);
}

BOOST_AUTO_TEST_CASE(a_record_does_not_fit_a_smaller_policy) {
  PolicyPtr policy = shipped(), small = load(policy_text("\"a.b\" = { tab = \"inbox\", label = \"x\" }"));
  BOOST_TEST(!fits(make_record(*policy), *small));
  BOOST_TEST(fits(make_record(*small), *policy));
}

BOOST_AUTO_TEST_CASE(every_truncation_and_addition_is_damage) {
  std::string octets = write_record(make_record(*shipped()));
  for (std::size_t n = 0; n < octets.size(); ++n) BOOST_TEST(!parse_record(octets.substr(0, n)));
  BOOST_TEST(!parse_record(octets + '\0'));
}

BOOST_AUTO_TEST_CASE(every_changed_octet_is_damage_or_another_record) {
  PolicyPtr policy = shipped();
  std::string const octets = write_record(make_record(*policy));
  for (std::size_t i = 0; i < octets.size(); ++i)
    for (unsigned value = 0; value < 256; ++value) {
      std::string changed = octets;
      changed[i] = static_cast<char>(value);
      auto back = parse_record(changed);
      if (!back || !fits(*back, *policy)) continue;
      explain(*policy, back->decision);
      why_sentence(*policy, back->decision, Field::email);
      BOOST_TEST((parse_record(write_record(*back)).has_value()));
    }
}

BOOST_AUTO_TEST_CASE(a_layout_from_the_future_is_named_as_such) {
  std::string octets = write_record(make_record(*shipped()));
  octets[0] = 3;
  BOOST_TEST((parse_record(octets).error().code == Errc::unsupported));
  octets[0] = 0;
  BOOST_TEST((parse_record(octets).error().code == Errc::syntax));
}

// Written by a program of layout 1: a.b, 12.50 USD, jane's choice of an unsubscribe link, an override rule.
BOOST_AUTO_TEST_CASE(a_record_of_layout_1_is_still_read) {
  std::string const hex =
      "01970280f8b784c16803612e620931322e35302055534480be8081c16800d5f802808885b2c0680d4575726f70652f4265726c"
      "69"
      "6e0104626574610301000708010208090f0b0909010f0b0000c0ee6d1680c0c1ffbe68";
  std::string octets;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    octets += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  auto back = parse_record(octets);
  BOOST_REQUIRE(back);
  BOOST_TEST(back->inputs.type.value() == "a.b");
  BOOST_TEST(back->inputs.amount.value() == "12.50 USD");
  BOOST_TEST(back->inputs.zone == "Europe/Berlin");
  BOOST_TEST((back->inputs.arrival == at("2026-11-23T12:00:00Z")));
  BOOST_TEST((!back->inputs.sender && !back->inputs.subject));
  Decision const& d = back->decision;
  BOOST_TEST((!d.sent_as && !d.classified && !d.chosen_as));
  BOOST_TEST((d.email.value() && d.email.won.rule == RuleIndex(1)));
  BOOST_TEST((d.type_choice && d.type_choice->source == ChoiceSource::unsubscribe_link));
  BOOST_TEST(d.timing.unread_delay.count() == 15 * 60 * 1000);
  BOOST_TEST((*parse_record(write_record(*back)) == *back));  // in the layout of today
}

BOOST_AUTO_TEST_CASE(layout_1_has_none_of_the_fields_of_layout_2) {
  Facts facts = message("payment.sent", "5 USD");
  facts.sender = "app@ext.test";
  PolicyPtr policy = shipped();
  std::string octets = write_record({make_inputs(facts, jane()), decide(*policy, facts, jane(), {})});
  octets[0] = 1;
  BOOST_TEST((parse_record(octets).error().code == Errc::syntax));
}

BOOST_AUTO_TEST_CASE(plain_mail_is_recorded_so_that_it_can_be_classified_again) {
  PolicyPtr policy = shipped();
  Facts facts = message("x");
  facts.type.reset();
  facts.sender = "billing@ext.test";
  facts.subject = "Invoice 5";
  Decision d = decide(*policy, facts, jane(), {});
  BOOST_REQUIRE(d.classified);
  auto back = parse_record(write_record({make_inputs(facts, jane()), d}));
  BOOST_REQUIRE(back);
  BOOST_TEST((fits(*back, *policy)));
  Facts again = back->inputs.facts();
  BOOST_TEST((decide(*policy, again, back->inputs.person("jane"), {}) == d));
  BOOST_TEST(contains(explain(*policy, back->decision), "classified as invoice.issued by plain-invoices"));
  facts.type = "hire.started";
  BOOST_TEST(!make_inputs(facts, jane()).subject);  // the message's own
}

BOOST_AUTO_TEST_CASE(a_choice_under_an_old_name_is_recorded_as_such) {
  PolicyPtr policy = shipped();
  Choices choices;
  choices.set({std::nullopt, "hire.started"},
              make_choice(Wish::center, at("2026-11-20T08:00:00Z"), ChoiceSource::web));
  Facts facts = message("hire.started");
  Decision d = decide(*policy, facts, jane(), choices);
  BOOST_TEST((d.sent_as && d.chosen_as));
  DecisionRecord record{make_inputs(facts, jane()), d};
  auto back = parse_record(write_record(record));
  BOOST_REQUIRE(back);
  BOOST_TEST((*back == record));
  BOOST_TEST((decide(*policy, facts, jane(), back->choices(*policy)) == d));
  back->decision.chosen_as = AliasIndex(2);
  BOOST_TEST(!fits(*back, *policy));
  back->decision = d;
  back->decision.classified = ClassifierIndex(2);
  BOOST_TEST(!fits(*back, *policy));
}

BOOST_AUTO_TEST_CASE(hostile_inputs_are_cut_and_still_come_back) {
  PolicyPtr policy = shipped();
  std::string const huge(100'000, 'x');
  Facts facts;
  facts.type = huge;
  facts.set_amount(huge);
  facts.sender = huge;
  facts.time = Time(Millis(std::numeric_limits<std::int64_t>::min() / 4));
  std::vector<std::string> groups(1000, huge);
  Person person;
  person.groups = groups;
  person.zone = huge;
  DecisionRecord record{make_inputs(facts, person), decide(*policy, facts, person, {})};
  std::string octets = write_record(record);
  BOOST_TEST(octets.size() < 1800u);
  BOOST_TEST((*parse_record(octets) == record));
}

BOOST_AUTO_TEST_SUITE_END()
