#include "imap/parse_store.h"

#include <boost/test/unit_test.hpp>

using namespace mc;
using namespace mc::imap;

BOOST_AUTO_TEST_SUITE(parse_store_)

namespace {

std::string summary(std::string_view text) {
  auto args = parse_store(Cursor(text));
  if (!args) return "error";
  using Mode = StoreArgs::Mode;
  std::string out = to_string(args->set);
  out += args->mode == Mode::add ? " add" : args->mode == Mode::remove ? " remove" : " replace";
  if (args->silent) out += " silent";
  if (args->unchanged_since) out += " unless " + to_string(*args->unchanged_since);
  for (auto flag :
       {SystemFlag::answered, SystemFlag::flagged, SystemFlag::deleted, SystemFlag::seen, SystemFlag::draft})
    if (args->flags.has(flag)) out += " " + std::string(name_of(flag));
  for (auto const& keyword : args->flags.keywords) out += " " + keyword;
  return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_form_of_store_is_read) {
  struct Row {
    std::string_view text, expected;
  };
  for (Row row : {
           Row{" 2:4 +FLAGS (\\Deleted)", "2:4 add \\Deleted"},
           Row{" 1 FLAGS ()", "1 replace"},
           Row{" 1 -FLAGS.SILENT (\\Seen $Junk)", "1 remove silent \\Seen $Junk"},
           Row{" $ +flags.silent \\Deleted", "$ add silent \\Deleted"},
           Row{" 1 FLAGS \\Seen \\Draft a", "1 replace \\Seen \\Draft a"},
           Row{" 7,5,9 (UNCHANGEDSINCE 320162338) +FLAGS.SILENT (\\Deleted)",
               "7,5,9 add silent unless 320162338 \\Deleted"},
           Row{" 12 (unchangedsince 0) FLAGS (a)", "12 replace unless 0 a"},
           Row{" 100,150 (UNCHANGEDSINCE 212030000000) +FLAGS.SILENT ($Processed)",
               "100,150 add silent unless 212030000000 $Processed"},
       })
    BOOST_TEST_CONTEXT(row.text) {
      BOOST_TEST(summary(row.text) == row.expected);
    }
}

BOOST_AUTO_TEST_CASE(malformed_stores_are_refused) {
  for (auto text : {"",
                    " 1",
                    " 1 ",
                    " 1 FLAGS",
                    " 1 FLAGS ",
                    " 1 *FLAGS (a)",
                    " 1 + FLAGS (a)",
                    " 1 ++FLAGS (a)",
                    " 1 FLAGSX (a)",
                    " 1 FLAGS.LOUD (a)",
                    " 1 FLAGS (a",
                    " 1 FLAGS (a) b",
                    " 1 FLAGS a ",
                    " 1 FLAGS (\\Recent)",
                    " 1 +FLAGS \\Foo",
                    " 0 FLAGS (a)",
                    " FLAGS (a)",
                    " 1 () FLAGS (a)",
                    " 1 (UNCHANGEDSINCE) FLAGS (a)",
                    " 1 (UNCHANGEDSINCE 1 FLAGS (a)",
                    " 1 (FOO 1) FLAGS (a)",
                    " 1 (UNCHANGEDSINCE 1 UNCHANGEDSINCE 1) FLAGS (a)",
                    " 1 (UNCHANGEDSINCE 1)FLAGS (a)",
                    " 1 FLAGS (a) (UNCHANGEDSINCE 1)",
                    " 1 FLAGS NIL x)"})
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(summary(text) == "error");
    }
}

BOOST_AUTO_TEST_CASE(flags_without_parentheses_are_bounded_too) {
  std::string text = " 1 FLAGS a";
  for (int i = 0; i < 200; ++i) text += " a";
  BOOST_TEST((parse_store(Cursor(text)).error().code == mc::Errc::limit));
}

BOOST_AUTO_TEST_CASE(copy_and_move_take_a_set_and_a_mailbox) {
  auto args = parse_copy(Cursor(" 2:4 MEETING")).value();
  BOOST_TEST(to_string(args.set) == "2:4");
  BOOST_TEST(args.mailbox == "MEETING");
  BOOST_TEST(parse_copy(Cursor(" $ \"Other Messages\"")).value().set.saved);
  for (auto text : {"", " 1", " 1 ", " a b", " 1 b c", " 1 \"\"", " 1  b"})
    BOOST_TEST(!parse_copy(Cursor(text)).has_value());
}

BOOST_AUTO_TEST_CASE(uid_expunge_takes_a_set) {
  BOOST_TEST(to_string(parse_set(Cursor(" 3000:3002")).value().set) == "3000:3002");
  for (auto text : {"", " ", " 1 ", " 1 2", " x"}) BOOST_TEST(!parse_set(Cursor(text)).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
