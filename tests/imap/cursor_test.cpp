#include "imap/cursor.h"

#include <boost/test/unit_test.hpp>

#include "core/time_text.h"

using namespace mc;
using namespace mc::imap;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(cursor)

namespace {

// The value that `read` takes from the whole of `text`, or the error.
template <class F>
auto whole(std::string_view text, F read, Dialect dialect = {}) {
  Cursor in(text, dialect);
  auto value = read(in);
  return in.finish(std::move(value));
}

std::string astring_of(std::string_view text) {
  auto value = whole(text, [](Cursor& in) { return in.astring(); });
  return value ? *value : "error: " + value.error().text;
}

std::string error_of(std::string_view text, std::string (Cursor::*read)()) {
  auto value = whole(text, [&](Cursor& in) { return (in.*read)(); });
  return value ? "no error" : value.error().text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(strings_come_in_three_forms) {
  BOOST_TEST(astring_of("abc") == "abc");
  BOOST_TEST(astring_of("a]b") == "a]b");
  BOOST_TEST(astring_of("\"a b\"") == "a b");
  BOOST_TEST(astring_of("\"\"") == "");
  BOOST_TEST(astring_of(R"("a\"b\\c")") == R"(a"b\c)");
  BOOST_TEST(astring_of("\"grüße\"") == "grüße");
  BOOST_TEST(astring_of("{5}\r\na b\r\n") == "a b\r\n");
  BOOST_TEST(astring_of("{0}\r\n") == "");
  BOOST_TEST(astring_of("{3+}\r\nx\"y") == "x\"y");
  BOOST_TEST(astring_of("NIL") == "NIL");
}

BOOST_AUTO_TEST_CASE(malformed_strings_are_refused) {
  for (std::string text : {""s,
                           " a"s,
                           "\"abc"s,
                           R"("a\n")"s,
                           "\"a\r\nb\""s,
                           "\"a\0b\""s,
                           "\"\xff\""s,
                           "\"a\\"s,
                           "{5}\r\nabc"s,
                           "{5}abcde"s,
                           "{5}\nabcde"s,
                           "{}\r\n"s,
                           "{a}\r\n"s,
                           "{-1}\r\n"s,
                           "{1"s,
                           "{1++}\r\na"s,
                           "{3}\r\na\0b"s,
                           "~{1}\r\na"s,
                           "{99999999999999999999}\r\n"s,
                           "{9223372036854775807}\r\nabc"s,
                           "a(b"s,
                           "a\"b"s,
                           "a b"s,
                           "é"s,
                           "a\x7f"s,
                           "("s,
                           "%"s,
                           "*"s,
                           "\\a"s})
    BOOST_TEST_CONTEXT(text) {
      auto value = whole(text, [](Cursor& in) { return in.astring(); });
      BOOST_TEST(!value.has_value());
      if (!value) BOOST_TEST(!value.error().text.empty());
    }
}

BOOST_AUTO_TEST_CASE(nstring_tells_nil_from_the_string_nil) {
  auto read = [](Cursor& in) { return in.nstring(); };
  BOOST_TEST(!whole("NIL", read).value().has_value());
  BOOST_TEST(!whole("nil", read).value().has_value());
  BOOST_TEST(whole("\"NIL\"", read).value().value() == "NIL");
  BOOST_TEST(whole("\"\"", read).value().value() == "");
  BOOST_TEST(!whole("NILS", read).has_value());
  BOOST_TEST(!whole("abc", read).has_value());
}

BOOST_AUTO_TEST_CASE(literal8_may_hold_nul_and_borrows_the_command) {
  auto text = "~{3}\r\na\0b"s;
  Cursor in(text);
  auto literal = in.any_literal();
  BOOST_TEST(in.ok());
  BOOST_TEST(literal.binary);
  BOOST_TEST(literal.octets == "a\0b"s);
  BOOST_TEST(static_cast<void const*>(literal.octets.data()) == static_cast<void const*>(text.data() + 6));
  BOOST_TEST(!whole("{1}\r\na", [](Cursor& c) { return c.literal8().octets; }).has_value());
  BOOST_TEST(!whole("~{1}\r\na", [](Cursor& c) { return c.literal().octets; }).has_value());
  BOOST_TEST(!whole("~", [](Cursor& c) { return c.any_literal().octets; }).has_value());
}

BOOST_AUTO_TEST_CASE(numbers_stop_at_their_limits) {
  auto n32 = [](Cursor& in) { return in.number(); };
  auto nz = [](Cursor& in) { return in.nz_number(); };
  auto n64 = [](Cursor& in) { return in.number64(); };
  auto nz64 = [](Cursor& in) { return in.nz_number64(); };
  BOOST_TEST(whole("0", n32).value() == 0u);
  BOOST_TEST(whole("4294967295", n32).value() == 4294967295u);
  BOOST_TEST(!whole("4294967296", n32).has_value());
  BOOST_TEST(!whole("", n32).has_value());
  BOOST_TEST(!whole("-1", n32).has_value());
  BOOST_TEST(!whole("1a", n32).has_value());
  BOOST_TEST(!whole("0", nz).has_value());
  BOOST_TEST(!whole("01", nz).has_value());
  BOOST_TEST(whole("9223372036854775807", n64).value() == 9223372036854775807u);
  BOOST_TEST(!whole("9223372036854775808", n64).has_value());
  BOOST_TEST(!whole("0", nz64).has_value());
  BOOST_TEST(!whole("99999999999999999999999", n64).has_value());
  BOOST_TEST((whole("0", [](Cursor& in) { return in.mod_sequence(); }).value() == ModSeq(0)));
}

BOOST_AUTO_TEST_CASE(mailbox_names_come_out_canonical) {
  auto mailbox = [](std::string_view text, Dialect dialect = {}) {
    auto name = whole(
        text, [](Cursor& in) { return in.mailbox(); }, dialect);
    return name ? *name : "error: " + name.error().text;
  };
  BOOST_TEST(mailbox("inbox") == "INBOX");
  BOOST_TEST(mailbox("\"Account Alerts\"") == "Account Alerts");
  BOOST_TEST(mailbox("{5}\r\niNbOx") == "INBOX");
  BOOST_TEST(mailbox("\"Entw&APw-rfe\"") == "Entwürfe");
  BOOST_TEST(mailbox("\"Entwürfe\"", {true}) == "Entwürfe");
  BOOST_TEST(mailbox("R&D", {true}) == "R&D");
  BOOST_TEST(mailbox("R&D").starts_with("error: The mailbox name is not valid modified UTF-7"));
  BOOST_TEST(mailbox("\"Entwürfe\"").starts_with("error: "));
  BOOST_TEST(mailbox("\"\"") == "error: Expected a mailbox name that is not empty at octet 1, found '\"'");
  BOOST_TEST(whole("\"\"", [](Cursor& in) { return in.mailbox_or_empty(); }).value() == "");
}

BOOST_AUTO_TEST_CASE(list_patterns_may_hold_wildcards) {
  auto read = [](Cursor& in) { return in.list_mailbox(); };
  BOOST_TEST(whole("%/*", read).value() == "%/*");
  BOOST_TEST(whole("\"\"", read).value() == "");
  BOOST_TEST(whole("\"&AOk-*\"", read).value() == "é*");
  BOOST_TEST(whole("inbox", read).value() == "inbox");
  BOOST_TEST(!whole("a b", read).has_value());
  BOOST_TEST(!whole("(", read).has_value());
  BOOST_TEST(!whole("&", read).has_value());
}

BOOST_AUTO_TEST_CASE(flags_are_system_flags_or_keywords) {
  auto read = [](Cursor& in) { return in.flag_list(); };
  auto flags = whole("(\\Seen \\ANSWERED $Forwarded $forwarded Junk)", read).value();
  BOOST_TEST(flags.has(SystemFlag::seen));
  BOOST_TEST(flags.has(SystemFlag::answered));
  BOOST_TEST(flags.keywords == (std::vector{"$Forwarded"s, "Junk"s}), boost::test_tools::per_element());
  BOOST_TEST(whole("()", read).value().empty());
  for (auto text : {"(", "(\\Seen", "\\Seen", "(\\Seen )", "( \\Seen)", "(\\Seen  \\Draft)", "(\\)", "(\\*)",
                    "(\\Foo)", "(\\Recent)", "(\"a\")", "(a,(b))", "(\\Seen\\Draft)", "(NIL", ")"})
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(!whole(text, read).has_value());
    }
  BOOST_TEST(whole("(\\Recent)", read).error().text == "\\Recent cannot be set at octet 2, found '\\'");
  BOOST_TEST((whole("(" + std::string(101, 'k') + ")", read).error().code == Errc::limit));
  std::string many = "(a";
  for (int i = 0; i < 200; ++i) many += " a";
  BOOST_TEST((whole(many + ")", read).error().code == Errc::limit));
}

BOOST_AUTO_TEST_CASE(dates_may_be_quoted_and_date_times_must_be) {
  auto day = [](Cursor& in) { return in.date(); };
  auto time = [](Cursor& in) { return in.date_time(); };
  BOOST_TEST((whole("1-Feb-1994", day).value() == whole("\"1-Feb-1994\"", day).value()));
  BOOST_TEST(write_rfc3339(whole("\" 7-Feb-1994 21:52:25 -0800\"", time).value()) ==
             "1994-02-08T05:52:25.000Z");
  for (auto text : {"\"1-Feb-1994", "1-Feb-1994\"", "", "\"\""}) BOOST_TEST(!whole(text, day).has_value());
  for (auto text :
       {"7-Feb-1994 21:52:25 -0800", "\"7-Feb-1994 21:52:25 -0800\"", "\" 7-Feb-1994 21:52:25 -0800", "\"\""})
    BOOST_TEST(!whole(text, time).has_value());
}

BOOST_AUTO_TEST_CASE(words_match_whole_and_in_any_case) {
  Cursor in("Fields.NOT x");
  BOOST_TEST(!in.try_word("FIELDS"));
  BOOST_TEST(in.try_word("fields.not"));
  in.sp();
  BOOST_TEST(!in.try_word("xy"));
  BOOST_TEST(in.try_word("X"));
  BOOST_TEST(in.at_end());
}

BOOST_AUTO_TEST_CASE(the_first_error_wins_and_nothing_moves_after_it) {
  Cursor in("abc (");
  in.open();
  BOOST_TEST(!in.ok());
  BOOST_TEST(in.atom() == "");
  BOOST_TEST(in.astring() == "");
  BOOST_TEST(!in.nstring().has_value());
  BOOST_TEST(!in.try_sp());
  BOOST_TEST(!in.try_word("abc"));
  BOOST_TEST(in.peek() == '\0');
  BOOST_TEST(in.number() == 0u);
  BOOST_TEST(in.seq_set().ranges.empty());
  BOOST_TEST(in.flag_list().empty());
  in.fail(Errc::internal, "later");
  auto result = in.finish(1);
  BOOST_TEST(result.error().text == "Expected '(' at octet 1");
  BOOST_TEST((result.error().code == Errc::syntax));
}

BOOST_AUTO_TEST_CASE(errors_say_where_and_keep_letters_to_themselves) {
  BOOST_TEST(error_of("abc{", &Cursor::astring) ==
             "Unexpected text after the command's arguments at octet 4, found '{'");
  BOOST_TEST(error_of("abc def", &Cursor::astring) ==
             "Unexpected text after the command's arguments at octet 4, found a space");
  BOOST_TEST(error_of("\"secret", &Cursor::string) == "Unterminated quoted string at the end of the command");
  BOOST_TEST(error_of("secret", &Cursor::string) == "Expected a quoted string or a literal at octet 1");
}

BOOST_AUTO_TEST_CASE(lists_are_bounded_and_strict) {
  auto read = [](Cursor& in) {
    int n = 0;
    in.list("things", 3, Cursor::Empty::refuse, [&] { n += !in.atom().empty(); });
    return n;
  };
  BOOST_TEST(whole("(a)", read).value() == 1);
  BOOST_TEST(whole("(a b c)", read).value() == 3);
  BOOST_TEST((whole("(a b c d)", read).error().code == Errc::limit));
  for (auto text : {"()", "(", "(a", "(a )", "(a  b)", "( a)", "a)", "(a)x", "(a))"})
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(!whole(text, read).has_value());
    }
}

BOOST_AUTO_TEST_CASE(nesting_is_bounded) {
  struct Nest {
    static void down(Cursor& in, int& deepest, int depth) {
      Cursor::Nesting guard(in);
      if (!in.ok()) return;
      deepest = depth;
      down(in, deepest, depth + 1);
    }
  };
  Cursor in("");
  int deepest = 0;
  Nest::down(in, deepest, 1);
  BOOST_TEST(deepest == Cursor::max_depth);
  BOOST_TEST((in.finish(0).error().code == Errc::limit));
}

BOOST_AUTO_TEST_SUITE_END()
