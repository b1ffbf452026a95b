#include "center/preferences.h"

#include <set>
#include <thread>

#include "tests/center/preferences_fixture.h"

using namespace mc;
using namespace mc::center;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

constexpr std::string_view payment_sent =
    "\"payment.sent\"           = { tab = \"alerts\",  label = \"Payment sent\", keep = \"2y\", requires = "
    "[\"amount\"] }";
constexpr std::string_view payment_locked =
    "\"payment.sent\" = { tab = \"alerts\", label = \"Payment sent\", email = \"always\", folder = "
    "\"always\", keep = \"2y\", "
    "requires = [\"amount\"] }";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(preferences_test, PreferencesFixture)

// --- Choices

BOOST_AUTO_TEST_CASE(a_choice_for_an_old_name_of_a_type_is_the_types_and_goes_by_default) {
  set("type:hire.ended", "center");
  std::string text = read_whole(MC_SOURCE_DIR "/rules/policy.toml");
  std::size_t type = text.find("\"hire.ended\"");
  text.replace(type, 12, "\"hire.closed\"");
  std::size_t old = text.find("\"hire.started\" =");
  policy.swap(install(text.insert(old, "\"hire.ended\" = \"hire.closed\"\n")));
  BOOST_TEST(get("type:hire.closed").choice == "center");
  BOOST_TEST(get("type:hire.closed").effect.starts_with("center: your choice of 2026-11-23"));
  BOOST_TEST(get("type:hire.ended").scope == "type:hire.closed");
  for (PreferenceLine const& line : list()) BOOST_TEST(line.scope != "type:hire.ended");
  set("tab:alerts", "email");
  BOOST_TEST(get("tab:alerts").effect.find("hire.closed") != std::string::npos);  // has a choice of its own
  set("type:hire.closed", "default");
  BOOST_TEST(get("type:hire.closed").choice == "default");
  BOOST_TEST(stored_choices() == 1u);
}

BOOST_AUTO_TEST_CASE(a_user_who_chose_nothing_has_the_defaults_and_nothing_stored) {
  auto lines = list();
  BOOST_TEST(lines.size() == 4 + policy.get().policy->types().size() - 1 + 7);
  BOOST_TEST(lines[0].scope == "tab:alerts");
  BOOST_TEST(lines[4].scope == "type:hire.confirmed");
  BOOST_TEST(lines.back().scope == "blocked");
  std::set<std::string> scopes;
  for (auto const& line : lines) {
    scopes.insert(line.scope);
    if (line.scope != "address")
      BOOST_TEST((line.choice == "default" || line.choice == "off" || line.choice == "none"), line.scope << line.choice);
    BOOST_TEST(!line.effect.empty());
    BOOST_TEST((line.at == Time{} && line.source.empty()));
  }
  BOOST_TEST(scopes.size() == lines.size());
  BOOST_TEST(stored_choices() == 0u);
  BOOST_TEST(get("type:hire.confirmed").effect.starts_with("both: the default"));
}

BOOST_AUTO_TEST_CASE(every_line_of_the_list_is_what_asking_for_it_gives) {
  set("tab:updates", "email");
  set("type:payment.sent", "none");
  for (PreferenceLine const& line : list()) BOOST_TEST_CONTEXT(line.scope) {
      PreferenceLine one = get(line.scope);
      BOOST_TEST((one.scope == line.scope && one.choice == line.choice && one.at == line.at &&
                  one.source == line.source && one.effect == line.effect));
    }
}

BOOST_AUTO_TEST_CASE(a_choice_is_kept_with_its_time_and_source_and_goes_by_default) {
  auto done = try_set(jane, "type:payment.sent", "center", rules::ChoiceSource::admin);
  BOOST_REQUIRE(done.has_value());
  PreferenceLine line = get("type:payment.sent");
  BOOST_TEST(line.choice == "center");
  BOOST_TEST((line.at == noon));
  BOOST_TEST(line.source == "admin");
  BOOST_TEST(line.effect.starts_with("center: your choice of 2026-11-23"), line.effect);
  BOOST_TEST(stored_choices() == 1u);
  set("type:payment.sent", "default");
  BOOST_TEST(get("type:payment.sent").choice == "default");
  BOOST_TEST(stored_choices() == 0u);
  set("type:payment.sent", "default");  // again: nothing to do
}

