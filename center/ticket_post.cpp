#include "center/ticket_post.h"

#include <algorithm>

#include "center/own_mail.h"
#include "center/post.h"
#include "center/rewrite.h"
#include "center/ticket_copies.h"
#include "core/log.h"

namespace mc::center {

namespace {

bool listens(store::Participant const& p) { return p.accepted && (p.user || !p.address.empty()); }

// In the ids the reader knows; a message that says nothing of what it answers belongs behind the first.
ThreadFields fields_for(TicketWork& work, store::Ticket const& ticket, TicketMessage const& message, UserId reader) {
  ThreadFields fields = thread_fields(work.tx, thread_of(ticket.id), message.written, reader);
  if (!fields.in_reply_to.empty()) return fields;
  auto const first = store::find_entry(work.tx, ticket.id, 1);
  if (!first || message.entry == 1) return fields;
  bool const own = first->author && first->author == reader && !first->message_id.empty();
  fields.in_reply_to = own ? first->message_id : first->shown_id;
  fields.references = {fields.in_reply_to};
  return fields;
}

Prepared write_for(TicketWork& work, store::Ticket const& ticket, TicketMessage const& message, std::size_t place,
                   mail::Address to) {
  ThreadFields fields = fields_for(work, ticket, message, ticket.participants[place - 1].user);
  NewHeader header;
  header.from = message.from;
  header.to = {std::move(to)};
  header.reply_to = {issue_reply_address(work, ticket, place, message.entry)};
  header.subject = (message.entry > 1 ? "Re: " : "") + write_ticket_subject(ticket);
  header.date = work.now;
  header.message_id = message.shown_id;
  header.in_reply_to = std::move(fields.in_reply_to);
  header.references = std::move(fields.references);
  header.fields = {{"X-MC-Ticket", write_ticket_id(ticket.id)}};
  return rewrite(message.content, header);
}

}  // namespace

bool is_international(std::string_view address) {
  return std::any_of(address.begin(), address.end(), [](char c) { return static_cast<unsigned char>(c) > 126; });
}

bool has_listeners(store::Snapshot const& s, store::Ticket const& ticket, std::size_t author) {
  for (std::size_t place = 1; place <= ticket.participants.size(); ++place) {
    store::Participant const& p = ticket.participants[place - 1];
    if (place != author && listens(p) && (!p.user || store::find_user(s, p.user))) return true;
  }
  return false;
}

std::size_t post_to_participants(TicketWork& work, store::Ticket const& ticket, TicketMessage const& message) {
  Posting posting{std::string(reply_type), work.mail_id, {}, false, true};
  std::size_t reached = 0;
  for (std::size_t place = 1; place <= ticket.participants.size(); ++place) {
    store::Participant const& p = ticket.participants[place - 1];
    if (place == message.author || !listens(p)) continue;
    posting.smtputf8 = is_international(p.address);
    if (!p.user) {
      Prepared const mail = write_for(work, ticket, message, place, address_outside(p.address, p.name));
      reached += post_outside(work.context, work.tx, posting, mail, p.address, work.now) ? 1 : 0;
      continue;
    }
    auto const user = store::find_user(work.tx, p.user);
    if (!user) continue;
    posting.smtputf8 = is_international(user->email);
    Prepared const mail = write_for(work, ticket, message, place, address_here(work.settings(), *user));
    auto const posted = post_to_user(work.context, work.tx, work.policy, posting, mail, *user, work.now);
    if (!posted) {
      log_error("ticket_not_posted",
                {{"ticket", write_ticket_id(ticket.id)}, {"user", user->login}, {"reason", posted.error().text}});
      continue;
    }
    note_participants_copy(work, ticket, *posted);
    ++reached;
  }
  return reached;
}

}  // namespace mc::center
