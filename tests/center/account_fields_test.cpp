#include "center/account_fields.h"

#include <boost/test/unit_test.hpp>

#include "center/zones.h"

using namespace mc;
using namespace mc::center;

namespace {

SystemZones const zones;
Time const now = Time(std::chrono::sys_days(std::chrono::year(2026) / 11 / 23));

std::string words_of(std::string_view zone) {
  auto checked = check_zone(zones, zone, now);
  return checked ? "" : checked.error().text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(account_fields_test)

BOOST_AUTO_TEST_CASE(zones_of_the_machine_are_known) {
  for (std::string_view zone :
       {"UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT-3", "Asia/Kathmandu"})
    BOOST_TEST_CONTEXT(zone) BOOST_TEST(words_of(zone) == "");
}

BOOST_AUTO_TEST_CASE(what_is_no_zone_is_refused_with_an_example_or_a_guess) {
  for (std::string const& zone :
       {std::string(), std::string("Berlin"), std::string("../../etc/passwd"), std::string("/etc/passwd"),
        std::string("Europe/Berlin/.."), std::string("Europe/../Europe/Berlin"), std::string("+02:00"),
        std::string("Europe"), std::string("Europe/Berlin "), std::string("a\r\nb"),
        std::string("Europe\0/Berlin", 14), std::string("tzdata.zi"), std::string(100'000, 'A'),
        std::string("Mars/Olympus"), std::string("zone.tab")})
    BOOST_TEST_CONTEXT(zone.substr(0, 40)) {
      BOOST_TEST(words_of(zone).find("Europe/Berlin or UTC") != std::string::npos);
      BOOST_TEST(words_of(zone).size() < 200u);
    }
  BOOST_TEST(words_of("europe/BERLIN").ends_with("did you mean Europe/Berlin?"));
}

BOOST_AUTO_TEST_CASE(groups_are_short_plain_words_named_once) {
  auto groups = parse_groups("beta, staff,beta ,early_2-x");
  BOOST_REQUIRE(groups.has_value());
  BOOST_TEST(*groups == (std::vector<std::string>{"beta", "staff", "early_2-x"}),
             boost::test_tools::per_element());
  BOOST_TEST(parse_groups("")->empty());
  BOOST_TEST(parse_groups("  ")->empty());
  BOOST_TEST(parse_groups(std::string(64, 'a'))->size() == 1u);
  for (std::string const& text :
       {std::string("Beta"), std::string("a,,b"), std::string(","), std::string("a b"), std::string("a\r\nb"),
        std::string("b\xC3\xA4"), std::string("*"), std::string(65, 'a'), std::string("a;b")})
    BOOST_TEST_CONTEXT(text) BOOST_TEST(!parse_groups(text));
}

BOOST_AUTO_TEST_CASE(a_user_is_in_at_most_64_groups) {
  std::string text = "g0";
  for (int i = 1; i < 64; ++i) text += ",g" + std::to_string(i);
  BOOST_TEST(parse_groups(text)->size() == 64u);
  BOOST_TEST(parse_groups(text + ",g0")->size() == 64u);
  auto more = parse_groups(text + ",g64");
  BOOST_REQUIRE(!more);
  BOOST_TEST((more.error().code == Errc::limit));
}

BOOST_AUTO_TEST_CASE(display_names_are_one_line_of_utf8) {
  for (std::string_view name : {"", "Jane Doe", "J\xC3\xA4ne \xE2\x98\x83"})
    BOOST_TEST(check_display_name(name).has_value());
  for (std::string const& name : {std::string("a\r\nBcc: x"), std::string("a\0b", 3), std::string("\xFF"),
                                  std::string("a\x7f"), std::string(201, 'a')})
    BOOST_TEST(!check_display_name(name));
}

BOOST_AUTO_TEST_SUITE_END()
