#include "rules/timing.h"

#include "tests/rules/support.h"

using namespace mc;
using namespace mc::rules;
using namespace mc::rules::test;

namespace mc::rules {
inline std::ostream& operator<<(std::ostream& out, Departure const& d) {
  return out << write_rfc3339(d.at) << " (" << write_waits(d.waits) << ')';
}
}  // namespace mc::rules

namespace {

using std::chrono::hours;
using std::chrono::minutes;

// Berlin in 2026 and 2027; Kolkata; anything else is unknown.
class FewZones : public Zones {
 public:
  std::optional<minutes> offset(std::string_view zone, Time when) const override {
    if (zone == "UTC") return minutes(0);
    if (zone == "Asia/Kolkata") return minutes(330);
    if (zone != "Europe/Berlin") return std::nullopt;
    bool summer = (when >= at("2026-03-29T01:00:00Z") && when < at("2026-10-25T01:00:00Z")) ||
                  (when >= at("2027-03-28T01:00:00Z") && when < at("2027-10-31T01:00:00Z"));
    return minutes(summer ? 120 : 60);
  }
};
FewZones const zones;

minutes clock_time(int hour, int minute = 0) { return hours(hour) + minutes(minute); }
DayWindow window(int from, int until, std::string zone = {}) { return {clock_time(from), clock_time(until), std::move(zone)}; }

Availability berlin() {
  Availability user;
  user.zone = "Europe/Berlin";
  return user;
}

// A policy with a rule that opens a window for one type, and a type that is to be read first.
PolicyPtr policy(std::string const& window = "from = 08:00:00, until = 20:00:00, zone = \"recipient\"") {
  return load(policy_text("\"a.plain\" = { tab = \"updates\", label = \"Plain\" }\n"
                          "\"a.windowed\" = { tab = \"updates\", label = \"Windowed\" }\n"
                          "\"a.read\" = { tab = \"inbox\", label = \"To be read\", email_if_unread_after = \"15m\" }\n"
                          "\"a.urgent\" = { tab = \"alerts\", label = \"Urgent\", urgent = true }\n",
                          "[[rule]]\nname = \"in-daytime\"\nkind = \"override\"\nwhen = { type = [\"a.windowed\", \"a.urgent\"] }\n"
                          "set = { send = { " + window + " } }\nwhy = \"Not at night.\"\n"));
}

Departure plan(std::string_view type, Availability const& user, std::string_view now, PolicyPtr const& from = policy()) {
  Facts facts = message(type);
  facts.arrival = at(now);
  facts.time = facts.arrival;
  return plan_departure(*from, decide(*from, facts, jane(), {}), user, &zones, at(now));
}

Departure departure(std::string_view when, std::uint8_t waits) { return {at(when), waits}; }
constexpr std::uint8_t by_window = 1, by_quiet = 2, by_pause = 4, by_unread = 8, by_digest = 16;

}  // namespace

BOOST_AUTO_TEST_SUITE(timing)

BOOST_AUTO_TEST_CASE(without_any_wish_mail_leaves_at_once) {
  BOOST_TEST(plan("a.plain", berlin(), "2026-11-23T23:00:00Z") == departure("2026-11-23T23:00:00Z", 0));
}

BOOST_AUTO_TEST_CASE(a_window_in_the_recipients_time_opens_in_his_morning) {
  BOOST_TEST(plan("a.windowed", berlin(), "2026-11-23T22:00:00Z") == departure("2026-11-24T07:00:00Z", by_window));
  BOOST_TEST(plan("a.windowed", berlin(), "2026-11-23T12:00:00Z") == departure("2026-11-23T12:00:00Z", 0));
  BOOST_TEST(plan("a.windowed", berlin(), "2026-11-23T19:00:00Z") == departure("2026-11-24T07:00:00Z", by_window));
  BOOST_TEST(plan("a.windowed", berlin(), "2026-11-23T18:59:59Z") == departure("2026-11-23T18:59:59Z", 0));
}

BOOST_AUTO_TEST_CASE(a_window_with_a_zone_of_its_own_does_not_look_at_the_recipients) {
  auto fixed = policy("from = 08:00:00, until = 20:00:00, zone = \"Asia/Kolkata\"");
  BOOST_TEST(plan("a.windowed", berlin(), "2026-11-23T22:00:00Z", fixed) == departure("2026-11-24T02:30:00Z", by_window));
}

BOOST_AUTO_TEST_CASE(a_window_over_midnight_is_open_on_both_sides_of_it) {
  auto night = policy("from = 22:00:00, until = 06:00:00, zone = \"UTC\"");
  BOOST_TEST(plan("a.windowed", berlin(), "2026-11-23T23:30:00Z", night) == departure("2026-11-23T23:30:00Z", 0));
  BOOST_TEST(plan("a.windowed", berlin(), "2026-11-23T05:59:00Z", night) == departure("2026-11-23T05:59:00Z", 0));
  BOOST_TEST(plan("a.windowed", berlin(), "2026-11-23T06:00:00Z", night) == departure("2026-11-23T22:00:00Z", by_window));
}

