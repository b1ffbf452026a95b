#include "center/unsubscribe.h"

#include "center/addresses.h"
#include "rules/choice.h"
#include "tests/center/fixture.h"

using namespace mc;
using namespace mc::center;

namespace {

std::size_t count(std::string const& text, std::string_view what) {
  std::size_t n = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

bool has(std::string const& text, std::string_view what) { return text.find(what) != std::string::npos; }

struct UnsubscribeFixture : CenterFixture {
  UnsubscribeFixture() { context.settings.web_url = "https://mc.example.test:1443"; }

  // A mail of the type for jane, of whom it is known that she wants it both ways; its external copy.
  std::string send(std::string const& type = "feature.announced", std::string const& more = {}) {
    choose(jane, "type:" + type, "both");
    auto done = accept(from_platform({"jane@example.test"}), "From: Market <noreply@example.test>\r\nSubject: News\r\n" + more +
                                                                 "X-MC-Type: " + type + "\r\n\r\nNews.\r\n");
    BOOST_REQUIRE(done[0].has_value());
    return external(queue().back());
  }

  static std::string token_in(std::string const& mail) {
    auto at = mail.find("mailto:u-");
    BOOST_REQUIRE(at != std::string::npos);
    return mail.substr(at + 9, 26);
  }

  Result<Unsubscription> look(std::string const& token) {
    return store->read(
        [&](store::Snapshot const& s) { return find_unsubscription(s, *policy.get().policy, token); });
  }

  Result<Unsubscription> act(std::string const& token) {
    return store->write_and_wait([&](store::Transaction& tx) {
      return unsubscribe(tx, *policy.get().policy, token, clock.now());
    });
  }

  Result<Delivered> mail_to(std::string const& address, std::string const& more = {}, std::string reverse = "jane@ext.test") {
    Envelope e = from_platform({address});
    e.submitter = {};
    e.submitter.kind = SubmitterKind::outside;
    e.reverse_path = std::move(reverse);
    return accept(std::move(e), "From: jane@ext.test\r\nSubject: unsubscribe\r\n" + more + "\r\n\r\n")[0];
  }

  std::optional<store::StoredChoice> choice() {
    return store->read([&](store::Snapshot const& s) -> std::optional<store::StoredChoice> {
      for (auto const& c : store::list_choices(s, jane))
        if (c.scope == "type:feature.announced") return c;
      return std::nullopt;
    });
  }
  bool email() { return choice().value().email.value(); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(unsubscribing, UnsubscribeFixture)

BOOST_AUTO_TEST_CASE(the_external_copy_has_both_ways_and_one_click_the_folder_copy_none) {
  std::string const mail = send(), token = token_in(mail);
  BOOST_TEST(has("\r\n" + mail, "\r\nList-Unsubscribe: <https://mc.example.test:1443/unsubscribe/" + token + ">,\r\n <mailto:u-" + token +
                           "@example.test?subject=unsubscribe>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
  BOOST_TEST(count(folder(jane, store::MailboxKind::updates).at(0), "List-Unsubscribe") == 0u);
}

BOOST_AUTO_TEST_CASE(without_a_web_address_there_is_only_the_way_by_mail_and_no_one_click) {
  context.settings.web_url.clear();
  std::string const mail = send();
  BOOST_TEST(has("\r\n" + mail, "\r\nList-Unsubscribe: <mailto:u-"));
  BOOST_TEST(!has(mail, "https:"));
  BOOST_TEST(!has(mail, "List-Unsubscribe-Post"));
}

BOOST_AUTO_TEST_CASE(a_type_without_unsubscribe_has_no_such_field) {
  BOOST_TEST(!has(send("rate.raised"), "List-Unsubscribe"));
}

BOOST_AUTO_TEST_CASE(the_platforms_own_fields_give_way_to_ours_and_stay_where_we_write_none) {
  std::string const theirs = "List-Unsubscribe: <https://app.test/off>,\r\n <mailto:off@app.test>\r\nlist-unsubscribe-post: List-Unsubscribe=One-Click\r\n";
  std::string const mail = send("feature.announced", theirs);
  BOOST_TEST(count(mail, "List-Unsubscribe: ") == 1u);
  BOOST_TEST(count(mail, "List-Unsubscribe=One-Click") == 1u);
  BOOST_TEST(!has(mail, "app.test/off"));
  BOOST_TEST(has(send("rate.raised", theirs), "<https://app.test/off>"));
}

BOOST_AUTO_TEST_CASE(every_copy_has_a_token_of_its_own_and_each_works) {
  std::string const first = token_in(send()), second = token_in(send());
  BOOST_TEST(first != second);
  BOOST_TEST(act(first)->off == false);
  BOOST_TEST(look(second)->off);
  BOOST_TEST(act(second)->off);
}

BOOST_AUTO_TEST_CASE(the_decision_takes_its_tokens_along) {
  std::string const token = token_in(send());
  BOOST_TEST(decisions(jane).at(0).token.find(store::token_key(token)) % 16 == 0u);
  BOOST_TEST(decisions(jane).at(0).token.size() == 32u);
}

BOOST_AUTO_TEST_CASE(looking_says_what_it_is_about_and_changes_nothing) {
  auto about = look(token_in(send()));
  BOOST_REQUIRE(about.has_value());
  BOOST_TEST(about->label == "New features");
  BOOST_TEST(about->login == "jane");
  BOOST_TEST(!about->off);
  BOOST_TEST(about->locked == "");
  BOOST_TEST(email());
}

BOOST_AUTO_TEST_CASE(acting_switches_the_email_off_and_leaves_the_folder_as_it_was) {
  std::string const token = token_in(send());
  BOOST_REQUIRE(act(token).has_value());
  store::StoredChoice const now = choice().value();
  BOOST_TEST(!now.email.value());
  BOOST_TEST(now.folder.value());
  BOOST_TEST((static_cast<rules::ChoiceSource>(now.source) == rules::ChoiceSource::unsubscribe_link));
  clock.advance(std::chrono::hours(1));
  BOOST_TEST(act(token)->off);
  BOOST_TEST((choice()->at == now.at));
}

BOOST_AUTO_TEST_CASE(who_made_no_choice_gets_one_for_the_email_only) {
  // New users are emailed by a default rule.
  auto done = accept(from_platform({"jane@example.test"}), "Subject: News\r\nX-MC-Type: feature.announced\r\n\r\nNews.\r\n");
  BOOST_REQUIRE(done[0].has_value());
  std::string const token = token_in(external(queue().at(0)));
  BOOST_TEST(!look(token)->off);
  BOOST_REQUIRE(act(token).has_value());
  BOOST_TEST(!choice()->email.value());
  BOOST_TEST(!choice()->folder.has_value());
  done = accept(from_platform({"jane@example.test"}), "Subject: News\r\nX-MC-Type: feature.announced\r\n\r\nMore.\r\n");
  BOOST_TEST(queue().size() == 1u);
  BOOST_TEST(folder(jane, store::MailboxKind::updates).size() == 2u);
}

BOOST_AUTO_TEST_CASE(tokens_unknown_revoked_or_of_another_kind_are_not_found_alike) {
  std::string const token = token_in(send());
  std::string const return_path = queue().back().sender.substr(2, 26);
  std::string const text = look(std::string(26, 'a')).error().text;
  for (std::string const& wrong : {std::string(), std::string(5000, 'x'), return_path, token + "a", token.substr(1)}) {
    auto found = look(wrong);
    BOOST_REQUIRE(!found.has_value());
    BOOST_TEST((found.error().code == Errc::not_found));
    BOOST_TEST(found.error().text == text);
    BOOST_TEST(!act(wrong).has_value());
  }
  auto revoked = store->write_and_wait([&](store::Transaction& tx) -> Result<bool> { return store::revoke_token(tx, token); });
  BOOST_REQUIRE(*revoked);
  BOOST_TEST(look(token).error().text == text);
  BOOST_TEST(!act(token).has_value());
  BOOST_TEST(email());
}

BOOST_AUTO_TEST_CASE(what_the_policy_locks_by_now_is_refused_in_words) {
  std::string const token = token_in(send());
  std::string text = read_whole(MC_SOURCE_DIR "/rules/policy.toml");
  auto at = text.find("\"feature.announced\"");
  text.replace(at, text.find('\n', at) - at, R"("feature.announced" = { tab = "updates", label = "New features", email = "always" })");
  policy.swap(install(text));
  BOOST_TEST(!look(token)->locked.empty());
  auto done = act(token);
  BOOST_REQUIRE(!done.has_value());
  BOOST_TEST((done.error().code == Errc::forbidden));
  BOOST_TEST(email());
  BOOST_TEST(!mail_to("u-" + token + "@example.test").has_value());
}

BOOST_AUTO_TEST_CASE(a_link_of_before_the_type_was_renamed_switches_off_the_renamed_type) {
  std::string const token = token_in(send());
  std::string text = read_whole(MC_SOURCE_DIR "/rules/policy.toml");
  for (auto at = text.find("feature.announced"); at != text.npos; at = text.find("feature.announced", at))
    text.replace(at, 17, "news.announced");
  text.insert(text.find("\"hire.started\" ="), "\"feature.announced\" = \"news.announced\"\n");
  policy.swap(install(text));
  BOOST_TEST(look(token)->type == "news.announced");
  BOOST_TEST(!look(token)->off);
  BOOST_REQUIRE(act(token).has_value());
  BOOST_TEST(look(token)->off);
  auto stored = store->read([&](store::Snapshot const& s) { return store::list_choices(s, jane); });
  auto made = std::find_if(stored.begin(), stored.end(), [](auto const& c) { return c.scope == "type:news.announced"; });
  BOOST_REQUIRE((made != stored.end()));
  BOOST_TEST((made->email == false && made->folder == true));  // the folder as he chose it under the old name
}

BOOST_AUTO_TEST_CASE(a_mail_from_anywhere_to_the_token_switches_it_off) {
  std::string const mail = send(), token = token_in(mail);
  std::string upper = token;
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  BOOST_REQUIRE(intake.check_recipient({}, "U-" + upper + "@EXAMPLE.TEST").has_value());
  BOOST_REQUIRE(mail_to("U-" + upper + "@Example.Test").has_value());
  BOOST_TEST(!email());
}

BOOST_AUTO_TEST_CASE(automatic_mail_to_the_token_is_taken_and_changes_nothing) {
  std::string const address = "u-" + token_in(send()) + "@example.test";
  BOOST_TEST(mail_to(address, {}, "").has_value());
  for (std::string const mark : {"Auto-Submitted: auto-replied\r\n", "Precedence: bulk\r\n", "List-Id: <x.test>\r\n",
                                  "Content-Type: multipart/report; boundary=b\r\n"})
    BOOST_TEST(mail_to(address, mark).has_value(), mark);
  BOOST_TEST(email());
  BOOST_TEST(mail_to(address, "Auto-Submitted: no\r\n").has_value());
  BOOST_TEST(!email());
}

BOOST_AUTO_TEST_CASE(an_address_with_a_token_nobody_was_given_does_not_exist) {
  std::string const mail = send(), token = token_in(mail);
  std::string const return_path = queue().back().sender.substr(2, 26);
  for (std::string const& wrong : {"u-" + std::string(26, 'a'), "u-" + return_path, "b-" + token, "u" + token, "u-" + token + "a",
                                   std::string("u-")}) {
    auto checked = intake.check_recipient({}, wrong + "@example.test");
    BOOST_REQUIRE(!checked.has_value());
    BOOST_TEST((checked.error().code == Errc::not_found), wrong);
  }
}

BOOST_AUTO_TEST_SUITE_END()
