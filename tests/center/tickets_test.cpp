#include "center/tickets.h"

#include "core/text.h"
#include "mail/decode.h"
#include "mail/headers.h"
#include "store/retention.h"
#include "tests/center/ticket_fixture.h"

using namespace mc;
using namespace mc::center;
using Kind = store::TicketEntry::Kind;
using store::TicketStatus;

namespace mc::store {
std::ostream& operator<<(std::ostream& out, TicketStatus status) { return out << to_string(status); }
}  // namespace mc::store

BOOST_AUTO_TEST_SUITE(tickets)

namespace {

bool has(std::string const& text, std::string_view part) { return text.find(part) != std::string::npos; }
std::string error(Result<Delivered> const& result) { return result ? "accepted: " + result->text : result.error().text; }

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_users_mail_from_elsewhere_opens_a_ticket, TicketFixture) {
  auto done = outside(janes());
  BOOST_REQUIRE_MESSAGE(done.has_value(), error(done));
  BOOST_TEST(done->text == "Opened T-1");
  store::Ticket const t = ticket();
  BOOST_TEST((t.subject == "Where is my money?" && t.status == TicketStatus::open && !t.assignee && t.entries == 1u));
  BOOST_TEST((t.participants.size() == 1u && t.participants[0].user == jane && t.participants[0].accepted));
  BOOST_TEST((t.answer_due == noon + std::chrono::hours(8)));
  BOOST_TEST(at(DeskPlace::unassigned) == 1u);
  auto const mine = janes_tickets();
  BOOST_REQUIRE(mine.size() == 2u);  // her own, and the acknowledgement
  BOOST_TEST(mine[0].ends_with(janes().write()));
  BOOST_TEST(has(mine[1], "Subject: [T-1] Where is my money?"));
  BOOST_TEST(has(mine[1], "Auto-Submitted: auto-replied"));
  BOOST_TEST(field(mine[1], "In-Reply-To") == "<j1@ext.test>");
  BOOST_TEST(has(field(mine[1], "From"), "support@example.test"));
  BOOST_TEST(field(mine[1], "X-MC-Type") == "ticket.opened");
  BOOST_TEST(queue().size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(the_agents_copy_ends_with_the_octets_received, TicketFixture) {
  Mail mail = janes();
  mail.more = "X-MC-Certainty: A3\r\n";
  mail.subject = "\x1b$B$3$s\x1b(B";  // ISO-2022-JP that says nothing of it
  mail.body = "\x1b$B$3$s$K$A$O\x1b(B\r\n\xff\xfe raw\r\n";
  BOOST_TEST(outside(mail).has_value());
  std::string const copy = on_desk(1);
  BOOST_TEST(copy.ends_with(mail.body));
  BOOST_TEST(has(copy, "Subject: " + mail.subject + "\r\n"));
  BOOST_TEST(field(copy, "X-MC-Certainty") == "A0");
  BOOST_TEST(field(copy, "X-MC-Ticket") == "T-1");
  BOOST_TEST(field(copy, "X-MC-Requester") == "Jane Doe (jane)");
  BOOST_TEST(reply_to(copy).starts_with("t-"));
  std::string raw;
  store->read([&](store::Snapshot const& s) { return store::read_received(s, entries()[0].raw, raw), 0; });
  BOOST_TEST(raw == mail.write());
}

BOOST_FIXTURE_TEST_CASE(replies_of_agents_are_led_nowhere_else, TicketFixture) {
  Mail mail = janes();
  mail.more = "Reply-To: trap@evil.test\r\nMail-Followup-To: trap@evil.test\r\nDisposition-Notification-To: trap@evil.test\r\nX-Kept: yes\r\n";
  BOOST_TEST(outside(mail).has_value());
  std::string const copy = on_desk(1);
  BOOST_TEST(!has(copy, "trap@"));
  BOOST_TEST(mail::find_headers(copy, "Reply-To").size() == 1u);
  BOOST_TEST(field(copy, "X-Kept") == "yes");
  BOOST_TEST(has(janes_tickets()[0], "Reply-To: trap@evil.test"));  // her own is as she wrote it
}

BOOST_FIXTURE_TEST_CASE(a_refused_mail_leaves_nothing_behind_for_the_recipients_that_are_taken, TicketFixture) {
  open_by_jane();
  Mail mail;
  mail.from = "ana@example.test";
  mail.body = "#sloved\r\n";
  auto replies = accept(logged_in(ana, {reply_to(on_desk(1)), "bob@example.test"}), mail.write());
  BOOST_TEST((!replies[0].has_value() && replies[1].has_value()));
  BOOST_TEST((entries().size() == 1u && ticket().status == TicketStatus::open));
}

BOOST_FIXTURE_TEST_CASE(submission_opens_one_too_and_is_certain, TicketFixture) {
  Mail mail;
  mail.id = "<s1@ext.test>";
  BOOST_TEST(submit(jane, mail).has_value());
  BOOST_TEST(field(on_desk(1), "X-MC-Certainty") == "A3");
  BOOST_TEST((ticket().participants[0].user == jane));
}

BOOST_FIXTURE_TEST_CASE(an_answer_reaches_the_requester_without_the_agents_address, TicketFixture) {
  open_by_jane();
  auto done = answer(ana, "It is on its way.\r\n", 1, "User-Agent: AnaMail\r\nX-Originating-IP: 10.9.8.7\r\n");
  BOOST_REQUIRE_MESSAGE(done.has_value(), error(done));
  auto const mine = janes_tickets();
  BOOST_REQUIRE(mine.size() == 3u);
  std::string const& got = mine[2];
  for (std::string_view part : {"ana@", "AnaMail", "10.9.8.7", "agent.test", "ana "}) BOOST_TEST(!has(got, part), part);
  BOOST_TEST(has(field(got, "From"), "<support@example.test>"));
  BOOST_TEST(has(field(got, "To"), "jane@example.test"));
  BOOST_TEST(field(got, "Subject") == "Re: [T-1] Where is my money?");
  BOOST_TEST(field(got, "In-Reply-To") == "<j1@ext.test>");
  BOOST_TEST(reply_to(got).starts_with("t-"));
  BOOST_TEST(got.ends_with("\r\n\r\nIt is on its way.\r\n"));
  BOOST_TEST(queue().size() == 2u);
  BOOST_TEST(!has(external(queue()[1]), "ana@"));
  store::Ticket const t = ticket();
  BOOST_TEST((t.status == TicketStatus::waiting && t.assignee == ana && t.first_answer == noon));
  BOOST_TEST(at(DeskPlace::waiting) == 3u);  // her mail, the answer, the note of what changed
  BOOST_TEST(at(DeskPlace::unassigned) == 0u);
}

BOOST_FIXTURE_TEST_CASE(a_reply_by_token_alone_finds_its_ticket_in_any_case, TicketFixture) {
  open_by_jane();
  BOOST_REQUIRE(answer(ana, "Which payment?\r\n").has_value());
  std::string token = reply_to(janes_tickets()[2]);
  token[4] = static_cast<char>(std::toupper(token[4]));
  BOOST_TEST(jane_replies(token).has_value());
  BOOST_TEST(tickets() == 1u);
  auto const entry = last(Kind::message);
  BOOST_TEST((entry.author == jane && entry.certainty == static_cast<unsigned char>(Certainty::a1)));
  BOOST_TEST(ticket().status == TicketStatus::open);
  BOOST_TEST(at(DeskPlace::mine, ana) == 5u);
  BOOST_TEST(janes_tickets().size() == 4u);  // her own reply
}

BOOST_FIXTURE_TEST_CASE(by_message_id_or_by_tag_only_who_takes_part, TicketFixture) {
  open_by_jane();
  UserId const carl = add("carl", "carl@ext.test", store::Role::user);
  Mail by_id = janes("<j2@ext.test>");
  by_id.in_reply_to = field(janes_tickets()[1], "Message-ID");
  BOOST_TEST(outside(by_id).value().text == "Added to T-1");
  BOOST_TEST(last(Kind::message).certainty == static_cast<unsigned char>(Certainty::a1));
  Mail by_tag = janes("<j3@ext.test>");
  by_tag.subject = "AW: [t-1] whatever";
  BOOST_TEST(outside(by_tag).value().text == "Added to T-1");
  BOOST_TEST(last(Kind::message).certainty == static_cast<unsigned char>(Certainty::a0));
  by_tag.id = "<c1@ext.test>";
  BOOST_TEST(submit(carl, by_tag).value().text == "Opened T-2");
  by_id.id = "<c2@ext.test>";
  BOOST_TEST(submit(carl, by_id).value().text == "Opened T-3");
  BOOST_TEST(ticket(2).subject == "whatever");
}

BOOST_FIXTURE_TEST_CASE(strangers_are_refused_unless_the_config_allows_them, TicketFixture) {
  Mail mail = janes();
  mail.from = "carol@else.test";
  auto refused = outside(mail);
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST((refused.error().code == Errc::forbidden && refused.error().text.starts_with("5.7.1 ")));
  context.settings.strangers = true;
  BOOST_TEST(outside(mail).value().text == "Opened T-1");
  BOOST_TEST((!ticket().participants[0].user && ticket().participants[0].address == "carol@else.test"));
  BOOST_REQUIRE(queue().size() == 1u);
  BOOST_TEST(queue()[0].recipient == "carol@else.test");
  std::string const token = reply_to(external(queue()[0]));
  BOOST_TEST(jane_replies(token, "More.\r\n", "carol@else.test").value().text == "Added to T-1");
  BOOST_REQUIRE(answer(bert, "Hello.\r\n").has_value());
  BOOST_REQUIRE(queue().size() == 2u);
  std::string const got = external(queue()[1]);
  BOOST_TEST(!has(got, "bert"));
  BOOST_TEST(field(got, "In-Reply-To") == "<j1@ext.test>");
  // Another stranger with his token is held.
  BOOST_TEST(jane_replies(token, "Me too.\r\n", "mallory@evil.test").value().text == "Kept for support to look at");
}

BOOST_FIXTURE_TEST_CASE(a_stranger_whose_name_others_used_is_not_answered, TicketFixture) {
  context.settings.strangers = true;
  Mail mail = janes();
  mail.from = "carol@else.test";
  BOOST_TEST(outside(mail, {"support@example.test"}, "spam@evil.test").has_value());
  BOOST_TEST(tickets() == 1u);
  BOOST_TEST(queue().empty());
}

BOOST_FIXTURE_TEST_CASE(nobody_in_From_is_refused, TicketFixture) {
  context.settings.strangers = true;
  for (std::string from : {"", "a@x.test, b@x.test, c@x.test", "Group: a@x.test, b@x.test;", "undisclosed:;", "nohost", "ana@example.test"}) {
    Mail mail = janes();
    mail.from = from;
    auto refused = outside(mail);
    BOOST_TEST(!refused.has_value(), from);
    if (!refused) BOOST_TEST(refused.error().text.starts_with("5.7.1 "), from);
  }
  BOOST_TEST(tickets() == 0u);
}

BOOST_FIXTURE_TEST_CASE(a_forged_agent_is_never_public_and_never_the_agent, TicketFixture) {
  open_by_jane();
  for (std::string from : {"ana@example.test", "ana@home.test"}) {
    Mail mail = janes("<f-" + from + ">");
    mail.from = "Ana <" + from + ">";
    mail.subject = "Re: [T-1] Where is my money?";
    mail.in_reply_to = field(janes_tickets()[1], "Message-ID");
    mail.body = "#solved\r\nSend your password.\r\n";
    BOOST_TEST(outside(mail).value().text == "Kept for support to look at");
    auto const entry = last(Kind::note);
    BOOST_TEST((!entry.by_agent && !entry.author && entry.author_address == from && entry.certainty == 0));
  }
  BOOST_TEST(janes_tickets().size() == 2u);
  BOOST_TEST(ticket().status == TicketStatus::open);
  BOOST_TEST(ticket().participants.size() == 1u);
  BOOST_TEST(has(events(), "did not come from who is named"));
  BOOST_TEST(!has(events(), "#accept"));
}

BOOST_FIXTURE_TEST_CASE(a_foreign_hand_on_a_token_is_held_until_accepted, TicketFixture) {
  open_by_jane();
  std::string const token = reply_to(janes_tickets()[1]);
  BOOST_TEST(jane_replies(token, "I am her lawyer.\r\n", "Carol <carol@law.test>").value().text == "Kept for support to look at");
  BOOST_TEST(ticket().participants.size() == 2u);
  BOOST_TEST(!ticket().participants[1].accepted);
  BOOST_TEST(has(events(), "#accept carol@law.test"));
  BOOST_TEST(janes_tickets().size() == 2u);
  BOOST_TEST(reply_to(on_desk(2)).starts_with("n-"));
  BOOST_TEST(field(on_desk(2), "X-MC-Certainty") == "A0");
  auto done = answer(ana, "#accept carol@law.test\r\nHello both.\r\n");
  BOOST_REQUIRE_MESSAGE(done.has_value(), error(done));
  BOOST_TEST(janes_tickets().size() == 3u);
  BOOST_TEST(queue().back().recipient == "carol@law.test");
  BOOST_TEST(!has(external(queue().back()), "#accept"));
  std::string const hers = reply_to(external(queue().back()));
  BOOST_TEST(jane_replies(hers, "Thanks.\r\n", "carol@law.test").value().text == "Added to T-1");
  std::string const got = janes_tickets().back();
  BOOST_TEST(!has(got.substr(0, got.find("\r\n\r\n")), "law.test>"));
  BOOST_TEST(has(field(got, "From"), "Carol <support@example.test>"));
}

BOOST_FIXTURE_TEST_CASE(an_agents_addresses_do_not_work_for_others, TicketFixture) {
  open_by_jane();
  BOOST_REQUIRE(answer(ana, "#note\r\nHm.\r\n").has_value());
  std::string const desk = reply_to(on_desk(1)), note = reply_to(on_desk(2));
  for (std::string const& address : {desk, note}) {
    BOOST_TEST(error(jane_replies(address)).starts_with("5.7.1 "));
    Mail mail;
    BOOST_TEST(error(submit(jane, mail, {address})).starts_with("5.7.1 "));
  }
  BOOST_TEST(entries().size() == 2u);
}

BOOST_FIXTURE_TEST_CASE(notes_and_replies_to_notes_are_internal, TicketFixture) {
  open_by_jane();
  BOOST_TEST(answer(ana, "#note\r\nShe is right.\r\n").value().text == "Noted on T-1, for agents only");
  BOOST_TEST(last(Kind::note).by_agent);
  BOOST_TEST(answer(bert, "I agree.\r\n", 2).value().text == "Noted on T-1, for agents only");
  Mail by_id;
  by_id.id = "<n3@agent.test>";
  by_id.in_reply_to = last(Kind::note).message_id;
  BOOST_TEST(submit(ana, by_id).value().text == "Noted on T-1, for agents only");
  // With an internal address among the recipients nothing is public, whatever comes first.
  Mail both;
  both.id = "<n4@agent.test>";
  BOOST_TEST(submit(ana, both, {reply_to(on_desk(1)), reply_to(on_desk(2))}).value().text == "Noted on T-1, for agents only");
  BOOST_TEST(janes_tickets().size() == 2u);
  BOOST_TEST(queue().size() == 1u);
  BOOST_TEST(ticket().status == TicketStatus::open);
  BOOST_TEST((ticket().first_answer == Time{}));
}

BOOST_FIXTURE_TEST_CASE(solved_alone_posts_nothing, TicketFixture) {
  open_by_jane();
  BOOST_TEST(answer(ana, "#solved\r\n\r\nOn Monday, Jane <support@example.test> wrote:\r\n> Please help.\r\n\r\n-- \r\nAna\r\n").value().text ==
             "Done; nothing was sent (T-1)");
  BOOST_TEST(ticket().status == TicketStatus::solved);
  BOOST_TEST((ticket().solved == noon && !ticket().assignee));
  BOOST_TEST(janes_tickets().size() == 2u);
  BOOST_TEST(at(DeskPlace::solved) == 2u);
  BOOST_TEST(events() == "ana: solved\n");
}

BOOST_FIXTURE_TEST_CASE(an_unknown_command_is_refused_with_the_list_and_nothing_is_done, TicketFixture) {
  open_by_jane();
  for (std::string body : {"#sloved\r\nBye.\r\n", "#solved\r\n#assign carl\r\n", "#assign jane\r\n", "#merge T-9\r\n", "#merge T-1\r\n",
                           "#accept nobody@x.test\r\n", "#priority huge\r\n", "#solved now\r\n", "#solved\r\n#open\r\n", "#\r\n"}) {
    auto refused = answer(ana, body);
    BOOST_TEST(!refused.has_value(), body);
    if (!refused) BOOST_TEST(refused.error().text.starts_with("5.5.4 "), body << refused.error().text);
  }
  BOOST_TEST(has(error(answer(ana, "#sloved\r\n")), "#solved"));
  BOOST_TEST(ticket().status == TicketStatus::open);
  BOOST_TEST(entries().size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(others_commands_are_text, TicketFixture) {
  open_by_jane();
  BOOST_TEST(jane_replies(reply_to(janes_tickets()[1]), "#solved\r\n").value().text == "Added to T-1");
  BOOST_TEST(ticket().status == TicketStatus::open);
  BOOST_TEST(on_desk(2).ends_with("#solved\r\n"));
}

BOOST_FIXTURE_TEST_CASE(commands_are_carried_out_and_taken_from_the_answer, TicketFixture) {
  open_by_jane();
  std::string const mime =
      "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n"
      "--m\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n"
      "--a\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
      "#assign BERT\r\n#priority urgent\r\n#solved\r\n\r\nSch=F6ne Gr=FC=DFe\r\n"
      "--a\r\nContent-Type: text/html\r\n\r\n<div>#assign BERT</div><div>#solved</div><p>Sch&ouml;ne</p>\r\n--a--\r\n"
      "--m\r\nContent-Type: application/pdf; name=x.pdf\r\nContent-Disposition: attachment; filename=x.pdf\r\n"
      "Content-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n--m--\r\n";
  auto const cut = mime.find("\r\n\r\n") + 2;
  auto done = answer(ana, mime.substr(cut + 2), 1, mime.substr(0, cut));
  BOOST_REQUIRE_MESSAGE(done.has_value(), error(done));
  store::Ticket const t = ticket();
  BOOST_TEST((t.assignee == bert && t.status == TicketStatus::solved && t.priority == store::TicketPriority::urgent));
  std::string const got = janes_tickets().back();
  for (std::string_view part : {"#assign", "#solved", "#priority", "text/html"}) BOOST_TEST(!has(got, part), part);
  BOOST_TEST(has(got, "Sch=C3=B6ne Gr=C3=BC=C3=9Fe"));
  BOOST_TEST(has(got, "Content-Type: application/pdf; name=x.pdf\r\n"));
  BOOST_TEST(has(got, "JVBERi0="));
  BOOST_TEST(events() == "ana: solved, assigned to bert, priority urgent\n");
  std::string raw;
  store->read([&](store::Snapshot const& s) { return store::read_received(s, last(Kind::message).raw, raw), 0; });
  BOOST_TEST(has(raw, "#assign BERT"));
}

BOOST_FIXTURE_TEST_CASE(who_answers_what_was_answered_meanwhile_is_told, TicketFixture) {
  open_by_jane();
  BOOST_REQUIRE(answer(bert, "On its way.\r\n").has_value());
  clock.advance(std::chrono::minutes(5));
  auto refused = answer(ana, "It is lost.\r\n");
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST(refused.error().text.starts_with("5.7.0 bert answered at 2026-11-23 12:00 UTC"));
  BOOST_TEST((refused.error().code == Errc::forbidden));
  BOOST_TEST(janes_tickets().size() == 3u);
  BOOST_TEST(answer(bert, "More from me.\r\n").has_value());
  BOOST_TEST(answer(ana, "#note\r\nHm.\r\n").has_value());
  BOOST_TEST(answer(ana, "#send\r\nIt is lost.\r\n").has_value());
  BOOST_TEST(janes_tickets().size() == 5u);
  BOOST_TEST(!has(janes_tickets().back(), "#send"));
}

BOOST_FIXTURE_TEST_CASE(a_reply_opens_a_solved_ticket_again_and_automatic_mail_does_not, TicketFixture) {
  open_by_jane();
  BOOST_REQUIRE(answer(ana, "#solved\r\nDone.\r\n").has_value());
  std::string const token = reply_to(janes_tickets().back());
  Mail away = janes("<ooo@ext.test>");
  away.more = "Auto-Submitted: auto-replied\r\n";
  away.subject = "Out of office: [T-1]";
  std::size_t const queued = queue().size();
  Time const changed = ticket().changed;
  clock.advance(std::chrono::minutes(1));
  BOOST_TEST(outside(away, {token}).value().text == "Automatic mail; kept with T-1");
  BOOST_TEST(ticket().status == TicketStatus::solved);
  BOOST_TEST((ticket().changed == changed && queue().size() == queued));
  BOOST_TEST(last(Kind::note).automatic);
  BOOST_TEST(jane_replies(token).has_value());
  BOOST_TEST(ticket().status == TicketStatus::open);
  BOOST_TEST((ticket().solved == Time{}));
  BOOST_TEST(at(DeskPlace::mine, ana) == entries().size());
  BOOST_TEST(has(events(), "it was solved"));
}

BOOST_FIXTURE_TEST_CASE(a_bounce_changes_nothing_and_automatic_mail_opens_nothing, TicketFixture) {
  open_by_jane();
  std::string const token = reply_to(janes_tickets()[1]);
  Mail bounce = janes("<b@mx.test>");
  bounce.from = "MAILER-DAEMON@mx.test";
  bounce.subject = "Undelivered: [T-1]";
  bounce.more = "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n";
  bounce.in_reply_to = field(janes_tickets()[1], "Message-ID");
  for (std::string to : {std::string("support@example.test"), token})
    BOOST_TEST(outside(bounce, {to}, "").value().text == "Automatic mail; nothing was changed");
  BOOST_TEST(entries().size() == 1u);
  for (std::string more : {"Auto-Submitted: auto-generated\r\n", "List-Id: <x.y>\r\n", "Precedence: bulk\r\n"}) {
    Mail automatic = janes("<a@ext.test>");
    automatic.more = more;
    BOOST_TEST(outside(automatic).has_value(), more);
  }
  BOOST_TEST(tickets() == 1u);
  BOOST_TEST(queue().size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(one_mail_by_several_ways_is_one_entry, TicketFixture) {
  auto replies = accept(envelope({"support@example.test", "Support@Example.test"}, "jane@ext.test"), janes().write());
  BOOST_TEST((replies[0].has_value() && replies[1].has_value()));
  BOOST_TEST(outside(janes()).has_value());  // a second path, another mail id
  BOOST_TEST(tickets() == 1u);
  BOOST_TEST(entries().size() == 1u);
  Mail reply = janes("<j2@ext.test>");
  std::string const token = reply_to(janes_tickets()[1]);
  for (auto const& result : accept(envelope({"support@example.test", token}, "jane@ext.test"), reply.write()))
    BOOST_TEST(result.has_value());
  BOOST_TEST(outside(reply, {token}).has_value());
  BOOST_TEST((tickets() == 1u && entries().size() == 2u));
  // The same id over other content is another mail.
  reply.body = "Something else.\r\n";
  BOOST_TEST(outside(reply, {token}).has_value());
  BOOST_TEST(entries().size() == 3u);
}

BOOST_FIXTURE_TEST_CASE(people_in_cc_take_part_when_accepted, TicketFixture) {
  UserId const carl = add("carl", "carl@ext.test", store::Role::user);
  Mail mail = janes();
  mail.more = "Cc: Carl <carl@ext.test>, dora@else.test, ana@example.test, nobody@example.test\r\n";
  BOOST_REQUIRE(outside(mail).has_value());
  store::Ticket const t = ticket();
  BOOST_REQUIRE(t.participants.size() == 3u);
  BOOST_TEST((t.participants[1].user == carl && !t.participants[1].accepted && t.participants[2].address == "dora@else.test"));
  BOOST_REQUIRE(answer(ana, "#accept carl@ext.test\r\nHello.\r\n").has_value());
  BOOST_TEST(folder(carl, store::MailboxKind::tickets).size() == 1u);
  std::string const his = folder(carl, store::MailboxKind::tickets)[0];
  BOOST_TEST(!has(his.substr(0, his.find("\r\n\r\n")), "jane"));
  // What he writes goes to jane under his name, not his address.
  Mail reply;
  reply.id = "<carl1@ext.test>";
  reply.in_reply_to = field(his, "Message-ID");
  BOOST_TEST(submit(carl, reply, {reply_to(his)}).value().text == "Added to T-1");
  std::string const got = janes_tickets().back();
  BOOST_TEST(!has(got, "carl@"));
  BOOST_TEST(!has(got, "carl1@"));
  BOOST_TEST(field(got, "In-Reply-To") != "");
  for (auto const& entry : queue()) BOOST_TEST(entry.recipient != "dora@else.test");
}

BOOST_FIXTURE_TEST_CASE(merged_tickets_are_one_and_old_addresses_lead_there, TicketFixture) {
  open_by_jane();
  std::string const token = reply_to(janes_tickets()[1]);
  std::string const desk = reply_to(on_desk(1));
  Mail second = janes("<j2@ext.test>");
  second.subject = "Again";
  BOOST_REQUIRE(outside(second).has_value());
  BOOST_REQUIRE(answer(ana, "#merge T-2\r\n").has_value());
  BOOST_TEST(ticket(1).status == TicketStatus::merged);
  BOOST_TEST(ticket(2).participants.size() == 1u);
  BOOST_TEST(jane_replies(token).value().text == "Added to T-2");
  Mail agents;
  agents.id = "<x@agent.test>";
  BOOST_TEST(submit(bert, agents, {desk}).value().text == "Answered T-2");
  BOOST_TEST((ticket(2).assignee == bert));
  BOOST_TEST(at(DeskPlace::waiting) == entries(1).size() + entries(2).size());  // all copies moved together
  auto merge = [&](std::uint64_t from, std::uint64_t into) {
    return store->write_and_wait([&](store::Transaction& tx) {
      return merge_tickets(context, tx, store::TicketId(from), store::TicketId(into), ana, clock.now());
    });
  };
  BOOST_TEST(!merge(2, 1).has_value());  // itself
  BOOST_TEST(!merge(1, 2).has_value());  // already
  BOOST_TEST(!merge(2, 77).has_value());
}

BOOST_FIXTURE_TEST_CASE(merging_what_is_unsolved_into_what_is_solved_opens_that_again, TicketFixture) {
  open_by_jane();
  BOOST_REQUIRE(outside(janes("<j2@ext.test>")).has_value());
  auto op = [&](store::Transaction& tx) -> Result<void> {
    auto done = change_ticket(context, tx, store::TicketId(2), {{}, TicketStatus::solved, {}}, ana, clock.now());
    return done ? merge_tickets(context, tx, store::TicketId(1), store::TicketId(2), ana, clock.now()) : done;
  };
  BOOST_TEST(store->write_and_wait(op).has_value());
  BOOST_TEST(ticket(2).status == TicketStatus::open);
  BOOST_TEST((ticket(2).solved == Time{}));
  BOOST_TEST(at(DeskPlace::unassigned) == entries(1).size() + entries(2).size());
}

namespace {

std::string const proven = "Authentication-Results: mc.example.test; dmarc=pass header.from=ext.test\r\n";

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_From_that_our_own_mta_proved_is_surer, TicketFixture) {
  auto write = [&](Mail mail, std::string to, bool by_our_mta) {
    mail.more = proven;
    Envelope e = envelope({std::move(to)}, "jane@ext.test");
    e.submitter.by_our_mta = by_our_mta;
    return accept(std::move(e), mail.write())[0];
  };
  auto certainty = [&] { return to_string(static_cast<Certainty>(last(Kind::message).certainty)); };
  BOOST_TEST(write(janes(), "support@example.test", true).has_value());
  BOOST_TEST(certainty() == "A1");
  std::string const token = reply_to(janes_tickets()[1]);
  BOOST_TEST(write(janes("<j2@ext.test>"), token, true).has_value());
  BOOST_TEST(certainty() == "A2");
  BOOST_TEST(write(janes("<j3@ext.test>"), token, false).has_value());  // anybody could have written the field
  BOOST_TEST(certainty() == "A1");
  Mail tag = janes("<j4@ext.test>");
  tag.subject = "[T-1]";
  BOOST_TEST(write(tag, "support@example.test", true).has_value());
  BOOST_TEST(certainty() == "A1");
}

BOOST_FIXTURE_TEST_CASE(agents_answer_from_elsewhere_only_if_that_is_allowed_and_proven, TicketFixture) {
  UserId const eve = add("eve", "eve@ext.test", store::Role::agent);
  open_by_jane();
  auto write = [&](std::string id, bool by_our_mta) {
    Mail mail = janes(std::move(id));
    mail.from = "eve@ext.test";
    mail.more = proven;
    mail.body = "#solved\r\nDone.\r\n";
    Envelope e = envelope({reply_to(on_desk(1))}, "eve@ext.test");
    e.submitter.by_our_mta = by_our_mta;
    return accept(std::move(e), mail.write())[0];
  };
  BOOST_TEST(error(write("<e1@ext.test>", true)).starts_with("5.7.1 "));
  context.settings.agents_at_a2 = true;
  BOOST_TEST(error(write("<e2@ext.test>", false)).starts_with("5.7.1 "));
  BOOST_TEST(ticket().status == TicketStatus::open);
  BOOST_TEST(write("<e3@ext.test>", true).value().text == "Answered T-1");
  BOOST_TEST((ticket().status == TicketStatus::solved && ticket().assignee == eve));
  BOOST_TEST(!has(janes_tickets().back(), "eve"));
}

BOOST_FIXTURE_TEST_CASE(who_shares_an_address_or_got_an_account_later_takes_part, TicketFixture) {
  UserId const twin = add("twin", "jane@ext.test", store::Role::user);
  BOOST_TEST(submit(twin, Mail{}).value().text == "Opened T-1");
  std::string const token = reply_to(folder(twin, store::MailboxKind::tickets)[1]);
  BOOST_TEST(jane_replies(token).value().text == "Added to T-1");
  BOOST_TEST((last(Kind::message).author == twin));
  BOOST_TEST(submit(jane, Mail{}, {token}).value().text == "Kept for support to look at");  // logged in as another
  context.settings.strangers = true;
  Mail mail = janes("<d1@ext.test>");
  mail.from = "dora@else.test";
  BOOST_TEST(outside(mail).value().text == "Opened T-2");
  std::string const hers = reply_to(external(queue().back()));
  UserId const dora = add("dora", "dora@else.test", store::Role::user);
  BOOST_TEST(jane_replies(hers, "More.\r\n", "dora@else.test").value().text == "Added to T-2");
  BOOST_TEST(submit(dora, Mail{}, {hers}).value().text == "Added to T-2");
}

BOOST_FIXTURE_TEST_CASE(a_change_leaves_one_note_and_nothing_when_nothing_changed, TicketFixture) {
  open_by_jane();
  auto change = [&](TicketChange const& c) {
    return store->write_and_wait([&](store::Transaction& tx) { return change_ticket(context, tx, store::TicketId(1), c, ana, clock.now()); });
  };
  BOOST_TEST(change({ana, TicketStatus::open, {}}).has_value());
  BOOST_TEST(events() == "ana: assigned to ana\n");
  BOOST_TEST((at(DeskPlace::mine, ana) == 2u && at(DeskPlace::unassigned) == 0u));
  BOOST_TEST(change({ana, TicketStatus::open, store::TicketPriority::normal}).has_value());
  BOOST_TEST(entries().size() == 2u);
  BOOST_TEST(!change({jane, {}, {}}).has_value());
  BOOST_TEST(!change({{}, TicketStatus::merged, {}}).has_value());
  std::string const note = on_desk(2);
  BOOST_TEST(field(note, "In-Reply-To") == "<j1@ext.test>");
  BOOST_TEST(field(note, "Auto-Submitted") == "auto-generated");
  BOOST_TEST(reply_to(note).starts_with("n-"));
}

BOOST_FIXTURE_TEST_CASE(an_overdue_answer_is_marked_once, TicketFixture) {
  open_by_jane();
  auto look = [&] {
    return store->write_and_wait([&](store::Transaction& tx) -> Result<bool> { return mark_overdue(context, tx, clock.now(), 10); }).value();
  };
  auto flagged = [&] {
    return store->read([&](store::Snapshot const& s) {
      store::TicketEntry const e = store::list_entries(s, store::TicketId(1))[0];
      auto bit = store::find_keyword(*store::find_mailbox(s, e.mailbox), "$Overdue");
      return bit && (store::MailboxReader(s, e.mailbox).find(e.uid)->flags >> *bit & 1);
    });
  };
  clock.advance(std::chrono::hours(8) - std::chrono::seconds(1));
  look();
  BOOST_TEST(!ticket().overdue);
  clock.advance(std::chrono::seconds(1));
  look(), look();
  BOOST_TEST(ticket().overdue);
  BOOST_TEST(flagged());
  BOOST_TEST(entries().size() == 2u);
  BOOST_TEST(has(events(), "overdue"));
  BOOST_REQUIRE(answer(ana, "Sorry.\r\n").has_value());
  BOOST_TEST(!flagged());
}

BOOST_FIXTURE_TEST_CASE(a_draft_is_announced_while_it_is_there, TicketFixture) {
  open_by_jane();
  MailboxId const drafts = *store->read([&](store::Snapshot const& s) {
    auto found = store::find_mailbox(s, ana, "Drafts");
    return found ? std::optional(found->id) : std::nullopt;
  });
  mail::Summary draft;
  draft.in_reply_to = {"<j1@ext.test>"};
  auto appear = [&](std::uint32_t uid, UserId who) {
    auto op = [&](store::Transaction& tx) -> Result<int> { return note_draft(context, tx, who, drafts, Uid(uid), draft, clock.now()), 0; };
    BOOST_TEST(store->write_and_wait(op).has_value());
  };
  auto go = [&](std::uint32_t uid) {
    auto op = [&](store::Transaction& tx) -> Result<int> { return note_draft_gone(context, tx, drafts, UidSet{{uid, uid}}), 0; };
    BOOST_TEST(store->write_and_wait(op).has_value());
  };
  appear(1, jane);
  BOOST_TEST(at(DeskPlace::unassigned) == 1u);
  appear(1, ana);
  BOOST_TEST(at(DeskPlace::unassigned) == 2u);
  appear(2, ana), go(1);  // saved again
  BOOST_TEST(at(DeskPlace::unassigned) == 2u);
  auto op = [&](store::Transaction& tx) { return change_ticket(context, tx, store::TicketId(1), {bert, {}, {}}, bert, clock.now()); };
  BOOST_TEST(store->write_and_wait(op).has_value());
  BOOST_TEST(at(DeskPlace::mine, bert) == 3u);  // it moves with the ticket
  go(2);
  BOOST_TEST(at(DeskPlace::mine, bert) == 2u);
  go(2);
  draft.in_reply_to = {"<other@ext.test>"};
  appear(3, ana);
  BOOST_TEST(at(DeskPlace::mine, bert) == 2u);
  BOOST_TEST(entries().size() == 2u);
  draft.in_reply_to = {"<j1@ext.test>"};
  appear(4, ana);
  BOOST_TEST(at(DeskPlace::mine, bert) == 3u);
  auto look = [&](store::Transaction& tx) -> Result<int> { return forget_lost_drafts(context, tx), 0; };  // 4 never was in the mailbox
  BOOST_TEST(store->write_and_wait(look).has_value());
  BOOST_TEST(at(DeskPlace::mine, bert) == 2u);
}

BOOST_FIXTURE_TEST_CASE(the_copies_of_a_closed_ticket_go_after_their_time_and_not_if_it_opened_again, TicketFixture) {
  open_by_jane();
  BOOST_REQUIRE(answer(ana, "#solved\r\nDone.\r\n").has_value());
  auto noted = [&] {
    return store->read([&](store::Snapshot const& s) {
      std::size_t count = 0;
      for (std::string const& order : store::kept_types(s)) count += store::list_kept(s, order, Time::max(), 100).size();
      return count;
    });
  };
  BOOST_TEST(noted() == 3u + 3u);  // jane's: her mail, the acknowledgement, the answer; the agents': her mail, the answer, the note
  BOOST_REQUIRE(jane_replies(reply_to(janes_tickets().back())).has_value());
  BOOST_TEST(noted() == 0u);
}

BOOST_FIXTURE_TEST_CASE(hostile_text_is_bounded, TicketFixture) {
  context.settings.strangers = true;
  Mail mail = janes("<" + std::string(2000, 'x') + "@ext.test>");
  mail.from = "=?utf-8?B?" + base64(std::string(3000, 'N')) + "?= <" + std::string(60, 'a') + "@ext.test>";
  mail.subject = std::string(1 << 20, 'S');
  BOOST_TEST(outside(mail).has_value());
  store::Ticket const t = ticket();
  BOOST_TEST((t.subject.size() <= 200u && t.participants[0].name.size() <= 100u));
  BOOST_TEST(entries()[0].message_id.size() <= 998u);
  for (int i = 0; i < 70; ++i)
    (void)jane_replies(reply_to(external(queue()[0])), "x\r\n", "m" + std::to_string(i) + "@evil.test").has_value();
  BOOST_TEST(ticket().participants.size() <= 50u);
}

BOOST_FIXTURE_TEST_CASE(a_storm_is_stopped, TicketFixture) {
  open_by_jane();
  std::string const token = reply_to(janes_tickets()[1]);
  context.settings.storm_limit = 5;
  int taken = 0;
  for (int i = 0; i < 20; ++i) taken += jane_replies(token).has_value() ? 1 : 0;
  BOOST_TEST(taken == 5);
  int held = 0;
  for (int i = 0; i < 20; ++i) held += jane_replies(token, "x\r\n", "m" + std::to_string(i) + "@evil.test").has_value() ? 1 : 0;
  BOOST_TEST(held == 5);
  BOOST_TEST((jane_replies(token).error().code == Errc::unavailable));
}

BOOST_FIXTURE_TEST_CASE(who_is_gone_is_not_answered, TicketFixture) {
  open_by_jane();
  std::string const token = reply_to(janes_tickets()[1]), desk = reply_to(on_desk(1));
  auto gone = store->write_and_wait([&](store::Transaction& tx) { return store::delete_user(tx, "jane"); });
  BOOST_REQUIRE(gone.has_value());
  BOOST_TEST(!jane_replies(token).has_value());
  BOOST_TEST(error(answer(ana, "Hello?\r\n")).starts_with("5.1.1 "));
  BOOST_TEST(answer(ana, "#note\r\nGone.\r\n").has_value());
  while (store->write_and_wait([&](store::Transaction& tx) -> Result<bool> { return store::reclaim_deleted(tx, 10); }).value()) {
  }
  BOOST_TEST((!ticket().participants[0].user && ticket().participants[0].address.empty()));
  BOOST_TEST(ticket().participants[0].name == "Jane Doe");
  BOOST_TEST(error(answer(ana, "Hello?\r\n")).starts_with("5.1.1 "));
}

BOOST_AUTO_TEST_CASE(ticket_numbers_are_read) {
  for (std::string_view text : {"T-7", "t-7", "7"}) BOOST_TEST(parse_ticket_id(text).value().value == 7u);
  for (std::string_view text : {"", "T-", "T-0", "0", "-7", "T7", "T-7x", "T- 7", "99999999999999999999"})
    BOOST_TEST(!parse_ticket_id(text).has_value(), text);
}

BOOST_AUTO_TEST_SUITE_END()