BOOST_AUTO_TEST_CASE(whatever_a_line_says_can_be_set_again) {
  set("type:payment.sent", "none");
  set("zone", "Europe/Berlin");
  set("quiet", "22:00-07:00");
  set("digest", "daily 08:30");
  set("pause", "3d");
  for (std::string scope : {"type:payment.sent", "type:rate.raised", "tab:alerts", "zone", "quiet", "digest",
                            "pause", "address"}) {
    std::string choice = get(scope).choice;
    set(scope, choice);
    BOOST_TEST(get(scope).choice == choice, scope);
  }
}

BOOST_AUTO_TEST_CASE(a_choice_that_the_policy_forbids_is_refused_in_words) {
  BOOST_TEST((code_of("type:payment_method.changed", "none") == Errc::forbidden));
  BOOST_TEST(has(refusal("type:payment_method.changed", "none"), "always emailed and always kept"));
  BOOST_TEST(has(refusal("type:ticket.reply", "none"), "cannot be switched off"));
  BOOST_TEST(has(refusal("tab:tickets", "none"), "could follow"));
  BOOST_TEST(stored_choices() == 0u);
  BOOST_TEST(get("type:ticket.reply").effect.ends_with("you may choose both, email or center"));
}

BOOST_AUTO_TEST_CASE(a_lock_masks_a_stored_choice_and_its_end_brings_it_back) {
  set("type:payment.sent", "none");
  clock.advance(hours(48));
  use_policy(payment_sent, payment_locked);
  PreferenceLine line = get("type:payment.sent");
  BOOST_TEST(line.choice == "none");
  BOOST_TEST((line.at == noon));
  BOOST_TEST(line.effect ==
             "locked by the policy: always both; your choice from 2026-11-23 comes back when the lock goes");
  BOOST_REQUIRE(accept(from_platform({"jane@example.test"}), payment("10.00 USD"))[0].has_value());
  BOOST_TEST(folder(jane, store::MailboxKind::alerts).size() == 1u);
  BOOST_TEST((code_of("type:payment.sent", "center") == Errc::forbidden));  // and the stored one stays
  BOOST_TEST(get("type:payment.sent").choice == "none");

  use_shipped_policy();
  BOOST_TEST(get("type:payment.sent").effect.starts_with("none: your choice of 2026-11-23"));
  std::size_t mails = queue().size();
  BOOST_REQUIRE(accept(from_platform({"jane@example.test"}), payment("10.00 USD"))[0].has_value());
  BOOST_TEST(folder(jane, store::MailboxKind::alerts).size() == 1u);
  BOOST_TEST(queue().size() == mails);
}

BOOST_AUTO_TEST_CASE(a_masked_choice_can_be_removed_behind_its_lock) {
  set("type:payment.sent", "none");
  use_policy(payment_sent, payment_locked);
  set("type:payment.sent", "default");
  BOOST_TEST(get("type:payment.sent").effect == "locked by the policy: always both");
  BOOST_TEST(stored_choices() == 0u);
}

BOOST_AUTO_TEST_CASE(half_a_lock_masks_half_a_choice) {
  set("type:payment.sent", "none");
  use_policy(
      payment_sent,
      "\"payment.sent\" = { tab = \"alerts\", label = \"P\", folder = \"always\", requires = [\"amount\"] }");
  std::string effect = get("type:payment.sent").effect;
  BOOST_TEST(has(effect, "center: email: your choice of 2026-11-23, folder: locked by the policy"), effect);
  BOOST_TEST(has(effect, "comes back when the lock goes"), effect);
}

BOOST_AUTO_TEST_CASE(a_type_that_may_no_longer_be_dropped_masks_not_at_all) {
  set("type:payment.sent", "none");
  use_policy(payment_sent,
             "\"payment.sent\" = { tab = \"alerts\", label = \"P\", drop = false, requires = [\"amount\"] }");
  std::string effect = get("type:payment.sent").effect;
  BOOST_TEST(has(effect, "center: "), effect);
  BOOST_TEST(has(effect, "folder: nothing else remained"), effect);
  BOOST_TEST(has(effect, "cannot be switched off altogether; your choice from 2026-11-23 comes back"),
             effect);
}

