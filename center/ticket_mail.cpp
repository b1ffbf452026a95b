#include "center/ticket_mail.h"

#include "center/desk.h"
#include "center/rewrite.h"
#include "center/storm_guard.h"
#include "center/ticket_changes.h"
#include "center/ticket_copies.h"
#include "center/trace.h"
#include "core/text.h"
#include "mail/headers.h"
#include "store/bodies.h"

namespace mc::center {

namespace {

// Message-IDs that can be: longer ones are as none.
std::string plausible_id(std::string const& id) {
  constexpr std::size_t longest = 998;
  return id.size() <= longest ? id : std::string();
}

bool is_known_in(TicketWork const& work, store::TicketId ticket, std::string const& id) {
  return store::find_thread_message(work.tx, thread_of(ticket), id).has_value();
}

std::string requester_of(TicketWork const& work, store::Ticket const& ticket) {
  if (ticket.participants.empty()) return {};
  store::Participant const& p = ticket.participants[0];
  auto const user = p.user ? store::find_user(work.tx, p.user) : std::nullopt;
  std::string const who = user ? user->login : p.address;
  std::string const name = user && !user->display_name.empty() ? user->display_name : p.name;
  return name.empty() ? who : name + " (" + who + ')';
}

}  // namespace

store::TicketEntry make_mail_entry(TicketWork& work, TicketMail const& in, store::TicketEntry::Kind kind) {
  store::TicketEntry entry;
  entry.kind = kind;
  entry.at = work.now;
  entry.author = in.certainty == Certainty::a0 && in.aim.ticket && in.aim.place == 0 ? UserId() : in.sender.user;
  if (!entry.author) entry.author_address = printable(in.sender.address, 320);
  entry.message_id = plausible_id(in.mail.prepared.summary.message_id);
  entry.mail_id = work.mail_id;
  entry.raw = keep_raw(work, in.mail.prepared, in.mail.envelope);
  entry.certainty = static_cast<unsigned char>(in.certainty);
  return entry;
}

Prepared view_for_agents(TicketWork const& work, store::Ticket const& ticket, TicketMail const& in,
                         mail::Address const& reply_to, std::string_view more_lines) {
  constexpr std::string_view reply_field = "Reply-To: ", requester_field = "X-MC-Requester: ";
  std::string lines(reply_field);
  lines += mail::encode_addresses({reply_to}, reply_field.size()) + "\r\n";
  lines += write_field("X-MC-Ticket", write_ticket_id(ticket.id));
  lines += write_field("X-MC-Certainty", to_string(in.certainty));
  lines += std::string(requester_field) +
           mail::encode_header(cut_ticket_text(requester_of(work, ticket), 300), requester_field.size()) + "\r\n";
  lines += more_lines;
  return put_lines_before(
      in.mail.prepared, lines,
      {"Reply-To", "Mail-Followup-To", "Mail-Reply-To", "Disposition-Notification-To", "Return-Receipt-To"});
}

void add_mail_entry(TicketWork& work, store::Ticket& ticket, store::TicketEntry& entry, TicketMail const& in) {
  std::string const original = is_known_in(work, ticket.id, entry.message_id) ? std::string() : entry.message_id;
  bool const stranger =
      !entry.author && !original.empty();  // nobody else knows him by an account: his id is everybody's
  if (entry.shown_id.empty()) entry.shown_id = stranger ? original : mail::make_message_id(work.settings().hostname);
  ticket.entries = store::add_entry(work.tx, ticket.id, entry).entries;
  store::put_thread_message(work.tx,
                            {thread_of(ticket.id), entry.number, entry.author, original, entry.shown_id, work.now});
  note_taken_mail(work, ticket.id, entry.number, in.mail);
}

// --- people

namespace {

// Somebody named in a mail, as he would take part; absent: one of us, an agent, or no address.
std::optional<store::Participant> make_participant(TicketWork const& work, mail::Address const& named) {
  auto const address = parse_address(named.spec());
  if (!address || address->domain.empty() || named.host.empty()) return std::nullopt;
  bool const here = is_our_domain(work.settings(), address->domain);
  auto const id =
      here ? store::find_user_id(work.tx, address->local) : store::find_user_by_email(work.tx, named.spec());
  auto const user = id ? store::find_user(work.tx, *id) : std::nullopt;
  if (here && !user) return std::nullopt;
  if (user && user->role != store::Role::user) return std::nullopt;
  store::Participant p;
  p.user = user ? user->id : UserId();
  p.address = user ? user->email : named.spec();
  p.name = cut_ticket_text(named.name, max_ticket_name);
  p.joined = work.now;
  return p;
}

}  // namespace

std::string add_named_people(TicketWork& work, store::Ticket& ticket, mail::Summary const& mail) {
  constexpr std::size_t most_named = 20;
  std::string words;
  std::size_t seen = 0;
  for (auto const* list : {&mail.to, &mail.cc})
    for (mail::Address const& named : *list) {
      if (++seen > most_named || ticket.participants.size() >= max_participants) return words;
      auto p = make_participant(work, named);
      if (!p || find_place(work.tx, work.settings(), ticket, named.spec()) > 0) continue;
      words += (words.empty() ? "" : ", ") + printable(named.spec(), 320);
      ticket.participants.push_back(*std::move(p));
    }
  return words;
}

namespace {

constexpr std::uint64_t tickets = std::uint64_t{'t'} << 56;  // threads apart from conversations and teams

}  // namespace

Result<void> check_held_storm(TicketWork& work, store::TicketId ticket) {
  return check_storm(work.settings(), work.tx, "who takes no part", tickets | ticket.value, work.now);
}

Result<void> check_ticket_storm(TicketWork& work, TicketSender const& sender, store::TicketId ticket) {
  std::string const who = sender.logged_in ? "user " + to_string(sender.user) : printable(sender.address, 320);
  return check_storm(work.settings(), work.tx, who, tickets | ticket.value, work.now);
}

Outcome ticket_outcome(std::string text, TicketSender const& sender) {
  Outcome out;
  out.text = std::move(text);
  out.login = printable(sender.address, 100);
  out.type = "ticket";
  return out;
}

// --- mails that come twice

namespace {

std::string key_of_mail(Addressed const& mail) { return "mail " + mail.envelope.mail_id; }

// Is the entry this very message? What mail servers put before it on its way may differ.
bool is_same_message(TicketWork const& work, store::ThreadMessage const& known, Addressed const& mail) {
  auto const entry = store::find_entry(work.tx, store::TicketId(known.thread.id), known.number);
  if (!entry || !entry->raw || entry->message_id != mail.prepared.summary.message_id) return false;
  std::string octets;
  store::read_received(work.tx, entry->raw, octets);
  auto content = [](std::string_view whole) { return whole.substr(mail::header_end(whole)); };
  auto subject = [](std::string_view whole) {
    return mail::find_header(whole, "Subject").value_or(std::string_view());
  };
  return content(octets) == content(mail.prepared.octets) && subject(octets) == subject(mail.prepared.octets);
}

}  // namespace

std::optional<store::TicketId> find_taken_mail(TicketWork const& work, store::TicketId ticket, Addressed const& mail) {
  if (auto meaning = store::find_ticket_mail(work.tx, ticket, key_of_mail(mail)))
    return ticket ? ticket : store::TicketId(*meaning);
  std::string const& message_id = mail.prepared.summary.message_id;
  for (store::ThreadMessage const& known :
       store::find_thread_messages(work.tx, store::Thread::Kind::ticket, message_id)) {
    auto const counts = store::find_open_end(work.tx, store::TicketId(known.thread.id));
    if (counts && (!ticket || ticket == counts->id) && is_same_message(work, known, mail)) return counts->id;
  }
  return std::nullopt;
}

void note_taken_mail(TicketWork& work, store::TicketId ticket, std::uint32_t entry, Addressed const& mail) {
  store::put_ticket_mail(work.tx, ticket, key_of_mail(mail), entry);
}

}  // namespace mc::center
