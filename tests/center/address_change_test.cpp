#include "center/address_change.h"

#include "tests/center/preferences_fixture.h"

using namespace mc;
using namespace mc::center;
using std::chrono::hours;
using std::chrono::minutes;

BOOST_FIXTURE_TEST_SUITE(address_change_test, PreferencesFixture)

BOOST_AUTO_TEST_CASE(a_new_address_waits_for_its_code_and_the_old_one_stays_in_use) {
  set("address", "jane@new.test");
  store::User const u = user(jane);
  BOOST_TEST(u.email == "jane@ext.test");
  BOOST_TEST((u.email_state == store::AddressState::verified));
  BOOST_TEST(u.pending.email == "jane@new.test");
  PreferenceLine line = get("address");
  BOOST_TEST(line.choice == "jane@ext.test");
  BOOST_TEST(line.effect ==
             "verified: mail goes there; jane@new.test waits for the code mailed to it until 2026-11-24 "
             "12:00 (UTC); "
             "tries left: 5");
  BOOST_REQUIRE(accept(from_platform({"jane@example.test"}), payment("10.00 USD"))[0].has_value());
  BOOST_TEST(mails_to("jane@ext.test").size() == 1u);
  BOOST_TEST(mails_to("jane@new.test").size() == 1u);  // the code alone
}

BOOST_AUTO_TEST_CASE(the_code_goes_to_the_new_address_with_a_null_sender_and_says_who_asked) {
  set("address", "jane@new.test");
  auto entries = queue();
  BOOST_REQUIRE(entries.size() == 1u);
  BOOST_TEST(entries[0].recipient == "jane@new.test");
  BOOST_TEST(entries[0].sender == "");
  BOOST_TEST((entries[0].due == noon));
  std::string mail = external(entries[0]);
  for (std::string_view part : {"From: Message Center <postmaster@example.test>", "To: jane@new.test",
                                "Auto-Submitted: auto-generated", "The account jane@example.test asks",
                                "2026-11-24 12:00 UTC", "If this was not you, do nothing"})
    BOOST_TEST(has(mail, part), part);
  std::string code = mailed_code("jane@new.test");
  BOOST_TEST(std::all_of(code.begin(), code.end(), [](char c) { return is_digit(c); }), code);
  BOOST_TEST(!has(user(jane).pending.code_hash, code));
  BOOST_TEST(user(jane).pending.code_hash.size() == 32u);
  BOOST_TEST(folder(jane, store::MailboxKind::alerts).empty());
  BOOST_TEST(folder(jane, store::MailboxKind::updates).empty());
}

BOOST_AUTO_TEST_CASE(the_code_makes_the_address_the_users_and_both_ends_are_told) {
  set("address", "Jane@New.Test");
  set("code", mailed_code("Jane@New.Test"));
  store::User const u = user(jane);
  BOOST_TEST(u.email == "Jane@New.Test");
  BOOST_TEST((u.email_state == store::AddressState::verified));
  BOOST_TEST(u.pending.email == "");
  auto old = mails_to("jane@ext.test");
  BOOST_REQUIRE(old.size() == 1u);
  BOOST_TEST(has(old[0], "Subject: Your email address was changed"));
  BOOST_TEST(has(old[0], "X-MC-Type: account.address_changed"));
  BOOST_TEST(has(old[0], "write to postmaster@example.test"));
  BOOST_TEST(!has(old[0], "New.Test"));  // whoever reads the old address need not know the new one
  auto told = folder(jane, store::MailboxKind::alerts);
  BOOST_REQUIRE(told.size() == 1u);
  BOOST_TEST(has(told[0], "Your mail is sent to Jane@New.Test"));
  BOOST_TEST(has(told[0], "Before, it went to jane@ext.test"));
  BOOST_TEST(has(told[0], "X-MC-Type: account.address_changed"));
  BOOST_TEST(mails_to("Jane@New.Test").size() == 2u);  // the code and the notice
  BOOST_REQUIRE(accept(from_platform({"jane@example.test"}), payment("10.00 USD"))[0].has_value());
  BOOST_TEST(mails_to("Jane@New.Test").size() == 3u);
  BOOST_TEST(!refusal("code", "123456").empty());  // used up
}

