#include "mail/headers.h"

#include <boost/test/unit_test.hpp>

#include "core/text.h"

using namespace mc;
using namespace mc::mail;

BOOST_AUTO_TEST_SUITE(headers)

namespace {
constexpr std::string_view message =
    "Received: one\r\n\tfolded\r\n"
    "X-MC-Type : payment\r\n"
    "x-mc-why: forged\r\n"
    "no colon here\r\n"
    "Subject: Hi\r\n there\r\n"
    "\r\n"
    "Body: not a header\r\n";
}

BOOST_AUTO_TEST_CASE(a_reader_gives_each_field_with_its_folding) {
  HeaderReader in(message);
  auto first = in.next();
  BOOST_TEST(first->name == "Received");
  BOOST_TEST(first->value == " one\r\n\tfolded");
  BOOST_TEST(slice(message, first->whole) == "Received: one\r\n\tfolded\r\n");
  BOOST_TEST(in.next()->name == "X-MC-Type");
  in.next();
  BOOST_TEST(in.next()->name == "");
  BOOST_TEST(in.next()->value == " Hi\r\n there");
  BOOST_TEST(!in.next());
  BOOST_TEST(!in.next());
  BOOST_TEST(message.substr(in.block_end()) == "Body: not a header\r\n");
}

BOOST_AUTO_TEST_CASE(a_header_ends_at_the_empty_line_or_with_the_octets) {
  struct Row {
    std::string_view octets;
    std::size_t end;
  };
  for (auto const& row : {Row{"A: b\r\n\r\nx", 8}, Row{"A: b\n\nx", 6}, Row{"A: b", 4}, Row{"", 0},
                          Row{"\r\nx", 2}, Row{"\nx", 1}, Row{"A: b\r\rx", 7}, Row{"A: b\n \n\nx", 8}})
    BOOST_TEST_CONTEXT(std::string(row.octets)) {
      BOOST_TEST(header_end(row.octets) == row.end);
    }
}

BOOST_AUTO_TEST_CASE(find_header_ignores_case_and_the_body) {
  BOOST_TEST(*find_header(message, "SUBJECT") == " Hi\r\n there");
  BOOST_TEST(!find_header(message, "Body"));
  BOOST_TEST(find_headers("A: 1\r\nB: 2\r\na: 3\r\n", "A").size() == 2u);
}

BOOST_AUTO_TEST_CASE(unfolding_removes_line_ends_only) {
  BOOST_TEST(unfold(" Hi\r\n there") == "Hi there");
  BOOST_TEST(unfold(" a\n\tb\r\n c ") == "a\tb c");
  BOOST_TEST(unfold("a\rb") == "a\rb");
}

BOOST_AUTO_TEST_CASE(header_fields_pick_and_leave_out_in_message_order) {
  std::vector<std::string> names{"SUBJECT", "received"};
  BOOST_TEST(header_fields(message, names, FieldChoice::pick) ==
             "Received: one\r\n\tfolded\r\nSubject: Hi\r\n there\r\n\r\n");
  BOOST_TEST(header_fields(message, names, FieldChoice::leave_out) ==
             "X-MC-Type : payment\r\nx-mc-why: forged\r\nno colon here\r\n\r\n");
  BOOST_TEST(header_fields("Subject: x", names, FieldChoice::pick) == "Subject: x\r\n\r\n");
  BOOST_TEST(header_fields("", names, FieldChoice::pick) == "\r\n");
}

BOOST_AUTO_TEST_CASE(cuts_cover_whole_fields_and_merge_neighbours) {
  auto cuts = find_cuts(message, [](auto name, auto) { return istarts_with(name, "x-mc-"); });
  BOOST_REQUIRE(cuts.size() == 1u);
  BOOST_TEST(slice(message, cuts[0]) == "X-MC-Type : payment\r\nx-mc-why: forged\r\n");
  BOOST_TEST(find_cuts(message, [](auto name, auto) { return name == "Body"; }).empty());
}

BOOST_AUTO_TEST_SUITE_END()
