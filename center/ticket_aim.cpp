// Who writes, and which ticket the mail is about.
#include <algorithm>

#include "center/desk.h"
#include "center/ticket_changes.h"
#include "center/ticket_mail.h"
#include "core/text.h"

namespace mc::center {

namespace {

constexpr std::size_t most_recipients = 100, most_ids = 50;  // that are looked at

// The account that From names: his own address here where that may be believed, else his verified ordinary one.
std::optional<store::User> find_author(TicketWork const& work, Addressed const& mail, std::string_view address) {
  Submitter const& submitter = mail.envelope.submitter;
  auto const parsed = parse_address(address);
  if (!parsed) return std::nullopt;
  if (is_our_domain(work.settings(), parsed->domain))
    return submitter.kind == SubmitterKind::platform ? store::find_user(work.tx, parsed->local) : std::nullopt;
  auto const id = store::find_user_by_email(work.tx, address);
  auto user = id ? store::find_user(work.tx, *id) : std::nullopt;
  if (user && user->email_state == store::AddressState::unverified) return std::nullopt;
  return user;
}

}  // namespace

TicketSender read_ticket_sender(TicketWork const& work, Addressed const& mail) {
  Submitter const& submitter = mail.envelope.submitter;
  auto const& from = mail.prepared.summary.from;
  TicketSender out;
  if (from.size() == 1 && !from[0].host.empty() && parse_address(from[0].spec())) {
    out.address = from[0].spec();
    out.name = cut_ticket_text(from[0].name, max_ticket_name);
    out.aligned = mail.prepared.auth.dmarc_passed_for(from[0].host);
  }
  out.logged_in = submitter.user && (submitter.kind == SubmitterKind::user || submitter.kind == SubmitterKind::agent);
  auto const user = out.logged_in ? store::find_user(work.tx, submitter.user) : find_author(work, mail, out.address);
  if (!user) return out;
  out.user = user->id;
  out.is_agent = is_agent(work.tx, user->id);
  out.is_user = user->role == store::Role::user;
  if (!user->display_name.empty()) out.name = cut_ticket_text(user->display_name, max_ticket_name);
  return out;
}

namespace {

// An ordinary address that was verified once.
std::string proven_address(store::User const& user) {
  return user.email_state == store::AddressState::unverified ? std::string() : user.email;
}

// Of two accounts with one address, and of an account made later for a stranger's, either is the one who takes part.
bool is_sender(TicketWork const& work, store::Participant const& p, TicketSender const& sender) {
  if (p.user && p.user == sender.user) return true;
  if (p.user && sender.logged_in) return false;
  auto const account = p.user ? p.user : sender.logged_in ? sender.user : UserId();
  auto const user = account ? store::find_user(work.tx, account) : std::nullopt;
  if (account && !user) return false;
  std::string const theirs = p.user ? proven_address(*user) : p.address;
  std::string const his = sender.logged_in ? proven_address(*user) : sender.address;
  return !theirs.empty() && iequals(theirs, his);
}

// The participant who writes: an account of his that is logged in, or that From names; a stranger by his address.
std::size_t find_senders_place(TicketWork const& work, store::Ticket const& ticket, TicketSender const& sender) {
  for (std::size_t i = 0; i < ticket.participants.size(); ++i)
    if (is_sender(work, ticket.participants[i], sender)) return i + 1;
  return 0;
}

bool is_ticket_token(Target const& target) {
  return target.kind == Target::Kind::ticket || target.kind == Target::Kind::note;
}

struct Tokens {
  std::optional<TicketToken> first;
  std::vector<store::TicketId> notes;  // tickets of which a note's token is among the recipients
};

Tokens find_tokens(TicketWork const& work, std::vector<std::string> const& addresses) {
  Tokens out;
  for (std::string const& address : addresses) {
    auto const target = find_target(work.tx, work.settings(), address);
    if (!target || !is_ticket_token(*target)) continue;
    TicketToken const token = read_ticket_token(target->token);
    if (token.note) out.notes.push_back(token.ticket);
    if (!out.first) out.first = token;
  }
  return out;
}

std::vector<std::string> envelope_addresses(Envelope const& envelope) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < envelope.recipients.size() && i < most_recipients; ++i)
    out.push_back(envelope.recipients[i].address);
  return out;
}

// In-Reply-To, then References from the last one back.
std::vector<std::string> ids_answered(mail::Summary const& mail) {
  std::vector<std::string> ids = mail.in_reply_to;
  ids.insert(ids.end(), mail.references.rbegin(), mail.references.rend());
  if (ids.size() > most_ids) ids.resize(most_ids);
  return ids;
}

struct Parent {
  store::Ticket ticket;  // the one that counts
  store::TicketId answered_in;
  std::uint32_t entry = 0;
};

// What is answered, in this ticket or in any; where there are several, one in which the sender takes part.
std::optional<Parent> find_parent(TicketWork const& work, mail::Summary const& mail, TicketSender const& sender,
                                  std::optional<store::TicketId> in) {
  std::optional<Parent> other;
  for (std::string const& id : ids_answered(mail))
    for (store::ThreadMessage const& message : store::find_thread_messages(work.tx, store::Thread::Kind::ticket, id)) {
      store::TicketId const answered(message.thread.id);
      auto ticket = store::find_open_end(work.tx, answered);
      if (!ticket || (in && ticket->id != *in)) continue;
      Parent found{*std::move(ticket), answered, message.number};
      bool const his = (sender.logged_in && sender.is_agent) || find_senders_place(work, found.ticket, sender) > 0;
      if (his) return found;
      if (!other) other = std::move(found);
    }
  return other;
}

