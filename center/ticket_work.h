// center/ticket_work.h - what the parts of the tickets share: the operation they run in, words, tokens. For the inside
// of center/ticket*.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "center/context.h"
#include "center/policy_holder.h"
#include "mail/compose.h"
#include "store/accounts.h"
#include "store/decisions.h"
#include "store/thread_ids.h"
#include "store/tickets.h"

namespace mc::center {

// One operation on tickets, on the writer thread.
struct TicketWork {
  Context const& context;
  store::Transaction& tx;
  PolicyInForce policy;
  Time now;
  std::string mail_id;  // of the mail that causes it, or one of its own

  Settings const& settings() const { return context.settings; }
};

constexpr std::size_t max_ticket_subject = 200, max_ticket_name = 100, max_ticket_words = 1'000;  // characters
constexpr std::size_t max_participants = 50;
constexpr std::string_view reply_type = "ticket.reply", opened_type = "ticket.opened";  // of the policy

std::string write_ticket_id(store::TicketId id);                // "T-7"
std::string write_ticket_subject(store::Ticket const& ticket);  // "[T-7] Where is my money?"
// One line of well-formed text, at most so many characters.
std::string cut_ticket_text(std::string_view text, std::size_t characters);
inline store::Thread thread_of(store::TicketId id) { return {store::Thread::Kind::ticket, id.value}; }

std::string write_moment(Time t);  // "2026-11-23 12:00 UTC"

// Who acts, in words: a login; "an administrator" for 0; "somebody whose account is gone".
std::string name_of_actor(store::Snapshot const& s, UserId user);
// As others see him: his display name, else his login; never an address elsewhere.
std::string name_of_participant(store::Snapshot const& s, store::Participant const& participant);
// The agents know an entry by the id it came with, else by ours.
std::string const& id_on_desk(store::TicketEntry const& entry);

mail::Address support_address(Settings const& settings);  // Support <support@…>

// --- tokens: kind 't' for what is public, 'n' for what is internal. Whose it is: a user's; a stranger's, by his place
// in the list of participants; or the desk's, which works for agents only.
struct TicketToken {
  store::TicketId ticket;   // for which it was issued; it may be merged by now
  std::uint32_t entry = 0;  // that the copy with it shows
  UserId user;
  std::size_t place = 0;  // of a stranger, from 1
  bool note = false;

  bool is_desk() const { return !user && place == 0; }
};
TicketToken read_ticket_token(store::TokenSubject const& token);

mail::Address issue_desk_address(TicketWork& work, store::TicketId ticket, std::uint32_t entry);
mail::Address issue_note_address(TicketWork& work, store::TicketId ticket, std::uint32_t entry);
// For the participant at `place` (from 1) of the ticket's list.
mail::Address issue_reply_address(TicketWork& work, store::Ticket const& ticket, std::size_t place,
                                  std::uint32_t entry);

}  // namespace mc::center
