// The example commands of the RFCs, whole and broken off, through the framer and their parser.
#include "tests/imap/parse_any.h"

#include <boost/test/unit_test.hpp>
#include <vector>

#include "imap/command_reader.h"

using namespace mc;
using namespace mc::imap;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(rfc_examples)

namespace {

std::vector<std::string> const examples{
    // RFC 9051, sections 6 and 8
    "abcd CAPABILITY\r\n",
    "a002 NOOP\r\n",
    "A023 LOGOUT\r\n",
    "a002 STARTTLS\r\n",
    "a003 AUTHENTICATE PLAIN dGVzdAB0ZXN0AHRlc3Q=\r\n",
    "A001 AUTHENTICATE GSSAPI\r\n",
    "A01 AUTHENTICATE EXTERNAL =\r\n",
    "a001 LOGIN SMITH SESAME\r\n",
    "A001 LOGIN {11}\r\nFRED FOOBAR {7}\r\nfat man\r\n",
    "A001 LOGIN {11+}\r\nFRED FOOBAR {7+}\r\nfat man\r\n",
    "t1 ENABLE CONDSTORE\r\n",
    "a1 ENABLE IMAP4rev2 X-GOOD-IDEA\r\n",
    "A142 SELECT INBOX\r\n",
    "A932 EXAMINE blurdybloop\r\n",
    "A003 CREATE owatagusiam/\r\n",
    "A004 CREATE owatagusiam/blurdybloop\r\n",
    "A683 DELETE blurdybloop\r\n",
    "A682 LIST \"\" *\r\n",
    "A683 RENAME blurdybloop sarasoop\r\n",
    "Z433 RENAME INBOX old-mail\r\n",
    "A002 SUBSCRIBE #news.comp.mail.mime\r\n",
    "A002 UNSUBSCRIBE #news.comp.mail.mime\r\n",
    "A101 LIST \"\" \"\"\r\n",
    "A102 LIST #news.comp.mail.misc \"\"\r\n",
    "A103 LIST /usr/staff/jones \"\"\r\n",
    "A202 LIST ~/Mail/ %\r\n",
    "A01 LIST \"\" \"%\" RETURN (CHILDREN)\r\n",
    "A02 LIST (SUBSCRIBED) \"\" \"*\"\r\n",
    "A04 LIST (REMOTE) \"\" \"%\" RETURN (CHILDREN)\r\n",
    "A05 LIST (REMOTE SUBSCRIBED) \"\" \"*\"\r\n",
    "A06 LIST (REMOTE) \"\" \"*\" RETURN (SUBSCRIBED)\r\n",
    "BBB LIST \"\" (\"INBOX\" \"Drafts\" \"Sent/%\")\r\n",
    "C04 LIST (SUBSCRIBED RECURSIVEMATCH) \"\" \"%\" RETURN (CHILDREN)\r\n",
    "A01 LIST \"\" % RETURN (STATUS (MESSAGES UNSEEN))\r\n",
    "A02 LIST (SUBSCRIBED RECURSIVEMATCH) \"\" % RETURN (STATUS (MESSAGES))\r\n",
    "t2 LIST (SPECIAL-USE) \"\" \"*\"\r\n",
    "t3 LIST \"\" \"%\" RETURN (SPECIAL-USE)\r\n",
    "A001 NAMESPACE\r\n",
    "A042 STATUS blurdybloop (UIDNEXT MESSAGES)\r\n",
    "A003 APPEND saved-messages (\\Seen) {5}\r\nDate:\r\n",
    "A003 APPEND saved-messages (\\Seen) {5+}\r\nDate:\r\n",
    "A004 APPEND x (\\Seen) \"17-Jul-1996 02:44:25 -0700\" ~{6+}\r\nab\0\r\nc\r\n"s,
    "A001 IDLE\r\n",
    "FXXZ CHECK\r\n",
    "A341 CLOSE\r\n",
    "A341 UNSELECT\r\n",
    "A202 EXPUNGE\r\n",
    "A282 SEARCH RETURN (MIN COUNT) FLAGGED SINCE 1-Feb-1994 NOT FROM \"Smith\"\r\n",
    "A283 SEARCH RETURN () FLAGGED SINCE 1-Feb-1994 NOT FROM \"Smith\"\r\n",
    "A284 SEARCH TEXT \"string not in mailbox\"\r\n",
    "A285 SEARCH RETURN (MIN) TEXT \"string not in mailbox\"\r\n",
    "A301 SEARCH RETURN (SAVE) FLAGGED SINCE 1-Feb-1994 NOT FROM \"Smith\"\r\n",
    "E282 SEARCH RETURN (SAVE) KEYWORD $Junk\r\n",
    "E283 SEARCH RETURN (COUNT) $ SMALLER 1000\r\n",
    "F284 SEARCH RETURN (SAVE ALL) CHARSET UTF-8 (OR $ 1,3000:3021) TEXT {8}\r\nYYYYYYYY\r\n",
    "P283 SEARCH CHARSET UTF-8 (OR $ 1,3000:3021) TEXT {8+}\r\nYYYYYYYY\r\n",
    "A654 FETCH 2:4 (FLAGS BODY[HEADER.FIELDS (DATE FROM)])\r\n",
    "a004 fetch 12 body[header]\r\n",
    "a005 store 12 +flags \\deleted\r\n",
    "A003 STORE 2:4 +FLAGS (\\Deleted)\r\n",
    "A003 COPY 2:4 MEETING\r\n",
    "a UID MOVE 42:69 foo\r\n",
    "A3 MOVE $ \"Other Messages\"\r\n",
    "A999 UID FETCH 4827313:4828442 FLAGS\r\n",
    "A003 UID EXPUNGE 3000:3002\r\n",
    "a UID SEARCH RETURN (ALL) SEEN\r\n",
    "a UID COPY 1:* \"Account Alerts\"\r\n",
    "a001 fetch 1 BINARY.PEEK[1.2]<0.1024>\r\n",
    "a UID STORE 1:2 -FLAGS.SILENT ($Forwarded)\r\n",
    // RFC 7162, section 3
    "a SELECT INBOX (CONDSTORE)\r\n",
    "s100 UID FETCH 1:* (FLAGS MODSEQ)\r\n",
    "s101 UID FETCH 1:* (FLAGS) (CHANGEDSINCE 12345)\r\n",
    "s103 UID FETCH 300:500 (FLAGS) (CHANGEDSINCE 12345 VANISHED)\r\n",
    "a103 UID STORE 6,4,8 (UNCHANGEDSINCE 12121230045) +FLAGS.SILENT (\\Deleted)\r\n",
    "d105 STORE 7,5,9 (UNCHANGEDSINCE 320162338) +FLAGS.SILENT (\\Deleted)\r\n",
    "b107 STORE 1 (UNCHANGEDSINCE 12121230045) -FLAGS.SILENT \\Answered\r\n",
    "a SEARCH MODSEQ \"/flags/\\\\draft\" all 620162338\r\n",
    "t SEARCH OR NOT MODSEQ 720162338 LARGER 50000\r\n",
    "A042 STATUS blurdybloop (UIDNEXT MESSAGES HIGHESTMODSEQ)\r\n",
    "S0002 EXAMINE INBOX (QRESYNC (67890007 20050715194045000 41,43:211,214:541))\r\n",
    "A03 SELECT INBOX (QRESYNC (67890007 90060115194045000 41:211,214:541))\r\n",
    "A03 SELECT INBOX (QRESYNC (67890007 90060115205545359 1:29997 (5000,7500 15000,22500)))\r\n",
    // RFC 2971, RFC 3502, RFC 6154
    "a023 ID (\"name\" \"sodr\" \"version\" \"19.34\" \"vendor\" \"Pink Floyd Music Limited\")\r\n",
    "a042 ID NIL\r\n",
    "A003 APPEND saved-messages (\\Seen) {3+}\r\nabc (\\Seen) \" 7-Feb-1994 22:43:04 -0800\" {2+}\r\nde\r\n",
    "t1 CREATE MySpecial (USE (\\Drafts \\Sent))\r\n",
    "a LSUB \"#news.\" \"comp.mail.*\"\r\n",
    // RFC 5464, section 4 (with errata 2785 and without)
    "a GETMETADATA \"\" /shared/comment\r\n",
    "a GETMETADATA \"INBOX\" /private/comment\r\n",
    "a GETMETADATA \"INBOX\" (/shared/comment /private/comment)\r\n",
    "a GETMETADATA (MAXSIZE 1024) \"INBOX\" (/shared/comment /private/comment)\r\n",
    "a GETMETADATA \"INBOX\" (MAXSIZE 1024) (/shared/comment /private/comment)\r\n",
    "a GETMETADATA (DEPTH 1) \"INBOX\" (/private/filters/values)\r\n",
    "a SETMETADATA INBOX (/private/comment {33}\r\nMy new comment across\r\ntwo lines.)\r\n",
    "a SETMETADATA INBOX (/private/comment NIL)\r\n",
    "a SETMETADATA INBOX (/private/comment \"My new comment\" /shared/comment \"This one is for you!\")\r\n",
    "a SETMETADATA \"\" (/private/x ~{3+}\r\na\0b {10+}\r\n/private/y {1}\r\n1)\r\n"s,
};

// The frames that come out when `octets` arrive cut once after `cut`; the client never waits.
std::vector<std::string> frames_of(std::string_view octets, std::size_t cut) {
  CommandFramer framer{FrameLimits{}};
  std::vector<std::string> frames;
  std::string buffer;
  auto feed = [&](std::string_view piece) {
    buffer += piece;
    for (;;) {
      auto step = framer.next(buffer);
      if (step.kind == FrameStep::Kind::more) return;
      if (step.kind == FrameStep::Kind::continuation) continue;
      bool complete = step.kind == FrameStep::Kind::complete;
      BOOST_REQUIRE((complete || step.kind == FrameStep::Kind::discard));
      if (complete) frames.push_back(buffer.substr(0, step.size));
      buffer.erase(0, step.size);
    }
  };
  feed(octets.substr(0, cut));
  feed(octets.substr(cut));
  return frames;
}

}  // namespace

