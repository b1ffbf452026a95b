#include "smtp/arguments.h"

#include <boost/test/unit_test.hpp>

using namespace mc::smtp;

namespace {
template <class T>
int code_of(Parsed<T> const& parsed) {
  auto const* refused = std::get_if<Reply>(&parsed);
  return refused ? refused->code : 250;
}
}  // namespace

BOOST_AUTO_TEST_CASE(mail_arguments) {
  struct Row {
    std::string text;
    int code;
    std::string path;
  };
  Row const rows[] = {
      {"FROM:<>", 250, ""},
      {"from:<a@b>", 250, "a@b"},
      {"FROM: <a@b>", 250, "a@b"},
      {"FROM:<\"a>b\"@c>", 250, "\"a>b\"@c"},
      {"FROM:<\"a\\\">b\"@c> SIZE=5", 250, "\"a\\\">b\"@c"},
      {"FROM:<@x,@y:a@b>", 250, "a@b"},
      {"FROM:a@b", 501, ""},
      {"FROM:<a@b", 501, ""},
      {"FROM:<a@b>x", 501, ""},
      {"TO:<a@b>", 501, ""},
      {"", 501, ""},
      {"FROM:<" + std::string(400, 'a') + "@b>", 501, ""},
      {"FROM:<a@b> SIZE=", 501, ""},
      {"FROM:<a@b> SIZE=99999999999999999999999", 501, ""},
      {"FROM:<a@b> RET=SOME", 501, ""},
      {"FROM:<a@b> ENVID=a+3", 501, ""},
      {"FROM:<a@b> SMTPUTF8=yes", 501, ""},
      {"FROM:<a@b> X=1", 555, ""},
  };
  for (Row const& row : rows) BOOST_TEST_CONTEXT(row.text) {
      auto const parsed = parse_mail(row.text);
      BOOST_TEST(code_of(parsed) == row.code);
      if (row.code == 250) BOOST_TEST(std::get<MailArguments>(parsed).path == row.path);
    }
}

BOOST_AUTO_TEST_CASE(rcpt_arguments) {
  auto const parsed = parse_rcpt("to:<a@b> notify=success,delay ORCPT=rfc822;a+40b");
  BOOST_REQUIRE(code_of(parsed) == 250);
  BOOST_TEST(std::get<RcptArguments>(parsed).notify == (2 | 8));
  BOOST_TEST(std::get<RcptArguments>(parsed).orcpt == "rfc822;a+40b");
  for (std::string const text :
       {"TO:<>", "TO:<a@b> NOTIFY=", "TO:<a@b> NOTIFY=NEVER,FAILURE", "TO:<a@b> NOTIFY=DELAY,DELAY",
        "TO:<a@b> ORCPT=;a", "TO:<a@b> ORCPT=rfc822;", "TO:<a@b> ORCPT=rfc822;a+zz"})
    BOOST_TEST(code_of(parse_rcpt(text)) == 501, text);
}

BOOST_AUTO_TEST_CASE(bdat_arguments) {
  BOOST_TEST(std::get<BdatArguments>(parse_bdat("0 last")).last);
  BOOST_TEST(std::get<BdatArguments>(parse_bdat("86")).size == 86u);
  for (std::string const text : {"", "x", "-1", "1 FIRST", "1 LAST x", "18446744073709551616"})
    BOOST_TEST(code_of(parse_bdat(text)) == 501, text);
}

BOOST_AUTO_TEST_CASE(attributes_of_proxies) {
  auto const parsed = parse_attributes("name=a+20b ADDR=[UNAVAILABLE]");
  auto const& all = std::get<0>(parsed);
  BOOST_REQUIRE(all.size() == 2u);
  BOOST_TEST(all[0].first == "NAME");
  BOOST_TEST(all[0].second == "a b");
  BOOST_TEST(all[1].second == "[UNAVAILABLE]");
}
