#include "imap/parse_search.h"

#include <boost/test/unit_test.hpp>

using namespace mc;
using namespace mc::imap;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(parse_search_)

namespace {

std::string tree(SearchKey const& key);

std::string trees(std::string_view name, SearchKey const& key) {
  auto out = std::string(name) + "(";
  for (auto const& child : key.keys) out += (out.back() == '(' ? "" : " ") + tree(child);
  return out + ")";
}

std::string tree(SearchKey const& key) {
  constexpr std::string_view names[] = {
      "all",     "and",    "or",         "not",    "seq",       "uid",     "flag",  "recent", "before",
      "on",      "since",  "sentbefore", "senton", "sentsince", "from",    "to",    "cc",     "bcc",
      "subject", "header", "body",       "text",   "larger",    "smaller", "modseq"};
  std::string name(names[static_cast<std::size_t>(key.op)]);
  switch (key.op) {
    case SearchOp::all:
    case SearchOp::recent:
      return name;
    case SearchOp::all_of:
    case SearchOp::any_of:
    case SearchOp::none_of:
      return trees(name, key);
    case SearchOp::sequence:
    case SearchOp::uid:
      return name + ":" + to_string(key.set);
    case SearchOp::flag:
      return key.flag.system == SystemFlag::none ? key.flag.keyword : std::string(name_of(key.flag.system));
    case SearchOp::before:
    case SearchOp::on:
    case SearchOp::since:
    case SearchOp::sent_before:
    case SearchOp::sent_on:
    case SearchOp::sent_since:
      return name + ":" + write_date(key.day);
    case SearchOp::header:
      return name + ":" + key.field + "=" + key.text;
    case SearchOp::larger:
    case SearchOp::smaller:
      return name + ":" + std::to_string(key.size);
    case SearchOp::modseq:
      return name + ":" + to_string(key.modseq);
    default:
      return name + ":" + key.text;
  }
}

std::string summary(std::string_view text) {
  auto args = parse_search(Cursor(text));
  return args ? tree(args->key) : "error";
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_key_is_read) {
  struct Row {
    std::string_view text, expected;
  };
  for (Row row : {
           Row{" ALL", "all"},
           Row{" answered", "\\Answered"},
           Row{" UNANSWERED", "not(\\Answered)"},
           Row{" DELETED UNDELETED", "and(\\Deleted not(\\Deleted))"},
           Row{" DRAFT UNDRAFT FLAGGED UNFLAGGED", "and(\\Draft not(\\Draft) \\Flagged not(\\Flagged))"},
           Row{" SEEN UNSEEN", "and(\\Seen not(\\Seen))"},
           Row{" NEW", "and(recent not(\\Seen))"},
           Row{" OLD RECENT", "and(not(recent) recent)"},
           Row{" KEYWORD $Junk UNKEYWORD x", "and($Junk not(x))"},
           Row{" BEFORE 1-Feb-1994 ON \"1-Feb-1994\" SINCE 01-feb-1994",
               "and(before:1-Feb-1994 on:1-Feb-1994 since:1-Feb-1994)"},
           Row{" SENTBEFORE 1-Feb-1994 SENTON 2-Feb-1994 SENTSINCE 3-Feb-1994",
               "and(sentbefore:1-Feb-1994 senton:2-Feb-1994 sentsince:3-Feb-1994)"},
           Row{" FROM \"Smith\" TO a CC b BCC c SUBJECT \"\" BODY e TEXT {1}\r\nf",
               "and(from:Smith to:a cc:b bcc:c subject: body:e text:f)"},
           Row{" HEADER Message-ID \"<a@b>\"", "header:Message-ID=<a@b>"},
           Row{" HEADER X-Foo \"\"", "header:X-Foo="},
           Row{" LARGER 1000 SMALLER 9223372036854775807", "and(larger:1000 smaller:9223372036854775807)"},
           Row{" 1:3,* UID 5:*", "and(seq:1:3,* uid:5:*)"},
           Row{" $ UID $", "and(seq:$ uid:$)"},
           Row{" NOT SEEN", "not(\\Seen)"},
           Row{" NOT NOT 1", "not(not(seq:1))"},
           Row{" OR SEEN 1", "or(\\Seen seq:1)"},
           Row{" OR 1 OR 2 OR 3 4 5", "and(or(seq:1 seq:2 seq:3 seq:4) seq:5)"},
           Row{" OR OR 1 2 3", "or(or(seq:1 seq:2) seq:3)"},
           Row{" (1 2) (3)", "and(and(seq:1 seq:2) seq:3)"},
           Row{" OR (1 SEEN) (NOT (2 3))", "or(and(seq:1 \\Seen) not(and(seq:2 seq:3)))"},
           Row{" ((((1))))", "seq:1"},
           Row{" MODSEQ 620162338", "modseq:620162338"},
           Row{" MODSEQ \"/flags/\\\\draft\" all 620162338", "modseq:620162338"},
           Row{" MODSEQ \"/flags/$Foo\" priv 0", "modseq:0"},
           // RFC 9051, 6.4.4
           Row{" FLAGGED SINCE 1-Feb-1994 NOT FROM \"Smith\"",
               "and(\\Flagged since:1-Feb-1994 not(from:Smith))"},
           Row{" CHARSET UTF-8 TEXT {6+}\r\n\xd0\xb4\xd0\xb4\xd0\xb4", "text:ддд"},
           Row{" TEXT \"ддд\"", "text:ддд"},
       })
    BOOST_TEST_CONTEXT(row.text) {
      BOOST_TEST(summary(row.text) == row.expected);
    }
}

BOOST_AUTO_TEST_CASE(malformed_searches_are_refused) {
  for (auto text : {"",
                    " ",
                    " FOO",
                    " ALL ",
                    " ALL  SEEN",
                    " ()",
                    " (",
                    " (ALL",
                    " ALL)",
                    " (ALL))",
                    " NOT",
                    " NOT ",
                    " OR",
                    " OR 1",
                    " OR 1 ",
                    " OR 1 OR 2",
                    " SINCE",
                    " SINCE yesterday",
                    " SINCE 1-Feb-94",
                    " SINCE \"1-Feb-1994",
                    " FROM",
                    " FROM ",
                    " FROM (a)",
                    " HEADER a",
                    " HEADER a ",
                    " KEYWORD \\Seen",
                    " KEYWORD",
                    " LARGER -1",
                    " LARGER a",
                    " LARGER 9223372036854775808",
                    " UID",
                    " UID a",
                    " 0",
                    " 1:",
                    " MODSEQ",
                    " MODSEQ a",
                    " MODSEQ \"/flags/x\" 1",
                    " MODSEQ \"/flags/x\" some 1",
                    " MODSEQ \"x\" all 1",
                    " CHARSET",
                    " CHARSET UTF-8",
                    " CHARSET UTF-8 ",
                    " RETURN",
                    " RETURN ALL",
                    " RETURN (FOO) ALL",
                    " RETURN (MIN",
                    " RETURN (MIN)",
                    " RETURN (MIN) ",
                    " RETURN (MIN)ALL",
                    " CHARSET UTF-8 RETURN (MIN) ALL",
                    " SEEN CHARSET UTF-8",
                    " BODY \"\xff\"",
                    " BODY {1}\r\n\xff",
                    " SEENX",
                    " SEEN(1)",
                    " [1]"})
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(summary(text) == "error");
    }
}

