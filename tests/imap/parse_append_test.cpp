#include "imap/parse_append.h"

#include <boost/test/unit_test.hpp>

#include "core/time_text.h"

using namespace mc;
using namespace mc::imap;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(parse_append_)

BOOST_AUTO_TEST_CASE(a_message_comes_with_or_without_flags_and_date) {
  auto text = " saved-messages (\\Seen $MDNSent) \" 7-Feb-1994 21:52:25 -0800\" {5}\r\nA\r\nB\n"s;
  auto args = parse_append(Cursor(text)).value();
  BOOST_TEST(args.mailbox == "saved-messages");
  BOOST_REQUIRE(args.messages.size() == 1u);
  auto const& message = args.messages[0];
  BOOST_TEST(message.flags.has(SystemFlag::seen));
  BOOST_TEST(message.flags.keywords[0] == "$MDNSent");
  BOOST_TEST(write_rfc3339(message.date.value()) == "1994-02-08T05:52:25.000Z");
  BOOST_TEST(message.octets == "A\r\nB\n");
  BOOST_TEST(static_cast<void const*>(message.octets.data()) ==
             static_cast<void const*>(text.data() + text.size() - 5));
  BOOST_TEST(!message.binary);

  args = parse_append(Cursor(" inbox {1}\r\nx")).value();
  BOOST_TEST(args.mailbox == "INBOX");
  BOOST_TEST(args.messages[0].flags.empty());
  BOOST_TEST(!args.messages[0].date.has_value());
  BOOST_TEST(parse_append(Cursor(" inbox () {1}\r\nx")).value().messages[0].flags.empty());
  BOOST_TEST(parse_append(Cursor(" {5}\r\ninbox \"17-Jul-1996 02:44:25 -0700\" {0}\r\n"))
                 .value()
                 .messages[0]
                 .octets.empty());
}

BOOST_AUTO_TEST_CASE(binary_messages_may_hold_nul) {
  auto text = " x ~{3+}\r\na\0b"s;
  auto args = parse_append(Cursor(text)).value();
  BOOST_TEST(args.messages[0].binary);
  BOOST_TEST(args.messages[0].octets == "a\0b"s);
  auto utf8 = " x UTF8 (~{1}\r\nx)"s;
  args = parse_append(Cursor(utf8)).value();
  BOOST_TEST(args.messages[0].utf8);
  BOOST_TEST(args.messages[0].octets == "x");
  auto plain = " x {3}\r\na\0b"s;
  BOOST_TEST(!parse_append(Cursor(plain)).has_value());
}

// The example of RFC 3502, 6.3.11.
BOOST_AUTO_TEST_CASE(one_append_may_bring_several_messages) {
  auto text =
      " saved-messages (\\Seen) {3}\r\nabc (\\Seen) \" 7-Feb-1994 22:43:04 -0800\" {2}\r\nde ~{1}\r\nf"s;
  auto args = parse_append(Cursor(text)).value();
  BOOST_REQUIRE(args.messages.size() == 3u);
  BOOST_TEST(args.messages[0].octets == "abc");
  BOOST_TEST(args.messages[1].octets == "de");
  BOOST_TEST(args.messages[2].binary);
}

BOOST_AUTO_TEST_CASE(malformed_appends_are_refused) {
  for (auto text : {"",
                    " ",
                    " x",
                    " x ",
                    " x abc",
                    " x \"abc\"",
                    " x (\\Seen)",
                    " x (\\Seen) ",
                    " x (\\Recent) {1}\r\na",
                    " x \"7-Feb-1994 22:43:04 -0800\" {1}\r\na",
                    " x \" 7-Feb-1994 22:43:04 -0800\" (\\Seen) {1}\r\na",
                    " x {2}\r\na",
                    " x {1}\r\nab",
                    " x {1}\r\na ",
                    " {1}\r\na",
                    " x{1}\r\na",
                    " x UTF8 {1}\r\na",
                    " x UTF8 ({1}\r\na)",
                    " x UTF8 (~{1}\r\na",
                    " x () () {1}\r\na",
                    " x {1}\r\na{1}\r\na",
                    " \"\" {1}\r\na"})
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(!parse_append(Cursor(text)).has_value());
    }
  auto many = " x"s;
  for (int i = 0; i < 1001; ++i) many += " {0+}\r\n";
  BOOST_TEST((parse_append(Cursor(many)).error().code == Errc::limit));
}

BOOST_AUTO_TEST_CASE(the_mailbox_is_known_before_the_message_arrives) {
  BOOST_TEST(find_append_mailbox("a1 append inbox (\\Seen) {310}\r\n", {}).value() == "INBOX");
  BOOST_TEST(find_append_mailbox("a1 APPEND {5}\r\ninbox {310}\r\n", {}).value() == "INBOX");
  BOOST_TEST(find_append_mailbox("a1 APPEND Entwürfe {310}\r\n", {true}).has_value() == false);
  BOOST_TEST(find_append_mailbox("a1 APPEND \"Entwürfe\" {310}\r\n", {true}).value() == "Entwürfe");
  for (auto start :
       {"", "a1", "a1 APPEND", "a1 APPEND {5}\r\n", "a1 APPEND {5}\r\ninb", "a1 LOGIN x {3}\r\n"})
    BOOST_TEST_CONTEXT(start) {
      BOOST_TEST(!find_append_mailbox(start, {}).has_value());
    }
}

BOOST_AUTO_TEST_SUITE_END()
