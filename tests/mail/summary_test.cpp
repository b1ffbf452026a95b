#include "mail/summary.h"

#include <boost/test/unit_test.hpp>

#include "invariants.h"

using namespace mc;
using namespace mc::mail;

BOOST_AUTO_TEST_SUITE(summary)

namespace {

std::string envelope_of(std::string const& headers) {
  auto octets = headers + "\r\nbody\r\n";
  auto made = summarize(octets);
  BOOST_TEST(test::check_summary(octets, made) == "");
  return made.envelope;
}

std::string structure_of(std::string const& octets) {
  auto made = summarize(octets);
  BOOST_TEST(test::check_summary(octets, made) == "");
  return made.bodystructure;
}

}  // namespace

// RFC 9051, section 8 (sample connection): the header and envelope given there.
BOOST_AUTO_TEST_CASE(the_envelope_of_the_rfc) {
  BOOST_TEST(
      envelope_of("Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\r\n"
                  "From: Terry Gray <gray@cac.washington.edu>\r\n"
                  "Subject: IMAP4rev2 WG mtg summary and minutes\r\n"
                  "To: imap@cac.washington.edu\r\n"
                  "Cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>\r\n"
                  "Message-Id: <B27397-0100000@cac.washington.edu>\r\n") ==
      R"~(("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)" "IMAP4rev2 WG mtg summary and minutes" )~"
      R"((("Terry Gray" NIL "gray" "cac.washington.edu")) (("Terry Gray" NIL "gray" "cac.washington.edu")) )"
      R"((("Terry Gray" NIL "gray" "cac.washington.edu")) ((NIL NIL "imap" "cac.washington.edu")) )"
      R"(((NIL NIL "minutes" "CNRI.Reston.VA.US")("John Klensin" NIL "KLENSIN" "MIT.EDU")) NIL NIL )"
      R"("<B27397-0100000@cac.washington.edu>"))");
}

BOOST_AUTO_TEST_CASE(absent_is_nil_and_empty_is_the_empty_string) {
  BOOST_TEST(envelope_of("X: y\r\n") == "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)");
  BOOST_TEST(envelope_of("Subject:\r\nDate: \r\nMessage-ID:\r\nIn-Reply-To:\r\nTo:\r\n") ==
             R"(("" "" NIL NIL NIL NIL NIL NIL "" ""))");
}

BOOST_AUTO_TEST_CASE(addresses_of_all_shapes) {
  struct Row {
    std::string_view to, expected;
  };
  for (auto const& row : std::initializer_list<Row>{
           {"a@b", R"(((NIL NIL "a" "b")))"},
           {"a@b (Real Name)", R"((("Real Name" NIL "a" "b")))"},
           {"\"Q. \\\"x\\\"\" <a@b>", R"((("Q. \"x\"" NIL "a" "b")))"},
           {"J. R. Doe <j@d>", R"((("J. R. Doe" NIL "j" "d")))"},
           {"<@r1,@r2:a@b>", R"(((NIL "@r1,@r2" "a" "b")))"},
           {"undisclosed-recipients:;", R"(((NIL NIL "undisclosed-recipients" NIL)(NIL NIL NIL NIL)))"},
           {"G: a@b, C <c@d>; e@f",
            R"(((NIL NIL "G" NIL)(NIL NIL "a" "b")("C" NIL "c" "d")(NIL NIL NIL NIL)(NIL NIL "e" "f")))"},
           {"=?utf-8?q?J=C3=BC?= <a@b>", R"((("=?utf-8?q?J=C3=BC?=" NIL "a" "b")))"},
           {"J\xC3\xBC <a@b>", R"((("=?utf-8?Q?J=C3=BC?=" NIL "a" "b")))"},
           {",, a@b,", R"(((NIL NIL "a" "b")))"},
           {" , ", "NIL"},
           {"a@[192.0.2.1]", R"(((NIL NIL "a" "[192.0.2.1]")))"},
           {"\"a b\"@c", R"(((NIL NIL "a b" "c")))"},
           {"local", R"(((NIL NIL "local" "")))"},
           {"a@b.example <a@b.example>", R"((("a@b.example" NIL "a" "b.example")))"},
           {"Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>",
            R"((("Pete" NIL "pete" "silly.test")))"},
           {"Mary Smith <mary@x.test>, jdoe@example . test",
            R"((("Mary Smith" NIL "mary" "x.test")(NIL NIL "jdoe" "example.test")))"},
           {"a.b.c@d,e@f", R"(((NIL NIL "a.b.c" "d")(NIL NIL "e" "f")))"},
           {"<a@b", R"(((NIL NIL "a" "b")))"},
       })
    BOOST_TEST_CONTEXT(row.to) {
      auto wire = envelope_of("To: " + std::string(row.to) + "\r\n");
      BOOST_TEST(wire == "(NIL NIL NIL NIL NIL " + std::string(row.expected) + " NIL NIL NIL NIL)");
    }
}

