#include "center/relay.h"

#include <boost/test/unit_test.hpp>

#include "core/text.h"
#include "people_fixture.h"
#include "store/thread_ids.h"

using namespace mc;
using namespace mc::center;

BOOST_FIXTURE_TEST_SUITE(relay, PeopleFixture)

namespace {

// What bob must never see of jane, nor her client's host.
void check_hides_jane(std::string const& message) {
  for (std::string_view part : {"jane@", "ext.test", "laptop", "203.0.113.5", "192.0.2.77", "198.51.100.9", "FancyMail", "Doe Ltd",
                                "provider.test", "DKIM-Signature", "Originating"})
    BOOST_TEST(!has(message, part), part << " is in " << message);
}

std::string from_platform_mail(std::string from, std::string extra, std::string type = "interview.message") {
  return "From: " + from + "\r\nTo: jane@example.test\r\nSubject: Interview\r\nMessage-ID: <i1@app.example.test>\r\n"
         "Date: Mon, 23 Nov 2026 11:59:00 +0000\r\nX-MC-Type: " + type + "\r\n" + extra + "\r\nShall we talk?\r\n";
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_other_side_sees_a_name_and_an_address_of_its_own_and_nothing_else) {
  BOOST_REQUIRE(jane_to_bob());
  std::string const message = last(bob);
  check_hides_jane(message);
  auto const from = addresses(message, "From");
  BOOST_REQUIRE(from.size() == 1u);
  BOOST_TEST(from[0].name == "Jane Doe");
  BOOST_TEST(from[0].mailbox.size() == 28u);
  BOOST_TEST(from[0].mailbox.starts_with("c-"));
  auto const to = addresses(message, "To");
  BOOST_REQUIRE(to.size() == 1u);
  BOOST_TEST(to[0].spec() == "bob@example.test");
  BOOST_TEST(to[0].name == "Bob Builder");
  BOOST_TEST(field(message, "Subject") == "Hi");
  BOOST_TEST(field(message, "Reply-To") == "");
  BOOST_TEST(field(message, "Cc") == "");
  BOOST_TEST(field(message, "Date") == "Mon, 23 Nov 2026 11:59:00 +0000");
  BOOST_TEST(field(message, "Message-ID").ends_with("@mc.example.test>"));
  BOOST_TEST(field(message, "Return-Path") == "<>");
  BOOST_TEST(field(message, "X-MC-Type") == "user.message");
  BOOST_TEST(body(message) == "Hello there.\r\n");
  BOOST_TEST(inbox(jane).empty());
}

BOOST_AUTO_TEST_CASE(an_answer_arrives_and_both_clients_find_the_thread) {
  BOOST_REQUIRE(jane_to_bob());
  std::string const shown = field(last(bob), "Message-ID");
  auto done = send(bob, "bob", {answer_address(bob)},
                   letter("bob@example.test", answer_address(bob), "Re: Hi",
                          "Message-ID: <b1@bobs.test>\r\nIn-Reply-To: " + shown + "\r\nReferences: <unknown@x> " + shown + "\r\n"));
  BOOST_REQUIRE(done);
  std::string const answer = last(jane);
  BOOST_TEST(field(answer, "In-Reply-To") == "<j1@laptop.home.test>");
  BOOST_TEST(field(answer, "References") == "<j1@laptop.home.test>");
  BOOST_TEST(addresses(answer, "From")[0].name == "Bob Builder");
  BOOST_TEST((!has(answer, "bob@") && !has(answer, "bobs.test")));
  // And on: the same address for the whole conversation, also when jane writes to his login again.
  BOOST_REQUIRE(jane_to_bob("Again", "In-Reply-To: " + field(answer, "Message-ID") + "\r\n"));
  BOOST_TEST(field(last(bob), "In-Reply-To") == "<b1@bobs.test>");
  BOOST_TEST(addresses(inbox(bob)[0], "From")[0].spec() == addresses(inbox(bob)[1], "From")[0].spec());
}

BOOST_AUTO_TEST_CASE(from_his_own_provider_a_user_is_known_by_his_verified_address) {
  BOOST_REQUIRE(jane_to_bob());
  std::string const token = answer_address(bob);
  auto write = [&](std::string from, std::string to) {
    return accept(from_outside("bob@elsewhere.test", {to}), letter(from, token, "Re: Hi", "Message-ID: <p@provider.test>\r\n"))[0];
  };
  BOOST_TEST(write("Bob <BOB@elsewhere.TEST>", mc::to_upper(token)).has_value());
  std::string const message = last(jane);
  for (std::string_view part : {"elsewhere", "provider.test", "198.51.100.9", "203.0.113.5", "bob@"})
    BOOST_TEST(!has(message, part), part);
  BOOST_TEST(addresses(message, "From")[0].name == "Bob Builder");

  for (std::string from : {"eve@third.test", "jane@ext.test", "bob@example.test", "bob@elsewhere.test, eve@third.test", "", "Bob"}) {
    auto const refused = write(from, token);
    BOOST_REQUIRE_MESSAGE(!refused, from);
    BOOST_TEST((refused.error().code == Errc::forbidden), from);
  }
  BOOST_TEST(inbox(jane).size() == 1u);
}

BOOST_AUTO_TEST_CASE(five_froms_are_nobodys) {
  BOOST_REQUIRE(jane_to_bob());
  std::string froms;
  for (int i = 0; i < 4; ++i) froms += "From: bob@elsewhere.test\r\n";
  std::string const token = answer_address(bob);
  BOOST_TEST(!accept(from_outside("x@y.test", {token}), froms + letter("bob@elsewhere.test", token, "Re"))[0].has_value());
}

BOOST_AUTO_TEST_CASE(an_unverified_address_or_one_that_dmarc_denies_proves_nothing) {
  BOOST_REQUIRE(jane_to_bob());
  std::string const token = answer_address(bob);
  auto set = [&](store::AddressState state) {
    write([&](store::Transaction& tx) -> Result<void> {
      auto user = store::find_user(tx, bob).value();
      user.email_state = state;
      return store::update_user(tx, user);
    });
  };
  auto answer = [&] { return accept(from_outside("x@y.test", {token}), letter("bob@elsewhere.test", token, "Re"))[0].has_value(); };
  set(store::AddressState::unverified);
  BOOST_TEST(!answer());
  set(store::AddressState::verified);
  BOOST_TEST(answer());
  // What our own MTA says of it counts; a word of anybody else's does not.
  auto with_word = [&](bool by_our_mta, std::string result) {
    auto envelope = from_outside("x@y.test", {token});
    envelope.submitter.by_our_mta = by_our_mta;
    std::string const word = "Authentication-Results: mc.example.test; dmarc=" + result + " header.from=elsewhere.test\r\n";
    return accept(envelope, word + letter("bob@elsewhere.test", token, "Re"))[0].has_value();
  };
  BOOST_TEST(with_word(true, "pass"));
  BOOST_TEST(with_word(true, "none"));
  BOOST_TEST(!with_word(true, "fail"));
  BOOST_TEST(with_word(false, "fail"));
}

BOOST_AUTO_TEST_CASE(who_is_disabled_writes_no_more_from_anywhere) {
  BOOST_REQUIRE(jane_to_bob());
  std::string const token = answer_address(bob);
  write([&](store::Transaction& tx) -> Result<void> {
    auto user = store::find_user(tx, bob).value();
    user.enabled = false;
    return store::update_user(tx, user);
  });
  BOOST_TEST(!accept(from_outside("x@y.test", {token}), letter("bob@elsewhere.test", token, "Re"))[0].has_value());
}

BOOST_AUTO_TEST_CASE(a_mass_mailing_names_nobody_else) {
  std::vector<std::string> recipients;
  std::string to;
  for (int i = 0; i < 60; ++i) {
    std::string const login = "u" + std::to_string(i);
    add(login, login + "@many.test", store::Role::user);
    recipients.push_back(login + "@example.test");
    to += (i ? ",\r\n " : "") + recipients.back();
  }
  recipients.push_back("bob@example.test");
  BOOST_REQUIRE(send(jane, "jane", recipients, letter("jane@example.test", to, "All")));
  BOOST_TEST(field(last(bob), "Cc") == "");
  BOOST_TEST((!has(last(bob), "u1@") && !has(last(bob), "many.test")));
  std::size_t const made = store->read([&](store::Snapshot const& s) { return store::list_conversations(s, bob, 1000).size(); });
  BOOST_TEST(made == 1u);
}

BOOST_AUTO_TEST_CASE(a_mail_without_anything_is_passed_on) {
  BOOST_REQUIRE(send(jane, "jane", {"bob@example.test"}, "From: jane@example.test\r\n\r\n"));
  std::string const message = last(bob);
  BOOST_TEST(body(message) == "");
  BOOST_TEST(addresses(message, "To")[0].spec() == "bob@example.test");
}

BOOST_AUTO_TEST_CASE(a_subject_becomes_no_field) {
  BOOST_REQUIRE(send(jane, "jane", {"bob@example.test"},
                     letter("jane@example.test", "bob@example.test", "=?utf-8?q?x=0D=0ABcc:_jane=40ext.test=0D=0A?=")));
  BOOST_TEST(mail::find_headers(last(bob), "Bcc").empty());
}

BOOST_AUTO_TEST_CASE(a_token_works_for_its_holder_alone) {
  BOOST_REQUIRE(jane_to_bob());
  std::string const token = answer_address(bob);
  for (auto [user, login] : {std::pair{eve, "eve"}, std::pair{jane, "jane"}}) {
    auto const refused = send(user, login, {token}, letter(std::string(login) + "@example.test", token, "x"));
    BOOST_REQUIRE(!refused);
    BOOST_TEST((refused.error().code == Errc::forbidden));
    Submitter const submitter{SubmitterKind::user, user, login};
    BOOST_TEST((intake.check_recipient(submitter, token).error().code == Errc::forbidden));
  }
  BOOST_TEST((accept(from_platform({token}), payment("1.00 USD"))[0].error().code == Errc::forbidden));
  BOOST_TEST((intake.check_recipient({}, "c-aaaaaaaaaaaaaaaaaaaaaaaaaa@example.test").error().code == Errc::not_found));
  BOOST_TEST(intake.check_recipient({}, token).has_value());
}

BOOST_AUTO_TEST_CASE(a_token_of_a_deleted_user_or_a_revoked_one_is_unknown) {
  BOOST_REQUIRE(jane_to_bob());
  std::string const token = answer_address(bob);
  Submitter const as_bob{SubmitterKind::user, bob, "bob"};
  write([&](store::Transaction& tx) -> Result<void> { return store::delete_user(tx, "jane"); });
  BOOST_TEST((intake.check_recipient(as_bob, token).error().code == Errc::not_found));
  BOOST_TEST((send(bob, "bob", {token}, letter("bob@example.test", token, "x")).error().code == Errc::not_found));

  BOOST_REQUIRE(send(eve, "eve", {"bob@example.test"}, letter("eve@example.test", "bob@example.test", "Hi")));
  std::string const eves = answer_address(bob);
  write([&](store::Transaction& tx) -> Result<void> {
    BOOST_TEST(store::revoke_token(tx, eves.substr(2, 26)));
    return {};
  });
  BOOST_TEST((intake.check_recipient(as_bob, eves).error().code == Errc::not_found));
}

BOOST_AUTO_TEST_CASE(reply_to_all_works_with_three) {
  auto done = send(jane, "jane", {"bob@example.test", "eve@example.test"},
                   letter("jane@example.test", "bob@example.test, \"E\" <EVE@example.test>", "Three",
                          "Message-ID: <j3@laptop.home.test>\r\nCc: jane@example.test, stranger@outside.test, nobody@example.test, "
                          "support@example.test, friends: bob@example.test;\r\n"));
  BOOST_REQUIRE(done);
  std::string const at_bob = last(bob), at_eve = last(eve);
  auto const cc = addresses(at_bob, "Cc");
  BOOST_REQUIRE(cc.size() == 1u);
  BOOST_TEST(cc[0].name == "Eve Example");
  BOOST_TEST(addresses(at_eve, "Cc")[0].name == "Bob Builder");
  check_hides_jane(at_bob);
  for (std::string_view part : {"eve@", "EVE@", "outside.test", "nobody@", "support@"}) BOOST_TEST(!has(at_bob, part), part);
  BOOST_TEST((!has(at_eve, "bob@") && !has(at_eve, cc[0].mailbox)));

  // Bob answers both by what he sees.
  auto answered = send(bob, "bob", {answer_address(bob), cc[0].spec()},
                       letter("bob@example.test", answer_address(bob), "Re: Three",
                              "Message-ID: <b3@bobs.test>\r\nCc: " + cc[0].spec() + "\r\nIn-Reply-To: " + field(at_bob, "Message-ID") + "\r\n"));
  BOOST_REQUIRE(answered);
  BOOST_TEST(field(last(jane), "In-Reply-To") == "<j3@laptop.home.test>");
  BOOST_TEST(field(last(eve), "In-Reply-To") == field(at_eve, "Message-ID"));
  BOOST_TEST(addresses(last(jane), "Cc")[0].name == "Eve Example");
  BOOST_TEST(addresses(last(eve), "Cc")[0].spec() == addresses(at_eve, "From")[0].spec());
}

BOOST_AUTO_TEST_CASE(who_is_named_twice_gets_one_copy) {
  BOOST_REQUIRE(jane_to_bob());
  std::string const token = answer_address(bob);
  BOOST_REQUIRE(send(bob, "bob", {token, "jane@example.test", "JANE@example.test"}, letter("bob@example.test", token, "Once")));
  BOOST_TEST(inbox(jane).size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_he_writes_to_himself_stays_as_it_is) {
  BOOST_REQUIRE(send(jane, "jane", {"jane@example.test"}, letter("jane@example.test", "jane@example.test", "Note", "Message-ID: <n@x>\r\n")));
  BOOST_TEST(field(last(jane), "From") == "jane@example.test");
  BOOST_TEST(field(last(jane), "Message-ID") == "<n@x>");
}

BOOST_AUTO_TEST_CASE(content_is_kept_octet_by_octet_and_stored_once) {
  std::string parts = "--=_b\r\nContent-Type: text/plain\r\n\r\nSee \x80 attached.\r\n--=_b\r\nContent-Type: application/pdf; "
                      "name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQK\r\n--=_b--\r\n";
  std::string const octets = "From: jane@example.test\r\nTo: bob@example.test\r\nMIME-Version: 1.0\r\n"
                             "Content-Type: multipart/mixed;\r\n boundary=\"=_b\"\r\nSubject: Doc\r\n\r\n" + parts;
  auto envelope = from_user(jane, "jane", {"bob@example.test", "eve@example.test"});
  BOOST_REQUIRE(accept(envelope, octets, true)[0]);
  BOOST_TEST(body(last(bob)) == parts);
  BOOST_TEST(body(last(eve)) == parts);
  BOOST_TEST(has(last(bob), "boundary=\"=_b\""));
  std::size_t const chunks = store->read([](store::Snapshot const& s) {
    std::size_t n = 0;
    s.scan(std::string_view("\x33", 1), [&](std::string_view, std::string_view) { return ++n, true; });
    return n;
  });
  BOOST_TEST(chunks == 1u);
}

BOOST_AUTO_TEST_CASE(a_name_that_gives_the_address_away_is_not_shown) {
  for (std::string display_name : {"", "jane@ext.test"}) {
    name(jane, display_name);
    for (std::string written : {"", "\"Jane (jane@ext.test)\" ", "\"the JANE one\" "}) {
      BOOST_REQUIRE(send(jane, "jane", {"bob@example.test"}, letter(written + "<jane@example.test>", "bob@example.test", "x")));
      BOOST_TEST(addresses(last(bob), "From")[0].name == "A user");
    }
    BOOST_REQUIRE(send(jane, "jane", {"bob@example.test"}, letter("\"Plumber\" <jane@example.test>", "bob@example.test", "x")));
    BOOST_TEST(addresses(last(bob), "From")[0].name == "Plumber");
  }
}

BOOST_AUTO_TEST_CASE(who_is_blocked_is_refused_in_neutral_words_and_others_are_not) {
  BOOST_REQUIRE(jane_to_bob());
  choose(bob, "blocked", answer_address(bob));
  auto const refused = jane_to_bob("Again");
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.error().text == "5.7.1 This user does not take mail from you");
  Submitter const as_jane{SubmitterKind::user, jane, "jane"};
  BOOST_TEST((intake.check_recipient(as_jane, "bob@example.test").error().code == Errc::forbidden));
  BOOST_TEST(send(eve, "eve", {"bob@example.test"}, letter("eve@example.test", "bob@example.test", "Hi")).has_value());
  // Bob may still write to her, but she cannot answer.
  BOOST_REQUIRE(send(bob, "bob", {"jane@example.test"}, letter("bob@example.test", "jane@example.test", "Sorry")));
  std::string const token = answer_address(jane);
  BOOST_TEST((intake.check_recipient(as_jane, token).error().code == Errc::forbidden));
  BOOST_TEST(!accept(from_outside("jane@ext.test", {token}), letter("jane@ext.test", token, "Re"))[0].has_value());
  BOOST_TEST(!accept(from_platform({"bob@example.test"}), from_platform_mail("jane@example.test", ""))[0].has_value());
  choose(bob, "blocked", "none");
  BOOST_TEST(jane_to_bob("At last").has_value());
}

BOOST_AUTO_TEST_CASE(an_interview_of_the_platform_is_continued_by_both_sides) {
  auto done = accept(from_platform({"jane@example.test"}),
                     from_platform_mail("Bob via Market <bob@example.test>", "X-MC-Conversation: interview 7\r\nX-MC-Event-Id: e1\r\n"));
  BOOST_REQUIRE(done[0]);
  std::string const invited = last(jane);
  BOOST_TEST((!has(invited, "bob@") && !has(invited, "X-MC-Conversation")));
  BOOST_TEST(addresses(invited, "From")[0].name == "Bob Builder");
  BOOST_TEST(field(invited, "X-MC-Type") == "interview.message");
  std::string const token = answer_address(jane);
  BOOST_REQUIRE(accept(from_outside("jane@ext.test", {token}),
                       letter("jane@ext.test", token, "Re: Interview", "Message-ID: <ja@provider.test>\r\nIn-Reply-To: " +
                                                                           field(invited, "Message-ID") + "\r\n"))[0]);
  std::string const answer = last(bob);
  check_hides_jane(answer);
  BOOST_TEST(field(answer, "X-MC-Type") == "interview.message");
  BOOST_REQUIRE(send(bob, "bob", {answer_address(bob)},
                     letter("bob@example.test", answer_address(bob), "Re: Re: Interview", "In-Reply-To: " + field(answer, "Message-ID") + "\r\n")));
  BOOST_TEST(field(last(jane), "In-Reply-To") == "<ja@provider.test>");
  BOOST_TEST(addresses(last(jane), "From")[0].spec() == token);
  // It is another one than what the two write to each other otherwise.
  BOOST_REQUIRE(send(bob, "bob", {"jane@example.test"}, letter("bob@example.test", "jane@example.test", "By the way")));
  BOOST_TEST(addresses(last(jane), "From")[0].spec() != token);
}

BOOST_AUTO_TEST_CASE(a_repeated_event_of_the_platform_adds_nothing_and_another_content_is_refused) {
  auto submit = [&](std::string extra) {
    return accept(from_platform({"jane@example.test"}), from_platform_mail("bob@example.test", "X-MC-Event-Id: e1\r\n" + extra))[0];
  };
  BOOST_TEST(submit("").has_value());
  BOOST_TEST(submit("").has_value());
  BOOST_TEST(inbox(jane).size() == 1u);
  BOOST_TEST((submit("X-Other: 1\r\n").error().code == Errc::conflict));
}

BOOST_AUTO_TEST_CASE(the_platform_names_the_counterpart_in_a_header_that_nobody_sees) {
  auto submit = [&](std::string extra, std::string type = "interview.message") {
    BOOST_REQUIRE(accept(from_platform({"jane@example.test"}), from_platform_mail("Market <noreply@example.test>", extra, type))[0]);
    return last(jane);
  };
  std::string const interview = submit("X-MC-Counterpart: BOB\r\n");
  BOOST_TEST(addresses(interview, "From")[0].name == "Bob Builder");
  BOOST_TEST(!has(interview, "noreply"));
  // Of another tab, or of nobody who can be answered: as it is, but never with the login.
  std::string const alert = submit("X-MC-Counterpart: bob\r\nX-MC-Amount: 1.00 USD\r\n");
  BOOST_TEST(!has(alert, "Counterpart"));
  std::string const from_nobody = submit("X-MC-Counterpart: nobody\r\n");
  BOOST_TEST((has(from_nobody, "noreply@example.test") && !has(from_nobody, "nobody")));
  BOOST_TEST(has(submit(""), "noreply@example.test"));
  BOOST_REQUIRE(accept(from_platform({"jane@example.test"}), "X-MC-Counterpart: bob\r\n" + payment("1.00 USD"))[0]);
  BOOST_TEST(!has(folder(jane, store::MailboxKind::alerts).back(), "Counterpart"));
}

BOOST_AUTO_TEST_CASE(an_interviews_thread_is_found_by_its_references_too) {
  auto submit = [&](std::string from, std::string to, std::string more) {
    return accept(from_platform({to}), "From: " + from + "\r\nSubject: Interview\r\nX-MC-Type: interview.message\r\n" + more + "\r\nx\r\n")[0];
  };
  BOOST_REQUIRE(submit("bob@example.test", "jane@example.test", "Message-ID: <a@app>\r\n"));
  std::string const token = answer_address(jane);
  BOOST_REQUIRE(submit("bob@example.test", "jane@example.test", "Message-ID: <b@app>\r\nReferences: <a@app>\r\n"));
  BOOST_TEST(answer_address(jane) == token);
  BOOST_TEST(field(last(jane), "In-Reply-To") == field(inbox(jane)[0], "Message-ID"));
  BOOST_REQUIRE(submit("bob@example.test", "jane@example.test", "Message-ID: <c@app>\r\n"));
  BOOST_TEST(answer_address(jane) != token);
}

BOOST_AUTO_TEST_CASE(automatic_answers_go_no_further_and_programs_are_told) {
  BOOST_REQUIRE(jane_to_bob());
  std::string const token = answer_address(bob);
  auto from_bobs = [&](std::string more) {
    return accept(from_outside("bob@elsewhere.test", {token}), letter("bob@elsewhere.test", token, "Out of office", more))[0];
  };
  BOOST_TEST(from_bobs("Auto-Submitted: auto-replied\r\n").has_value());
  BOOST_TEST(!from_bobs("List-Id: <news.provider.test>\r\n").has_value());
  BOOST_TEST(inbox(jane).empty());
}

BOOST_AUTO_TEST_CASE(there_is_a_limit_for_users_and_none_for_others) {
  context.settings.user_messages_per_hour = 2;
  BOOST_TEST(jane_to_bob().has_value());
  BOOST_TEST(jane_to_bob().has_value());
  auto const refused = jane_to_bob();
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().code == Errc::unavailable));
  BOOST_TEST(refused.error().text.starts_with("4.7.1 You may send 2 messages an hour"));
  Submitter const as_jane{SubmitterKind::user, jane, "jane"};
  BOOST_TEST((intake.check_recipient(as_jane, "bob@example.test").error().code == Errc::unavailable));
  // From her own provider it is the same count; bob has his own; the platform none.
  BOOST_REQUIRE(send(bob, "bob", {"jane@example.test"}, letter("bob@example.test", "jane@example.test", "x")));
  std::string const token = answer_address(jane);
  BOOST_TEST((accept(from_outside("jane@ext.test", {token}), letter("jane@ext.test", token, "x"))[0].error().code == Errc::unavailable));
  for (int i = 0; i < 5; ++i) BOOST_TEST(accept(from_platform({"jane@example.test"}), payment("1.00 USD"))[0].has_value());
  clock.advance(std::chrono::hours(1));
  BOOST_TEST(jane_to_bob().has_value());
}

BOOST_AUTO_TEST_CASE(the_decision_names_the_sender_as_the_reader_knows_him) {
  BOOST_REQUIRE(jane_to_bob());
  BOOST_REQUIRE(accept(from_platform({"jane@example.test"}), from_platform_mail("bob@example.test", ""))[0]);
  BOOST_TEST(decisions(bob)[0].from == answer_address(bob));
  BOOST_TEST(decisions(jane)[0].from == answer_address(jane));
}

BOOST_AUTO_TEST_CASE(the_external_copy_says_no_more_than_the_one_in_the_folder) {
  choose(bob, "type:user.message", "both");
  BOOST_REQUIRE(jane_to_bob());
  auto const queued = queue();
  BOOST_REQUIRE(queued.size() == 1u);
  std::string const message = external(queued[0]);
  check_hides_jane(message);
  BOOST_TEST(addresses(message, "From")[0].spec() == answer_address(bob));
}

BOOST_AUTO_TEST_SUITE_END()
