// Mail of those who ask: it opens a ticket, adds to one, or is held for agents to look at.
#include "center/rewrite.h"
#include "center/ticket_changes.h"
#include "center/ticket_commands.h"
#include "center/ticket_copies.h"
#include "center/ticket_mail.h"
#include "center/ticket_notes.h"
#include "center/ticket_post.h"
#include "center/ticket_text.h"
#include "center/trace.h"
#include "core/log.h"
#include "core/text.h"

namespace mc::center {

namespace {

using Kind = store::TicketEntry::Kind;

void log_mail(TicketWork const& work, TicketMail const& in, store::TicketId ticket, std::string_view what) {
  log_info(what, {{"mail", work.mail_id},
                  {"ticket", write_ticket_id(ticket)},
                  {"from", printable(in.sender.address, 320)},
                  {"certainty", to_string(in.certainty)}});
}

// A public message as agents see it.
void file_message(TicketWork& work, store::Ticket& ticket, store::TicketEntry& entry, TicketMail const& in, bool seen) {
  mail::Address const reply_to = issue_desk_address(work, ticket.id, ticket.entries + 1);
  file_on_desk(work, ticket, entry, view_for_agents(work, ticket, in, reply_to, {}), seen);
  add_mail_entry(work, ticket, entry, in);
}

void tell_of_named_people(TicketWork& work, store::Ticket& ticket, mail::Summary const& mail) {
  std::string const named = add_named_people(work, ticket, mail);
  if (named.empty()) return;
  store::update_ticket(work.tx, ticket);
  add_event(work, ticket, {},
            "Also addressed, and not taking part: " + named +
                ". A line #accept ADDRESS in a mail to this ticket changes that.",
            true);
}

// --- opening

// Who may open a ticket, as its requester.
Result<store::Participant> make_requester(TicketWork const& work, TicketMail const& in) {
  TicketSender const& sender = in.sender;
  store::Participant p;
  p.address = sender.address;
  p.name = sender.name;
  p.accepted = true;
  p.joined = work.now;
  if (sender.logged_in || sender.is_user) {
    auto const user = store::find_user(work.tx, sender.user);
    p.user = sender.user;
    p.address = user->email;
    return p;
  }
  if (sender.address.empty())
    return fail(Errc::forbidden, "5.7.1 The From field must hold exactly one address, to which an answer can go");
  if (is_our_domain(work.settings(), parse_address(sender.address)->domain))
    return fail(Errc::forbidden, "5.7.1 Mail from an address of ours is sent here by who is logged in");
  if (!work.settings().strangers || sender.is_agent)
    return fail(Errc::forbidden,
                "5.7.1 Support takes mail from its users only: write from the address of your account");
  return p;
}

// What an agent may say of a ticket that he opens for himself.
Result<TicketChange> read_opening_commands(TicketWork const& work, TicketMail const& in) {
  TicketChange change;
  if (!in.sender.is_agent || !in.sender.logged_in) return change;
  auto const commands = parse_ticket_commands(first_text(in.mail.prepared, 64 << 10));
  if (!commands) return commands.error();
  if (commands->note || commands->send || commands->merge || !commands->accept.empty())
    return fail(Errc::forbidden, "5.5.4 #note, #send, #merge and #accept need a ticket that exists; nothing was done");
  change.status = commands->status;
  change.priority = commands->priority;
  if (!commands->assign) return change;
  auto const assignee = find_assignee(work, *commands->assign, in.sender.user);
  if (!assignee) return assignee.error();
  change.assignee = *assignee;
  return change;
}

store::Ticket make_ticket(TicketWork& work, TicketMail const& in, store::Participant requester) {
  store::Ticket ticket;
  ticket.subject = cut_ticket_text(bare_subject(in.mail.prepared.summary.subject.substr(0, 4 * max_ticket_subject)),
                                   max_ticket_subject);
  ticket.participants = {std::move(requester)};
  ticket.opened = ticket.changed = work.now;
  if (work.settings().first_answer > Millis(0)) ticket.answer_due = work.now + work.settings().first_answer;
  ticket.id = store::add_ticket(work.tx, ticket);
  move_to_place(work, ticket);
  store::update_ticket(work.tx, ticket);
  return ticket;
}

}  // namespace

Result<Outcome> open_ticket(TicketWork& work, TicketMail const& in) {
  auto requester = make_requester(work, in);
  if (!requester) return requester.error();
  auto const change = read_opening_commands(work, in);
  if (!change) return change.error();
  if (auto calm = check_ticket_storm(work, in.sender, {}); !calm) return calm.error();
  store::Ticket ticket = make_ticket(work, in, *std::move(requester));
  store::TicketEntry entry = make_mail_entry(work, in, Kind::message);
  file_message(work, ticket, entry, in, false);
  store::put_ticket_mail(work.tx, {}, "mail " + work.mail_id, ticket.id.value);
  if (UserId const user = ticket.participants[0].user)
    file_own_copy(work, ticket, user, in.mail.prepared, in.mail.envelope);
  log_mail(work, in, ticket.id, "ticket_opened");
  std::string const words = apply_change(work, ticket, *change);
  store::update_ticket(work.tx, ticket);
  if (!words.empty())
    add_event(work, ticket, in.sender.user, name_of_actor(work.tx, in.sender.user) + ": " + words, true);
  tell_of_named_people(work, ticket, in.mail.prepared.summary);
  acknowledge(work, ticket, in.mail, in.addressed);
  return ticket_outcome("Opened " + write_ticket_id(ticket.id), in.sender);
}

// --- adding to one

namespace {

// What others see of who wrote: his name, never his address.
void pass_on(TicketWork& work, store::Ticket const& ticket, TicketMail const& in, store::TicketEntry const& entry) {
  mail::Address from = support_address(work.settings());
  from.name = cut_ticket_text(name_of_participant(work.tx, ticket.participants[in.aim.place - 1]), max_ticket_name);
  post_to_participants(work, ticket,
                       {in.mail.prepared, in.mail.prepared.summary, from, entry.number, entry.shown_id, in.aim.place});
}

}  // namespace

Result<Outcome> take_participants_mail(TicketWork& work, TicketMail const& in) {
  store::Ticket ticket = *in.aim.ticket;
  if (auto calm = check_ticket_storm(work, in.sender, ticket.id); !calm) return calm.error();
  std::string const before(store::to_string(ticket.status));
  TicketChange reopen;
  reopen.status = store::TicketStatus::open;
  bool const reopened = !apply_change(work, ticket, reopen).empty();
  ticket.changed = work.now;
  store::update_ticket(work.tx, ticket);
  store::TicketEntry entry = make_mail_entry(work, in, Kind::message);
  file_message(work, ticket, entry, in, false);
  store::Participant const author = ticket.participants[in.aim.place - 1];
  if (author.user) file_own_copy(work, ticket, author.user, in.mail.prepared, in.mail.envelope);
  if (in.certainty != Certainty::a0) pass_on(work, ticket, in, entry);
  log_mail(work, in, ticket.id, "ticket_reply");
  if (reopened)
    add_event(work, ticket, {},
              "Open again, for " + name_of_participant(work.tx, author) + " wrote; it was " + before + '.', true);
  tell_of_named_people(work, ticket, in.mail.prepared.summary);
  return ticket_outcome("Added to " + write_ticket_id(ticket.id), in.sender);
}

// --- held

namespace {

// Who wrote what to the ticket without taking part, and what an agent can do about it.
std::string words_on_held(TicketWork const& work, store::Ticket const& ticket, TicketMail const& in, bool acceptable) {
  std::string const who = in.sender.address.empty() ? "Somebody without an address" : printable(in.sender.address, 320);
  std::string words = who + " wrote to " + write_ticket_id(ticket.id);
  bool const pretends =
      in.sender.is_agent ||
      (parse_address(in.sender.address) && is_our_domain(work.settings(), parse_address(in.sender.address)->domain));
  if (in.aim.by == TicketAim::By::token) {
    UserId const owner = in.aim.token.user;
    words += " with the address that was given to " +
             (owner ? name_of_actor(work.tx, owner) : std::string("another participant"));
  }
  if (pretends && !in.sender.logged_in) words += "; it did not come from who is named, who would have been logged in";
  words += ". It is kept here and was shown to nobody else.";
  if (acceptable) words += " To let him take part, write to this ticket with the line #accept " + who;
  return words;
}

// He may be accepted later. false: never.
bool remember_writer(TicketWork& work, store::Ticket& ticket, TicketMail const& in) {
  if (in.sender.address.empty() || in.sender.is_agent) return false;
  if (find_place(work.tx, work.settings(), ticket, in.sender.address) > 0) return true;
  store::Participant p;
  p.user = in.sender.logged_in || in.sender.is_user ? in.sender.user : UserId();
  p.address = in.sender.address;
  p.name = in.sender.name;
  p.joined = work.now;
  bool const ours = is_our_domain(work.settings(), parse_address(p.address)->domain);
  if ((ours && !p.user) || ticket.participants.size() >= max_participants) return false;
  ticket.participants.push_back(std::move(p));
  return true;
}

}  // namespace

Result<Outcome> hold_mail(TicketWork& work, TicketMail const& in) {
  store::Ticket ticket = *in.aim.ticket;
  if (auto calm = check_held_storm(work, ticket.id); !calm) return calm.error();
  bool const acceptable = remember_writer(work, ticket, in);
  std::string const words = words_on_held(work, ticket, in, acceptable);
  ticket.changed = work.now;
  store::update_ticket(work.tx, ticket);
  store::TicketEntry entry = make_mail_entry(work, in, Kind::note);
  entry.text = cut_ticket_text(words, max_ticket_words);
  mail::Address const reply_to = issue_note_address(work, ticket.id, ticket.entries + 1);
  file_on_desk(work, ticket, entry, view_for_agents(work, ticket, in, reply_to, write_field("X-MC-Internal", "held")),
               false);
  add_mail_entry(work, ticket, entry, in);
  add_event(work, ticket, {}, words, false);
  log_warning("ticket_held", {{"mail", work.mail_id},
                              {"ticket", write_ticket_id(ticket.id)},
                              {"from", printable(in.sender.address, 320)},
                              {"peer", in.mail.envelope.submitter.name},
                              {"certainty", to_string(in.certainty)}});
  return ticket_outcome("Kept for support to look at", in.sender);
}

Result<Outcome> take_automatic_mail(TicketWork& work, TicketMail const& in, bool bounce, std::string_view reason) {
  bool const about_one = in.aim.ticket && !bounce && (in.aim.place > 0 || in.sender.logged_in);
  bool const kept = about_one && check_ticket_storm(work, in.sender, in.aim.ticket->id).has_value();
  log_info("ticket_automatic", {{"mail", work.mail_id},
                                {"ticket", in.aim.ticket ? write_ticket_id(in.aim.ticket->id) : std::string()},
                                {"from", printable(in.sender.address, 320)},
                                {"reason", reason},
                                {"kept", kept ? "yes" : "no"}});
  if (!kept) return ticket_outcome("Automatic mail; nothing was changed", in.sender);
  store::Ticket ticket = *in.aim.ticket;
  store::TicketEntry entry = make_mail_entry(work, in, Kind::note);
  entry.automatic = true;
  entry.text = "automatic mail (" + std::string(reason) + "), which changes nothing";
  mail::Address const reply_to = issue_note_address(work, ticket.id, ticket.entries + 1);
  file_on_desk(work, ticket, entry,
               view_for_agents(work, ticket, in, reply_to, write_field("X-MC-Internal", "automatic")), true);
  add_mail_entry(work, ticket, entry, in);
  return ticket_outcome("Automatic mail; kept with " + write_ticket_id(ticket.id), in.sender);
}

}  // namespace mc::center
