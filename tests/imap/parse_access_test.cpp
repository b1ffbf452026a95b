#include "imap/parse_access.h"

#include <boost/test/unit_test.hpp>

using namespace mc;
using namespace mc::imap;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(parse_access)

BOOST_AUTO_TEST_CASE(login_takes_two_strings_of_any_form) {
  auto args = parse_login(Cursor(" SMITH SESAME")).value();
  BOOST_TEST(args.user == "SMITH");
  BOOST_TEST(args.password == "SESAME");
  args = parse_login(Cursor(" {11}\r\nFRED FOOBAR \"fat \\\"man\\\" é\"")).value();
  BOOST_TEST(args.user == "FRED FOOBAR");
  BOOST_TEST(args.password == "fat \"man\" é");
  BOOST_TEST(parse_login(Cursor(" a \"\"")).value().password == "");
  for (auto text : {"", " ", " a", " a ", " a b c", "a b", " a  b", " \"a b", " a b)", " a {3}\r\nab"})
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(!parse_login(Cursor(text)).has_value());
    }
}

BOOST_AUTO_TEST_CASE(errors_of_login_do_not_repeat_the_password) {
  for (auto text : {" joe sec(ret", " joe \"secret", " joe sec ret"})
    BOOST_TEST(parse_login(Cursor(text)).error().text.find("ret") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(authenticate_may_bring_an_initial_response) {
  auto args = parse_authenticate(Cursor(" plain AGZvbwBiYXI=")).value();
  BOOST_TEST(args.mechanism == "PLAIN");
  BOOST_TEST(args.initial.value() == "\0foo\0bar"s);
  BOOST_TEST(parse_authenticate(Cursor(" EXTERNAL =")).value().initial.value() == "");
  BOOST_TEST(!parse_authenticate(Cursor(" SCRAM-SHA-256")).value().initial.has_value());
  for (auto text : {"", " ", " PLAIN ", " PLAIN !", " PLAIN A", " PLAIN AGZvbwBiYXI= x",
                    " PLAIN ==", " \"PLAIN\"", " PLAIN AGZv bwBi"})
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(!parse_authenticate(Cursor(text)).has_value());
    }
}

BOOST_AUTO_TEST_CASE(a_line_of_authentication_is_base64_or_a_star) {
  BOOST_TEST(parse_authenticate_line("AGZvbwBiYXI=\r\n").value().value() == "\0foo\0bar"s);
  BOOST_TEST(parse_authenticate_line("\r\n").value().value() == "");
  BOOST_TEST(!parse_authenticate_line("*\r\n").value().has_value());
  for (auto line : {"!\r\n", "A\r\n", "* \r\n", "=\r\n", "AGZv bwBi\r\n"})
    BOOST_TEST(!parse_authenticate_line(line).has_value());
}

BOOST_AUTO_TEST_CASE(enable_takes_one_capability_or_more) {
  auto args = parse_enable(Cursor(" condstore X-GOOD-IDEA UTF8=ACCEPT IMAP4rev2")).value();
  BOOST_TEST(args.capabilities == (std::vector{"CONDSTORE"s, "X-GOOD-IDEA"s, "UTF8=ACCEPT"s, "IMAP4REV2"s}),
             boost::test_tools::per_element());
  std::string many;
  for (int i = 0; i < 200; ++i) many += " x";
  BOOST_TEST((parse_enable(Cursor(many)).error().code == Errc::limit));
  for (auto text : {"", " ", " a ", " a  b", " (a)", " \"a\""}) BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(!parse_enable(Cursor(text)).has_value());
    }
}

BOOST_AUTO_TEST_CASE(id_takes_nil_nothing_or_thirty_pairs) {
  BOOST_TEST(parse_id(Cursor(" NIL")).value().fields.empty());
  BOOST_TEST(parse_id(Cursor(" ()")).value().fields.empty());
  auto args = parse_id(Cursor(" (\"name\" \"sodr\" \"os\" NIL {6}\r\nvendor \"Grüße\")")).value();
  BOOST_REQUIRE(args.fields.size() == 3u);
  BOOST_TEST(args.fields[0].second.value() == "sodr");
  BOOST_TEST(!args.fields[1].second.has_value());
  BOOST_TEST(args.fields[2].second.value() == "Grüße");
  auto pairs = [](int n) {
    auto text = " ("s;
    for (int i = 0; i < n; ++i) text += (i ? " " : "") + "\"f"s + std::to_string(i) + "\" \"v\"";
    return text + ")";
  };
  BOOST_TEST(parse_id(Cursor(pairs(30))).value().fields.size() == 30u);
  BOOST_TEST((parse_id(Cursor(pairs(31))).error().code == Errc::limit));
  BOOST_TEST((parse_id(Cursor(" (\"a\" \"" + std::string(1025, 'v') + "\")")).error().code == Errc::limit));
  for (auto text : {"", " ", " (", " (\"a\")", " (\"a\" )", " (NIL \"a\")", " (a b)", " (\"a\" \"b\" \"c\")",
                    " NIL NIL", " (NIL)", " \"a\" \"b\""})
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(!parse_id(Cursor(text)).has_value());
    }
}

BOOST_AUTO_TEST_CASE(done_ends_idle_in_any_case) {
  for (auto line : {"DONE\r\n", "done\r\n", "Done"}) BOOST_TEST(is_done(line));
  for (auto line : {"", "\r\n", "DON\r\n", "DONE \r\n", "a DONE\r\n"}) BOOST_TEST(!is_done(line));
}

BOOST_AUTO_TEST_SUITE_END()