BOOST_AUTO_TEST_CASE(sender_and_reply_to_default_to_from_but_speak_when_present) {
  BOOST_TEST(envelope_of("From: a@b\r\nReply-To: r@b\r\nSender: \r\n") ==
             R"((NIL NIL ((NIL NIL "a" "b")) ((NIL NIL "a" "b")) ((NIL NIL "r" "b")) NIL NIL NIL NIL NIL))");
}

BOOST_AUTO_TEST_CASE(several_fields_of_one_kind_are_one_list) {
  BOOST_TEST(envelope_of("To: a@b\r\nTo: c@d\r\n") ==
             R"((NIL NIL NIL NIL NIL ((NIL NIL "a" "b")(NIL NIL "c" "d")) NIL NIL NIL NIL))");
}

BOOST_AUTO_TEST_CASE(raw_8bit_becomes_encoded_words_and_cr_makes_a_literal) {
  BOOST_TEST(envelope_of("Subject: Gr\xC3\xBC\xC3\x9F\x65\r\n") ==
             R"((NIL "=?utf-8?Q?Gr=C3=BC=C3=9Fe?=" NIL NIL NIL NIL NIL NIL NIL NIL))");
  BOOST_TEST(envelope_of("Subject: Gr\xFC\xDF\x65\r\n") ==
             R"((NIL "=?utf-8?Q?Gr=C3=BC=C3=9Fe?=" NIL NIL NIL NIL NIL NIL NIL NIL))");
  BOOST_TEST(envelope_of("Subject: a\rb\r\n") == "(NIL {3}\r\na\rb NIL NIL NIL NIL NIL NIL NIL NIL)");
  BOOST_TEST(envelope_of("Subject: say \"hi\" \\o/\r\n") ==
             R"((NIL "say \"hi\" \\o/" NIL NIL NIL NIL NIL NIL NIL NIL))");
  BOOST_TEST(envelope_of("Subject: two\r\n lines\r\n") ==
             R"((NIL "two lines" NIL NIL NIL NIL NIL NIL NIL NIL))");
  BOOST_TEST(envelope_of(std::string("Subject: a\0b\r\n", 14)) ==
             R"((NIL "ab" NIL NIL NIL NIL NIL NIL NIL NIL))");
}

