#include "imap/parse_list.h"

#include <boost/test/unit_test.hpp>

using namespace mc;
using namespace mc::imap;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(parse_list_)

namespace {

// One line that says all there is in a parsed LIST.
std::string summary(std::string_view text) {
  auto parsed = parse_list(Cursor(text));
  if (!parsed) return "error";
  auto out = parsed->extended ? "extended"s : "basic"s;
  using S = ListSelect;
  using R = ListReturn;
  for (auto [option, name] : {std::pair{S::subscribed, " subscribed"},
                              {S::remote, " remote"},
                              {S::recursive_match, " recursive"},
                              {S::special_use, " special"}})
    if (parsed->select.contains(option)) out += name;
  out += " '" + parsed->reference + "'";
  for (auto const& pattern : parsed->patterns) out += " " + pattern;
  for (auto [option, name] : {std::pair{R::subscribed, " +subscribed"},
                              {R::children, " +children"},
                              {R::special_use, " +special"},
                              {R::status, " +status"}})
    if (parsed->returns.contains(option)) out += name;
  for (auto item : parsed->status) out += " " + std::string(name_of(item));
  return out;
}

}  // namespace

// Examples of RFC 9051, 6.3.9, RFC 5258, RFC 5819 and RFC 6154.
BOOST_AUTO_TEST_CASE(every_form_of_list_is_read) {
  struct Row {
    std::string_view text, expected;
  };
  for (Row row : {
           Row{" \"\" \"\"", "basic '' "},
           Row{" \"\" *", "basic '' *"},
           Row{" /usr/staff/jones \"\"", "basic '/usr/staff/jones' "},
           Row{" \"~/Mail/\" %", "basic '~/Mail/' %"},
           Row{" inbox \"%/%\"", "basic 'INBOX' %/%"},
           Row{" (SUBSCRIBED) \"\" \"*\"", "extended subscribed '' *"},
           Row{" () \"\" \"*\"", "extended '' *"},
           Row{" \"\" \"%\" RETURN (CHILDREN)", "extended '' % +children"},
           Row{" \"\" \"%\" RETURN ()", "extended '' %"},
           Row{" (REMOTE) \"\" \"%\" RETURN (CHILDREN)", "extended remote '' % +children"},
           Row{" (REMOTE SUBSCRIBED) \"\" \"*\"", "extended subscribed remote '' *"},
           Row{" (SUBSCRIBED RECURSIVEMATCH) \"\" \"%\"", "extended subscribed recursive '' %"},
           Row{" (recursivematch remote subscribed) \"\" \"%\"", "extended subscribed remote recursive '' %"},
           Row{" \"\" (\"INBOX\" \"Drafts\" \"Sent/%\")", "extended '' INBOX Drafts Sent/%"},
           Row{" \"\" (a) return (subscribed children)", "extended '' a +subscribed +children"},
           Row{" \"\" % RETURN (STATUS (MESSAGES UNSEEN))", "extended '' % +status MESSAGES UNSEEN"},
           Row{" (SUBSCRIBED RECURSIVEMATCH) \"\" % RETURN (STATUS (SIZE) CHILDREN)",
               "extended subscribed recursive '' % +children +status SIZE"},
           Row{" (SPECIAL-USE) \"\" \"*\" RETURN (SPECIAL-USE)", "extended special '' * +special"},
           Row{" (SPECIAL-USE RECURSIVEMATCH) \"\" *", "extended recursive special '' *"},
           Row{" \"\" \"&AOk-*\"", "basic '' é*"},
           Row{" {0}\r\n {1}\r\n*", "basic '' *"},
       })
    BOOST_TEST_CONTEXT(row.text) {
      BOOST_TEST(summary(row.text) == row.expected);
    }
}

BOOST_AUTO_TEST_CASE(malformed_lists_are_refused) {
  for (auto text : {"",
                    " ",
                    " \"\"",
                    " \"\" ",
                    " \"\" % x",
                    " \"\" % RETURN",
                    " \"\" % RETURN (",
                    " \"\" % RETURN (FOO)",
                    " (FOO) \"\" %",
                    " (SUBSCRIBED \"\" %",
                    " (SUBSCRIBED  REMOTE) \"\" %",
                    " (RECURSIVEMATCH) \"\" %",
                    " (RECURSIVEMATCH REMOTE) \"\" %",
                    " \"\" ()",
                    " \"\" (a",
                    " \"\" (a b) (c)",
                    " \"\" % RETURN (STATUS)",
                    " \"\" % RETURN (STATUS ())",
                    " \"\" % RETURN (STATUS (FOO))",
                    " \"\" % RETURN (CHILDREN) ",
                    " % RETURN (CHILDREN)",
                    " () () \"\" %",
                    " (SUBSCRIBED)\"\" %",
                    " \"\" \"&\"",
                    " * \"\""})
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(summary(text) == "error");
    }
}

BOOST_AUTO_TEST_CASE(the_number_of_patterns_is_bounded) {
  auto text = " \"\" (a"s;
  for (int i = 0; i < 100; ++i) text += " a";
  BOOST_TEST((parse_list(Cursor(text + ")")).error().code == Errc::limit));
}

BOOST_AUTO_TEST_CASE(lsub_has_a_reference_and_one_pattern) {
  auto args = parse_lsub(Cursor(" \"#news.\" \"comp.mail.*\"")).value();
  BOOST_TEST(args.reference == "#news.");
  BOOST_TEST(args.patterns[0] == "comp.mail.*");
  for (auto text : {"", " a", " \"\" (a)", " (SUBSCRIBED) \"\" %", " \"\" % RETURN (CHILDREN)"})
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(!parse_lsub(Cursor(text)).has_value());
    }
}

BOOST_AUTO_TEST_SUITE_END()
