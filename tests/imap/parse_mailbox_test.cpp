#include "imap/parse_mailbox.h"

#include <boost/test/unit_test.hpp>

using namespace mc;
using namespace mc::imap;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(parse_mailbox_)

BOOST_AUTO_TEST_CASE(select_takes_a_mailbox_and_perhaps_condstore) {
  BOOST_TEST(parse_select(Cursor(" inbox")).value().mailbox == "INBOX");
  BOOST_TEST(!parse_select(Cursor(" inbox")).value().condstore);
  BOOST_TEST(parse_select(Cursor(" \"Account Alerts\" (condstore)")).value().condstore);
  for (auto text : {"", " ", " a b", " \"\"", " a ()", " a (", " a (FOO)", " a (CONDSTORE", " a (CONDSTORE) ",
                    " a (CONDSTORE )", " a (CONDSTOREX)", " a(CONDSTORE)", " &x"})
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(!parse_select(Cursor(text)).has_value());
    }
}

// The examples of RFC 7162, 3.2.5.
BOOST_AUTO_TEST_CASE(select_may_say_what_the_client_remembers) {
  auto args = parse_select(Cursor(" INBOX (QRESYNC (67890007 20050715194045000 41,43:211,214:541))")).value();
  BOOST_REQUIRE(args.qresync.has_value());
  BOOST_TEST((args.qresync->uid_validity == UidValidity(67890007)));
  BOOST_TEST((args.qresync->modseq == ModSeq(20050715194045000)));
  BOOST_TEST(to_string(args.qresync->known_uids.value()) == "41,43:211,214:541");
  BOOST_TEST(!args.qresync->match.has_value());

  args =
      parse_select(Cursor(" INBOX (QRESYNC (67890007 90060115194045000 41:211,214:541) CONDSTORE)")).value();
  BOOST_TEST(args.condstore);

  args =
      parse_select(Cursor(" MAILBOX (QRESYNC (67890007 90060115205545359 1:29997 (5000,7500,9000,9990:9999 "
                          "15000,22500,27000,29970,29973,29976,29979,29982,29985,29988,29991,29994,29997)))"))
          .value();
  BOOST_REQUIRE(args.qresync && args.qresync->match);
  BOOST_TEST(to_string(args.qresync->match->first) == "5000,7500,9000,9990:9999");
  BOOST_TEST(args.qresync->match->second.size() == 13u);
}

BOOST_AUTO_TEST_CASE(known_numbers_and_uids_pair_up_in_order) {
  auto match = [](std::string_view data) {
    return parse_select(Cursor(" x (QRESYNC (1 1 " + std::string(data) + "))"));
  };
  auto args = match("1:99 (1,4:5 10,20:21)").value();
  BOOST_TEST(to_string(args.qresync->match->first) == "1,4:5");
  BOOST_TEST(to_string(args.qresync->match->second) == "10,20:21");
  args = match("(1:2 3,9)").value();
  BOOST_TEST(!args.qresync->known_uids.has_value());
  BOOST_TEST(to_string(args.qresync->match->second) == "3,9");
  for (auto data : {"(1 2,3)", "(1,2 3)", "(2,1 3,4)", "(1:2 4,3)", "(1:* 1:3)", "($ 1)", "(1 1", "(1)", "()",
                    "(1 2 3)", "1:* (1 1)", "$", "(1 1) 1:9", "1:9 (1 1) x", "1:9 1:9", "(1,1 2,3)"})
    BOOST_TEST_CONTEXT(data) {
      BOOST_TEST(!match(data).has_value());
    }
}

BOOST_AUTO_TEST_CASE(malformed_qresync_is_refused) {
  for (auto text :
       {" x (QRESYNC)", " x (QRESYNC ())", " x (QRESYNC (1))", " x (QRESYNC (0 1))", " x (QRESYNC (1 0))",
        " x (QRESYNC (1 1)", " x (QRESYNC (1 1 ))", " x (QRESYNC 1 1)", " x (QRESYNC (4294967296 1))",
        " x (QRESYNC (1 9223372036854775808))", " x (QRESYNC (1 1) QRESYNC (1 1))", " x (QRESYNC (a 1))"})
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(!parse_select(Cursor(text)).has_value());
    }
}

BOOST_AUTO_TEST_CASE(create_drops_the_delimiter_that_announces_children) {
  BOOST_TEST(parse_create(Cursor(" owatagusiam/")).value().mailbox == "owatagusiam");
  BOOST_TEST(parse_create(Cursor(" owatagusiam/blurdybloop")).value().mailbox == "owatagusiam/blurdybloop");
  BOOST_TEST(parse_create(Cursor(" inbox/")).value().mailbox == "INBOX");
  auto args = parse_create(Cursor(" Everything (USE (\\All \\Archive))")).value();
  BOOST_TEST(args.special_use == (std::vector{"\\All"s, "\\Archive"s}), boost::test_tools::per_element());
  BOOST_TEST(parse_create(Cursor(" a (USE ())")).value().special_use.empty());
  for (auto text : {"", " ", " /", " \"\"", " a b", " a (USE)", " a (USE \\All)", " a (USE (All))",
                    " a (USE (\\))", " a (FOO (x))", " a ()"})
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(!parse_create(Cursor(text)).has_value());
    }
}

BOOST_AUTO_TEST_CASE(rename_takes_two_names) {
  auto args = parse_rename(Cursor(" inbox \"old mail/\"")).value();
  BOOST_TEST(args.from == "INBOX");
  BOOST_TEST(args.to == "old mail");
  for (auto text : {"", " a", " a ", " a b c", " a \"\"", " \"\" b", " a  b"}) BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(!parse_rename(Cursor(text)).has_value());
    }
}

BOOST_AUTO_TEST_CASE(one_mailbox_is_one_mailbox) {
  BOOST_TEST(parse_mailbox(Cursor(" {3}\r\na b")).value().mailbox == "a b");
  for (auto text : {"", " ", " a b", "a", " a*", " %"}) BOOST_TEST(!parse_mailbox(Cursor(text)).has_value());
}

BOOST_AUTO_TEST_CASE(status_items_are_kept_in_order_and_once) {
  auto args =
      parse_status(
          Cursor(
              " blurdybloop (UIDNEXT messages SIZE UIDNEXT HIGHESTMODSEQ deleted recent unseen uidvalidity)"))
          .value();
  BOOST_TEST(args.mailbox == "blurdybloop");
  std::string names;
  for (auto item : args.items) names += std::string(name_of(item)) + " ";
  BOOST_TEST(names == "UIDNEXT MESSAGES SIZE HIGHESTMODSEQ DELETED RECENT UNSEEN UIDVALIDITY ");
  for (auto text : {"", " a", " a ", " a ()", " a MESSAGES", " a (MESSAGES", " a (FOO)",
                    " a (MESSAGES,UNSEEN)", " a (MESSAGES) x", " (MESSAGES)", " a (MESSAGES  UNSEEN)"})
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(!parse_status(Cursor(text)).has_value());
    }
}

BOOST_AUTO_TEST_SUITE_END()