BOOST_AUTO_TEST_CASE(urgent_mail_passes_everything) {
  Availability user = berlin();
  user.quiet = window(0, 23);
  user.digest = DigestCadence::daily;
  user.pause_until = at("2027-01-01T00:00:00Z");
  BOOST_TEST(plan("a.urgent", user, "2026-11-23T22:00:00Z") == departure("2026-11-23T22:00:00Z", 0));
}

BOOST_AUTO_TEST_CASE(quiet_hours_are_those_of_the_recipients_wall_clock) {
  Availability user = berlin();
  user.quiet = window(22, 7);
  BOOST_TEST(plan("a.plain", user, "2026-11-23T22:00:00Z") == departure("2026-11-24T06:00:00Z", by_quiet));
  BOOST_TEST(plan("a.plain", user, "2026-11-23T20:59:00Z") == departure("2026-11-23T20:59:00Z", 0));
  user.quiet->zone = "Asia/Kolkata";  // not looked at
  BOOST_TEST(plan("a.plain", user, "2026-11-23T22:00:00Z") == departure("2026-11-24T06:00:00Z", by_quiet));
}

BOOST_AUTO_TEST_CASE(window_and_quiet_hours_must_both_agree) {
  Availability user = berlin();
  user.quiet = window(18, 10);
  BOOST_TEST(plan("a.windowed", user, "2026-11-23T22:00:00Z") == departure("2026-11-24T09:00:00Z", by_window | by_quiet));
  user.quiet = window(6, 9);
  BOOST_TEST(plan("a.windowed", user, "2026-11-23T22:00:00Z") == departure("2026-11-24T08:00:00Z", by_window | by_quiet));
}

BOOST_AUTO_TEST_CASE(where_they_never_meet_the_window_decides) {
  Availability user = berlin();
  user.quiet = window(7, 21);
  BOOST_TEST(plan("a.windowed", user, "2026-11-23T22:00:00Z") == departure("2026-11-24T07:00:00Z", by_window));
  BOOST_TEST(plan("a.plain", user, "2026-11-23T12:00:00Z") == departure("2026-11-23T20:00:00Z", by_quiet));
}

BOOST_AUTO_TEST_CASE(quiet_hours_of_a_whole_day_keep_nothing_back) {
  Availability user = berlin();
  user.quiet = window(9, 9);
  BOOST_TEST(plan("a.plain", user, "2026-11-23T12:00:00Z") == departure("2026-11-23T12:00:00Z", 0));
}

BOOST_AUTO_TEST_CASE(a_pause_holds_mail_until_its_end_and_then_the_hours_count) {
  Availability user = berlin();
  user.pause_until = at("2026-11-26T23:00:00Z");
  BOOST_TEST(plan("a.plain", user, "2026-11-23T12:00:00Z") == departure("2026-11-26T23:00:00Z", by_pause));
  BOOST_TEST(plan("a.windowed", user, "2026-11-23T12:00:00Z") == departure("2026-11-27T07:00:00Z", by_pause | by_window));
  user.pause_until = at("2026-11-23T11:00:00Z");
  BOOST_TEST(plan("a.plain", user, "2026-11-23T12:00:00Z") == departure("2026-11-23T12:00:00Z", 0));
  user.pause_until = Time::max();
  BOOST_TEST((plan("a.plain", user, "2026-11-23T12:00:00Z").at > at("2100-01-01T00:00:00Z")));
}

BOOST_AUTO_TEST_CASE(what_may_be_read_first_waits_for_that_and_not_for_a_digest) {
  Availability user = berlin();
  BOOST_TEST(plan("a.read", user, "2026-11-23T12:00:00Z") == departure("2026-11-23T12:15:00Z", by_unread));
  user.digest = DigestCadence::daily;
  BOOST_TEST(plan("a.read", user, "2026-11-23T12:00:00Z") == departure("2026-11-23T12:15:00Z", by_unread));
  user.quiet = window(13, 14);
  BOOST_TEST(plan("a.read", user, "2026-11-23T12:00:00Z") == departure("2026-11-23T13:00:00Z", by_unread | by_quiet));
}

BOOST_AUTO_TEST_CASE(a_daily_digest_comes_at_his_time_of_day) {
  Availability user = berlin();
  user.digest = DigestCadence::daily;
  user.digest_at = clock_time(8);
  BOOST_TEST(plan("a.plain", user, "2026-11-23T12:00:00Z") == departure("2026-11-24T07:00:00Z", by_digest));
  BOOST_TEST(plan("a.plain", user, "2026-11-23T07:00:00Z") == departure("2026-11-23T07:00:00Z", 0));
  BOOST_TEST(plan("a.plain", user, "2026-11-23T06:59:00Z") == departure("2026-11-23T07:00:00Z", by_digest));
  BOOST_TEST(plan("a.plain", user, "2026-10-24T12:00:00Z") == departure("2026-10-25T07:00:00Z", by_digest));
  BOOST_TEST(plan("a.plain", user, "2026-10-23T12:00:00Z") == departure("2026-10-24T06:00:00Z", by_digest));
}

