#include "rules/quick.h"

#include <random>

#include "core/text.h"
#include "tests/rules/support.h"

using namespace mc;
using namespace mc::rules;
using namespace mc::rules::test;

BOOST_AUTO_TEST_SUITE(quick)

namespace {

// A glob told as plainly as possible.
bool plainly(std::string_view glob, std::string_view text) {
  if (glob.empty()) return text.empty();
  if (glob[0] == '*') return plainly(glob.substr(1), text) || (!text.empty() && plainly(glob, text.substr(1)));
  bool const same = !text.empty() && (glob[0] == '?' || ascii_lower(glob[0]) == ascii_lower(text[0]));
  return same && plainly(glob.substr(1), text.substr(1));
}

std::string random_text(std::mt19937& dice, std::string_view from, std::size_t most) {
  std::string text;
  for (std::size_t n = dice() % most; n > 0; --n) text += from[dice() % from.size()];
  return text;
}

std::string amount_rule(std::string const& currency) {
  return "[[rule]]\nname = \"" + currency + "\"\nkind = \"override\"\nwhen = { amount = { at_least = { " + currency +
         " = \"10.00\" }, less_than = { " + currency + " = \"20.00\" } } }\nset = { email = false }\nwhy = \"x\"\n";
}

}  // namespace

BOOST_AUTO_TEST_CASE(globs_match_what_they_plainly_say) {
  std::mt19937 dice(1);
  for (int i = 0; i < 200'000; ++i) {
    std::string const glob = random_text(dice, "ab*?A1`", 7), text = random_text(dice, "abB1@", 9);
    BOOST_TEST_REQUIRE(glob_match(glob, text) == plainly(glob, text), glob << " on " << text);
  }
}

BOOST_AUTO_TEST_CASE(a_sieve_of_a_text_has_all_bits_of_its_parts_in_any_case) {
  std::mt19937 dice(2);
  for (int i = 0; i < 10'000; ++i) {
    std::string const text = random_text(dice, "abcXYZ 0129-_", 40);
    std::size_t const from = text.empty() ? 0 : dice() % text.size();
    std::string_view const part = std::string_view(text).substr(from, dice() % 10);
    BOOST_TEST_REQUIRE((sieve_of_text(to_upper(part)) & ~sieve_of_text(text)) == 0u);
  }
}

BOOST_AUTO_TEST_CASE(amounts_are_compared_however_many_currencies_there_are) {
  for (char last : {'B', 'Z'}) {  // 2 x 26: more than are looked up
    std::string rules;
    for (char a = 'A'; a <= last; ++a)
      for (char b : {'X', 'Y'}) rules += amount_rule(std::string("C") + a + b);
    auto policy = load(policy_text("\"x.y\" = { tab = \"updates\", label = \"X\" }", rules));
    struct {
      std::string_view amount;
      bool email;
    } const rows[] = {{"9.99 CAX", true},  {"10.00 CAX", false}, {"19.9999 CAX", false}, {"20.00 CAX", true},
                      {"15.00 CBY", false}, {"15.00 USD", true},  {"nonsense", true}};
    for (auto const& row : rows)
      BOOST_TEST(decide(*policy, message("x.y", row.amount), jane(), {}).email.value() == row.email,
                 row.amount << " with currencies up to C" << last);
  }
}

BOOST_AUTO_TEST_CASE(ends_include_the_least_and_exclude_the_limit) {
  auto policy = load(policy_text("\"x.y\" = { tab = \"updates\", label = \"X\" }",
                                 "[[rule]]\nname = \"size\"\nkind = \"override\"\nwhen = { size = { at_least = \"1KiB\", "
                                 "less_than = \"2KiB\" } }\nset = { email = false }\nwhy = \"x\"\n"));
  for (auto [size, email] : {std::pair{1023u, true}, {1024u, false}, {2047u, false}, {2048u, true}}) {
    Facts facts = message("x.y");
    facts.size = size;
    BOOST_TEST(decide(*policy, facts, jane(), {}).email.value() == email, size);
  }
}

BOOST_AUTO_TEST_CASE(what_a_header_ends_in_is_seen_without_looking_at_it) {
  std::array<std::pair<std::string_view, std::string_view>, 3> const headers{
      {{"X-Campaign", "winter-7"}, {"X-Empty", ""}, {"X-Mixed", "ABC"}}};
  Facts facts;
  facts.headers = headers;
  struct Case {
    std::string name;
    std::vector<std::string> globs;
    bool holds;
  };
  for (Case const& c : {Case{"X-Campaign", {"*-7"}, true}, Case{"x-campaign", {"*-7"}, true}, Case{"X-Campaign", {"*-8"}, false},
                        Case{"X-Campaign", {"*-8", "*-7"}, true}, Case{"X-Campaign", {"winter*"}, true},
                        Case{"X-Campaign", {"winter-?"}, true}, Case{"X-Mixed", {"*c"}, true}, Case{"X-Mixed", {"*7"}, false},
                        Case{"X-Empty", {"*"}, true}, Case{"X-Empty", {"*7"}, false}, Case{"X-Empty", {"x", ""}, true}}) {
    BOOST_TEST_CONTEXT(c.name << ' ' << c.globs.front()) {
      Conditions conditions;
      conditions.ask(Test::header);
      conditions.headers = {{c.name, c.globs}};
      QuickConditions const quick = RuleSieve({&conditions}).quick(0);
      bool const passes = (quick.headers & ~sieve_of_headers(facts)) == 0 && (quick.ends & ~sieve_of_ends(facts)) == 0;
      BOOST_TEST(holds(conditions, facts, Person(), false) == c.holds);
      BOOST_TEST((passes || !c.holds));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
