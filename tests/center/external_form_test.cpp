#include "center/external_form.h"

#include <random>

#include "center/external_header.h"
#include "center/footer.h"
#include "center/queue.h"
#include "core/text.h"
#include "fixture.h"
#include "mail/headers.h"

namespace mc::center {
namespace {

ExternalFacts facts(std::string_view prefix = {}, bool automatic = false) {
  return {"example.test", "notifications", prefix, "t:alerts:1:example.test", "<given@mc>", noon, automatic};
}

// The header as it leaves, without the prefix.
std::string edited(std::string const& header, ExternalFacts const& about) {
  ExternalHeader const edit = edit_header(header, about);
  std::string out = edit.added;
  for (mail::Range kept : edit.kept) out += mail::slice(header, kept);
  return out + (edit.needs_line_end ? "\r\n" : "");
}

std::string const dated = "Date: Mon, 23 Nov 2026 11:59:00 +0000\r\nMessage-ID: <m@x>\r\n";
std::string const ours = "From: Market <noreply@example.test>\r\n";

bool has(std::string const& text, std::string_view part) { return text.find(part) != std::string::npos; }

BOOST_AUTO_TEST_CASE(there_is_one_from_and_it_is_ours) {
  struct Row {
    std::string header, expected;  // From and Reply-To as they leave
  };
  Row const rows[] = {
      {"From: Market <noreply@example.test>\r\n", "From: Market <noreply@example.test>\r\n"},
      {"From: noreply@EXAMPLE.test\r\n", "From: noreply@EXAMPLE.test\r\n"},
      {"From: Bob <bob@ext.test>\r\n", "From: Bob <notifications@example.test>\r\nReply-To: Bob <bob@ext.test>\r\n"},
      {"From: Bob <bob@ext.test>\r\nReply-To: desk@ext.test\r\n",
       "From: Bob <notifications@example.test>\r\nReply-To: desk@ext.test\r\n"},
      {"From: bob@ext.test\r\n",
       "From: Message Center <notifications@example.test>\r\nReply-To: bob@ext.test\r\n"},
      {"From: \"boss@bank.test\" <bob@ext.test>\r\n",
       "From: Message Center <notifications@example.test>\r\nReply-To: \"boss@bank.test\" <bob@ext.test>\r\n"},
      {"From: a@example.test, b@example.test\r\n",
       "From: Message Center <notifications@example.test>\r\nReply-To: a@example.test, b@example.test\r\n"},
      {"From: a@example.test\r\nFrom: b@ext.test\r\n",
       "From: Message Center <notifications@example.test>\r\nReply-To: a@example.test, b@ext.test\r\n"},
      {"From: A <a@ext.test>\r\nFrom: b@1\r\nFrom: b@2\r\nFrom: b@3\r\nFrom: b@4\r\nFrom: b@5\r\n",
       "From: A <notifications@example.test>\r\nReply-To: A <a@ext.test>, b@1, b@2, b@3, b@4\r\n"},
      {"", "From: Message Center <notifications@example.test>\r\n"},
      {"From: nobody\r\n", "From: Message Center <notifications@example.test>\r\n"},
      {"From: x@example.test.evil.test\r\n",
       "From: Message Center <notifications@example.test>\r\nReply-To: x@example.test.evil.test\r\n"},
      {"From: =?utf-8?q?J=C3=BCrgen?= <j@ext.test>\r\nReply-To: \r\n",
       "From: =?UTF-8?Q?J=C3=BCrgen?= <notifications@example.test>\r\nReply-To: =?UTF-8?Q?J=C3=BCrgen?= <j@ext.test>\r\n"},
  };
  for (Row const& row : rows)
    BOOST_TEST_CONTEXT(row.header) {
      std::string const out = edited(row.header + dated + "\r\n", facts());
      std::vector<std::string> const names{"From", "Reply-To"};
      std::string found = mail::header_fields(out, names, mail::FieldChoice::pick);
      found.resize(found.size() - 2);
      BOOST_TEST(to_lower(found) == to_lower(row.expected));
    }
}

BOOST_AUTO_TEST_CASE(sender_and_the_authors_signature_go_with_a_foreign_from) {
  std::string const more = "Sender: s@ext.test\r\nDKIM-Signature: v=1\r\n" + dated + "\r\n";
  BOOST_TEST(has(edited(ours + more, facts()), "Sender: s@ext.test\r\nDKIM-Signature: v=1\r\n"));
  BOOST_TEST(edit_header(ours + more, facts()).signed_by_author);
  std::string const out = edited("From: b@ext.test\r\n" + more, facts());
  BOOST_TEST(!has(out, "Sender:"));
  BOOST_TEST(!has(out, "DKIM-Signature:"));
  BOOST_TEST(!edit_header("From: b@ext.test\r\n" + more, facts()).signed_by_author);
}

BOOST_AUTO_TEST_CASE(what_is_missing_is_added_and_what_cannot_be_read_replaced) {
  std::string const out = edited(ours + "Date: yesterday\r\nMessage-ID: none\r\n\r\n", facts({}, true));
  BOOST_TEST(out == "Feedback-ID: t:alerts:1:example.test\r\nAuto-Submitted: auto-generated\r\n"
                    "Date: Mon, 23 Nov 2026 12:00:00 +0000\r\nMessage-ID: <given@mc>\r\n" + ours);
  BOOST_TEST(!has(edited(ours + dated + "\r\n", facts()), "Auto-Submitted"));
  BOOST_TEST(has(edited(ours + "Auto-Submitted: no\r\n" + dated + "\r\n", facts({}, true)), "\r\nAuto-Submitted: no\r\n"));
  BOOST_TEST(!has(edited(ours + "Auto-Submitted: no\r\n" + dated + "\r\n", facts({}, true)), "auto-generated"));
}

BOOST_AUTO_TEST_CASE(what_is_nobodys_business_outside_stays_here) {
  std::string const kept = "Subject: a\r\n b\r\nX-Other: 1\r\nReceived: r1\r\nReceived: r2\r\n";
  std::string const gone = "Bcc: x@y\r\nRESENT-BCC: x@y\r\nReturn-Path: <x@y>\r\nDelivered-To: x@y\r\nX-MC-Event-Id: e\r\n"
                           "X-MC-Amount: 1 USD\r\nX-Mc-Time: t\r\nX-MC-Whatever: w\r\nDisposition-Notification-To: x@y\r\n"
                           "Feedback-ID: theirs\r\nno field\r\nBad Name: x\r\n: x\r\nX-Nul: a\0b\r\nX-Cr: a\rBcc: b\r\n";
  std::string const nul = "X-Nul: a" + std::string(1, '\0') + "b\r\n";
  std::string const out = edited(ours + gone + nul + kept + dated + "\r\n", facts());
  BOOST_TEST(out == "Feedback-ID: t:alerts:1:example.test\r\n" + ours + kept + dated);
}

BOOST_AUTO_TEST_CASE(a_field_that_may_stand_once_stands_once_and_ours_wins) {
  std::string const header = ours + dated + "Subject: one\r\nSubject: two\r\nTo: a@b\r\nTo: c@d\r\nList-Id: theirs\r\n"
                             "X-MC-Type: forged\r\nReceived: r\r\nList-Unsubscribe: <x>\r\n\r\n";
  std::string const out = edited(header, facts("Received: us\r\nX-MC-Type: t\r\nList-Id: l\r\n"));
  BOOST_TEST(out == "Feedback-ID: t:alerts:1:example.test\r\n" + ours + dated +
                        "Subject: one\r\nTo: a@b\r\nReceived: r\r\nList-Unsubscribe: <x>\r\n");
  BOOST_TEST(has(edited(ours + dated + "X-MC-Type: digest\r\nX-MC-Why: w\r\nX-MC-Type: x\r\n\r\n", facts()),
                 "X-MC-Type: digest\r\nX-MC-Why: w\r\n"));
}

BOOST_AUTO_TEST_CASE(a_header_that_ends_in_the_middle_of_a_line_is_ended) {
  BOOST_TEST(has(edited(ours + dated + "Subject: x", facts()), "Subject: x\r\n"));
  BOOST_TEST(edited("", facts()) == edited("\r\n", facts()));
}

// --- whole forms

std::string const footer_policy = "format = 1\n[type]\n\"a.b\" = { tab = \"alerts\", label = \"AB\", unsubscribe = true, footer = "
                                  "\"Sent by us. \xC3\xBC\\nNo more: {unsubscribe}\\nSettings: {settings}\" }\n"
                                  "\"a.c\" = { tab = \"updates\", label = \"AC\", footer = \"Plain words.\" }\n"
                                  "\"user.message\" = { tab = \"inbox\", label = \"UM\" }\n";

struct FormFixture : CenterFixture {
  Outbox outbox{context};

