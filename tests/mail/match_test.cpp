#include "mail/match.h"

#include <boost/test/unit_test.hpp>

using namespace mc::mail;

BOOST_AUTO_TEST_SUITE(match)

BOOST_AUTO_TEST_CASE(case_and_composition_do_not_matter) {
  struct Row {
    std::string_view needle, text;
    bool found;
  };
  for (auto const& row : std::initializer_list<Row>{
           {"hello", "Say HELLO there", true},
           {"", "", true},
           {"x", "", false},
           {"stra\xC3\x9F"
            "e",
            "STRASSE", true},
           {"\xC3\x84rger",
            "gro\xC3\x9F"
            "er \xC3\xA4rger",
            true},
           {"\xC3\xA9",
            "caf"
            "e\xCC\x81",
            true},                              // composed finds decomposed
           {"e\xCC\x81", "CAF\xC3\x89", true},  // and the other way, in capitals
           {"\xD0\x9F\xD1\x80", "\xD0\xBF\xD0\xA0", true},
           {"\xCE\xA3", "\xCF\x82", true},  // sigma and final sigma
           {"abc", "ab c", false},
           {"\xFF", "\xEF\xBF\xBD", true},
       })
    BOOST_TEST_CONTEXT(row.needle << " in " << row.text) {
      BOOST_TEST(Needle(row.needle).in(row.text) == row.found);
    }
}

namespace {
std::string const message =
    "Subject: =?utf-8?Q?T=C3=BCr?=\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    "--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    "R3LDvMOfZQ==\r\n"
    "--b\r\nContent-Type: text/html; charset=iso-8859-1\r\n\r\n<b>na\xEFve</b>\r\n"
    "--b\r\nContent-Type: application/pdf\r\n\r\nhidden words\r\n"
    "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner subject\r\n\r\ninner text\r\n--b--\r\n";
bool found(std::string_view words, MatchScope scope) {
  return text_contains(message, summarize(message).parts, Needle(words), scope);
}
}  // namespace

BOOST_AUTO_TEST_CASE(text_is_searched_decoded) {
  BOOST_TEST(
      found("GR\xC3\x9C\xC3\x9F"
            "E",
            MatchScope::body));
  BOOST_TEST(found("NA\xC3\x8FVE", MatchScope::body));
  BOOST_TEST(found("inner text", MatchScope::body));
  BOOST_TEST(found("inner subject", MatchScope::body));
  BOOST_TEST(!found("hidden words", MatchScope::all));
  BOOST_TEST(!found("t\xC3\xBCr", MatchScope::body));
  BOOST_TEST(found("t\xC3\xBCr", MatchScope::all));
}

BOOST_AUTO_TEST_CASE(a_match_across_internal_pieces_is_found) {
  for (std::size_t lead = 32760; lead < 32776; ++lead) {
    std::string octets = "Subject: x\r\n\r\n" + std::string(lead, '.') + "needle" + std::string(9, '.');
    BOOST_TEST(text_contains(octets, summarize(octets).parts, Needle("NEEDLE"), MatchScope::body));
  }
}

BOOST_AUTO_TEST_CASE(header_search_looks_at_one_field_name) {
  BOOST_TEST(header_contains(message, "subject", Needle("T\xC3\x9CR")));
  BOOST_TEST(!header_contains(message, "From", Needle("")));
  BOOST_TEST(header_contains(message, "Content-Type", Needle("")));
  BOOST_TEST(!header_contains(message, "Content-Type", Needle("pdf")));
}

BOOST_AUTO_TEST_SUITE_END()
