#include "mail/section.h"

#include <boost/test/unit_test.hpp>

using namespace mc;
using namespace mc::mail;

BOOST_AUTO_TEST_SUITE(section)

namespace {

// The shape of RFC 9051's example in 6.4.5.1: 1 text, 2 attachment, 3 message of two parts, 4 multipart
// with 4.2 message.
constexpr std::string_view example =
    "Subject: top\r\nContent-Type: multipart/mixed; boundary=o\r\n\r\npreamble\r\n"
    "--o\r\nContent-Type: text/plain\r\n\r\npart 1\r\n"
    "--o\r\nContent-Type: application/octet-stream\r\n\r\npart 2\r\n"
    "--o\r\nContent-Type: message/rfc822\r\n\r\n"
    "Subject: three\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n"
    "--i\r\n\r\npart 3.1\r\n--i\r\nContent-Type: application/x\r\n\r\npart 3.2\r\n--i--\r\n"
    "--o\r\nContent-Type: multipart/mixed; boundary=p\r\n\r\n"
    "--p\r\nContent-Type: image/gif\r\n\r\npart 4.1\r\n"
    "--p\r\nContent-Type: message/rfc822\r\n\r\nSubject: four two\r\n\r\npart 4.2.1\r\n"
    "--p--\r\n--o--\r\nepilogue\r\n";

std::string get(std::string_view octets, std::string_view path) {
  auto section = parse_section(path);
  if (!section) return "syntax";
  auto range = find_section(summarize(octets).parts, *section);
  return range ? std::string(slice(octets, *range)) : "absent";
}

}  // namespace

BOOST_AUTO_TEST_CASE(numbers_name_parts_as_the_rfc_shows) {
  struct Row {
    std::string_view path, expected;
  };
  for (auto const& row : std::initializer_list<Row>{
           {"HEADER", "Subject: top\r\nContent-Type: multipart/mixed; boundary=o\r\n\r\n"},
           {"1", "part 1"},
           {"1.MIME", "Content-Type: text/plain\r\n\r\n"},
           {"2", "part 2"},
           {"3.HEADER", "Subject: three\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n"},
           {"3.MIME", "Content-Type: message/rfc822\r\n\r\n"},
           {"3.TEXT", "--i\r\n\r\npart 3.1\r\n--i\r\nContent-Type: application/x\r\n\r\npart 3.2\r\n--i--"},
           {"3.1", "part 3.1"},
           {"3.1.MIME", "\r\n"},
           {"3.2", "part 3.2"},
           {"4.1", "part 4.1"},
           {"4.1.mime", "Content-Type: image/gif\r\n\r\n"},
           {"4.2", "Subject: four two\r\n\r\npart 4.2.1"},
           {"4.2.HEADER", "Subject: four two\r\n\r\n"},
           {"4.2.TEXT", "part 4.2.1"},
           {"4.2.1", "part 4.2.1"},
           {"5", "absent"},
           {"1.1", "absent"},
           {"1.HEADER", "absent"},
           {"4.TEXT", "absent"},
           {"4.2.2", "absent"},
       })
    BOOST_TEST_CONTEXT(row.path) {
      BOOST_TEST(get(example, row.path) == row.expected);
    }
  BOOST_TEST(get(example, "") == example);
}

BOOST_AUTO_TEST_CASE(a_message_without_parts_has_part_1) {
  std::string_view plain = "Subject: x\r\n\r\nbody\r\n";
  BOOST_TEST(get(plain, "1") == "body\r\n");
  BOOST_TEST(get(plain, "TEXT") == "body\r\n");
  BOOST_TEST(get(plain, "1.MIME") == "Subject: x\r\n\r\n");
  BOOST_TEST(get(plain, "2") == "absent");
  BOOST_TEST(get(plain, "1.1") == "absent");
  std::string_view forwarded = "Content-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\nbody";
  BOOST_TEST(get(forwarded, "1") == "Subject: in\r\n\r\nbody");
  BOOST_TEST(get(forwarded, "1.HEADER") == "Subject: in\r\n\r\n");
  BOOST_TEST(get(forwarded, "1.1") == "body");
  BOOST_TEST(get(forwarded, "1.1.1") == "absent");
}

BOOST_AUTO_TEST_CASE(bad_sections_are_syntax_errors) {
  for (auto text :
       {"0", "1.", ".1", "MIME", "1.0", "x", "1.TEXT.1", "HEADER.1", "1..2", "-1", "01", "4294967296"})
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(get("x", text) == "syntax");
    }
}

BOOST_AUTO_TEST_SUITE_END()
