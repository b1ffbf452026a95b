#include "imap/writer.h"

#include <boost/test/unit_test.hpp>

#include "core/time_text.h"
#include "imap/cursor.h"

using namespace mc;
using namespace mc::imap;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(writer)

namespace {

template <class F>
std::string written(F write, Dialect dialect = {}) {
  std::string out;
  Writer w(out, dialect);
  write(w);
  return out;
}

std::string string_of(std::string_view text, Dialect dialect = {}) {
  return written([&](Writer& w) { w.string(text); }, dialect);
}

}  // namespace

BOOST_AUTO_TEST_CASE(strings_are_quoted_where_possible_and_literals_else) {
  BOOST_TEST(string_of("") == "\"\"");
  BOOST_TEST(string_of("abc") == "\"abc\"");
  BOOST_TEST(string_of(R"(a"b\c)") == R"("a\"b\\c")");
  BOOST_TEST(string_of("a\r\nb") == "{4}\r\na\r\nb");
  BOOST_TEST(string_of("a\0b"s) == "{3}\r\na?b");
  BOOST_TEST(string_of("é") == "{2}\r\né");
  BOOST_TEST(string_of("é", {true}) == "\"é\"");
  BOOST_TEST(string_of("\xff", {true}) == "{1}\r\n\xff");
  BOOST_TEST(string_of(std::string(1025, 'x')).starts_with("{1025}\r\nxxx"));
}

BOOST_AUTO_TEST_CASE(nil_is_not_the_empty_string) {
  BOOST_TEST(written([](Writer& w) { w.nstring(std::nullopt).sp().nstring(""); }) == "NIL \"\"");
}

BOOST_AUTO_TEST_CASE(astrings_are_atoms_where_possible) {
  auto astring = [](std::string_view text) { return written([&](Writer& w) { w.astring(text); }); };
  BOOST_TEST(astring("Date") == "Date");
  BOOST_TEST(astring("") == "\"\"");
  BOOST_TEST(astring("nil") == "\"nil\"");
  BOOST_TEST(astring("a b") == "\"a b\"");
  BOOST_TEST(astring("a)") == "\"a)\"");
}

BOOST_AUTO_TEST_CASE(mailbox_names_follow_the_dialect) {
  auto mailbox = [](std::string_view name, Dialect dialect) {
    return written([&](Writer& w) { w.mailbox(name); }, dialect);
  };
  BOOST_TEST(mailbox("INBOX", {}) == "INBOX");
  BOOST_TEST(mailbox("Account Alerts", {}) == "\"Account Alerts\"");
  BOOST_TEST(mailbox("Entwürfe", {}) == "Entw&APw-rfe");
  BOOST_TEST(mailbox("Entwürfe", {true}) == "\"Entwürfe\"");
  BOOST_TEST(mailbox("R&D", {}) == "R&-D");
  BOOST_TEST(mailbox("R&D", {true}) == "R&D");
  BOOST_TEST(mailbox("a*", {}) == "\"a*\"");
  for (Dialect dialect : {Dialect{false}, Dialect{true}})
    for (auto name : {"INBOX", "a b", "é/日本", "\"", "\\", "NIL", "&", "%*"}) {
      auto text = mailbox(name, dialect);
      Cursor in(text, dialect);
      BOOST_TEST(in.finish(in.mailbox()).value() == name);
    }
}

BOOST_AUTO_TEST_CASE(nothing_outside_literals_has_eight_bits_unless_the_dialect_is_utf8) {
  auto text = [](Dialect dialect) {
    return written([](Writer& w) { w.text("gr\xc3\xbc\xc3\x9f\x65\r\nx\x01\xff"); }, dialect);
  };
  BOOST_TEST(text({}) == "gr????e??x??");
  BOOST_TEST(text({true}) == "grüße??x??");
}

BOOST_AUTO_TEST_CASE(numbers_flags_dates_and_sets) {
  Flags flags;
  flags.add({SystemFlag::seen, {}});
  flags.add({SystemFlag::answered, {}});
  flags.add({SystemFlag::none, "$Junk"});
  BOOST_TEST(written([&](Writer& w) { w.flags(flags); }) == "(\\Answered \\Seen $Junk)");
  BOOST_TEST(written([&](Writer& w) { w.flags({}); }) == "()");
  BOOST_TEST(written([&](Writer& w) { w.flags(Flags{}, "\\*"); }) == "(\\*)");
  BOOST_TEST(written([&](Writer& w) {
               w.number(0).sp().number(18446744073709551615u).sp().number(Uid(7));
             }) == "0 18446744073709551615 7");
  auto time = parse_rfc3339("2026-02-03T04:05:06Z").value();
  BOOST_TEST(written([&](Writer& w) { w.date_time(time); }) == "\" 3-Feb-2026 04:05:06 +0000\"");
  BOOST_TEST(written([&](Writer& w) { w.set(parse_uid_set("3,1:2,9").value()); }) == "1:3,9");
}

BOOST_AUTO_TEST_CASE(literals_and_untagged_lines) {
  BOOST_TEST(written([](Writer& w) { w.literal("a\0"s).literal8_header(5); }) == "{2}\r\na\0~{5}\r\n"s);
  BOOST_TEST(written([](Writer& w) { w.untagged([](Writer& l) { l.number(3).raw(" EXISTS"); }); }) ==
             "* 3 EXISTS\r\n");
}

BOOST_AUTO_TEST_CASE(sections_carry_their_origin) {
  Section section;
  section.part = {1, 2};
  section.text = Section::Text::header_fields;
  section.fields = {"Date", "X Y"};
  BOOST_TEST(written([&](Writer& w) { w.section(section, 0); }) == "[1.2.HEADER.FIELDS (Date \"X Y\")]<0>");
}

BOOST_AUTO_TEST_CASE(what_is_written_as_a_string_reads_back) {
  for (Dialect dialect : {Dialect{false}, Dialect{true}})
    for (auto const& text :
         {""s, "a"s, "a\"\\"s, "\r\n"s, "é"s, "\xff\xfe"s, "NIL"s, "{3}"s, std::string(5000, 'x')}) {
      auto wire = string_of(text, dialect);
      Cursor in(wire, dialect);
      BOOST_TEST(in.finish(in.string()).value() == text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
