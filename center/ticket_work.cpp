#include "center/ticket_work.h"

#include "core/text.h"
#include "core/time_text.h"

namespace mc::center {

std::string write_ticket_id(store::TicketId id) { return "T-" + to_string(id); }

std::string write_ticket_subject(store::Ticket const& ticket) {
  return '[' + write_ticket_id(ticket.id) + "] " + (ticket.subject.empty() ? "(no subject)" : ticket.subject);
}

std::string cut_ticket_text(std::string_view text, std::size_t characters) {
  std::string out = printable(text.substr(0, characters * 4), characters * 4);
  std::size_t count = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    bool const begins = (static_cast<unsigned char>(out[i]) & 0xC0) != 0x80;
    if (begins && ++count > characters) out.resize(i);
  }
  return out;
}

std::string write_moment(Time t) {
  std::string const text = write_rfc3339(t);
  return text.substr(0, 10) + ' ' + text.substr(11, 5) + " UTC";
}

std::string name_of_actor(store::Snapshot const& s, UserId user) {
  if (!user) return "an administrator";
  auto found = store::find_user(s, user);
  return found ? found->login : "somebody whose account is gone";
}

std::string name_of_participant(store::Snapshot const& s, store::Participant const& participant) {
  auto const user = participant.user ? store::find_user(s, participant.user) : std::nullopt;
  if (user) return user->display_name.empty() ? user->login : user->display_name;
  return participant.name.empty() ? "A participant" : participant.name;
}

std::string const& id_on_desk(store::TicketEntry const& entry) {
  return entry.message_id.empty() ? entry.shown_id : entry.message_id;
}

mail::Address support_address(Settings const& settings) { return {"Support", "support", settings.domain}; }

namespace {

constexpr unsigned place_shift = 32;  // in the sequence of a token: the entry below, the place above

mail::Address issue(TicketWork& work, char kind, std::string name, store::TokenSubject subject) {
  subject.kind = kind;
  subject.created = work.now;
  std::string const token = store::issue_token(work.tx, subject);
  return {std::move(name), std::string(1, kind) + '-' + token, work.settings().domain};
}

}  // namespace

TicketToken read_ticket_token(store::TokenSubject const& token) {
  TicketToken out;
  out.ticket = store::TicketId(token.subject);
  out.entry = static_cast<std::uint32_t>(token.sequence);
  out.user = token.user;
  out.place = static_cast<std::size_t>(token.sequence >> place_shift);
  out.note = token.kind == 'n';
  return out;
}

mail::Address issue_desk_address(TicketWork& work, store::TicketId ticket, std::uint32_t entry) {
  return issue(work, 't', "Ticket " + write_ticket_id(ticket), {0, {}, ticket.value, entry});
}

mail::Address issue_note_address(TicketWork& work, store::TicketId ticket, std::uint32_t entry) {
  return issue(work, 'n', "Internal note on " + write_ticket_id(ticket), {0, {}, ticket.value, entry});
}

mail::Address issue_reply_address(TicketWork& work, store::Ticket const& ticket, std::size_t place,
                                  std::uint32_t entry) {
  UserId const user = ticket.participants.at(place - 1).user;
  std::uint64_t const who = user ? 0 : static_cast<std::uint64_t>(place) << place_shift;
  return issue(work, 't', "Support", {0, user, ticket.id.value, who | entry});
}

}  // namespace mc::center
