#include "imap/date.h"

#include <boost/test/unit_test.hpp>

#include "core/time_text.h"

using namespace mc;
using namespace mc::imap;
using namespace std::chrono;

BOOST_AUTO_TEST_SUITE(date)

BOOST_AUTO_TEST_CASE(days_are_read_and_written) {
  struct Row {
    std::string_view text;
    year_month_day day;
    std::string_view written;
  };
  for (Row row :
       {Row{"1-Feb-1994", 1994y / 2 / 1, "1-Feb-1994"}, Row{"01-FEB-1994", 1994y / 2 / 1, "1-Feb-1994"},
        Row{"29-feb-2024", 2024y / 2 / 29, "29-Feb-2024"},
        Row{"31-Dec-9999", 9999y / 12 / 31, "31-Dec-9999"}}) {
    BOOST_TEST_CONTEXT(row.text) {
      auto day = parse_date(row.text);
      BOOST_REQUIRE(day.has_value());
      BOOST_TEST((*day == sys_days(row.day)));
      BOOST_TEST(write_date(*day) == row.written);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_day_is_refused) {
  for (auto text : {"", "1", "1-Feb", "1-Feb-94", "1-Feb-19944", "001-Feb-1994", "-Feb-1994", "30-Feb-1994",
                    "29-Feb-2023", "0-Feb-1994", "1-February-1994", "1-Foo-1994", "1 Feb 1994", " 1-Feb-1994",
                    "1-Feb-1994 ", "1-2-1994", "32-Jan-2020", "1-Feb--994", "+1-Feb-1994"})
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(!parse_date(text).has_value());
    }
}

BOOST_AUTO_TEST_CASE(date_times_are_read_with_their_zone) {
  struct Row {
    std::string_view text, utc;
  };
  for (Row row : {Row{"17-Jul-1996 02:44:25 -0700", "1996-07-17T09:44:25.000Z"},
                  Row{" 1-Feb-1994 21:52:25 -0800", "1994-02-02T05:52:25.000Z"},
                  Row{"01-Feb-1994 00:00:00 +0000", "1994-02-01T00:00:00.000Z"},
                  Row{"31-dec-2016 23:59:60 +0000", "2017-01-01T00:00:00.000Z"},
                  Row{"01-Jan-2000 00:15:00 +0545", "1999-12-31T18:30:00.000Z"},
                  Row{"01-Jan-1969 00:00:00 -0000", "1969-01-01T00:00:00.000Z"}})
    BOOST_TEST_CONTEXT(row.text) {
      auto time = parse_date_time(row.text);
      BOOST_REQUIRE(time.has_value());
      BOOST_TEST(write_rfc3339(*time) == row.utc);
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_date_time_is_refused) {
  for (auto text :
       {"", "17-Jul-1996", "17-Jul-1996 02:44:25", "17-Jul-1996 02:44:25 GMT", "17-Jul-1996 02:44:25 -700",
        "17-Jul-1996 24:00:00 +0000", "17-Jul-1996 02:60:00 +0000", "17-Jul-1996 02:44:61 +0000",
        "17-Jul-1996 02:44:25 +2400", "17-Jul-1996 02:44:25 +0060", "31-Jun-1996 02:44:25 +0000",
        "1-Jul-1996 02:44:25 +0000", "  1-Jul-1996 02:44:25 +0000", "17-Jul-1996 2:44:25 +0000",
        "17-Jul-1996 02:44:25 +0000 ", "17-Jul-1996  02:44:25 +0000", "17-Jul-96 02:44:25 +0000"})
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(!parse_date_time(text).has_value());
    }
}

BOOST_AUTO_TEST_CASE(date_times_are_written_in_any_zone_and_read_back) {
  auto time = parse_rfc3339("1996-07-17T09:44:25.999Z").value();
  BOOST_TEST(write_date_time(time) == "17-Jul-1996 09:44:25 +0000");
  BOOST_TEST(write_date_time(time, minutes(-7 * 60)) == "17-Jul-1996 02:44:25 -0700");
  BOOST_TEST(write_date_time(time, minutes(5 * 60 + 45)) == "17-Jul-1996 15:29:25 +0545");
  BOOST_TEST(write_date_time(parse_rfc3339("1969-12-31T23:59:59.500Z").value()) ==
             "31-Dec-1969 23:59:59 +0000");
  BOOST_TEST(write_date_time(parse_rfc3339("2026-02-03T04:05:06Z").value()) == " 3-Feb-2026 04:05:06 +0000");
  for (int zone : {0, 1, -1, 345, -720, 840}) {
    auto back = parse_date_time(write_date_time(time, minutes(zone)));
    BOOST_REQUIRE(back.has_value());
    BOOST_TEST((*back == floor<seconds>(time)));
  }
}

BOOST_AUTO_TEST_SUITE_END()