BOOST_AUTO_TEST_CASE(an_hourly_digest_comes_at_the_full_hour_of_his_clock) {
  Availability user = berlin();
  user.digest = DigestCadence::hourly;
  BOOST_TEST(plan("a.plain", user, "2026-11-23T12:00:01Z") == departure("2026-11-23T13:00:00Z", by_digest));
  user.zone = "Asia/Kolkata";
  BOOST_TEST(plan("a.plain", user, "2026-11-23T12:00:01Z") == departure("2026-11-23T12:30:00Z", by_digest));
  user.quiet = window(18, 7);
  BOOST_TEST(plan("a.plain", user, "2026-11-23T12:00:01Z") == departure("2026-11-24T01:30:00Z", by_digest | by_quiet));
}

BOOST_AUTO_TEST_CASE(an_unknown_zone_is_the_sites_and_an_unknown_site_is_in_utc) {
  Availability user;
  user.zone = "Mars/Olympus";
  user.site_zone = "Europe/Berlin";
  BOOST_TEST(plan("a.windowed", user, "2026-11-23T22:00:00Z") == departure("2026-11-24T07:00:00Z", by_window));
  user.site_zone = "Moon/Tycho";
  BOOST_TEST(plan("a.windowed", user, "2026-11-23T22:00:00Z") == departure("2026-11-24T08:00:00Z", by_window));
  auto lost = policy("from = 08:00:00, until = 20:00:00, zone = \"Mars/Olympus\"");
  user.site_zone = "Europe/Berlin";
  BOOST_TEST(plan("a.windowed", user, "2026-11-23T22:00:00Z", lost) == departure("2026-11-24T07:00:00Z", by_window));
  BOOST_TEST((next_allowed(nullptr, user, nullptr, at("2026-11-23T22:00:00Z")).at == at("2026-11-23T22:00:00Z")));
}

BOOST_AUTO_TEST_CASE(a_skipped_time_is_the_moment_of_the_change_and_a_doubled_one_its_first) {
  struct Row {
    int from, until;
    std::string_view asked, expected;
  };
  Row const rows[] = {
      {2, 3, "2026-03-28T23:00:00Z", "2026-03-29T01:00:00Z"},  // 02:00 to 03:00 does not exist that day
      {2, 3, "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"},
      {2, 3, "2026-03-29T01:00:01Z", "2026-03-30T00:00:00Z"},
      {2, 3, "2026-10-24T22:00:00Z", "2026-10-25T00:00:00Z"},  // twice
      {2, 3, "2026-10-25T01:30:00Z", "2026-10-25T01:30:00Z"},  // its second half hour is his 02:30, too
      {8, 20, "2026-03-28T22:00:00Z", "2026-03-29T06:00:00Z"},
      {8, 20, "2026-10-24T22:00:00Z", "2026-10-25T07:00:00Z"},
  };
  for (Row const& row : rows) {
    Time found = next_in_window(window(row.from, row.until), "Europe/Berlin", &zones, at(row.asked));
    BOOST_TEST_CONTEXT(row.from << " to " << row.until << " asked " << row.asked)
    BOOST_TEST(write_rfc3339(found) == write_rfc3339(at(row.expected)));
  }
}

BOOST_AUTO_TEST_CASE(a_daily_digest_at_a_doubled_time_comes_once) {
  Availability user = berlin();
  user.digest = DigestCadence::daily;
  user.digest_at = clock_time(2, 30);
  BOOST_TEST(write_rfc3339(*next_digest(user, &zones, at("2026-10-24T22:00:00Z"))) == "2026-10-25T00:30:00.000Z");
  BOOST_TEST(write_rfc3339(*next_digest(user, &zones, at("2026-10-25T00:30:01Z"))) == "2026-10-26T01:30:00.000Z");
  BOOST_TEST(write_rfc3339(*next_digest(user, &zones, at("2026-03-28T22:00:00Z"))) == "2026-03-29T01:00:00.000Z");
  user.digest = DigestCadence::off;
  BOOST_TEST(!next_digest(user, &zones, at("2026-10-24T22:00:00Z")));
}

BOOST_AUTO_TEST_CASE(waits_have_stable_names_and_plain_words) {
  BOOST_TEST(write_waits(0).empty());
  BOOST_TEST(write_waits(by_window | by_quiet) == "its time of day, your quiet hours");
  BOOST_TEST(names_of_waits(63) ==
                 (std::vector<std::string_view>{"window", "quiet", "pause", "unread", "digest", "burst"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
