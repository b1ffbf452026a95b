#include "gateway/arguments.h"

#include <array>
#include <boost/test/unit_test.hpp>

namespace mc::gateway {

namespace {

constexpr std::array options{
    Option{"m", OptionKind::value, "why"},
    Option{"user", OptionKind::value, "who"},
    Option{"json", OptionKind::flag, "JSON"},
    Option{"message", OptionKind::file, "a file"},
};

Result<Arguments> parse(std::vector<std::string> typed) { return parse_arguments(typed, options, 1, 2); }

}  // namespace

BOOST_AUTO_TEST_SUITE(arguments_test)

BOOST_AUTO_TEST_CASE(options_stand_anywhere_among_the_words) {
  for (std::vector<std::string> typed : {std::vector<std::string>{"file", "-m", "because", "--user", "jane", "--json"},
                                         {"-m", "because", "--user=jane", "file", "--json"},
                                         {"--json", "--user", "jane", "-m", "because", "--", "file"}}) {
    auto got = parse(typed);
    BOOST_REQUIRE_MESSAGE(got.has_value(), (got ? std::string() : got.error().text));
    BOOST_TEST(got->words == std::vector<std::string>{"file"}, boost::test_tools::per_element());
    BOOST_TEST(got->get("m") == "because");
    BOOST_TEST(got->get("user") == "jane");
    BOOST_TEST(got->has("json"));
  }
}

BOOST_AUTO_TEST_CASE(a_value_may_look_like_an_option_or_be_empty) {
  BOOST_TEST(parse({"file", "-m", "-m"})->get("m") == "-m");
  BOOST_TEST(parse({"file", "--user="})->get("user") == "");
  BOOST_TEST(parse({"file", "--user=a=b"})->get("user") == "a=b");
}

BOOST_AUTO_TEST_CASE(after_two_dashes_everything_is_a_word) {
  auto got = parse({"--", "-m", "--json"});
  BOOST_REQUIRE(got.has_value());
  BOOST_TEST(got->words.size() == 2u);
  BOOST_TEST(!got->has("json"));
  BOOST_TEST(parse({"-"})->words[0] == "-");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_said_in_words) {
  struct Row {
    std::vector<std::string> typed;
    std::string said;
  };
  for (Row const& row : {Row{{}, "something is missing"},
                         Row{{"a", "b", "c"}, "too many words: c"},
                         Row{{"a", "--usr", "x"}, "unknown option --usr; did you mean --user?"},
                         Row{{"a", "--m", "x"}, "unknown option --m"},
                         Row{{"a", "-x"}, "unknown option -x"},
                         Row{{"a", "-user", "x"}, "unknown option -user"},
                         Row{{"a", "-m"}, "-m wants a value"},
                         Row{{"a", "--user"}, "--user wants a value"},
                         Row{{"a", "--message", "/nowhere"}, "Cannot read /nowhere: No such file or directory"}}) {
    auto got = parse(row.typed);
    BOOST_REQUIRE(!got.has_value());
    BOOST_TEST(got.error().text == row.said);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace mc::gateway
