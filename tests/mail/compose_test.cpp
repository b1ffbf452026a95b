#include "mail/compose.h"

#include <boost/test/unit_test.hpp>

#include "invariants.h"
#include "mail/section.h"
#include "mail/summary.h"

using namespace mc;
using namespace mc::mail;

BOOST_AUTO_TEST_SUITE(compose_messages)

namespace {

Time const noon{std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + std::chrono::hours(12)};

// "" or what mail may not look like: bare CR or LF, long lines, 8-bit (where `ascii`).
std::string check_octets(std::string_view octets, bool ascii = true) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    if (octets[i] == '\r' && i + 1 < octets.size() && octets[i + 1] == '\n') {
      length = 0;
      ++i;
      continue;
    }
    if (octets[i] == '\r' || octets[i] == '\n') return "bare line end";
    if (ascii && static_cast<unsigned char>(octets[i]) >= 0x80) return "8-bit";
    if (++length > 998) return "line too long";
  }
  return "";
}

Draft draft() {
  Draft d;
  d.from = {"Support, Team", "support", "example.test"};
  d.to = {{"J\xC3\xBCrgen \xC3\x84", "jane", "ext.test"}, {"", "a b", "ext.test"}};
  d.subject =
      "Ticket [T-1] er\xC3\xB6"
      "ffnet";
  d.text =
      "Gr\xC3\xBC\xC3\x9F"
      "e\nzwei\rdrei\r\n";
  d.date = noon;
  d.host = "mc.example.test";
  return d;
}

std::string body_of(std::string const& octets) {
  auto made = summarize(octets);
  return *decode_transfer(slice(octets, made.parts[0].body()), made.parts[0].encoding);
}

}  // namespace

BOOST_AUTO_TEST_CASE(of_a_list_id_only_the_phrase_is_encoded) {
  struct {
    std::string value, written;
  } const cases[] = {
      {"Acme <acme.teams.example.test>", "List-Id: Acme <acme.teams.example.test>\r\n"},
      {"\xC3\x84 <a.b>", "List-Id: =?utf-8?B?w4Q=?= <a.b>\r\n"},
      {"=?utf-8?Q?=C3=84?= <a.b>", "List-Id: =?utf-8?Q?=C3=84?= <a.b>\r\n"},
      {"<a.b>", "List-Id: <a.b>\r\n"},
      {"x\r\nBcc: y <a.b>", "List-Id: x  Bcc: y <a.b>\r\n"},
      {"no id", "List-Id: no id\r\n"},
  };
  for (auto const& c : cases) {
    Draft d = draft();
    d.fields = {{"List-Id", c.value}};
    auto const octets = compose(d);
    BOOST_TEST(octets.find("\r\n" + c.written) != std::string::npos, c.value << " in " << octets);
  }
  for (std::string value : {std::string(3000, 'x') + " <a.b>", "y <" + std::string(3000, 'x') + ">", "\xC3\x84" + std::string(3000, ' ') + "<\xC3\x84>"}) {
    Draft d = draft();
    d.fields = {{"List-Id", value}};
    BOOST_TEST(check_octets(compose(d)) == "");
  }
}

BOOST_AUTO_TEST_CASE(what_was_put_in_is_read_back) {
  auto octets = compose(draft());
  BOOST_TEST(check_octets(octets) == "");
  auto made = summarize(octets);
  BOOST_TEST(test::check_summary(octets, made) == "");
  BOOST_TEST(made.subject == draft().subject);
  BOOST_CHECK(made.from == std::vector{draft().from});
  BOOST_CHECK(made.to == draft().to);
  BOOST_CHECK(made.date->time == noon);
  BOOST_TEST(made.message_id.ends_with("@mc.example.test>"));
  BOOST_TEST(made.auto_submitted == "auto-generated");
  BOOST_TEST(body_of(octets) ==
             "Gr\xC3\xBC\xC3\x9F"
             "e\r\nzwei\r\ndrei\r\n");
}

BOOST_AUTO_TEST_CASE(plain_ascii_stays_plain) {
  Draft d;
  d.from = {"Ann Lee", "ann", "x.test"};
  d.to = {{"", "bob", "x.test"}};
  d.subject = "Hello";
  d.text = "Hi\n";
  d.date = noon;
  d.message_id = "<1@x.test>";
  d.auto_submitted = "";
  BOOST_TEST(compose(d) ==
             "Date: Mon, 23 Nov 2026 12:00:00 +0000\r\nFrom: Ann Lee <ann@x.test>\r\nTo: bob@x.test\r\n"
             "Subject: Hello\r\nMessage-ID: <1@x.test>\r\nMIME-Version: 1.0\r\n"
             "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\nHi\r\n");
}

BOOST_AUTO_TEST_CASE(no_value_becomes_a_header) {
  auto d = draft();
  std::string evil = "x\r\nBcc: victim@x.test\r\n\r\nbody";
  d.subject = evil;
  d.from.name = evil;
  d.from.mailbox = evil;
  d.from.host = evil;
  d.to = {{evil, evil, evil}};
  d.in_reply_to = "<a@b>\r\nBcc: v@x";
  d.references = {evil, "<a\r\nBcc: x@y>"};
  d.message_id = "<m@x>\r\nBcc: x";
  d.auto_submitted = evil;
  d.host = evil;
  d.fields = {{"X-Note", evil}, {"Bcc: x\r\nY", "z"}, {"", "z"}, {"X Y", "z"}};
  auto octets = compose(d);
  BOOST_TEST(check_octets(octets) == "");
  BOOST_TEST(!find_header(octets, "Bcc"));
  BOOST_TEST(!find_header(octets, "Y"));
  BOOST_TEST(summarize(octets).message_id == "<m@x>");
  BOOST_TEST(find_header(octets, "X-Note").has_value());
}

