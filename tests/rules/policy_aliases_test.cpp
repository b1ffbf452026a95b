// Old names of types: [alias].
#include "rules/choice.h"
#include "rules/record.h"
#include "rules/speak.h"
#include "tests/rules/support.h"

using namespace mc;
using namespace mc::rules;
using namespace mc::rules::test;

namespace {

std::string const types =
    "\"a.new\" = { tab = \"alerts\", label = \"New\" }\n"
    "\"b.new\" = { tab = \"updates\", label = \"Other\", requires = \"amount\" }";

// [alias] is line 6, its first entry line 7.
std::string with(std::string const& aliases, std::string const& rest = {}) {
  return policy_text(types, "\n[alias]\n" + aliases + rest);
}

Choices choose(std::initializer_list<std::pair<std::string_view, Wish>> wishes) {
  Choices choices;
  for (auto const& [scope, wish] : wishes)
    choices.set(*parse_scope(scope), make_choice(wish, at("2026-11-01T00:00:00Z"), ChoiceSource::web));
  return choices;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(policy_aliases)

BOOST_AUTO_TEST_CASE(a_message_under_an_old_name_is_of_the_type) {
  PolicyPtr policy = load(with("\"a.old\" = \"a.new\"\n"));
  Decision d = decide(*policy, message("a.old"), jane(), {});
  BOOST_TEST(policy->type(d.type).name == "a.new");
  BOOST_TEST(policy->alias(d.sent_as).name == "a.old");
  BOOST_TEST(!d.report);
  BOOST_TEST(contains(explain(*policy, d), "note: sent as a.old, an old name of a.new (policy.toml:7)"));
  BOOST_TEST(why_header(*policy, d, Field::email) == "type default");
  BOOST_TEST(!decide(*policy, message("a.new"), jane(), {}).sent_as);
  BOOST_TEST(!decide(*policy, message("a.older"), jane(), {}).type);
}

BOOST_AUTO_TEST_CASE(chains_lead_to_their_end_wherever_they_stand_in_the_file) {
  PolicyPtr policy =
      load(with("\"a.1\" = \"a.2\"\n\"a.2\" = \"a.3\"\n\"a.3\" = \"a.new\"\n\"a.x\" = \"a.new\"\n"));
  for (std::string_view name : {"a.1", "a.2", "a.3", "a.x", "a.new"})
    BOOST_TEST(policy->type(policy->find_type(name)).name == "a.new");
  std::string order;
  for (AliasIndex old : policy->old_names(policy->find_type("a.new"))) order += policy->alias(old).name + " ";
  BOOST_TEST(order == "a.3 a.x a.2 a.1 ");  // the latest first
  BOOST_TEST(policy->old_names(policy->find_type("b.new")).empty());
}

BOOST_AUTO_TEST_CASE(a_choice_for_the_old_name_counts_when_there_is_none_for_the_new_one) {
  PolicyPtr policy = load(with("\"a.older\" = \"a.old\"\n\"a.old\" = \"a.new\"\n"));
  Decision d = decide(*policy, message("a.new"), jane(), choose({{"type:a.old", Wish::center}}));
  BOOST_TEST((!d.email.value() && d.folder.value()));
  BOOST_TEST(to_string(d.email.won.reason) == "choice-renamed");
  BOOST_TEST(to_string(d.email.won.layer) == "type-choice");
  BOOST_TEST(why_header(*policy, d, Field::email) == "your choice for a.new");
  BOOST_TEST(why_sentence(*policy, d, Field::email) == "You chose not to get \"New\" by email.");
  std::string text = explain(*policy, d);
  BOOST_TEST(contains(text, "choice type:a.old of 2026-11-01T00:00:00.000Z (web)"));
  BOOST_TEST(contains(text, "note: the choice was made for a.old, an old name of a.new (policy.toml:8)"));

  Decision newer = decide(*policy, message("a.new"), jane(),
                          choose({{"type:a.older", Wish::none}, {"type:a.old", Wish::email}}));
  BOOST_TEST((newer.email.value() && !newer.folder.value()));
  Decision own = decide(*policy, message("a.old"), jane(),
                        choose({{"type:a.new", Wish::both}, {"type:a.old", Wish::none}}));
  BOOST_TEST((own.email.value() && own.folder.value() && !own.chosen_as));
  BOOST_TEST(to_string(own.email.won.reason) == "choice");
  Decision none = decide(*policy, message("a.new"), jane(), choose({{"type:a.older", Wish::none}}));
  BOOST_TEST((!none.email.value() && !none.folder.value()));  // "Not at all" still means it
}

BOOST_AUTO_TEST_CASE(a_malformed_message_ignores_the_old_choice_too) {
  PolicyPtr policy = load(with("\"b.old\" = \"b.new\"\n"));
  Decision d = decide(*policy, message("b.old"), jane(), choose({{"type:b.old", Wish::none}}));
  BOOST_TEST((d.malformed && d.email.value() && d.folder.value()));
  BOOST_TEST(to_string(d.email.losers().back().reason) == "choice-ignored");
  BOOST_TEST(contains(explain(*policy, d), "choice type:b.old"));
}

BOOST_AUTO_TEST_CASE(a_new_choice_is_made_under_the_new_name) {
  PolicyPtr policy = load(with("\"a.old\" = \"a.new\"\n"));
  BOOST_TEST(write_scope(*get_scope(*policy, "type:a.old")) == "type:a.new");
  BOOST_TEST(check_choice(*policy, *parse_scope("type:a.old"), Wish::none).has_value());
  auto scopes = scopes_with_old_names(*policy, *parse_scope("type:a.old"));
  BOOST_REQUIRE(scopes.size() == 2u);
  BOOST_TEST(write_scope(scopes[0]) == "type:a.new");
  BOOST_TEST(write_scope(scopes[1]) == "type:a.old");
  BOOST_TEST(scopes_with_old_names(*policy, *parse_scope("tab:alerts")).size() == 1u);
  BOOST_TEST(scopes_with_old_names(*policy, *parse_scope("type:gone")).size() == 1u);
}

BOOST_AUTO_TEST_CASE(rules_ask_for_the_new_name) {
  std::string rule = "[[rule]]\nname = \"r\"\nkind = \"override\"\nwhy = \"x\"\nset = { email = false }\n";
  PolicyPtr policy = load(with("\"a.old\" = \"a.new\"\n", rule + "when = { type = \"a.new\" }\n"));
  BOOST_TEST(!decide(*policy, message("a.old"), jane(), {}).email.value());
  BOOST_TEST(
      contains(problems_of(with("\"a.old\" = \"a.new\"\n", rule + "when = { type = \"a.old\" }\n")),
               "policy.toml:13:17: error: there is no type \"a.old\"\n  when = { type = \"a.old\" }\n" +
                   std::string(18, ' ') + "^ it is an old name of \"a.new\""));
  BOOST_TEST(
      contains(problems_of(with("\"a.old\" = \"a.new\"\n", rule + "when = { type = \"*.old\" }\n")),
               "policy.toml:13:17: warning: no type matches \"*.old\"\n  when = { type = \"*.old\" }\n" +
                   std::string(18, ' ') + "^ \"a.old\" is an old name; rules ask for the new one"));
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_old_names) {
  struct Row {
    std::string aliases, expected;
  };
  for (Row const& row : std::vector<Row>{
           {"\"a.old\" = \"a.nwe\"\n",
            "policy.toml:7:11: error: there is no type \"a.nwe\"\n  \"a.old\" = \"a.nwe\"\n" +
                std::string(12, ' ') + "^ did you mean \"a.new\"?"},
           {"\"a.old\" = \"unclassified\"\n", "policy.toml:7:11: error: there is no type \"unclassified\""},
           {"\"b.new\" = \"a.new\"\n", "policy.toml:7:1: error: \"b.new\" is a type itself, in line 4"},
           {"\"unclassified\" = \"a.new\"\n",
            "policy.toml:7:1: error: \"unclassified\" cannot be the name of a type"},
           {"\"A.old\" = \"a.new\"\n", "policy.toml:7:1: error: \"A.old\" cannot be the name of a type"},
           {"\"a.old\" = \"a.old\"\n",
            "policy.toml:7:1: error: old names go in a circle: \"a.old\" -> \"a.old\""},
           {"\"x\" = \"y\"\n\"y\" = \"z\"\n\"z\" = \"y\"\n",
            "policy.toml:8:1: error: old names go in a circle: \"y\" -> \"z\" -> \"y\""},
           {"\"a.old\" = 5\n", "policy.toml:7:11: error: \"a.old\" must be a string, not a whole number"},
           {"\"a.old\" = \"\"\n", "policy.toml:7:11: error: \"a.old\" is empty"},
           {"a.old = \"a.new\"\n", "policy.toml:7:1: error: an old name must be in quotes"},
           {"\"a.old\" = \"a.new\"\n\"a.old\" = \"b.new\"\n", "policy.toml:8:"},
           {"", "policy.toml:6:2: error: [alias] must list 1 to 1000 old names"}}) {
    std::string text = with(row.aliases);
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST_INFO(problems_of(text));
      BOOST_TEST(contains(problems_of(text), row.expected));
      BOOST_TEST(!parse_policy(text, "p").policy);
    }
  }
  BOOST_TEST(contains(problems_of("format = 1\nalias = 5\n[type]\n" + types),
                      "policy.toml:2:9: error: \"alias\" must be a table"));
}

BOOST_AUTO_TEST_CASE(a_circle_is_reported_once_and_a_broken_chain_at_its_end) {
  auto errors = [](std::string const& aliases) { return parse_policy(with(aliases), "p").problems.size(); };
  BOOST_TEST(errors("\"x\" = \"y\"\n\"y\" = \"z\"\n\"z\" = \"x\"\n\"w\" = \"x\"\n") == 1u);
  BOOST_TEST(errors("\"x\" = \"y\"\n\"y\" = \"z\"\n\"z\" = \"nowhere\"\n") == 1u);
}

BOOST_AUTO_TEST_CASE(a_thousand_old_names_in_one_chain_or_circle_are_no_trouble) {
  std::string chain;
  for (int i = 0; i < 999; ++i)
    chain += "\"n" + std::to_string(i) + "\" = \"n" + std::to_string(i + 1) + "\"\n";
  PolicyPtr policy = load(with(chain + "\"n999\" = \"a.new\"\n"));
  BOOST_TEST(policy->type(policy->find_type("n0")).name == "a.new");
  std::string circle = problems_of(with(chain + "\"n999\" = \"n0\"\n"));
  BOOST_TEST(
      contains(circle, "circle: \"n0\" -> \"n1\" -> \"n2\" -> \"n3\" -> \"n4\" -> \"n5\" -> … -> \"n0\"\n"));
}

BOOST_AUTO_TEST_SUITE_END()