BOOST_AUTO_TEST_CASE(structures_of_single_parts) {
  struct Row {
    std::string octets, expected;
  };
  for (auto const& row : std::initializer_list<Row>{
           {"Subject: x\r\n\r\nhello\r\nyou\r\n",
            R"(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 12 2 NIL NIL NIL NIL))"},
           {"Subject: x\n\nhello\nyou\n",
            R"(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 10 2 NIL NIL NIL NIL))"},
           {"Content-Type: text/html; charset=UTF-8\r\nContent-Transfer-Encoding: Quoted-Printable\r\n\r\nx",
            R"(("text" "html" ("charset" "UTF-8") NIL NIL "quoted-printable" 1 0 NIL NIL NIL NIL))"},
           {"Content-Type: image/png; name=a.png\r\nContent-Transfer-Encoding: base64\r\nContent-ID: "
            "<i@d>\r\n"
            "Content-Description: A picture\r\nContent-MD5: Q2hlY2s=\r\nContent-Language: en, de\r\n"
            "Content-Location: http://x/\r\nContent-Disposition: attachment; filename=\"a b.png\"; "
            "size=3\r\n\r\nAAAA",
            R"(("image" "png" ("name" "a.png") "<i@d>" "A picture" "base64" 4 "Q2hlY2s=" )"
            R"(("attachment" ("filename" "a b.png" "size" "3")) ("en" "de") "http://x/"))"},
           {"Content-Type: garbage\r\n\r\n",
            R"(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0 NIL NIL NIL NIL))"},
           {"Content-Type: multipart/mixed\r\n\r\n--x\r\n",
            R"(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 5 1 NIL NIL NIL NIL))"},
           {"Content-Type: application/x; name*=utf-8''a%C3%A4\r\n\r\n",
            R"(("application" "x" ("name*" "utf-8''a%C3%A4") NIL NIL "7bit" 0 NIL NIL NIL NIL))"},
           {"Content-Type: application/x; n*0=ab; n*1=\"c d\"\r\n\r\n",
            R"(("application" "x" ("n" "abc d") NIL NIL "7bit" 0 NIL NIL NIL NIL))"},
           {"Content-Type: application/x; n*0*=utf-8''a%20; n*1=\"b c\"\r\n\r\n",
            R"(("application" "x" ("n*" "utf-8''a%20b%20c") NIL NIL "7bit" 0 NIL NIL NIL NIL))"},
           {"Content-Type: application/x; name=\"\xC3\xA4.txt\"\r\n\r\n",
            R"(("application" "x" ("name*" "utf-8''%C3%A4.txt") NIL NIL "7bit" 0 NIL NIL NIL NIL))"},
           {"Content-Transfer-Encoding: \xC3\xA4\r\n\r\n",
            R"(("text" "plain" ("charset" "us-ascii") NIL NIL "x-unknown" 0 0 NIL NIL NIL NIL))"},
           {"Content-Transfer-Encoding: x-foo\r\n\r\n",
            R"(("text" "plain" ("charset" "us-ascii") NIL NIL "x-foo" 0 0 NIL NIL NIL NIL))"},
       })
    BOOST_TEST_CONTEXT(row.octets) {
      BOOST_TEST(structure_of(row.octets) == row.expected);
    }
}

// RFC 9051, 7.5.2: the BODYSTRUCTURE with nested envelope; lengths counted by hand.
BOOST_AUTO_TEST_CASE(a_forwarded_message_carries_its_envelope_and_body) {
  BOOST_TEST(
      structure_of("Content-Type: message/rfc822\r\n\r\nSubject: in\r\nFrom: a@b\r\n\r\nhi\r\n") ==
      R"(("message" "rfc822" NIL NIL NIL "7bit" 30 (NIL "in" ((NIL NIL "a" "b")) ((NIL NIL "a" "b")) )"
      R"(((NIL NIL "a" "b")) NIL NIL NIL NIL NIL) )"
      R"(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 4 1 NIL NIL NIL NIL) 4 NIL NIL NIL NIL))");
}

namespace {
std::string const text_0 = R"(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0 NIL NIL NIL NIL))";
std::string text_part(int octets, int lines) {
  return R"(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" )" + std::to_string(octets) + ' ' +
         std::to_string(lines) + " NIL NIL NIL NIL)";
}
std::string mixed(std::string const& children, std::string const& boundary) {
  return '(' + children + R"( "mixed" ("boundary" ")" + boundary + R"(") NIL NIL NIL))";
}
std::string const top = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
}  // namespace