BOOST_AUTO_TEST_CASE(long_values_are_folded_and_come_back_whole) {
  auto d = draft();
  std::string words, umlauts, word(3000, 'x'), spaces(3000, ' '), quotes(3000, '"');
  for (int i = 0; i < 300; ++i) words += "word" + std::to_string(i) + ' ', umlauts += "\xC3\xA4\xE2\x82\xAC";
  words.pop_back();
  for (auto const& subject : {words, umlauts, word, "a" + spaces + "b"}) {
    d.subject = subject;
    auto octets = compose(d);
    BOOST_TEST(check_octets(octets) == "");
    BOOST_TEST(summarize(octets).subject == subject);
  }
  for (auto const& name : {words, umlauts, word, quotes}) {
    d.from.name = name;
    auto octets = compose(d);
    BOOST_TEST(check_octets(octets) == "");
    BOOST_TEST(summarize(octets).from.at(0).name == name);
  }
  d.from.mailbox = d.from.host = word;
  d.text = word + word;
  auto octets = compose(d);
  BOOST_TEST(check_octets(octets) == "");
  BOOST_TEST(body_of(octets) == d.text + "\r\n");
}

BOOST_AUTO_TEST_CASE(encoded_words_obey_their_length) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += i % 3 ? "\xC3\xA4" : "a b";
  auto value = encode_header(text, 9);
  std::size_t begin = 0, column = 9;
  while (begin < value.size()) {
    auto end = std::min(value.find("\r\n", begin), value.size());
    BOOST_TEST(column + end - begin <= 76u);
    column = 0;
    begin = end + 2;
  }
  BOOST_TEST(decode_header(value) == text);
  BOOST_TEST(encode_header("looks =?like?= one").starts_with("=?utf-8?"));
}

namespace {
DsnReport report() {
  DsnReport r;
  r.from = {"Mail system", "postmaster", "example.test"};
  r.to = "ann@x.test";
  r.reporting_mta = "mc.example.test";
  r.envelope_id = "QQ314159";
  r.arrival = noon;
  r.date = noon;
  DsnRecipient one;
  one.final_recipient = "bob@ext.test";
  one.original_recipient = "rfc822;bob@old.test";
  one.status = "5.1.1";
  one.diagnostic = "550 5.1.1 No such\r\nuser here";
  one.remote_mta = "mx.ext.test";
  DsnRecipient two;
  two.final_recipient = "j\xC3\xBC@ext.test";
  two.action = DsnAction::delayed;
  two.status = "4.4.1";
  two.will_retry_until = noon + std::chrono::hours(24);
  r.recipients = {one, two};
  r.message = "Subject: the mail\r\nX: \xC3\xA4\r\n\r\nbody \xC3\xA4\r\n";
  return r;
}
}  // namespace

BOOST_AUTO_TEST_CASE(a_delivery_report_has_its_three_parts) {
  auto octets = compose_delivery_status(report());
  BOOST_TEST(check_octets(octets) == "");
  auto made = summarize(octets);
  BOOST_TEST(test::check_summary(octets, made) == "");
  BOOST_TEST(made.report);
  BOOST_TEST(made.auto_submitted == "auto-replied");
  BOOST_TEST(made.to.at(0).spec() == "ann@x.test");
  BOOST_REQUIRE(made.parts.size() == 4u);
  BOOST_TEST(made.parts[2].subtype == "delivery-status");
  BOOST_TEST(slice(octets, made.parts[2].body()) ==
             "Original-Envelope-Id: QQ314159\r\nReporting-MTA: dns; mc.example.test\r\n"
             "Arrival-Date: Mon, 23 Nov 2026 12:00:00 +0000\r\n\r\n"
             "Original-Recipient: rfc822;bob@old.test\r\nFinal-Recipient: rfc822; bob@ext.test\r\n"
             "Action: failed\r\nStatus: 5.1.1\r\nRemote-MTA: dns; mx.ext.test\r\n"
             "Diagnostic-Code: smtp; 550 5.1.1 No such  user here\r\n\r\n"
             "Final-Recipient: utf-8; j\\x{FC}@ext.test\r\nAction: delayed\r\nStatus: 4.4.1\r\n"
             "Will-Retry-Until: Tue, 24 Nov 2026 12:00:00 +0000\r\n");
  BOOST_TEST(made.parts[3].subtype == "rfc822-headers");
  BOOST_TEST(*decode_transfer(slice(octets, made.parts[3].body()), made.parts[3].encoding) ==
             "Subject: the mail\r\nX: \xC3\xA4\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(the_full_message_goes_back_if_asked_and_if_it_can) {
  auto r = report();
  r.ret = DsnReturn::full;
  auto octets = compose_delivery_status(r);
  BOOST_TEST(check_octets(octets, false) == "");
  auto made = summarize(octets);
  BOOST_REQUIRE(made.parts.size() == 5u);
  BOOST_CHECK(made.parts[3].kind == PartKind::message);
  BOOST_TEST(slice(octets, made.parts[3].body()) == r.message);
  auto wild = "Subject: x\r\n\r\n" + std::string(2000, 'x');
  r.message = wild;
  auto fallback = compose_delivery_status(r);
  BOOST_TEST(check_octets(fallback) == "");
  BOOST_TEST(summarize(fallback).parts.at(3).subtype == "rfc822-headers");
}

BOOST_AUTO_TEST_SUITE_END()
