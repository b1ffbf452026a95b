// tests/center/people_fixture.h - users who write to each other, and what each of them gets.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "center/preferences.h"
#include "fixture.h"
#include "mail/decode.h"
#include "mail/headers.h"
#include "store/conversations.h"
#include "store/teams.h"

namespace mc::center {

struct PeopleFixture : CenterFixture {
  UserId eve = add("eve", "eve@third.test", store::Role::user);

  PeopleFixture() {
    name(jane, "Jane Doe");
    name(bob, "Bob Builder");
    name(eve, "Eve Example");
  }

  template <class F>
  auto write(F&& f) {
    auto done = store->write_and_wait(std::forward<F>(f));
    BOOST_REQUIRE_MESSAGE(done.has_value(), (done ? std::string() : done.error().text));
    if constexpr (!std::is_same_v<decltype(done), Result<void>>) return *done;
  }
  void name(UserId user, std::string display_name) {
    write([&](store::Transaction& tx) -> Result<void> {
      auto u = store::find_user(tx, user).value();
      u.display_name = display_name;
      return store::update_user(tx, u);
    });
  }

  static Envelope from_user(UserId user, std::string login, std::vector<std::string> recipients) {
    Envelope e;
    e.submitter = {SubmitterKind::user, user, login};
    e.trace = {login + "s-laptop.local", "192.0.2.77", "ESMTPSA", "TLS1.3"};
    e.mail_id = new_mail_id();
    e.reverse_path = login + "@example.test";
    for (std::string& r : recipients) e.recipients.push_back({std::move(r)});
    return e;
  }
  static Envelope from_outside(std::string sender, std::vector<std::string> recipients) {
    Envelope e;
    e.trace = {"mx.provider.test", "198.51.100.9", "ESMTPS", ""};
    e.mail_id = new_mail_id();
    e.reverse_path = std::move(sender);
    for (std::string& r : recipients) e.recipients.push_back({std::move(r)});
    return e;
  }

  // A whole message as a talkative client writes it.
  static std::string letter(std::string from, std::string to, std::string subject, std::string more = {},
                            std::string text = "Hello there.\r\n") {
    return "Received: from [10.0.0.7] (laptop.home.test [203.0.113.5]) by smtp.provider.test; Mon, 23 Nov 2026 11:00:00 +0100\r\n"
           "DKIM-Signature: v=1; d=provider.test; s=x; b=abc\r\nUser-Agent: FancyMail 1.2\r\nX-Mailer: FancyMail\r\n"
           "X-Originating-IP: [203.0.113.5]\r\nOrganization: Doe Ltd\r\nReply-To: private@provider.test\r\n"
           "From: " + from + "\r\nTo: " + to + "\r\nSubject: " + subject +
           "\r\nDate: Mon, 23 Nov 2026 12:59:00 +0100\r\nMIME-Version: 1.0\r\n"
           "Content-Type: text/plain; charset=utf-8\r\n" + more + "\r\n" + text;
  }

  std::vector<std::string> inbox(UserId user) { return folder(user, store::MailboxKind::inbox); }
  std::string last(UserId user) {
    auto all = inbox(user);
    BOOST_REQUIRE(!all.empty());
    return all.back();
  }
  static std::string field(std::string const& message, std::string_view name) {
    auto all = mail::find_headers(message, name);
    BOOST_REQUIRE_MESSAGE(all.size() <= 1, std::string(name) << " stands more than once");
    return all.empty() ? std::string() : mail::unfold(all[0]);
  }
  static std::vector<mail::Address> addresses(std::string const& message, std::string_view name) {
    return mail::decode_addresses(field(message, name));
  }
  // The address by which `user` reaches the author of the last message he got.
  std::string answer_address(UserId user) {
    auto from = addresses(last(user), "From");
    BOOST_REQUIRE(from.size() == 1u);
    return from[0].spec();
  }
  static std::string body(std::string const& message) { return message.substr(mail::header_end(message)); }

  // Sends as an authenticated user; the one answer to all recipients.
  Result<Delivered> send(UserId user, std::string login, std::vector<std::string> recipients, std::string octets) {
    return accept(from_user(user, login, std::move(recipients)), std::move(octets), true).at(0);
  }
  Result<Delivered> jane_to_bob(std::string subject = "Hi", std::string more = "Message-ID: <j1@laptop.home.test>\r\n") {
    return send(jane, "jane", {"bob@example.test"}, letter("Jane <jane@example.test>", "bob@example.test", subject, more));
  }
};

inline bool has(std::string const& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace mc::center
