#include "imap/parse_fetch.h"

#include <boost/test/unit_test.hpp>

#include "imap/writer.h"

using namespace mc;
using namespace mc::imap;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(parse_fetch_)

namespace {

std::string name_of(FetchItem const& item) {
  constexpr std::string_view names[] = {
      "UID",    "FLAGS",  "INTERNALDATE",  "RFC822.SIZE", "ENVELOPE", "BODY",   "BODYSTRUCTURE",
      "MODSEQ", "RFC822", "RFC822.HEADER", "RFC822.TEXT", "BODY",     "BINARY", "BINARY.SIZE"};
  std::string out(names[static_cast<std::size_t>(item.att)]);
  if (item.att >= FetchAtt::body_section) Writer(out).section(item.section);
  if (item.partial)
    out += "<" + std::to_string(item.partial->offset) + "." + std::to_string(item.partial->count) + ">";
  return out + (item.peek ? "" : "!");
}

// "set: items", '!' where \Seen is set; then the modifiers. Errors are "error".
std::string summary(std::string_view text, NumberKind kind = NumberKind::uid) {
  auto args = parse_fetch(Cursor(text), kind);
  if (!args) return "error";
  auto out = to_string(args->set) + ":";
  for (auto const& item : args->items) out += " " + name_of(item);
  if (args->changed_since) out += " since " + to_string(*args->changed_since);
  if (args->vanished) out += " vanished";
  return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_item_is_read) {
  struct Row {
    std::string_view text, expected;
  };
  for (Row row : {
           Row{" 1 FLAGS", "1: FLAGS"},
           Row{" 2:4 (FLAGS BODY[HEADER.FIELDS (DATE FROM)])", "2:4: FLAGS BODY[HEADER.FIELDS (DATE FROM)]!"},
           Row{" $ (uid Flags)", "$: UID FLAGS"},
           Row{" 1:* FAST", "1:*: FLAGS INTERNALDATE RFC822.SIZE"},
           Row{" 1 all", "1: FLAGS INTERNALDATE RFC822.SIZE ENVELOPE"},
           Row{" 1 FULL", "1: FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODY"},
           Row{" 1 (BODY BODYSTRUCTURE BODY[] BODY.PEEK[])", "1: BODY BODYSTRUCTURE BODY[]! BODY[]"},
           Row{" 1 BODY[1.2.MIME]<0.65536>", "1: BODY[1.2.MIME]<0.65536>!"},
           Row{" 1 BODY.PEEK[TEXT]<10.20>", "1: BODY[TEXT]<10.20>"},
           Row{" 1 (RFC822 RFC822.HEADER RFC822.TEXT RFC822.SIZE)",
               "1: RFC822! RFC822.HEADER RFC822.TEXT! RFC822.SIZE"},
           Row{" 1 (BINARY[1] BINARY.PEEK[1.2]<5.6> BINARY[] BINARY.SIZE[2])",
               "1: BINARY[1]! BINARY[1.2]<5.6> BINARY[]! BINARY.SIZE[2]"},
           Row{" 1 (MODSEQ UID ENVELOPE INTERNALDATE)", "1: MODSEQ UID ENVELOPE INTERNALDATE"},
           Row{" 1 (FLAGS FLAGS BODY[] flags BODY[])", "1: FLAGS BODY[]!"},
           Row{" 1:* (FLAGS) (CHANGEDSINCE 12345)", "1:*: FLAGS since 12345"},
           Row{" 300:500 (FLAGS) (CHANGEDSINCE 12345 VANISHED)", "300:500: FLAGS since 12345 vanished"},
           Row{" 1 FLAGS (vanished changedsince 1)", "1: FLAGS since 1 vanished"},
           Row{" 1 FLAGS (CHANGEDSINCE 0)", "1: FLAGS since 0"},
       })
    BOOST_TEST_CONTEXT(row.text) {
      BOOST_TEST(summary(row.text) == row.expected);
    }
}

BOOST_AUTO_TEST_CASE(malformed_fetches_are_refused) {
  for (auto text : {"",
                    " ",
                    " 1",
                    " 1 ",
                    " 1 ()",
                    " 1 (",
                    " 1 FOO",
                    " 1 (FLAGS",
                    " 1 (FLAGS )",
                    " 1 FLAGS UID",
                    " 1 (ALL)",
                    " 1 (FLAGS FAST)",
                    " 0 FLAGS",
                    " 1,, FLAGS",
                    " a FLAGS",
                    " 1 BODY[",
                    " 1 BODY.PEEK",
                    " 1 BODY.FOO[]",
                    " 1 BODYSTRUCTURE[]",
                    " 1 FLAGS[]",
                    " 1 BODY[]<0>",
                    " 1 BODY[]<0.0>",
                    " 1 BODY[]<0.1",
                    " 1 BINARY",
                    " 1 BINARY[TEXT]",
                    " 1 BINARY.SIZE[1]<0.1>",
                    " 1 BINARY.SIZE",
                    " 1 RFC822.HEADER.LINES",
                    " 1 FLAGS (",
                    " 1 FLAGS ()",
                    " 1 FLAGS (CHANGEDSINCE)",
                    " 1 FLAGS (CHANGEDSINCE a)",
                    " 1 FLAGS (CHANGEDSINCE 9223372036854775808)",
                    " 1 FLAGS (CHANGEDSINCE 1 CHANGEDSINCE 2)",
                    " 1 FLAGS (VANISHED)",
                    " 1 FLAGS (FOO)",
                    " 1 FLAGS (CHANGEDSINCE 1) ",
                    " 1  FLAGS",
                    " 1 (FLAGS  UID)",
                    " 1 BODY []",
                    " 1 BODY[] <0.1>"})
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(summary(text) == "error");
    }
}

BOOST_AUTO_TEST_CASE(vanished_is_for_uids_only) {
  BOOST_TEST(summary(" 1 FLAGS (CHANGEDSINCE 1 VANISHED)", NumberKind::seq) == "error");
  BOOST_TEST(summary(" 1 FLAGS (CHANGEDSINCE 1)", NumberKind::seq) == "1: FLAGS since 1");
}

BOOST_AUTO_TEST_CASE(the_number_of_items_is_bounded) {
  auto text = " 1 (BODY[1]"s;
  for (int i = 0; i < 256; ++i) text += " BODY[1]";
  BOOST_TEST((parse_fetch(Cursor(text + ")"), NumberKind::seq).error().code == Errc::limit));
}

BOOST_AUTO_TEST_SUITE_END()
