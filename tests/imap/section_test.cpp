#include "imap/section.h"

#include <boost/test/unit_test.hpp>

#include "imap/writer.h"

using namespace mc;
using namespace mc::imap;

BOOST_AUTO_TEST_SUITE(section)

namespace {

// What a reader makes of `text`, written again; "error" when it is refused.
std::string again(std::string_view text, Section (*read)(Cursor&) = read_section) {
  Cursor in(text);
  auto result = in.finish(read(in));
  if (!result) return "error";
  std::string out;
  Writer(out).section(*result);
  return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(sections_are_read_and_written) {
  for (auto text : {"[]", "[HEADER]", "[TEXT]", "[1]", "[1.2.3]", "[1.HEADER]", "[4.2.MIME]", "[4.2.TEXT]",
                    "[4294967295]", "[HEADER.FIELDS (DATE FROM)]", "[HEADER.FIELDS.NOT (X)]",
                    "[1.HEADER.FIELDS (\"a b\")]"})
    BOOST_TEST(again(text) == text);
  BOOST_TEST(again("[header.fields (Date \"From\")]") == "[HEADER.FIELDS (Date From)]");
  BOOST_TEST(again("[HEADER.FIELDS ({4}\r\nDate)]") == "[HEADER.FIELDS (Date)]");
}

BOOST_AUTO_TEST_CASE(malformed_sections_are_refused) {
  for (auto text : {"",
                    "[",
                    "]",
                    "[0]",
                    "[01]",
                    "[1.]",
                    "[1.0]",
                    "[.1]",
                    "[1..2]",
                    "[MIME]",
                    "[1.FOO]",
                    "[HEADER.FIELDS]",
                    "[HEADER.FIELDS ()]",
                    "[HEADER.FIELDS (a]",
                    "[HEADER.FIELDS(a)]",
                    "[HEADER.FIELDS a]",
                    "[TEXT.1]",
                    "[HEADER ]",
                    "[1 2]",
                    "[1.MIME",
                    "[4294967296]",
                    "[HEADERS]",
                    "[1TEXT]",
                    "[HEADER.FIELDS.NOT.X (a)]",
                    "[TEXT (a)]"})
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(again(text) == "error");
    }
}

BOOST_AUTO_TEST_CASE(binary_sections_are_part_numbers_only) {
  BOOST_TEST(again("[]", read_section_binary) == "[]");
  BOOST_TEST(again("[1.2]", read_section_binary) == "[1.2]");
  for (auto text : {"[TEXT]", "[1.TEXT]", "[1.]", "[0]", "[1.MIME]"})
    BOOST_TEST(again(text, read_section_binary) == "error");
}

BOOST_AUTO_TEST_CASE(depth_and_header_lists_are_bounded) {
  std::string deep = "[1";
  for (int i = 0; i < 99; ++i) deep += ".1";
  BOOST_TEST(again(deep + "]") == deep + "]");
  BOOST_TEST(again(deep + ".1]") == "error");
  std::string many = "[HEADER.FIELDS (a";
  for (int i = 0; i < 500; ++i) many += " a";
  BOOST_TEST(again(many + ")]") == "error");
}

BOOST_AUTO_TEST_CASE(partials_have_an_origin_and_a_count) {
  auto partial = [](std::string_view text) {
    Cursor in(text);
    return in.finish(try_partial(in));
  };
  BOOST_TEST(!partial("").value().has_value());
  BOOST_TEST((partial("<0.2048>").value() == Partial{0, 2048}));
  BOOST_TEST((partial("<9223372036854775807.9223372036854775807>").value()->count == 9223372036854775807u));
  for (auto text :
       {"<", "<0>", "<0.0>", "<0.>", "<.1>", "<-1.1>", "<0.1", "<0.1>x", "<0.9223372036854775808>"})
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(!partial(text).has_value());
    }
}

BOOST_AUTO_TEST_SUITE_END()
