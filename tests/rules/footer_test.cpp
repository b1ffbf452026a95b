#include "rules/footer.h"

#include <boost/test/unit_test.hpp>

#include "rules/policy.h"
#include "rules/speak.h"

namespace mc::rules {
namespace {

std::string said(std::string_view footer) {
  auto checked = check_footer(footer);
  return checked ? "right" : checked.error().text;
}

std::string filled(std::string_view footer, std::string unsubscribe, std::string settings = {}) {
  return fill_footer(footer, [&](Placeholder p) { return p == Placeholder::unsubscribe ? unsubscribe : settings; });
}

std::string problems_of(std::string const& type, std::string const& defaults = {}) {
  std::string const text = "format = 1\n[defaults]\n" + defaults + "\n[type]\n\"a.b\" = { tab = \"updates\", label = \"x\", " + type + " }\n";
  PolicyLoad load = parse_policy(text, "policy.toml");
  return (load.policy ? "" : "refused\n") + write_problems(load.problems, "policy.toml", text);
}

bool contains(std::string const& text, std::string_view part) { return text.find(part) != std::string::npos; }

BOOST_AUTO_TEST_CASE(a_footer_is_text_with_two_placeholders) {
  struct Row {
    std::string footer, expected;
  };
  Row const rows[] = {
      {"Sent by us.", "right"},
      {"a\n\nNo more: {unsubscribe} or {settings}", "right"},
      {"", "\"footer\" is empty"},
      {" \n ", "\"footer\" is empty"},
      {"{unsubscrbe}", "\"{unsubscrbe}\" is no placeholder ({unsubscribe}, {settings})"},
      {"{Settings}", "\"{Settings}\" is no placeholder ({unsubscribe}, {settings})"},
      {"a { b", "\"{\" begins no placeholder"},
      {"a } b", "\"}\" ends no placeholder"},
      {"{settings}}", "\"}\" ends no placeholder"},
      {"a\tb", "\"footer\" contains a control character"},
      {std::string(301, 'x'), "\"footer\" has a line of more than 300 octets"},
  };
  for (Row const& row : rows) BOOST_TEST(said(row.footer) == row.expected);
}

BOOST_AUTO_TEST_CASE(a_line_without_its_value_is_left_out) {
  BOOST_TEST(filled("a\nb {unsubscribe}", "U") == "a\nb U\n");
  BOOST_TEST(filled("a\nb {unsubscribe}\nc", "") == "a\nc\n");
  BOOST_TEST(filled("a\n\nb {settings}", "U") == "a\n");
  BOOST_TEST(filled("{settings}\n\na  ", "U") == "a\n");
  BOOST_TEST(filled("-- \na", "U") == "-- \na\n");
  BOOST_TEST(filled("{settings}", "U").empty());
  BOOST_TEST(filled("{unsubscribe}{settings}", "{settings}", "S") == "{settings}S\n");
}

BOOST_AUTO_TEST_CASE(types_take_the_footer_of_the_defaults_unless_they_say_otherwise) {
  std::string const head = "format = 1\n[defaults]\nfooter = \"D {settings}\"\n[type]\n"
                           "\"a.b\" = { tab = \"updates\", label = \"x\" }\n"
                           "\"a.c\" = { tab = \"updates\", label = \"x\", footer = \"C\" }\n"
                           "\"a.d\" = { tab = \"updates\", label = \"x\", footer = \"off\" }\n";
  auto load = parse_policy(head, "p");
  BOOST_REQUIRE(load.policy);
  BOOST_TEST(load.policy->types()[0].footer == "D {settings}");
  BOOST_TEST(load.policy->types()[1].footer == "D {settings}");
  BOOST_TEST(load.policy->types()[2].footer == "C");
  BOOST_TEST(load.policy->types()[3].footer.empty());
  BOOST_TEST(contains(show(*load.policy), "a.c (x): emailed by default, in the folder by default; emails end with \"C\""));
}

BOOST_AUTO_TEST_CASE(wrong_footers_are_errors_with_their_place) {
  BOOST_TEST(contains(problems_of("footer = \"{nope}\""), "policy.toml:5:50: error: \"{nope}\" is no placeholder"));
  BOOST_TEST(contains(problems_of("footer = \"x\"", "footer = \"{\""), "policy.toml:3:10: error: \"{\" begins no placeholder"));
  BOOST_TEST(contains(problems_of("footer = 5"), "refused"));
  BOOST_TEST(problems_of("footer = \"\"\"a\\r\\nb\"\"\"").empty());
  BOOST_TEST(contains(problems_of("footer = \"{unsubscribe}\""), "warning: \"a.b\" does not offer to unsubscribe"));
  BOOST_TEST(problems_of("unsubscribe = true, footer = \"{unsubscribe}\"").empty());
  BOOST_TEST(problems_of("keep = \"1d\"", "footer = \"{unsubscribe}\"").empty());
  BOOST_TEST(contains(problems_of("email = \"never\", keep = \"forever\", footer = \"x\""), "its \"footer\" does nothing"));
}

}  // namespace
}  // namespace mc::rules