BOOST_AUTO_TEST_CASE(broken_multiparts_are_read_as_good_servers_do) {
  struct Row {
    std::string what, octets, expected;
  };
  for (auto const& row : std::initializer_list<Row>{
           {"two parts", top + "--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n\r\n--b--\r\n",
            mixed(text_part(3, 0) + text_part(5, 1), "b")},
           {"never closed", top + "--b\r\n\r\none\r\n", mixed(text_part(5, 1), "b")},
           {"no boundary line at all", top + "text\r\n", mixed(text_0, "b")},
           {"closed before it began", top + "--b--\r\n", mixed(text_0, "b")},
           {"a part without empty line", top + "--b\r\nX: y\r\n--b--\r\n", mixed(text_0, "b")},
           {"a boundary straight after another", top + "--b\r\n--b\r\n\r\nx\r\n--b--",
            mixed(text_0 + text_part(1, 0), "b")},
           {"white space after the boundary", top + "--b  \r\n\r\nx\r\n--b-- \r\n",
            mixed(text_part(1, 0), "b")},
           {"after the end all is epilogue", top + "--b\r\n\r\nx\r\n--b--\r\n--b\r\n\r\ny\r\n",
            mixed(text_part(1, 0), "b")},
           {"LF only", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\ny\n--b--\n",
            mixed(text_part(3, 1), "b")},
           {"the inner one never closed",
            top + "--b\r\nContent-Type: multipart/mixed; "
                  "boundary=c\r\n\r\n--c\r\n\r\nx\r\n--b\r\n\r\ny\r\n--b--\r\n",
            mixed(mixed(text_part(1, 0), "c") + text_part(1, 0), "b")},
           {"an inner boundary that begins with the outer one",
            top + "--b\r\nContent-Type: multipart/mixed; "
                  "boundary=bc\r\n\r\n--bc\r\n\r\nx\r\n--bc--\r\n--b\r\n\r\ny\r\n--b--\r\n",
            mixed(mixed(text_part(1, 0), "bc") + text_part(1, 0), "b")},
       })
    BOOST_TEST_CONTEXT(row.what) {
      BOOST_TEST(structure_of(row.octets) == row.expected);
    }
}

// The header of the inner message has the line end before the boundary; so its part must have it too.
BOOST_AUTO_TEST_CASE(a_message_that_is_all_header_stays_inside_its_part) {
  for (std::string inner :
       {"Subject: x\r\n", "Subject: x\r\n\r\n", "Content-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n"})
    BOOST_TEST_CONTEXT(inner) {
      auto octets = top + "--b\r\nContent-Type: message/rfc822\r\n\r\n" + inner + "--b--\r\n";
      auto made = summarize(octets);
      BOOST_TEST(test::check_summary(octets, made) == "");
      BOOST_TEST(slice(octets, made.parts[1].body()) == inner);
    }
}

BOOST_AUTO_TEST_CASE(parts_of_a_digest_are_messages_by_default) {
  auto made = summarize(
      "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nSubject: one\r\n\r\nx\r\n"
      "--b\r\nContent-Type: text/plain\r\n\r\ny\r\n--b--\r\n");
  BOOST_REQUIRE(made.parts.size() == 4u);
  BOOST_CHECK(made.parts[1].kind == PartKind::message);
  BOOST_TEST(made.parts[2].parent == 1);
  BOOST_TEST(made.parts[3].type == "text");
}

BOOST_AUTO_TEST_CASE(facts_are_decoded) {
  auto made = summarize(
      "Received: a\r\nReceived: b\r\nFrom: =?iso-8859-1?Q?J=FCrgen?= <j@x.test>\r\nTo: G: a@b;, \"C, D\" "
      "<c@d>\r\n"
      "Subject: =?utf-8?B?R3LDvMOf?= =?utf-8?Q?e_an?= alle\r\nDate: Tue, 31 Dec 2024 23:30:00 -0500\r\n"
      "Message-ID: <m@x>\r\nIn-Reply-To: <p@x>\r\nReferences: <a@x>\r\n <p@x>\r\n"
      "Auto-Submitted: Auto-Replied (vacation)\r\nPrecedence: Bulk\r\nList-Id: <l.x>\r\n\r\n  Hello\r\n\r\n  "
      "world \r\n");
  BOOST_TEST(made.subject ==
             "Gr\xC3\xBC\xC3\x9F"
             "e an alle");
  BOOST_REQUIRE(made.from.size() == 1u);
  BOOST_TEST(made.from[0].name == "J\xC3\xBCrgen");
  BOOST_TEST(made.from[0].spec() == "j@x.test");
  BOOST_REQUIRE(made.to.size() == 2u);
  BOOST_TEST(made.to[1].name == "C, D");
  BOOST_TEST(made.message_id == "<m@x>");
  BOOST_TEST(made.references == (std::vector<std::string>{"<a@x>", "<p@x>"}),
             boost::test_tools::per_element());
  BOOST_REQUIRE(made.date.has_value());
  using namespace std::chrono;
  BOOST_CHECK(made.date->day == year(2024) / 12 / 31);
  BOOST_CHECK(made.date->time == sys_days(year(2025) / 1 / 1) + hours(4) + minutes(30));
  BOOST_TEST(made.auto_submitted == "auto-replied");
  BOOST_TEST(made.precedence == "bulk");
  BOOST_TEST(made.list_mail);
  BOOST_TEST(!made.report);
  BOOST_TEST(made.received_count == 2u);
  BOOST_TEST(made.preview == "Hello world");
  BOOST_TEST(!made.has_8bit);
}

