#include "center/tickets.h"

#include <array>

#include "center/automatic.h"
#include "center/ticket_mail.h"
#include "core/log.h"
#include "core/text.h"

namespace mc::center {

std::string_view to_string(Certainty certainty) {
  static constexpr std::array<std::string_view, 4> names{"A0", "A1", "A2", "A3"};
  return names.at(static_cast<std::size_t>(certainty));
}

// ticket-id = [ "T-" ] 1*DIGIT    in any case
Result<store::TicketId> parse_ticket_id(std::string_view text) {
  std::string_view const digits = istarts_with(text, "T-") ? text.substr(2) : text;
  auto const number = parse_number(digits);
  if (!number || *number == 0) return fail(Errc::syntax, "No ticket number: " + printable(text, 40));
  return store::TicketId(*number);
}

namespace {

std::optional<Outcome> find_taken(TicketWork const& work, TicketMail const& in) {
  auto const taken = find_taken_mail(work, in.aim.ticket ? in.aim.ticket->id : store::TicketId(), in.mail);
  if (!taken) return std::nullopt;
  Outcome outcome = ticket_outcome("Taken already, as " + write_ticket_id(*taken), in.sender);
  outcome.duplicate = true;
  return outcome;
}

// Who takes part, and whose mail is what it says.
bool is_participants(TicketAim const& aim) { return aim.place > 0 && aim.ticket->participants[aim.place - 1].accepted; }

// A mail that answers one of ours, though its writer takes no part: kept if he can open no ticket himself.
bool opens_his_own(TicketMail const& in) {
  return in.aim.by == TicketAim::By::thread && in.aim.place == 0 && (in.sender.logged_in || in.sender.is_user);
}

}  // namespace

Result<Outcome> receive_ticket_mail(Context const& context, store::Transaction& tx, Addressed const& mail,
                                    Target const& target, Recipient const& recipient) {
  TicketWork work{context, tx, mail.policy, mail.now, mail.envelope.mail_id};
  TicketSender sender = read_ticket_sender(work, mail);
  auto aim = find_ticket_aim(work, mail, target, sender);
  if (!aim) return aim.error();
  if (aim->place > 0 && !sender.logged_in) sender.user = aim->ticket->participants[aim->place - 1].user;
  TicketMail in{mail, sender, *aim, certainty_of(sender, *aim), recipient.address};
  if (auto taken = find_taken(work, in)) return *std::move(taken);
  if (auto automatic = classify_automatic(mail.prepared.summary, mail.prepared.octets, mail.envelope.reverse_path,
                                          context.settings.domain))
    return take_automatic_mail(work, in, automatic.kind == AutomaticKind::bounce, automatic.reason);
  if (aim->ticket && acts_as_agent(context.settings, sender, *aim)) return take_agents_mail(work, in);
  if (aim->desk_token) return fail(Errc::forbidden, "5.7.1 This address is for support agents who are logged in");
  if (aim->ticket && opens_his_own(in)) {
    *aim = TicketAim();
    in.certainty = certainty_of(sender, *aim);
  }
  if (!aim->ticket) return open_ticket(work, in);
  return is_participants(*aim) ? take_participants_mail(work, in) : hold_mail(work, in);
}

}  // namespace mc::center
