#include "mail/content.h"

#include <boost/test/unit_test.hpp>

#include "mail/decode.h"
#include "mail/summary.h"

using namespace mc::mail;

BOOST_AUTO_TEST_SUITE(content)

BOOST_AUTO_TEST_CASE(html_is_read_by_lines) {
  struct Row {
    std::string_view html, text;
  };
  for (Row const& row : {
           Row{"", "\n"},
           Row{"one", "one\n"},
           Row{"<p>one</p><p>two &amp; three</p>", "\none\n\ntwo & three\n\n"},
           Row{"one<br>two<BR/>three", "one\ntwo\nthree\n"},
           Row{"<div>a\r\n  b\t<b>c</b></div>", "\na b c\n\n"},
           Row{"<head><title>no</title><style>p{}</style></head>yes", "yes\n"},
           Row{"<!-- <p>no</p> -->yes<!-- <p>", "yes\n"},
           Row{"<blockquote>old<br>older</blockquote>new", "\n> old\n> older\nnew\n"},
           Row{"</blockquote>a<blockquote", "\na\n\n"},
           Row{"a < b <x", "a < b\n"},
           Row{"<previous>a</previous>", "a\n"},
       })
    BOOST_TEST(html_text(row.html) == row.text, row.html);
  BOOST_TEST(html_text("<p>one</p><p>two", 8) == "\none\n");
  BOOST_TEST(html_text(std::string(1 << 20, '<')).size() < (2u << 20));
}

BOOST_AUTO_TEST_CASE(a_text_alone_is_one_part) {
  std::string const made = compose_content("Grüße\n", {});
  Summary const summary = summarize(made);
  BOOST_REQUIRE(summary.parts.size() == 1u);
  BOOST_TEST((summary.parts[0].type == "text" && summary.parts[0].subtype == "plain" && summary.parts[0].charset == "utf-8"));
  BOOST_TEST(!summary.has_8bit);
}

BOOST_AUTO_TEST_CASE(parts_stand_behind_it_octet_for_octet) {
  std::string const one = "Content-Type: application/x-a\r\n\r\n\x01\xff\r\n", two = "\r\nplain";
  std::string const made = compose_content("Hello\n", {one, two});
  BOOST_TEST(made.find("Content-Transfer-Encoding: 8bit\r\n") != std::string::npos);
  Summary const summary = summarize(made);
  BOOST_REQUIRE(summary.parts.size() == 4u);
  auto whole = [&](std::size_t i) { return std::string(slice(made, {summary.parts[i].header_begin, summary.parts[i].body_end})); };
  BOOST_TEST(whole(2) == one);
  BOOST_TEST(whole(3) == two);
  BOOST_TEST(summary.parts[1].subtype == "plain");
}

BOOST_AUTO_TEST_SUITE_END()