BOOST_AUTO_TEST_CASE(examples_are_well_formed_in_both_dialects) {
  for (auto const& example : examples) BOOST_TEST_CONTEXT(example) {
      BOOST_TEST(test::why_malformed(example, {false}) == "");
      BOOST_TEST(test::why_malformed(example, {true}) == "");
    }
}

BOOST_AUTO_TEST_CASE(examples_are_one_frame_wherever_they_are_cut) {
  for (auto const& example : examples) BOOST_TEST_CONTEXT(example) {
      for (std::size_t cut = 0; cut <= example.size(); ++cut) {
        auto frames = frames_of(example, cut);
        BOOST_REQUIRE(frames.size() == 1u);
        BOOST_REQUIRE(frames[0] == example);
      }
    }
}

BOOST_AUTO_TEST_CASE(examples_come_one_after_the_other_in_one_stream) {
  std::string stream;
  for (auto const& example : examples) stream += example + "\r\n";
  BOOST_TEST(frames_of(stream, stream.size() / 2).size() == examples.size());
}

// Broken off anywhere, a command is refused in words or is another well-formed command; with one octet
// more at the end it is never accepted as if that octet were not there.
BOOST_AUTO_TEST_CASE(examples_broken_off_anywhere_do_no_harm) {
  for (auto const& example : examples) {
    auto line = example.substr(0, example.size() - 2);
    for (std::size_t end = 0; end < line.size(); ++end) {
      std::string part = line.substr(0, end);  // its own allocation: reading past it is seen by a sanitizer
      auto why = test::why_malformed(part);
      BOOST_REQUIRE(why.size() < 300);
    }
    for (auto more : {" ", ")", "(", "\"", " x)", "\r\n x"}) BOOST_TEST_CONTEXT(line + more) {
        BOOST_TEST(test::why_malformed(line + more + "\r\n") != "");
      }
  }
}

// One octet changed to each of the interesting ones: any verdict, no harm.
BOOST_AUTO_TEST_CASE(examples_with_one_octet_changed_do_no_harm) {
  for (auto const& example : examples)
    for (std::size_t at = 0; at < example.size(); ++at)
      for (char c : {' ', '(', ')', '"', '\\', '{', '}', '[', '*', '%', ':', '0', '\r', '\xff', '\0'}) {
        auto changed = example;
        changed[at] = c;
        for (auto const& why : {test::why_malformed(changed, {false}), test::why_malformed(changed, {true})})
          BOOST_REQUIRE(why.find_first_of("\r\n") == std::string::npos);
      }
}

BOOST_AUTO_TEST_SUITE_END()
