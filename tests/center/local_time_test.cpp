#include "center/local_time.h"

#include <boost/test/unit_test.hpp>

#include "center/zones.h"
#include "core/time_text.h"

using namespace mc;
using namespace mc::center;

namespace {

SystemZones const zones;

std::string midnight(int y, unsigned m, unsigned d, std::string_view zone) {
  using namespace std::chrono;
  return write_rfc3339(local_midnight(year(y) / month(m) / day(d), zone, zones)).substr(0, 16);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(local_time_test)

BOOST_AUTO_TEST_CASE(a_day_begins_at_midnight_there) {
  BOOST_TEST(midnight(2026, 12, 24, "UTC") == "2026-12-24T00:00");
  BOOST_TEST(midnight(2026, 12, 24, "Europe/Berlin") == "2026-12-23T23:00");
  BOOST_TEST(midnight(2026, 7, 1, "Europe/Berlin") == "2026-06-30T22:00");
  BOOST_TEST(midnight(2026, 12, 24, "Pacific/Kiritimati") == "2026-12-23T10:00");
  BOOST_TEST(midnight(2026, 12, 24, "Etc/GMT+12") == "2026-12-24T12:00");
  BOOST_TEST(midnight(2026, 12, 24, "Nowhere/Known") == "2026-12-24T00:00");
}

BOOST_AUTO_TEST_CASE(summer_time_begins_and_ends_around_it) {
  BOOST_TEST(midnight(2026, 3, 29, "Europe/Berlin") == "2026-03-28T23:00");  // the change is at 02:00
  BOOST_TEST(midnight(2026, 3, 30, "Europe/Berlin") == "2026-03-29T22:00");
  BOOST_TEST(midnight(2026, 10, 25, "Europe/Berlin") == "2026-10-24T22:00");
  BOOST_TEST(midnight(2026, 10, 26, "Europe/Berlin") == "2026-10-25T23:00");
}

BOOST_AUTO_TEST_CASE(a_midnight_that_is_skipped_is_the_moment_of_the_change) {
  // Santiago went from 24:00 of 6 September 2025 to 01:00: at 04:00 UTC.
  BOOST_TEST(midnight(2025, 9, 7, "America/Santiago") == "2025-09-07T04:00");
}

BOOST_AUTO_TEST_CASE(a_midnight_that_comes_twice_counts_the_first_time) {
  // Havana goes from 01:00 back to 00:00 on 1 November 2026: the first midnight is at 04:00 UTC.
  BOOST_TEST(midnight(2026, 11, 1, "America/Havana") == "2026-11-01T04:00");
}

BOOST_AUTO_TEST_CASE(times_are_written_by_the_clock_there) {
  auto t = *parse_rfc3339("2026-12-24T22:30:59Z");
  BOOST_TEST(write_local(t, "Europe/Berlin", zones) == "2026-12-24 23:30");
  BOOST_TEST(write_local(t, "Asia/Kathmandu", zones) == "2026-12-25 04:15");
  BOOST_TEST(write_local(t, "Nowhere/Known", zones) == "2026-12-24 22:30");
}

BOOST_AUTO_TEST_SUITE_END()
