#include "rules/record.h"

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
  octets[0] = 2;
  BOOST_TEST((parse_record(octets).error().code == Errc::unsupported));
  octets[0] = 0;
  BOOST_TEST((parse_record(octets).error().code == Errc::syntax));
}

BOOST_AUTO_TEST_CASE(hostile_inputs_are_cut_and_still_come_back) {
  PolicyPtr policy = shipped();
  std::string const huge(100'000, 'x');
  Facts facts;
  facts.type = huge;
  facts.set_amount(huge);
  facts.time = Time(Millis(std::numeric_limits<std::int64_t>::min() / 4));
  std::vector<std::string> groups(1000, huge);
  Person person;
  person.groups = groups;
  person.zone = huge;
  DecisionRecord record{make_inputs(facts, person), decide(*policy, facts, person, {})};
  std::string octets = write_record(record);
  BOOST_TEST(octets.size() < 1500u);
  BOOST_TEST((*parse_record(octets) == record));
}

BOOST_AUTO_TEST_SUITE_END()
