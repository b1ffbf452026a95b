#include "center/address_check.h"

#include <boost/test/unit_test.hpp>

using namespace mc;
using namespace mc::center;

namespace {

Settings settings() {
  Settings s;
  s.hostname = "mc.example.test";
  s.domain = "example.test";
  return s;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(address_check_test)

BOOST_AUTO_TEST_CASE(ordinary_addresses_are_taken) {
  for (std::string const& text :
       {std::string("jane@ext.test"), std::string("Jane.O'Neil+tag=1@Mail.Ext.Test"), std::string("a@b.co"),
        std::string("x@xn--bcher-kva.example"), std::string("1@2.c3"), std::string(64, 'a') + "@ext.test",
        "a@" + std::string(63, 'b') + '.' + std::string(63, 'c') + ".test"})
    BOOST_TEST_CONTEXT(text) BOOST_TEST(check_external_address(settings(), text).has_value());
}

BOOST_AUTO_TEST_CASE(what_is_no_ordinary_address_is_refused_in_words) {
  std::string const huge(1'000'000, 'a'), long_domain = std::string(250, 'd') + ".test";
  for (std::string const& text : {std::string(),
                                  std::string("@"),
                                  std::string("jane"),
                                  std::string("jane@"),
                                  std::string("@ext.test"),
                                  std::string("jane@ext"),
                                  std::string("jane@ext.test."),
                                  std::string("jane@.ext.test"),
                                  std::string("jane@ext..test"),
                                  std::string("jane@-ext.test"),
                                  std::string("jane@ext-.test"),
                                  std::string("jane@[127.0.0.1]"),
                                  std::string("jane@127.0.0.1"),
                                  std::string("jane@ext.42"),
                                  std::string("jane@ex_t.test"),
                                  std::string("jane@ext.test@x.test"),
                                  std::string("a@b@c@d@e@f.test"),
                                  std::string(".jane@ext.test"),
                                  std::string("jane.@ext.test"),
                                  std::string("ja..ne@ext.test"),
                                  std::string("\"ja ne\"@ext.test"),
                                  std::string("\"jane\"@ext.test"),
                                  std::string("ja ne@ext.test"),
                                  std::string(" jane@ext.test"),
                                  std::string("jane@ext.test "),
                                  std::string("jane@ext.test\r\nBcc: x@y.test"),
                                  std::string("ja\0ne@ext.test", 14),
                                  std::string("ja\tne@ext.test"),
                                  std::string("jane\x7f@ext.test"),
                                  std::string("j\xC3\xA4ne@ext.test"),
                                  std::string("jane@\xC3\xA4xt.test"),
                                  std::string("jane\xFF@ext.test"),
                                  std::string("<jane@ext.test>"),
                                  std::string("Jane <jane@ext.test>"),
                                  std::string("jane@ext.test,bob@ext.test"),
                                  std::string("jane;@ext.test"),
                                  std::string("ja\\ne@ext.test"),
                                  std::string("mailto:jane@ext.test"),
                                  std::string(65, 'a') + "@ext.test",
                                  "a@" + long_domain,
                                  "a@" + std::string(64, 'b') + ".test",
                                  huge + "@ext.test",
                                  "a@" + huge})
    BOOST_TEST_CONTEXT(text.substr(0, 60)) {
      auto checked = check_external_address(settings(), text);
      BOOST_REQUIRE(!checked);
      BOOST_TEST((checked.error().code == Errc::syntax));
      BOOST_TEST(checked.error().text.find("is no email address") != std::string::npos);
      BOOST_TEST(checked.error().text.size() < 250u);
      BOOST_TEST(checked.error().text.find_first_of("\r\n") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(our_own_addresses_are_never_external) {
  for (std::string_view text :
       {"jane@example.test", "JANE@EXAMPLE.TEST", "anybody@example.test", "x@mc.example.test"})
    BOOST_TEST_CONTEXT(text) {
      auto checked = check_external_address(settings(), text);
      BOOST_REQUIRE(!checked);
      BOOST_TEST((checked.error().code == Errc::forbidden));
      BOOST_TEST(checked.error().text.find("never an external recipient") != std::string::npos);
      BOOST_TEST(check_address_form(text).has_value());
    }
  BOOST_TEST(check_external_address(settings(), "x@other.example.test").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