BOOST_AUTO_TEST_CASE(a_policy_without_the_type_still_delivers_the_notice) {
  std::string text = read_whole(MC_SOURCE_DIR "/rules/policy.toml");
  auto begin = text.find("\"account.address_changed\"");
  BOOST_REQUIRE(begin != std::string::npos);
  text.erase(begin, text.find('\n', begin) - begin);
  policy.swap(install(text));
  set("address", "jane@new.test");
  set("code", mailed_code("jane@new.test"));
  BOOST_TEST(folder(jane, store::MailboxKind::updates).size() == 1u);
  BOOST_TEST(mails_to("jane@ext.test").size() == 1u);
  BOOST_TEST(folder(admin, store::MailboxKind::updates).empty());  // nothing of our own is reported on
}

BOOST_AUTO_TEST_CASE(a_wrong_code_counts_although_the_change_fails_and_the_fifth_is_the_last) {
  set("address", "jane@new.test");
  std::string const code = mailed_code("jane@new.test");
  for (int left = 4; left > 0; --left) {
    std::string words = refusal("code", another(code));
    BOOST_TEST(has(words, "tries left: " + std::to_string(left)), words);
    BOOST_TEST(user(jane).pending.tries == 5 - left);
  }
  BOOST_TEST(has(refusal("code", another(code)), "set the address again"));
  BOOST_TEST((code_of("code", code) == Errc::limit));  // too late for the right one
  BOOST_TEST(user(jane).email == "jane@ext.test");
  BOOST_TEST(has(get("address").effect, "too many wrong ones"));
  set("address", "jane@new.test");  // a new code, new tries
  BOOST_TEST((code_of("code", another(mailed_code("jane@new.test"))) == Errc::forbidden));
  set("code", mailed_code("jane@new.test"));
  BOOST_TEST(user(jane).email == "jane@new.test");
}

BOOST_AUTO_TEST_CASE(what_is_not_six_digits_is_no_try) {
  set("address", "jane@new.test");
  for (std::string value : {"", "12345", "1234567", "12345a", "-12345", "1 2 3", "......", "off"})
    BOOST_TEST((code_of("code", value) == Errc::syntax), value);
  BOOST_TEST(user(jane).pending.tries == 0);
  std::string code = mailed_code("jane@new.test");
  set("code", code.substr(0, 3) + " " + code.substr(3));  // as people read it out
  BOOST_TEST(user(jane).email == "jane@new.test");
}

BOOST_AUTO_TEST_CASE(a_code_is_good_for_24_hours) {
  set("address", "jane@new.test");
  std::string const code = mailed_code("jane@new.test");
  clock.advance(hours(24));
  BOOST_TEST(has(refusal("code", code), "24 hours"));
  BOOST_TEST(user(jane).pending.tries == 0);
  BOOST_TEST(has(get("code").effect, "too old"));
  set("address", "jane@new.test");
  clock.advance(hours(24) - Millis(1));
  set("code", mailed_code("jane@new.test"));
  BOOST_TEST(user(jane).email == "jane@new.test");
}

BOOST_AUTO_TEST_CASE(a_code_is_one_users_and_for_one_address) {
  set("address", "one@new.test");
  std::string const first = mailed_code("one@new.test");
  BOOST_REQUIRE(try_set(bob, "address", "two@new.test").has_value());
  BOOST_TEST(!try_set(bob, "code", first));
  BOOST_TEST(user(bob).email == "bob@elsewhere.test");
  set("address", "three@new.test");  // the first code is worth nothing now
  if (mailed_code("three@new.test") != first) BOOST_TEST(!refusal("code", first).empty());
  // Bound by the hash, not by chance: even where the same address waits, one's code is nothing to the other.
  change(bob, [&](store::User& u) { u.pending = user(jane).pending; });
  BOOST_TEST(!try_set(bob, "code", mailed_code("three@new.test")));
  change(jane, [&](store::User& u) { u.pending.email = "four@new.test"; });
  BOOST_TEST(!refusal("code", mailed_code("three@new.test")).empty());
  change(jane, [&](store::User& u) { u.pending.email = "Three@New.Test"; });
  set("code", mailed_code("three@new.test"));
}

