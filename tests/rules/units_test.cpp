#include "rules/units.h"

#include "rules/amount.h"
#include "tests/rules/support.h"

using namespace mc;
using namespace mc::rules;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(units)

BOOST_AUTO_TEST_CASE(durations_are_a_number_and_a_unit) {
  struct Row {
    std::string_view text;
    std::optional<Millis> expected;
  };
  for (Row const& row : {Row{"15m", 15min},
                         {"48h", 48h},
                         {"180d", 180 * 24h},
                         {"2y", 730 * 24h},
                         {"0s", 0s},
                         {"1w", 168h},
                         {"100y", 36500 * 24h},
                         {"101y", {}},
                         {"999999y", {}},
                         {"1000000s", {}},
                         {"", {}},
                         {"d", {}},
                         {"1", {}},
                         {"1.5h", {}},
                         {"-1d", {}},
                         {"1D", {}},
                         {"1 d", {}},
                         {" 1d", {}}})
    BOOST_TEST_CONTEXT(row.text) BOOST_TEST((parse_duration(row.text) == row.expected));
}

BOOST_AUTO_TEST_CASE(durations_are_written_as_people_would) {
  for (std::string_view text : {"15m", "36h", "180d", "2y", "14d", "5w", "90s", "0s"})
    BOOST_TEST(write_duration(*parse_duration(text)) == text);
  BOOST_TEST(write_duration(48h) == "2d");
}

BOOST_AUTO_TEST_CASE(keep_round_trips) {
  for (std::string_view text : {"180d", "2y after close", "forever"})
    BOOST_TEST(write_keep(*parse_keep(text)) == text);
  for (std::string_view text : {"", "never", "2y  after close", "after close", "forever after close", "0d"})
    BOOST_TEST(!parse_keep(text));
}

BOOST_AUTO_TEST_CASE(sizes) {
  BOOST_TEST(*parse_size("512KiB") == 524288u);
  BOOST_TEST(*parse_size("7") == 7u);
  BOOST_TEST(*parse_size("1GiB") == 1u << 30);
  for (std::string_view text : {"", "KiB", "1KB", "1.5MiB", "1234567890"}) BOOST_TEST(!parse_size(text));
}

BOOST_AUTO_TEST_CASE(a_window_may_pass_midnight) {
  DayWindow day{8h, 20h, {}}, night{22h, 6h, {}};
  BOOST_TEST(
      (day.contains(8h) && day.contains(19h + 59min) && !day.contains(20h) && !day.contains(7h + 59min)));
  BOOST_TEST((night.contains(22h) && night.contains(0h) && !night.contains(6h) && !night.contains(12h)));
  BOOST_TEST(write_window(night) == "22:00 to 06:00 recipient's time");
}

BOOST_AUTO_TEST_CASE(amounts_are_exact) {
  struct Row {
    std::string_view text;
    std::int64_t units;
    std::string_view written;
  };
  for (Row const& row : {Row{"1000.00 USD", 10'000'000, "1000.00 USD"},
                         {"0 JPY", 0, "0.00 JPY"},
                         {"999.99 USD", 9'999'900, "999.99 USD"},
                         {"0.125 KWD", 1250, "0.125 KWD"},
                         {"99999999999999.9999 EUR", 999'999'999'999'999'999, "99999999999999.9999 EUR"}})
    BOOST_TEST_CONTEXT(row.text) {
      auto amount = parse_amount(row.text);
      BOOST_REQUIRE(amount);
      BOOST_TEST(amount->units == row.units);
      BOOST_TEST(write_amount(*amount) == row.written);
    }
}

BOOST_AUTO_TEST_CASE(anything_else_is_no_amount) {
  for (std::string_view text : {"",
                                " ",
                                "1,250.00",
                                "1,250.00 USD",
                                "USD 4999",
                                "-5",
                                "-5 USD",
                                "+5 USD",
                                "1e9 USD",
                                "5",
                                "5USD",
                                "5  USD",
                                " 5 USD",
                                "5 USD ",
                                "5 usd",
                                "5 US",
                                "5 USDT",
                                ".5 USD",
                                "5. USD",
                                "05 USD",
                                "1.00001 USD",
                                "100000000000000 USD",
                                "0x10 USD",
                                "\xd9\xa5 USD",
                                "5\tUSD",
                                "inf USD",
                                "1.2.3 USD"})
    BOOST_TEST_CONTEXT(text) BOOST_TEST(!parse_amount(text));
}

BOOST_AUTO_TEST_SUITE_END()
