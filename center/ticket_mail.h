// center/ticket_mail.h - an incoming mail seen from the tickets: who writes, which ticket it is about, how sure that
// is, and what becomes of it. For the inside of center/ticket*; center/tickets.h is the way in.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "center/ticket_work.h"
#include "center/tickets.h"

namespace mc::center {

struct TicketSender {
  UserId user;  // logged in; else the account whose verified ordinary address stands in From, which proves nothing
  bool logged_in = false;
  bool is_agent = false;  // the account is an agent's; whether he may act as one is acts_as_agent()
  bool is_user = false;   // … an ordinary user's
  bool aligned = false;   // From proven by DMARC, as our own MTA found
  std::string address;    // From; empty: nobody, or several
  std::string name;
};
TicketSender read_ticket_sender(TicketWork const& work, Addressed const& mail);

struct TicketAim {
  enum class By { nothing, token, thread, tag };
  By by = By::nothing;
  std::optional<store::Ticket> ticket;  // the one that counts now; absent: none
  TicketToken token;
  bool desk_token = false;                     // one of the desk's, for agents only
  std::size_t place = 0;                       // of the sender among the participants, from 1; 0: he takes no part
  bool internal = false;                       // to an internal note, or to its token
  store::TicketId answered_in;                 // the ticket of …
  std::optional<store::TicketEntry> answered;  // … what he answers, as far as one can tell
};
// A token in the envelope; else In-Reply-To and References known to us; else [T-n] in the subject of one who takes
// part. Never by body. Fails: not_found (the token's ticket or user is gone).
Result<TicketAim> find_ticket_aim(TicketWork const& work, Addressed const& mail, Target const& target,
                                  TicketSender const& sender);
// What a draft is about: absent, no ticket.
std::optional<store::Ticket> find_ticket_of_draft(TicketWork const& work, mail::Summary const& draft);

bool acts_as_agent(Settings const& settings, TicketSender const& sender, TicketAim const& aim);
Certainty certainty_of(TicketSender const& sender, TicketAim const& aim);

// --- what becomes of it. Each stores the ticket. Fails: as receive_ticket_mail().

struct TicketMail {
  Addressed const& mail;
  TicketSender const& sender;
  TicketAim const& aim;
  Certainty certainty;
  std::string_view addressed;  // the envelope recipient
};
Result<Outcome> open_ticket(TicketWork& work, TicketMail const& in);
Result<Outcome> take_participants_mail(TicketWork& work, TicketMail const& in);
Result<Outcome> take_agents_mail(TicketWork& work, TicketMail const& in);
// Internal, with `words` on who wrote and what can be done.
Result<Outcome> hold_mail(TicketWork& work, TicketMail const& in);
// Kept in the thread, unless it is a bounce or there is no ticket; nobody is notified.
Result<Outcome> take_automatic_mail(TicketWork& work, TicketMail const& in, bool bounce, std::string_view reason);

// --- shared by them

// An entry for this mail, not added yet: author, ids, raw message.
store::TicketEntry make_mail_entry(TicketWork& work, TicketMail const& in, store::TicketEntry::Kind kind);
// The agents' view: as received, under a Reply-To of ours and the ticket's marks, without fields that lead replies
// elsewhere.
Prepared view_for_agents(TicketWork const& work, store::Ticket const& ticket, TicketMail const& in,
                         mail::Address const& reply_to, std::string_view more_lines);
// Adds it, counts it in `ticket`; found again by its ids, and known when it comes twice.
void add_mail_entry(TicketWork& work, store::Ticket& ticket, store::TicketEntry& entry, TicketMail const& in);
// People named in To and Cc who do not take part yet, as participants to be accepted. In words; empty: none.
std::string add_named_people(TicketWork& work, store::Ticket& ticket, mail::Summary const& mail);
Result<void> check_ticket_storm(TicketWork& work, TicketSender const& sender, store::TicketId ticket);
// The same for all who take no part together.
Result<void> check_held_storm(TicketWork& work, store::TicketId ticket);
// "me", "nobody" or an agent's login. Fails: forbidden, 5.5.4.
Result<UserId> find_assignee(TicketWork const& work, std::string_view name, UserId me);
Outcome ticket_outcome(std::string text, TicketSender const& sender);

// Was this very mail taken before? `ticket` 0: as one that opened a ticket.
std::optional<store::TicketId> find_taken_mail(TicketWork const& work, store::TicketId ticket, Addressed const& mail);
void note_taken_mail(TicketWork& work, store::TicketId ticket, std::uint32_t entry, Addressed const& mail);

}  // namespace mc::center
