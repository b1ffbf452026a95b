#include "imap/parse_command.h"

#include <boost/test/unit_test.hpp>

using namespace mc;
using namespace mc::imap;

BOOST_AUTO_TEST_SUITE(parse_command_)

BOOST_AUTO_TEST_CASE(a_command_has_a_tag_a_name_and_the_rest) {
  auto head = parse_command("A.1]x noop\r\n");
  BOOST_REQUIRE(head.has_value());
  BOOST_TEST(head->tag == "A.1]x");
  BOOST_TEST(head->name == "NOOP");
  BOOST_TEST(parse_no_args(head->args).has_value());
  head = parse_command("1 uid fetch 1 FLAGS\r\n");
  BOOST_REQUIRE(head.has_value());
  BOOST_TEST(head->name == "UID FETCH");
  BOOST_TEST(head->args.peek() == ' ');
}

BOOST_AUTO_TEST_CASE(malformed_heads_are_refused) {
  for (auto frame : {"\r\n", "a\r\n", "a \r\n", " a NOOP\r\n", "+ NOOP\r\n", "a+ NOOP\r\n", "* NOOP\r\n",
                     "a  NOOP\r\n", "a (NOOP)\r\n", "a UID\r\n", "a UID \r\n", "a UID  FETCH\r\n",
                     "a\tNOOP\r\n", "a \"NOOP\"\r\n", "é NOOP\r\n", ""})
    BOOST_TEST_CONTEXT(frame) {
      BOOST_TEST(!parse_command(frame).has_value());
    }
  BOOST_TEST(!parse_command(std::string(201, 't') + " NOOP\r\n").has_value());
}

BOOST_AUTO_TEST_CASE(arguments_of_commands_that_take_none_are_refused) {
  for (auto frame : {"a NOOP \r\n", "a NOOP x\r\n", "a NOOP(\r\n"}) BOOST_TEST_CONTEXT(frame) {
      auto head = parse_command(frame);
      BOOST_REQUIRE(head.has_value());
      BOOST_TEST(!parse_no_args(head->args).has_value());
    }
}

BOOST_AUTO_TEST_CASE(the_tag_is_found_even_in_what_cannot_be_parsed) {
  BOOST_TEST(tag_of("a1 \x01\r\n") == "a1");
  BOOST_TEST(tag_of("a1\r\n") == "a1");
  for (auto frame : {"", "\r\n", "+1 X\r\n", "a(b X\r\n", " X\r\n", "unfinished"})
    BOOST_TEST(tag_of(frame) == "*");
}

BOOST_AUTO_TEST_SUITE_END()