BOOST_AUTO_TEST_CASE(return_options_ask_for_esearch) {
  auto args = parse_search(Cursor(" RETURN (MIN count SAVE) UNSEEN")).value();
  BOOST_TEST(args.extended);
  BOOST_TEST((args.returns == EnumSet{SearchReturn::min, SearchReturn::count, SearchReturn::save}));
  args = parse_search(Cursor(" RETURN () CHARSET us-ascii UNSEEN")).value();
  BOOST_TEST((args.returns == EnumSet{SearchReturn::all}));
  BOOST_TEST(args.charset == "US-ASCII");
  args = parse_search(Cursor(" UNSEEN")).value();
  BOOST_TEST(!args.extended);
  BOOST_TEST(args.returns.empty());
  BOOST_TEST(args.charset == "UTF-8");
}

BOOST_AUTO_TEST_CASE(an_unknown_charset_is_told_not_refused_here) {
  auto args = parse_search(Cursor(" CHARSET \"koi8-r\" TEXT {1}\r\n\xff")).value();
  BOOST_TEST(!args.charset_known);
  BOOST_TEST(args.charset == "KOI8-R");
  BOOST_TEST(args.key.text == "\xff");
}

BOOST_AUTO_TEST_CASE(modseq_and_the_saved_result_are_noticed_at_any_depth) {
  BOOST_TEST(parse_search(Cursor(" NOT (SEEN MODSEQ 5)")).value().uses_modseq);
  BOOST_TEST(!parse_search(Cursor(" NOT (SEEN)")).value().uses_modseq);
  BOOST_TEST(parse_search(Cursor(" OR SEEN NOT UID $")).value().uses_saved);
  BOOST_TEST(!parse_search(Cursor(" SEEN")).value().uses_saved);
}

BOOST_AUTO_TEST_CASE(nesting_is_bounded_and_long_or_chains_are_no_nesting) {
  auto nested = [](std::size_t n) { return " " + std::string(n, '(') + "ALL" + std::string(n, ')'); };
  BOOST_TEST(summary(nested(99)) == "all");
  BOOST_TEST((parse_search(Cursor(nested(100))).error().code == Errc::limit));
  BOOST_TEST((parse_search(Cursor(nested(30000))).error().code == Errc::limit));
  auto repeated = [](int n, std::string_view before) {
    std::string text = " ";
    for (int i = 0; i < n; ++i) text += before;
    return text;
  };
  BOOST_TEST((parse_search(Cursor(repeated(10000, "NOT ") + "ALL")).error().code == Errc::limit));
  BOOST_TEST((parse_search(Cursor(repeated(10000, "OR "))).error().code == Errc::limit));
  BOOST_TEST(parse_search(Cursor(repeated(2000, "OR SEEN ") + "ALL")).value().key.keys.size() == 2001u);
  BOOST_TEST((parse_search(Cursor(repeated(5001, "ALL ") + "ALL")).error().code == Errc::limit));
}

BOOST_AUTO_TEST_SUITE_END()