BOOST_AUTO_TEST_CASE(previews_come_from_text_or_html) {
  struct Row {
    std::string octets, expected;
  };
  for (auto const& row : std::initializer_list<Row>{
           {"Content-Type: text/html\r\n\r\n<html><head><title>T</title><style>p{}</style></head><body><p>A "
            "&amp; "
            "B&nbsp;&#8364;</p><!-- c -->\r\n<script>x()</script><b>c</b></body>",
            "A & B \xE2\x82\xAC c"},
           {"Content-Transfer-Encoding: base64\r\nContent-Type: text/plain; "
            "charset=utf-8\r\n\r\nSGVsbG8=\r\n",
            "Hello"},
           {top + "--b\r\nContent-Disposition: attachment\r\n\r\nno\r\n--b\r\nContent-Type: "
                  "text/html\r\n\r\n<i>yes</i>\r\n--b--",
            "yes"},
           {"Content-Type: image/png\r\n\r\nxxx", ""},
           {"Content-Type: text/plain; charset=iso-8859-1\r\n\r\n\xFC\xFC", "\xC3\xBC\xC3\xBC"},
       })
    BOOST_TEST_CONTEXT(row.octets) {
      BOOST_TEST(summarize(row.octets).preview == row.expected);
    }
  std::string many;
  for (int i = 0; i < 300; ++i) many += "\xC3\xBC";
  auto preview = summarize("Content-Type: text/plain; charset=utf-8\r\n\r\n" + many).preview;
  BOOST_TEST(preview.size() == 400u);
}

BOOST_AUTO_TEST_CASE(file_names_are_decoded_from_every_form) {
  for (std::string param : {"filename*=utf-8''%C3%A4.txt", "filename*0*=utf-8''%C3%A4; filename*1=.txt",
                            "filename=\"=?utf-8?Q?=C3=A4=2Etxt?=\"", "filename=\"\xC3\xA4.txt\"",
                            "filename=plain.txt; filename*=iso-8859-1''%E4.txt"})
    BOOST_TEST_CONTEXT(param) {
      auto made = summarize("Content-Type: application/pdf; name=x\r\nContent-Disposition: attachment; " +
                            param + "\r\n\r\n");
      BOOST_TEST(made.parts[0].filename == "\xC3\xA4.txt");
      BOOST_TEST(made.parts[0].disposition == "attachment");
    }
}

BOOST_AUTO_TEST_CASE(beyond_a_limit_a_message_is_one_opaque_part_with_its_header) {
  Limits small;
  small.parts = 3;
  std::string octets =
      "Subject: kept\r\n" + top + "--b\r\n\r\n1\r\n--b\r\n\r\n2\r\n--b\r\n\r\n3\r\n--b--\r\n";
  auto made = summarize(octets, small);
  BOOST_TEST(made.opaque);
  BOOST_TEST(test::check_summary(octets, made) == "");
  BOOST_TEST(made.subject == "kept");
  BOOST_REQUIRE(made.parts.size() == 1u);
  BOOST_TEST(made.bodystructure == R"(("application" "octet-stream" NIL NIL NIL "8bit" 37 NIL NIL NIL NIL))");
  small.parts = 4;
  BOOST_TEST(!summarize(octets, small).opaque);
}

BOOST_AUTO_TEST_SUITE_END()