BOOST_AUTO_TEST_CASE(a_choice_for_a_type_that_is_gone_stays_listed_and_can_be_removed) {
  set("type:payment.sent", "center");
  use_policy(payment_sent, "");
  auto lines = list();
  auto line =
      std::find_if(lines.begin(), lines.end(), [](auto const& l) { return l.scope == "type:payment.sent"; });
  BOOST_REQUIRE(line != lines.end());
  BOOST_TEST(line->choice == "center");
  BOOST_TEST(has(line->effect, "no type of the policy any more"));
  BOOST_TEST((line + 1)->scope == "zone");
  BOOST_TEST(get("type:payment.sent").effect == line->effect);
  BOOST_TEST((code_of("type:payment.sent", "both") == Errc::not_found));
  use_shipped_policy();
  BOOST_TEST(get("type:payment.sent").effect.starts_with("center: your choice"));
  use_policy(payment_sent, "");
  set("type:payment.sent", "default");
  BOOST_TEST(stored_choices() == 0u);
  BOOST_TEST((code_of("type:payment.sent", "default") == Errc::not_found));
}

BOOST_AUTO_TEST_CASE(a_tabs_choice_says_for_how_many_types_it_holds) {
  set("tab:alerts", "center");
  set("type:rate.raised", "both");
  std::string effect = get("tab:alerts").effect;
  BOOST_TEST(has(effect, "types of Account Alerts"), effect);
  BOOST_TEST(has(effect, "with a choice of their own: rate.raised"), effect);
  BOOST_TEST(has(effect, "not quite, by the policy: payment_method.changed"), effect);
  BOOST_TEST(has(get("type:hire.confirmed").effect, "your choice for all of Account Alerts of 2026-11-23"));
  BOOST_TEST(get("type:rate.raised").effect.starts_with("both: your choice of"));
}

BOOST_AUTO_TEST_CASE(rules_that_look_at_the_message_are_named_as_exceptions) {
  set("type:payment.sent", "none");
  std::string effect = get("type:payment.sent").effect;
  BOOST_TEST(has(effect, "none: your choice"), effect);
  BOOST_TEST(
      has(effect, "for some messages rules large-amounts-always-email, stale-mail-stays-home say otherwise"),
      effect);
  set("type:payment.sent", "default");
  effect = get("type:payment.sent").effect;
  BOOST_TEST(!has(effect, "large-amounts"), effect);  // emailed anyway
  BOOST_TEST(!has(get("type:payment.failed").effect, "stale-mail"), "urgent mail is never stale");
}

BOOST_AUTO_TEST_CASE(a_rule_for_the_person_is_part_of_what_holds) {
  BOOST_TEST(has(get("type:feature.announced").effect,
                 "both: email: rule feature-news-for-new-users, folder: the default"));
  clock.advance(hours(24 * 15));
  BOOST_TEST(get("type:feature.announced").effect.starts_with("center: the default"));
  use_policy("[[rule]]\nname = \"large",
             "[[rule]]\nname = \"beta\"\nkind = \"override\"\nwhen = { group = \"beta\" }\n"
             "set = { email = false, folder = true }\nwhy = \"x\"\n\n[[rule]]\nname = \"large");
  BOOST_TEST(get("type:rate.raised").effect.starts_with("both: the default"));
  change(jane, [](store::User& u) { u.groups = {"beta"}; });
  BOOST_TEST(get("type:rate.raised").effect.starts_with("center: rule beta"), get("type:rate.raised").effect);
  BOOST_TEST(get("type:payment_method.changed").effect == "locked by the policy: always both");
}

BOOST_AUTO_TEST_CASE(a_bad_address_is_part_of_what_holds) {
  change(jane, [](store::User& u) { u.email_state = store::AddressState::suppressed; });
  BOOST_TEST(has(get("type:rate.raised").effect,
                 "center: email: mail to your address came back, folder: the default"));
  BOOST_TEST(has(get("type:payment_method.changed").effect, "folder: locked by the policy"));
  change(jane, [](store::User& u) { u.email_state = store::AddressState::unverified; });
  BOOST_TEST(has(get("type:rate.raised").effect, "your address is not verified"));
}

BOOST_AUTO_TEST_CASE(half_a_choice_is_shown_as_what_it_amounts_to) {
  auto op = [&](store::Transaction& tx) -> Result<void> {
    store::put_choice(tx, jane,
                      {"type:rate.raised", false, std::nullopt, clock.now(),
                       static_cast<unsigned char>(rules::ChoiceSource::unsubscribe_link)});
    return {};
  };
  BOOST_REQUIRE(store->write_and_wait(op).has_value());
  PreferenceLine line = get("type:rate.raised");
  BOOST_TEST(line.choice == "center");
  BOOST_TEST(line.source == "unsubscribe-link");
  BOOST_TEST(has(line.effect, "email: your choice of 2026-11-23, folder: the default"), line.effect);
}

