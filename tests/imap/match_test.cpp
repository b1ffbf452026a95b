#include "imap/match.h"

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <random>
#include <string>

using namespace mc::imap;

BOOST_AUTO_TEST_SUITE(match)

namespace {

// The definition, word for word; exponential.
bool slow_match(std::string_view pattern, std::string_view name) {
  if (pattern.empty()) return name.empty();
  if (pattern[0] == '*' || pattern[0] == '%') {
    if (slow_match(pattern.substr(1), name)) return true;
    return !name.empty() && (pattern[0] == '*' || name[0] != '/') && slow_match(pattern, name.substr(1));
  }
  return !name.empty() && pattern[0] == name[0] && slow_match(pattern.substr(1), name.substr(1));
}

}  // namespace

BOOST_AUTO_TEST_CASE(patterns_mean_what_the_rfc_says) {
  struct Row {
    std::string_view pattern, name;
    bool matches;
  };
  for (Row row : {
           Row{"*", "a/b/c", true},
           Row{"*", "", true},
           Row{"%", "a", true},
           Row{"%", "a/b", false},
           Row{"%/%", "a/b", true},
           Row{"%/%", "a/b/c", false},
           Row{"a/*", "a", false},
           Row{"a/*", "a/", true},
           Row{"a/%", "a/b/c", false},
           Row{"a*", "a", true},
           Row{"a%", "a/b", false},
           Row{"*b", "a/b", true},
           Row{"%b*", "ab/c", true},
           Row{"*%", "a/b", true},
           Row{"%*", "a/b", true},
           Row{"%%", "a/b", false},
           Row{"a", "A", false},
           Row{"Tickets", "Tickets", true},
           Row{"", "", true},
           Row{"", "a", false},
           Row{"*/Mine", "Support/Mine", true},
           Row{"S%/M*e", "Support/Mine", true},
           Row{"%/%/%", "a/b", false},
           Row{"日%", "日本", true},
       })
    BOOST_TEST_CONTEXT(row.pattern << " : " << row.name) {
      BOOST_TEST(ListPattern(row.pattern).matches(row.name) == row.matches);
    }
}

BOOST_AUTO_TEST_CASE(inbox_matches_in_any_case_and_nothing_else_does) {
  for (auto pattern : {"inbox", "INBOX", "InB*", "%box", "i%x"})
    BOOST_TEST(ListPattern(pattern).matches("INBOX"));
  BOOST_TEST(!ListPattern("inbox/%").matches("INBOX"));
  BOOST_TEST(!ListPattern("tickets").matches("Tickets"));
  BOOST_TEST(!ListPattern("inbox/a").matches("INBOX/a"));
}

BOOST_AUTO_TEST_CASE(the_reference_stands_before_the_pattern) {
  BOOST_TEST(ListPattern("%", "Support/").matches("Support/Mine"));
  BOOST_TEST(!ListPattern("%", "Support/").matches("Tickets"));
  BOOST_TEST(!ListPattern("*", "Support/").matches("INBOX"));
}

BOOST_AUTO_TEST_CASE(matching_agrees_with_its_definition) {
  std::mt19937 random(9);
  constexpr std::string_view letters = "ab/", symbols = "ab/*%";
  int matched = 0;
  for (int round = 0; round < 40000; ++round) {
    std::string pattern, name;
    for (auto n = random() % 8; n > 0; --n) pattern += symbols[random() % symbols.size()];
    for (auto n = random() % 9; n > 0; --n) name += letters[random() % letters.size()];
    bool expected = slow_match(pattern, name);
    matched += expected;
    BOOST_REQUIRE_MESSAGE(ListPattern(pattern).matches(name) == expected, pattern + " : " + name);
  }
  BOOST_TEST(matched > 1000);
}

BOOST_AUTO_TEST_CASE(patterns_longer_than_a_machine_word_work) {
  for (std::size_t n : {62u, 63u, 64u, 65u, 127u, 128u, 129u, 300u}) {
    std::string name(n, 'a');
    BOOST_TEST(ListPattern(name).matches(name));
    BOOST_TEST(!ListPattern(name).matches(name + 'a'));
    BOOST_TEST(ListPattern(name + "*").matches(name));
    BOOST_TEST(ListPattern(name + "%b").matches(name + "xxb"));
    BOOST_TEST(!ListPattern(name + "%b").matches(name + "x/b"));
  }
}

BOOST_AUTO_TEST_CASE(hostile_patterns_cost_no_more_than_others) {
  std::string pattern, name(1000, 'a');
  for (int i = 0; i < 500; ++i) pattern += i % 2 ? "a*" : "a%";
  BOOST_TEST(!ListPattern(pattern + "b").matches(name));  // backtracking would not end in our lifetime
}

BOOST_AUTO_TEST_SUITE_END()