// "[T-7]" in the subject, as far as anybody reads one.
std::optional<store::TicketId> find_tag(std::string_view subject) {
  subject = subject.substr(0, 1'000);
  for (auto at = subject.find('['); at != std::string_view::npos; at = subject.find('[', at + 1)) {
    auto const close = subject.find(']', at);
    if (close == std::string_view::npos) break;
    std::string_view const inside = subject.substr(at + 1, close - at - 1);
    auto const id =
        istarts_with(inside, "T-") ? parse_ticket_id(inside) : Result<store::TicketId>(fail(Errc::syntax, {}));
    if (id) return *id;
  }
  return std::nullopt;
}

void set_answered(TicketWork const& work, TicketAim& aim, store::TicketId in, std::uint32_t number) {
  aim.answered_in = in;
  aim.answered = store::find_entry(work.tx, in, number);
}

// Whose token it is takes part, as long as he has an account.
Result<void> check_token(TicketWork const& work, TicketToken const& token, std::string_view address) {
  if (token.user && !store::find_user(work.tx, token.user)) return unknown_address(address);
  return {};
}

void aim_by_parent(TicketWork const& work, TicketAim& aim, Parent parent) {
  aim.by = TicketAim::By::thread;
  aim.ticket = std::move(parent.ticket);
  set_answered(work, aim, parent.answered_in, parent.entry);
}

void aim_by_tag(TicketWork const& work, TicketAim& aim, std::string_view subject, TicketSender const& sender) {
  auto const id = find_tag(subject);
  auto ticket = id ? store::find_open_end(work.tx, *id) : std::nullopt;
  bool const his = ticket && ((sender.logged_in && sender.is_agent) || find_senders_place(work, *ticket, sender) > 0);
  if (!his) return;
  aim.by = TicketAim::By::tag;
  aim.ticket = std::move(ticket);
}

}  // namespace

Result<TicketAim> find_ticket_aim(TicketWork const& work, Addressed const& mail, Target const& target,
                                  TicketSender const& sender) {
  TicketAim aim;
  Tokens tokens = find_tokens(work, envelope_addresses(mail.envelope));
  if (is_ticket_token(target)) tokens.first = read_ticket_token(target.token);
  std::optional<Parent> parent;
  if (tokens.first) {
    aim.by = TicketAim::By::token;
    aim.token = *tokens.first;
    aim.desk_token = aim.token.is_desk();
    aim.ticket = store::find_open_end(work.tx, aim.token.ticket);
    if (!aim.ticket) return unknown_address("t-…@" + work.settings().domain);
    if (auto good = check_token(work, aim.token, mail.envelope.recipients.front().address); !good) return good.error();
    parent = find_parent(work, mail.prepared.summary, sender, aim.ticket->id);
    set_answered(work, aim, aim.token.ticket, aim.token.entry);
    if (parent && !aim.answered) set_answered(work, aim, parent->answered_in, parent->entry);
  } else if ((parent = find_parent(work, mail.prepared.summary, sender, std::nullopt))) {
    aim_by_parent(work, aim, *parent);
  } else {
    aim_by_tag(work, aim, mail.prepared.summary.subject, sender);
  }
  if (!aim.ticket) return aim;
  aim.place = find_senders_place(work, *aim.ticket, sender);
  auto const said = parent ? store::find_entry(work.tx, parent->answered_in, parent->entry) : std::nullopt;
  aim.internal = aim.token.note || (said && said->kind != store::TicketEntry::Kind::message) ||
                 std::find(tokens.notes.begin(), tokens.notes.end(), aim.token.ticket) != tokens.notes.end();
  return aim;
}

std::optional<store::Ticket> find_ticket_of_draft(TicketWork const& work, mail::Summary const& draft) {
  std::vector<std::string> addresses;
  for (auto const* list : {&draft.to, &draft.cc})
    for (mail::Address const& address : *list)
      if (addresses.size() < most_recipients) addresses.push_back(address.spec());
  if (auto token = find_tokens(work, addresses).first) return store::find_open_end(work.tx, token->ticket);
  auto parent = find_parent(work, draft, {}, std::nullopt);
  if (!parent) return std::nullopt;
  return std::move(parent->ticket);
}

bool acts_as_agent(Settings const& settings, TicketSender const& sender, TicketAim const& aim) {
  if (!sender.is_agent) return false;
  bool const as_participant = aim.place > 0 && !aim.desk_token;  // in a ticket of his own
  bool const proven = settings.agents_at_a2 && sender.aligned && aim.desk_token;
  return (sender.logged_in || proven) && !as_participant;
}

Certainty certainty_of(TicketSender const& sender, TicketAim const& aim) {
  using By = TicketAim::By;
  if (sender.logged_in) return Certainty::a3;
  bool const known = aim.place > 0 || (aim.desk_token && sender.is_agent);  // From is of one whom it would concern
  if (aim.by == By::token && known) return sender.aligned ? Certainty::a2 : Certainty::a1;
  if (aim.by == By::thread && known) return Certainty::a1;  // our Message-IDs are as hard to guess as tokens
  return sender.aligned && sender.user ? Certainty::a1 : Certainty::a0;
}

}  // namespace mc::center