BOOST_AUTO_TEST_CASE(the_list_of_the_largest_policy_is_made_in_a_moment) {
  std::string text = "format = 1\n[type]\n";
  for (int i = 0; i < 999; ++i)
    text += "\"t.n" + std::to_string(i) + "\" = { tab = \"alerts\", label = \"N\" }\n";
  text += "[unclassified]\ntab = \"updates\"\nfolder = \"always\"\n";
  for (int i = 0; i < 1000; ++i)
    text += "[[rule]]\nname = \"r" + std::to_string(i) +
            "\"\nkind = \"override\"\nwhy = \"x\"\nset = { email = false }\n"
            "when = { group = \"beta\", size = { at_least = \"" +
            std::to_string(i + 1) + "KiB\" } }\n";
  policy.swap(install(text));
  change(jane, [](store::User& u) { u.groups = {"beta"}; });
  auto const begin = std::chrono::steady_clock::now();
  auto lines = list();
  auto const took = std::chrono::steady_clock::now() - begin;
  BOOST_TEST(lines.size() == 4u + 999u + 7u);
  BOOST_TEST(has(lines[4].effect, "rules r0, r1, r2 and 997 more say otherwise"), lines[4].effect);
  BOOST_TEST(std::chrono::duration_cast<std::chrono::milliseconds>(took).count() <
             20'000);  // without optimisation
  BOOST_TEST_MESSAGE("took " << std::chrono::duration_cast<std::chrono::milliseconds>(took).count() << " ms");
}

// --- Scopes and values that make no sense

BOOST_AUTO_TEST_CASE(unknown_scopes_are_refused_with_a_guess) {
  struct Row {
    std::string scope, words;
  };
  for (Row const& row :
       {Row{"type:payment.snet", "did you mean payment.sent?"},
        {"payment.sent", "did you mean type:payment.sent?"},
        {"payment.snet", "did you mean type:payment.sent?"},
        {"alerts", "did you mean tab:alerts?"},
        {"tab:alrets", "did you mean alerts?"},
        {"quite", "did you mean quiet?"},
        {"Zone", "did you mean zone?"},
        {"something else", "use type:<name>, tab:<tab>, zone, quiet, digest, pause, address, code or blocked"},
        {"", "There is no setting"}})
    BOOST_TEST_CONTEXT(row.scope) {
      auto words = refusal(row.scope, "both");
      BOOST_TEST(has(words, row.words), words);
      BOOST_TEST((code_of(row.scope, "both") == Errc::not_found));
      auto asked = store->read([&](store::Snapshot const& s) {
        return get_preference(s, context, *policy.get().policy, jane, row.scope);
      });
      BOOST_REQUIRE(!asked);
      BOOST_TEST(has(asked.error().text, row.words));
    }
  BOOST_TEST(has(refusal("type:payment.sent", "sometimes"), "use both, email, center, none or default"));
  BOOST_TEST(!refusal("type:unclassified", "both").empty());
}

BOOST_AUTO_TEST_CASE(hostile_values_change_nothing_and_are_answered_in_one_short_line) {
  std::string const huge(2'000'000, 'x');
  store::User const before = user(jane);
  for (std::string scope :
       {"type:payment.sent", "tab:alerts", "zone", "quiet", "digest", "pause", "address", "code", "nothing"})
    for (std::string const& value :
         {std::string(), std::string("\r\n"), std::string("off\r\nX-Evil: 1"), std::string("off\n"),
          std::string("a\0b", 3), huge, std::string("\xFF\xFE"), std::string("%s%n"), std::string("'; DROP"),
          std::string("OFF "), std::string("-1"), std::string("99999999999999999999")})
      BOOST_TEST_CONTEXT(scope << " = " << value.substr(0, 20)) {
        std::string words = refusal(scope, value);
        BOOST_TEST(!words.empty());
        BOOST_TEST(words.size() < 400u);
        BOOST_TEST(words.find_first_of("\r\n") == std::string::npos);
      }
  for (std::string const& scope :
       {huge, "type:" + huge, std::string("type:a\r\nb"), std::string("zone\0", 5), std::string("zone\r\n")})
    BOOST_TEST(!refusal(scope, "off").empty());
  store::User const after = user(jane);
  BOOST_TEST((after.email == before.email && after.time_zone.empty() && after.times == before.times));
  BOOST_TEST(after.pending.email.empty());
  BOOST_TEST(stored_choices() == 0u);
  BOOST_TEST(queue().empty());
}

BOOST_AUTO_TEST_CASE(a_user_who_is_gone_is_no_such_user) {
  BOOST_TEST((try_set(UserId(4711), "zone", "UTC").error().code == Errc::not_found));
  store->read([&](store::Snapshot const& s) {
    BOOST_TEST(list_preferences(s, context, *policy.get().policy, UserId(4711)).empty());
    BOOST_TEST(!get_preference(s, context, *policy.get().policy, UserId(4711), "zone"));
  });
}

// --- When mail may come

BOOST_AUTO_TEST_CASE(the_zone_is_the_sites_until_the_user_names_one) {
  BOOST_TEST(get("zone").choice == "default");
  BOOST_TEST(get("zone").effect == "the site's, UTC: it is 2026-11-23 12:00 there");
  set("zone", "Europe/Berlin");
  BOOST_TEST(user(jane).time_zone == "Europe/Berlin");
  BOOST_TEST(get("zone").effect == "Europe/Berlin: it is 2026-11-23 13:00 there");
  for (std::string zone : {"../../etc/passwd", "Europe/Berln", "europe/berlin", "off"})
    BOOST_TEST(!refusal("zone", zone).empty(), zone);
  BOOST_TEST(user(jane).time_zone == "Europe/Berlin");
  set("zone", "default");
  BOOST_TEST(user(jane).time_zone == "");
}

BOOST_AUTO_TEST_CASE(a_zone_that_the_machine_forgot_counts_as_the_sites) {
  change(jane, [](store::User& u) { u.time_zone = "Atlantis/Center"; });
  BOOST_TEST(has(get("zone").effect, "does not know Atlantis/Center, so the site's counts, UTC"));
  set("quiet", "22:00-07:00");
  BOOST_TEST(has(get("quiet").effect, "between 22:00 and 07:00 (UTC)"));
}

BOOST_AUTO_TEST_CASE(quiet_hours_are_two_different_times_of_the_day) {
  BOOST_TEST(get("quiet").choice == "off");
  set("quiet", "22:00-07:30");
  BOOST_TEST(get("quiet").choice == "22:00-07:30");
  BOOST_TEST(get("quiet").effect == "between 22:00 and 07:30 (UTC) mail waits; urgent mail comes at once");
  BOOST_TEST((user(jane).times.quiet == std::pair<std::uint16_t, std::uint16_t>{1320, 450}));
  for (std::string value : {"25:00-07:00", "22:00-24:00", "22:60-07:00", "7:5", "7:05-8:00", "22:00",
                            "22:00-", "-07:00", "2200-0700", "22:00-07:00-08:00", "22:00 - 07:00",
                            "22:00-07:00x", "+1:00-07:00", "22.00-07.00", "22:00-22:00", "default"})
    BOOST_TEST(!refusal("quiet", value).empty(), value);
  BOOST_TEST(has(refusal("quiet", "08:00-08:00"), "different times"));
  BOOST_TEST(get("quiet").choice == "22:00-07:30");
  set("quiet", "00:00-23:59");
  set("quiet", "off");
  BOOST_TEST(!user(jane).times.quiet);
}

BOOST_AUTO_TEST_CASE(a_digest_is_hourly_or_daily_at_a_time) {
  set("digest", "hourly");
  BOOST_TEST(get("digest").choice == "hourly");
  set("zone", "Europe/Berlin");
  set("digest", "daily 08:05");
  BOOST_TEST(get("digest").choice == "daily 08:05");
  BOOST_TEST(has(get("digest").effect, "every day at 08:05 (Europe/Berlin)"));
  BOOST_TEST(user(jane).times.digest_minute == 485);
  for (std::string value :
       {"daily", "daily 8:05", "daily 24:00", "daily08:00", "daily  08:00", "daily 08:00 09:00",
        "hourly 08:00", "weekly", "off 08:00", "Daily 08:00", " hourly"})
    BOOST_TEST(!refusal("digest", value).empty(), value);
  BOOST_TEST(get("digest").choice == "daily 08:05");
  set("digest", "off");
  BOOST_TEST(get("digest").effect == "mail comes one by one");
}

BOOST_AUTO_TEST_CASE(a_pause_ends_after_a_duration_at_a_date_or_at_a_time) {
  set("pause", "3d");
  BOOST_TEST((user(jane).times.pause_until == noon + hours(72)));
  BOOST_TEST(get("pause").choice == "2026-11-26T12:00:00.000Z");
  set("zone", "Europe/Berlin");
  set("pause", "2026-12-24");
  BOOST_TEST(get("pause").choice == "2026-12-23T23:00:00.000Z");
  BOOST_TEST(get("pause").effect ==
             "mail waits until 2026-12-24 00:00 (Europe/Berlin); urgent mail comes at once");
  set("pause", "2026-12-24T12:00:00+02:00");
  BOOST_TEST(get("pause").choice == "2026-12-24T10:00:00.000Z");
  set("pause", "off");
  BOOST_TEST(get("pause").choice == "off");
  set("pause", "1y");
  set("pause", "2027-11-23");
  for (std::string value : {"0s",         "2y",         "100y",
                            "999999y",    "2026-11-23", "2026-11-23T12:00:00Z",
                            "2026-11-22", "1970-01-01", "2027-11-30",
                            "9999-12-31", "2026-02-30", "2026-13-01",
                            "2026-1-1",   "tomorrow",   "3",
                            "d",          "-3d",        "3 d",
                            "3d 2h",      "0000-00-00", "2026-12-24T25:00:00Z"})
    BOOST_TEST(!refusal("pause", value).empty(), value);
  BOOST_TEST(has(refusal("pause", "2y"), "at most one year"));
  BOOST_TEST(has(refusal("pause", "2026-11-22"), "over already"));
}

BOOST_AUTO_TEST_CASE(a_pause_that_is_over_is_off) {
  set("pause", "1h");
  clock.advance(hours(1));
  BOOST_TEST(get("pause").choice == "off");
  BOOST_TEST(get("pause").effect == "mail comes");
}

BOOST_AUTO_TEST_CASE(what_timing_asks_is_what_was_set) {
  store::User nobody;
  auto bare = make_availability(nobody, settings);
  BOOST_TEST((bare.zone == "UTC" && !bare.quiet && bare.digest == rules::DigestCadence::off &&
              bare.pause_until == Time{}));
  set("zone", "Europe/Berlin");
  set("quiet", "22:00-07:00");
  set("digest", "daily 08:00");
  set("pause", "3d");
  store::User const u = user(jane);
  auto a = make_availability(u, settings);
  BOOST_TEST(a.zone == "Europe/Berlin");
  BOOST_TEST(a.site_zone == "UTC");
  BOOST_TEST((a.quiet->from == minutes(22 * 60) && a.quiet->until == minutes(7 * 60)));
  BOOST_TEST((a.digest == rules::DigestCadence::daily && a.digest_at == minutes(8 * 60)));
  BOOST_TEST((a.pause_until == noon + hours(72)));
}

BOOST_AUTO_TEST_CASE(changes_of_different_settings_at_once_are_all_kept) {
  std::vector<std::pair<std::string, std::string>> const changes{
      {"zone", "Europe/Berlin"},     {"quiet", "22:00-07:00"}, {"digest", "hourly"},       {"pause", "3d"},
      {"type:payment.sent", "none"}, {"tab:alerts", "center"}, {"address", "new@ext.test"}};
  std::vector<std::thread> threads;
  std::atomic<int> done{0};
  for (auto const& [scope, value] : changes)
    threads.emplace_back([&, scope = scope, value = value] {
      for (int i = 0; i < (scope == "address" ? 1 : 20); ++i) {
        auto op = [&](store::Transaction& tx) {
          return set_preference(tx, context, policy.get(), jane, scope, value, rules::ChoiceSource::web,
                                clock.now());
        };
        done += store->write_and_wait(op).has_value();
      }
    });
  for (auto& t : threads) t.join();
  BOOST_TEST(done == 20 * 6 + 1);
  store::User const u = user(jane);
  BOOST_TEST((u.time_zone == "Europe/Berlin" && u.times.quiet && u.times.digest == store::Digest::hourly));
  BOOST_TEST((u.times.pause_until == noon + hours(72)));
  BOOST_TEST(u.pending.email == "new@ext.test");
  BOOST_TEST(stored_choices() == 2u);
  set("zone", "UTC");
  set("zone", "Asia/Tokyo");
  BOOST_TEST(user(jane).time_zone == "Asia/Tokyo");  // the last one wins
}

BOOST_AUTO_TEST_SUITE_END()
