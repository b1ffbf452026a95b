#include "mail/auth_results.h"

#include <boost/test/unit_test.hpp>

namespace mc::mail {

BOOST_AUTO_TEST_SUITE(auth_results)

BOOST_AUTO_TEST_CASE(what_opendmarc_opendkim_and_others_write_is_read) {
  auto read = parse_auth_results(
      " mx.example.test;\r\n\tdkim=pass (2048-bit key; unprotected) header.d=Ext.Test header.i=@ext.test header.b=\"aB/c+\";\r\n"
      "\tdkim=fail reason=\"bad; signature\" header.i=@lists.test header.b=ab/cd+e;\r\n"
      "\tspf=pass (sender (nested \\) comment) is fine) smtp.mailfrom=jane@ext.test smtp.remote-ip=2001:db8::1;\r\n"
      "\tdmarc=pass (p=none dis=none) header.from=Ext.Test.");
  BOOST_REQUIRE(read.has_value());
  BOOST_TEST(read->authserv_id == "mx.example.test");
  BOOST_TEST(read->dmarc == "pass");
  BOOST_TEST(read->dmarc_from == "ext.test");
  BOOST_REQUIRE(read->dkim.size() == 2u);
  BOOST_TEST((read->dkim[0] == AuthResults::Dkim{"pass", "ext.test"}));
  BOOST_TEST((read->dkim[1] == AuthResults::Dkim{"fail", "lists.test"}));
  BOOST_TEST(read->spf == "pass");
  BOOST_TEST(read->spf_mailfrom == "jane@ext.test");
  BOOST_TEST(read->dmarc_passed_for("EXT.test"));
  BOOST_TEST(!read->dmarc_passed_for("test"));
  BOOST_TEST(!read->dmarc_passed_for("a.ext.test"));
  BOOST_TEST(!read->dmarc_passed_for(""));
}

BOOST_AUTO_TEST_CASE(every_place_for_white_space_and_comments_is_one) {
  auto read = parse_auth_results(
      "(a) \"mx.example\\.test\" (b) 1 (c) ; (d) DMARC (e) / (f) 1 (g) = (h) PASS (i) reason (j) = (k) ok (l) "
      "header (m) . (n) from (o) = (p) ext.test (q) ; (r)");
  BOOST_REQUIRE(read.has_value());
  BOOST_TEST(read->authserv_id == "mx.example.test");
  BOOST_TEST(read->dmarc_passed_for("ext.test"));
}

BOOST_AUTO_TEST_CASE(only_a_clear_pass_passes) {
  struct Row {
    char const* value;
    bool good, passed;
  };
  Row const rows[] = {
      {"mx; dmarc=pass header.from=ext.test", true, true},
      {"mx; dmarc=pass header.from=jane@ext.test", true, true},
      {"mx; dmarc=pass header.from=\"ext.test\"", true, true},
      {"mx; dmarc=pass header.from=ext.test header.from=EXT.test", true, true},
      {"mx 1; dmarc=pass header.from=ext.test;", true, true},
      {"mx; none", true, false},
      {"mx;", true, false},
      {"mx; dmarc=pass", true, false},
      {"mx; dmarc=pass header.from=other.test", true, false},
      {"mx; dmarc=none header.from=ext.test", true, false},
      {"mx; dmarc=passed header.from=ext.test", true, false},
      {"mx; dmarc/2=pass header.from=ext.test", true, false},
      {"mx; x-dmarc=pass header.from=ext.test", true, false},
      {"mx; arc=pass (dmarc=pass header.from=ext.test)", true, false},
      {"mx; spf=pass reason=\"; dmarc=pass header.from=ext.test\"", true, false},
      {"mx; dkim=pass header.d=ext.test", true, false},
      {"mx; dmarc=pass header.from=other.test header.from=ext.test", false, false},
      {"mx; dmarc=fail header.from=ext.test; dmarc=pass header.from=ext.test", false, false},
      {"mx; none; dmarc=pass header.from=ext.test", false, false},
      {"mx 2; dmarc=pass header.from=ext.test", false, false},
      {"mx dmarc=pass header.from=ext.test", false, false},
      {"mx", false, false},
      {"", false, false},
      {";dmarc=pass header.from=ext.test", false, false},
      {"mx; dmarc=pass header.from=ext.test (open", false, false},
      {"mx; dmarc=pass header.from=\"ext.test", false, false},
      {"mx; dmarc pass", false, false},
      {"mx; dmarc=pass header.from", false, false},
      {"mx; dmarc=pass header.=ext.test", false, false},
      {"mx; dmarc=pass, header.from=ext.test", false, false},
  };
  for (Row const& row : rows) BOOST_TEST_CONTEXT(row.value) {
    auto read = parse_auth_results(row.value);
    BOOST_TEST(read.has_value() == row.good);
    BOOST_TEST((read && read->dmarc_passed_for("ext.test")) == row.passed);
  }
}

BOOST_AUTO_TEST_CASE(the_result_for_the_address_counts_beside_the_one_for_the_helo_name) {
  for (char const* value : {"mx; spf=pass smtp.helo=a.test; spf=fail smtp.mailfrom=b.test",
                            "mx; spf=fail smtp.mailfrom=b.test; spf=pass smtp.helo=a.test"}) {
    auto read = parse_auth_results(value);
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST(read->spf == "fail");
    BOOST_TEST(read->spf_mailfrom == "b.test");
  }
}

BOOST_AUTO_TEST_CASE(the_name_is_read_whatever_follows_it) {
  struct Row {
    char const *value, *id;
  };
  Row const rows[] = {
      {" mx.example.test; none", "mx.example.test"},
      {"mx.example.test", "mx.example.test"},
      {"mx.example.test dmarc=pass", "mx.example.test"},
      {"(one (two)) (three) mx.example.test(x);", "mx.example.test"},
      {"\"mx.\\example.test\"; x", "mx.example.test"},
      {"\r\n mx.example.test\r\n\t; none", "mx.example.test"},
      {"(open mx.example.test; none", ""},
      {"\"open; none", ""},
      {"; none", ""},
      {"", ""},
  };
  for (Row const& row : rows) BOOST_TEST(read_authserv_id(row.value) == row.id, row.value);
}

BOOST_AUTO_TEST_CASE(too_much_of_anything_is_refused) {
  std::string many = "mx", deep = "mx; dmarc=pass " + std::string(100, '(') + std::string(100, ')');
  for (int i = 0; i < 60; ++i) many += "; dkim=pass header.d=a.test";
  BOOST_TEST(!parse_auth_results(many).has_value());
  BOOST_TEST(!parse_auth_results(deep).has_value());
  BOOST_TEST(!parse_auth_results("mx; dmarc=pass header.from=ext.test (" + std::string(20'000, 'x') + ")").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace mc::mail
