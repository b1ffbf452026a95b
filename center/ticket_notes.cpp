#include "center/ticket_notes.h"

#include "center/answer_limit.h"
#include "center/automatic.h"
#include "center/local_time.h"
#include "center/own_mail.h"
#include "center/post.h"
#include "center/ticket_copies.h"
#include "center/ticket_post.h"
#include "core/log.h"
#include "core/text.h"
#include "core/time_text.h"
#include "store/messages.h"

namespace mc::center {

namespace {

constexpr std::string_view only_agents =
    "\n\nThe Message Center wrote this; only agents see it. A reply to it is an internal note.\n";

// An internal note of ours behind the last entry, answered by internal notes.
mail::Draft begin_note(TicketWork& work, store::Ticket const& ticket, std::string_view words) {
  mail::Draft draft;
  draft.from = support_address(work.settings());
  draft.to = {support_address(work.settings())};
  draft.reply_to = {issue_note_address(work, ticket.id, ticket.entries + 1)};
  draft.subject = write_ticket_subject(ticket);
  draft.date = work.now;
  draft.message_id = mail::make_message_id(work.settings().hostname);
  draft.text = std::string(words) + std::string(only_agents);
  draft.fields = {{"X-MC-Ticket", write_ticket_id(ticket.id)}, {"X-MC-Internal", "event"}};
  auto const first = store::find_entry(work.tx, ticket.id, 1),
             last = store::find_entry(work.tx, ticket.id, ticket.entries);
  if (last) draft.in_reply_to = id_on_desk(*last);
  if (first && ticket.entries > 1) draft.references.push_back(id_on_desk(*first));
  if (last) draft.references.push_back(id_on_desk(*last));
  return draft;
}

Prepared compose_note(TicketWork const& work, mail::Draft const& draft) {
  return prepare(mail::compose(draft), Trust::platform, work.settings().authserv());
}

}  // namespace

void add_event(TicketWork& work, store::Ticket& ticket, UserId actor, std::string_view words, bool seen) {
  std::string const text = cut_ticket_text(words, max_ticket_words);
  mail::Draft const draft = begin_note(work, ticket, text);
  store::TicketEntry entry;
  entry.kind = store::TicketEntry::Kind::event;
  entry.at = work.now;
  entry.author = actor;
  entry.shown_id = draft.message_id;
  entry.mail_id = work.mail_id;
  entry.text = text;
  file_on_desk(work, ticket, entry, compose_note(work, draft), seen);
  ticket.entries = store::add_entry(work.tx, ticket.id, entry).entries;
  store::put_thread_message(work.tx, {thread_of(ticket.id), entry.number, {}, {}, draft.message_id, work.now});
  log_info("ticket", {{"ticket", write_ticket_id(ticket.id)}, {"mail", work.mail_id}, {"event", text}});
}

store::TicketWriting file_writing_note(TicketWork& work, store::Ticket const& ticket, UserId agent, MailboxId drafts) {
  std::string const words = name_of_actor(work.tx, agent) + " is writing an answer.";
  Prepared const note = compose_note(work, begin_note(work, ticket, words));
  auto const filed = file_copy(work.tx, work.policy, ticket.mailbox, note, {}, store::flag::seen, {}, work.now);
  if (!filed) return {drafts, {}, {}, 0};
  return {drafts, ticket.mailbox, filed->uid, 0};
}

namespace {

std::string acknowledgement(TicketWork const& work, store::Ticket const& ticket, store::User const* user) {
  std::string text = "We have received your message. It is ticket " + write_ticket_id(ticket.id) + ": \"" +
                     (ticket.subject.empty() ? "(no subject)" : ticket.subject) + "\".\n\n";
  if (ticket.answer_due != Time{}) {
    std::string const when =
        user ? write_users_time(work.context, *user, ticket.answer_due) : write_rfc5322_date(ticket.answer_due);
    text += "You will have an answer by " + when + ".\n\n";
  }
  return text + "To add something, reply to this message.\n";
}

}  // namespace

namespace {

// Did a stranger's mail come from the address that From names? Nobody else is to get answers to forged mail.   RFC
// 3834, 4
bool is_answerable(Addressed const& mail, std::string_view address) {
  bool const aligned = mail.prepared.auth.dmarc_passed_for(address.substr(address.rfind('@') + 1));
  return aligned || iequals(mail.envelope.reverse_path, address);
}

}  // namespace

void acknowledge(TicketWork& work, store::Ticket const& ticket, Addressed const& mail, std::string_view addressed) {
  store::Participant const& requester = ticket.participants.at(0);
  auto const user = requester.user ? store::find_user(work.tx, requester.user) : std::nullopt;
  mail::Address const to =
      user ? address_here(work.settings(), *user) : address_outside(requester.address, requester.name);
  std::string const answer_to = user ? to.spec() : requester.address;
  Envelope const& envelope = mail.envelope;
  AnswerAsked const asked{mail.prepared.summary, mail.prepared.octets, envelope.reverse_path, answer_to, addressed,
                          Responder::service};
  if (auto obstacle = find_answer_obstacle(work.settings(), asked))
    return log_info("ticket_not_acknowledged", {{"ticket", write_ticket_id(ticket.id)}, {"reason", *obstacle}});
  if (!user && !is_answerable(mail, requester.address))
    return log_info("ticket_not_acknowledged",
                    {{"ticket", write_ticket_id(ticket.id)}, {"reason", "not sent from its From"}});
  if (!may_answer(work.tx, answer_to, ticket.id.value, work.now)) return;
  mail::Draft draft = begin_mail(work.settings(), to, work.now);
  draft.from = support_address(work.settings());
  draft.reply_to = {issue_reply_address(work, ticket, 1, 1)};
  draft.subject = write_ticket_subject(ticket);
  draft.message_id = mail::make_message_id(work.settings().hostname);
  draft.in_reply_to = mail.prepared.summary.message_id;
  draft.references = {mail.prepared.summary.message_id};
  draft.auto_submitted = "auto-replied";
  draft.fields = {{"X-MC-Ticket", write_ticket_id(ticket.id)}};
  draft.text = acknowledgement(work, ticket, user ? &*user : nullptr);
  Prepared const prepared = prepare(mail::compose(draft), Trust::platform, work.settings().authserv());
  store::put_thread_message(work.tx, {thread_of(ticket.id), 1, {}, {}, draft.message_id, work.now});
  Posting const posting{
      std::string(opened_type), work.mail_id, {}, is_international(user ? user->email : requester.address)};
  if (!user) {
    post_outside(work.context, work.tx, posting, prepared, requester.address, work.now);
    return;
  }
  auto const posted = post_to_user(work.context, work.tx, work.policy, posting, prepared, *user, work.now);
  if (posted) note_participants_copy(work, ticket, *posted);
}

}  // namespace mc::center