BOOST_AUTO_TEST_CASE(without_an_address_that_waits_there_is_no_code_to_guess) {
  BOOST_TEST((code_of("code", "123456") == Errc::forbidden));
  BOOST_TEST(has(refusal("code", "123456"), "set the new address first"));
  BOOST_TEST(get("code").choice == "off");
  BOOST_TEST(get("code").effect == "none is waited for");
}

BOOST_AUTO_TEST_CASE(three_codes_an_hour_and_no_more) {
  for (int i = 0; i < 3; ++i) {
    set("address", "a" + std::to_string(i) + "@new.test");
    clock.advance(minutes(10));
  }
  BOOST_TEST((code_of("address", "more@new.test") == Errc::limit));
  BOOST_TEST(has(refusal("address", "more@new.test"), "in 30 minutes"));
  BOOST_TEST(user(jane).pending.email == "a2@new.test");  // the last one still waits
  BOOST_REQUIRE(try_set(bob, "address", "b@new.test").has_value());
  clock.advance(minutes(30));
  set("address", "more@new.test");
  BOOST_TEST((code_of("address", "more@new.test") == Errc::limit));
  BOOST_TEST(queue().size() == 5u);
}

BOOST_AUTO_TEST_CASE(ending_the_wait_gives_no_codes_back) {
  for (int i = 0; i < 3; ++i) {
    set("address", "x@new.test");
    set("address", "jane@ext.test");  // the one in use: nothing waits any more
    BOOST_TEST(user(jane).pending.email == "");
  }
  BOOST_TEST((code_of("address", "x@new.test") == Errc::limit));
  set("address", "jane@ext.test");
  BOOST_TEST(mails_to("jane@ext.test").empty());
}

BOOST_AUTO_TEST_CASE(bad_addresses_are_refused_and_mail_nothing) {
  for (std::string value : {"jane", "ja ne@new.test", "j\xC3\xA4ne@new.test", "a@b@c@d@e@f.test",
                            "jane@new.test\r\nBcc: x@y.test", "off", "default", "jane@[10.0.0.1]",
                            "\"a b\"@new.test", "jane@localhost"})
    BOOST_TEST((code_of("address", value) == Errc::syntax), value);
  for (std::string value : {"jane@example.test", "bob@EXAMPLE.test", "x@mc.example.test"})
    BOOST_TEST((code_of("address", value) == Errc::forbidden), value);
  BOOST_TEST(has(refusal("address", "bob@example.test"), "never an external recipient"));
  BOOST_TEST(queue().empty());
  BOOST_TEST(user(jane).pending.email == "");
}

BOOST_AUTO_TEST_CASE(the_same_address_again_lifts_its_suppression) {
  change(jane, [](store::User& u) { u.email_state = store::AddressState::suppressed; });
  BOOST_TEST(has(get("address").effect, "suppressed"));
  set("address", "jane@ext.test");
  BOOST_TEST((user(jane).email_state == store::AddressState::suppressed));
  set("code", mailed_code("jane@ext.test"));
  BOOST_TEST((user(jane).email_state == store::AddressState::verified));
  BOOST_TEST(mails_to("jane@ext.test").size() == 1u);  // the same address: no notice of a change
  BOOST_TEST(folder(jane, store::MailboxKind::alerts).empty());
}

BOOST_AUTO_TEST_CASE(an_old_address_that_bounced_is_told_nothing) {
  change(jane, [](store::User& u) { u.email_state = store::AddressState::suppressed; });
  set("address", "jane@new.test");
  set("code", mailed_code("jane@new.test"));
  BOOST_TEST(mails_to("jane@ext.test").empty());
  BOOST_TEST(folder(jane, store::MailboxKind::alerts).size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