  FormFixture() {
    context.settings.web_url = "https://mc.example.test";
    policy.swap(install(footer_policy));
  }

  void deliver(std::string octets) {
    for (auto const& result : accept(from_platform({"jane@example.test"}), std::move(octets)))
      BOOST_REQUIRE_MESSAGE(result.has_value(), (result ? std::string() : result.error().text));
  }
  // What leaves of the newest, by chunks of 7,000 octets.
  std::string leaves() {
    clock.advance(std::chrono::hours(1));
    std::string out;
    for (OutgoingMail const& mail : outbox.take_due(100)) {
      out.clear();
      for (std::string piece = outbox.content(mail.id, 0, 7000); !piece.empty(); piece = outbox.content(mail.id, out.size(), 7000))
        out += piece;
      BOOST_TEST(mail.size == out.size());
    }
    return out;
  }
  std::string sent(std::string octets) {
    deliver(std::move(octets));
    return leaves();
  }
};

std::string typed(std::string type, std::string rest) { return ours + dated + "X-MC-Type: " + std::move(type) + "\r\nMIME-Version: 1.0\r\n" + std::move(rest); }

BOOST_FIXTURE_TEST_CASE(the_copy_that_leaves_has_its_header_and_the_stored_one_is_untouched, FormFixture) {
  std::string const octets = "From: Bob <bob@ext.test>\r\nX-MC-Type: a.c\r\nX-MC-Event-Id: e1\r\nBcc: x@y\r\nSubject: s\r\n\r\nHi\r\n";
  std::string const out = sent(octets);
  BOOST_TEST(has(out, "From: Bob <notifications@example.test>\r\n"));
  BOOST_TEST(has(out, "Feedback-ID: a.c:updates:" + to_string(policy.get().version) + ":example.test\r\n"));
  BOOST_TEST(has(out, "Auto-Submitted: auto-generated\r\n"));
  BOOST_TEST(has(out, "\r\nX-MC-Type: a.c\r\nX-MC-Why: type default\r\nList-Id: AC <a-c.updates.example.test>\r\n"));
  BOOST_TEST(has(out, "\r\nMessage-ID: <"));
  BOOST_TEST(!has(out, "Bcc:"));
  BOOST_TEST(!has(out, "Event-Id"));
  BOOST_TEST(out.ends_with("\r\nSubject: s\r\n\r\nHi\r\n\r\nPlain words.\r\n"));
  auto const folder_copy = folder(jane, store::MailboxKind::updates);
  BOOST_REQUIRE_EQUAL(folder_copy.size(), 1u);
  BOOST_TEST(folder_copy[0].ends_with(octets));
}

BOOST_FIXTURE_TEST_CASE(the_message_id_that_is_added_is_the_same_at_every_attempt, FormFixture) {
  deliver("From: a@example.test\r\nX-MC-Type: a.c\r\n\r\nHi\r\n");
  auto once = [&] {
    clock.advance(std::chrono::minutes(1));
    auto mails = outbox.take_due(1);
    BOOST_REQUIRE_EQUAL(mails.size(), 1u);
    std::string const all = outbox.content(mails[0].id, 0, 100'000);
    outbox.release(mails[0].id);
    return all;
  };
  std::string const first = once();
  BOOST_TEST(first == once());
}

BOOST_FIXTURE_TEST_CASE(what_a_person_wrote_is_not_called_automatic, FormFixture) {
  Envelope envelope = from_platform({"jane@example.test"});
  envelope.submitter.kind = SubmitterKind::user;
  envelope.submitter.name = "bob";
  envelope.submitter.user = bob;
  envelope.reverse_path = "bob@example.test";
  auto results = accept(std::move(envelope), "From: bob@example.test\r\nTo: jane@example.test\r\n\r\nHi Jane\r\n");
  BOOST_REQUIRE(results[0].has_value());
  std::string const out = leaves();
  auto const from = mail::decode_addresses(*mail::find_header(out, "From"));
  BOOST_REQUIRE_EQUAL(from.size(), 1u);
  BOOST_TEST(from[0].host == "example.test");
  BOOST_TEST(has(out, "Hi Jane"));
  BOOST_TEST(!has(out, "Auto-Submitted"));
}

BOOST_FIXTURE_TEST_CASE(a_footer_with_the_links_of_this_copy, FormFixture) {
  std::string out = sent(typed("a.b", "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nHi\r\n"));
  auto const from = out.find("<https://mc.example.test/unsubscribe/") + 1;
  std::string const link = out.substr(from, out.find('>', from) - from);
  BOOST_TEST(link.size() == 62u);
  BOOST_TEST(out.ends_with("\r\n\r\nHi\r\n\r\nSent by us. \xC3\xBC\r\nNo more: " + link + "\r\n"));
  context.settings.settings_url = "https://market.test/settings";
  out = sent(typed("a.b", "Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nHi=\r\n"));
  BOOST_TEST(has(out, "\r\n\r\nHi=\r\n\r\n\r\nSent by us. =FC\r\nNo more: https://"));
  BOOST_TEST(out.ends_with("Settings: https://market.test/settings\r\n"));
}

BOOST_FIXTURE_TEST_CASE(where_the_footer_goes_and_where_not, FormFixture) {
  std::string const plain = "Content-Type: text/plain\r\n\r\nHi\r\n", page = "Content-Type: text/html\r\n\r\n<b>Hi</b></body>\r\n";
  auto multipart = [](std::string const& kind, std::vector<std::string> const& parts) {
    std::string out = "Content-Type: multipart/" + kind + "; boundary=" + kind + "x\r\n\r\n";
    for (std::string const& part : parts) out += "--" + kind + "x\r\n" + part;
    return out + "--" + kind + "x--\r\n";
  };
  std::string const file = "Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n";
  std::string const both = multipart("alternative", {plain, page});
  std::string const words = "Hi\r\n\r\nPlain words.\r\n--", html = "<b>Hi</b>\r\n<div ";
  struct Row {
    std::string rest;
    bool in_plain, in_html;
  };
  Row const rows[] = {
      {both, true, true},
      {multipart("mixed", {plain, file}), true, false},
      {multipart("mixed", {both, file}), true, true},
      {multipart("related", {page, file}), false, true},
      {multipart("alternative", {plain, multipart("related", {page, file})}), true, true},
      {multipart("mixed", {file, plain}), false, false},
      {multipart("signed", {plain, "Content-Type: application/pgp-signature\r\n\r\nx\r\n"}), false, false},
      {multipart("mixed", {plain, multipart("signed", {plain, file})}), false, false},
      {multipart("encrypted", {"Content-Type: application/pgp-encrypted\r\n\r\nx\r\n", plain}), false, false},
      {multipart("report", {plain, file}), false, false},
      {multipart("mixed", {"Content-Type: message/rfc822\r\n\r\n" + ours + plain}), false, false},
      {multipart("mixed", {"Content-Disposition: attachment\r\n" + plain}), false, false},
      {multipart("mixed", {"Content-MD5: x\r\n" + plain}), false, false},
      {multipart("mixed", {"Content-Type: text/plain\r\n\r\n-----BEGIN PGP SIGNED MESSAGE-----\r\nHi\r\n", file}), false, false},
      {multipart("mixed", {"Content-Type: text/calendar\r\n\r\nHi\r\n"}), false, false},
      {"DKIM-Signature: v=1\r\n" + both, false, false},
      {"Content-Type: application/pkcs7-mime\r\n\r\nAAAA\r\n", false, false},
      {"Content-Type: text/plain\r\nContent-Transfer-Encoding: x-strange\r\n\r\nHi\r\n--", false, false},
      {"Content-Type: text/plain\r\n\r\n" + std::string(600 << 10, 'x'), false, false},
  };
  for (Row const& row : rows)
    BOOST_TEST_CONTEXT(row.rest.substr(0, 400)) {
      std::string const out = sent(typed("a.c", row.rest));
      BOOST_TEST(has(out, words) == row.in_plain);
      BOOST_TEST(has(out, html) == row.in_html);
      BOOST_TEST(has(out, "Plain words.") == (row.in_plain || row.in_html));
    }
}

BOOST_FIXTURE_TEST_CASE(an_8bit_footer_makes_the_mail_8bit, FormFixture) {
  deliver(typed("a.b", "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nHi\r\n"));
  auto const mails = outbox.take_due(1);
  BOOST_REQUIRE_EQUAL(mails.size(), 1u);
  BOOST_TEST(mails[0].eight_bit);
}

BOOST_FIXTURE_TEST_CASE(a_header_beyond_a_mebibyte_leaves_only_its_beginning, FormFixture) {
  std::string header = ours + dated + "X-MC-Type: a.c\r\n";
  for (int i = 0; i < 1500; ++i) header += "X-Long: " + std::string(900, 'x') + "\r\n " + std::to_string(i) + "\r\n";
  std::string const out = sent(header + "Bcc: x@y\r\n\r\nHi\r\n");
  BOOST_TEST(out.size() < (1u << 20) + 4000);
  BOOST_TEST(out.size() > (1u << 20) - 4000);
  BOOST_TEST(!has(out, "Bcc"));
  BOOST_TEST(has(out, "\r\n\r\nHi\r\n"));
}

BOOST_FIXTURE_TEST_CASE(sealing_puts_lines_of_the_signer_first_once, FormFixture) {
  std::string signed_octets;
  int times = 0;
  outbox.set_signer([&](OctetSource const& source) {
    ++times;
    for (std::string piece = source(0, 5); !piece.empty(); piece = source(signed_octets.size(), 5)) signed_octets += piece;
    return std::string("Signature: s\r\n");
  });
  deliver(typed("a.c", "\r\nHi\r\n"));
  auto mails = outbox.take_due(1);
  BOOST_REQUIRE_EQUAL(mails.size(), 1u);
  for (int i = 0; i < 2; ++i) {
    boost::asio::co_spawn(io, outbox.seal(mails[0]), [](std::exception_ptr fault) { BOOST_TEST(!fault); });
    io.restart();
    io.run();
  }
  BOOST_TEST(times == 1);
  std::string const out = outbox.content(mails[0].id, 0, 100'000);
  BOOST_TEST(out == "Signature: s\r\n" + signed_octets);
  BOOST_TEST(mails[0].size == out.size());
}

BOOST_FIXTURE_TEST_CASE(an_entry_dropped_while_it_is_sent_has_no_content, FormFixture) {
  deliver(typed("a.c", "\r\nHi\r\n"));
  auto const mails = outbox.take_due(1);
  auto done = store->write_and_wait([&](store::Transaction& tx) { return drop_queued(context, tx, mails[0].id); });
  BOOST_REQUIRE(done.has_value());
  BOOST_TEST(outbox.content(mails[0].id, 0, 100).empty());
}

// Whatever the message, read in whatever slices, it is the same; and what must not leave does not.
BOOST_FIXTURE_TEST_CASE(any_message_read_in_any_slices_is_one_whole, FormFixture) {
  std::mt19937 random(11);
  auto any = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  std::vector<std::string> const lines{
      "From: Bob <bob@ext.test>\r\n", ours, "Bcc: secret@x\r\n", "X-MC-Event-Id: secret\r\n", "Subject: x\n", "Subject: y\r\n z\r\n",
      "Content-Type: multipart/mixed; boundary=b\r\n", "Content-Type: multipart/alternative; boundary=b\r\n", "Content-Type: text/html\r\n",
      "Content-Transfer-Encoding: base64\r\n", "Content-Transfer-Encoding: quoted-printable\r\n", "junk\r\n", "\r\n", "--b\r\n", "--b--\r\n",
      "text =3D =\r\n", "SGkNCg==\r\n", "</body>\r\n", dated, std::string("X: \0\r\n", 6), "DKIM-Signature: x\r\n"};
  for (int round = 0; round < 300; ++round) {
    std::string octets = "X-MC-Type: a.c\r\nX-MC-Event-Id: secret" + std::to_string(round) + "\r\n";
    for (auto n = any(25); n > 0; --n) octets += lines[any(lines.size())];
    deliver(octets);
    clock.advance(std::chrono::hours(1));
    for (OutgoingMail const& mail : outbox.take_due(10)) {
      std::string whole = outbox.content(mail.id, 0, 1 << 20), sliced;
      while (true) {
        std::string const piece = outbox.content(mail.id, sliced.size(), 1 + any(40));
        if (piece.empty()) break;
        sliced += piece;
      }
      BOOST_TEST(sliced == whole);
      BOOST_TEST(mail.size == whole.size());
      auto const at = any(whole.size());
      BOOST_TEST(outbox.content(mail.id, at, 10) == whole.substr(at, 10));
      BOOST_TEST(outbox.content(mail.id, whole.size() + any(9), 10).empty());
      std::string const header = whole.substr(0, mail::header_end(whole));
      BOOST_TEST(mail::find_headers(header, "From").size() == 1u);
      BOOST_TEST(mail::find_headers(header, "Date").size() == 1u);
      BOOST_TEST(mail::find_headers(header, "Message-ID").size() == 1u);
      BOOST_TEST(mail::find_headers(header, "Subject").size() <= 1u);
      BOOST_TEST(!has(header, "secret"));
      outbox.release(mail.id);
      auto dropped = store->write_and_wait([&](store::Transaction& tx) { return drop_queued(context, tx, mail.id); });
      BOOST_REQUIRE(dropped.has_value());
    }
  }
}

}  // namespace
}  // namespace mc::center
