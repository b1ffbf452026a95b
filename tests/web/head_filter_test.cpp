#include "web/head_filter.h"

#include <boost/test/unit_test.hpp>
#include <string>

using namespace mc::web;

BOOST_AUTO_TEST_SUITE(head_filter)

BOOST_AUTO_TEST_CASE(a_head_ends_with_its_first_empty_line) {
  std::string const head = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  auto found = find_head(head + "\r\n\r\n", 0);
  BOOST_REQUIRE(std::holds_alternative<std::optional<std::size_t>>(found));
  BOOST_TEST(std::get<0>(found).value() == head.size());
}

BOOST_AUTO_TEST_CASE(what_was_seen_before_need_not_be_seen_again) {
  std::string const head = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  for (std::size_t seen = 0; seen < head.size(); ++seen) {
    auto found = find_head(head, seen);
    BOOST_TEST_REQUIRE(std::get<0>(found).value() == head.size());
  }
}

BOOST_AUTO_TEST_CASE(a_head_of_the_largest_size_passes_and_one_octet_more_does_not) {
  std::string const begin = "GET / HTTP/1.1\r\nX: ";
  std::string const largest = begin + std::string(max_head - begin.size() - 4, 'y') + "\r\n\r\n";
  auto found = find_head(largest, 0);
  BOOST_TEST(std::get<0>(found).value() == max_head);
  auto larger = find_head("G" + largest, 0);
  BOOST_TEST(std::get<Refusal>(larger).status == 431u);
}

BOOST_AUTO_TEST_CASE(the_framing_is_what_the_fields_say) {
  auto checked = check_head("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0042\r\nExpect: 100-Continue\r\n\r\n");
  BOOST_REQUIRE(std::holds_alternative<Framing>(checked));
  BOOST_TEST(std::get<Framing>(checked).content_length == 42u);
  BOOST_TEST(std::get<Framing>(checked).expects_continue);
}

BOOST_AUTO_TEST_SUITE_END()
