#include "center/ticket_copies.h"

#include <map>

#include "center/desk.h"
#include "center/post.h"
#include "center/retention.h"
#include "center/trace.h"
#include "core/log.h"
#include "store/bodies.h"
#include "store/mailboxes.h"

namespace mc::center {

namespace {

constexpr std::string_view overdue_keyword = "$Overdue";
constexpr std::size_t most_merged = 1'000;

void log_trouble(TicketWork const& work, store::TicketId ticket, Error const& error) {
  log_error("ticket_copy_failed",
            {{"mail", work.mail_id}, {"ticket", write_ticket_id(ticket)}, {"reason", error.text}});
}

store::Flags overdue_flag(TicketWork& work, MailboxId mailbox) {
  auto bit = store::keyword_bit(work.tx, mailbox, overdue_keyword);
  return bit ? store::Flags{1} << *bit : 0;
}

bool is_overdue(store::Ticket const& ticket) { return ticket.overdue && ticket.first_answer == Time{}; }

store::KeptNote kept_note(MailboxId mailbox, Uid uid, DecisionId decision, std::string_view type) {
  store::KeptNote note;
  note.type = type;
  note.mailbox = mailbox;
  note.uid = uid;
  note.decision = decision;
  return note;
}

// The ticket and those merged into it.
std::vector<store::TicketId> family_of(TicketWork const& work, store::TicketId id) {
  std::vector<store::TicketId> family = store::list_merged(work.tx, id, most_merged);
  family.insert(family.begin(), id);
  return family;
}

template <class F>
void for_each_copy(TicketWork& work, store::TicketId ticket, F&& f) {
  for (store::TicketId id : family_of(work, ticket)) {
    for (store::TicketEntry const& entry : store::list_entries(work.tx, id, 0, 100'000))
      if (entry.mailbox) f(kept_note(entry.mailbox, entry.uid, {}, reply_type));
    for (store::TicketCopy const& copy : store::list_ticket_copies(work.tx, id)) {
      auto decision = copy.decision ? store::find_decision(work.tx, copy.decision) : std::nullopt;
      f(kept_note(copy.mailbox, copy.uid, copy.decision, decision ? std::string_view(decision->type) : reply_type));
    }
  }
}

void note_one_closed(TicketWork& work, store::KeptNote const& note, Time closed) {
  rules::Policy const& policy = *work.policy.policy;
  if (auto const type = policy.find_type(note.type)) note_closed(work.tx, policy.type(type), note, closed);
}

}  // namespace

void file_on_desk(TicketWork& work, store::Ticket const& ticket, store::TicketEntry& entry, Prepared const& shown,
                  bool seen) {
  store::Flags flags = seen ? store::flag::seen : 0;
  if (ticket.priority == store::TicketPriority::urgent) flags |= store::flag::flagged;
  if (is_overdue(ticket)) flags |= overdue_flag(work, ticket.mailbox);
  auto filed = file_copy(work.tx, work.policy, ticket.mailbox, shown, {}, flags, {}, work.now);
  if (!filed) return log_trouble(work, ticket.id, filed.error());
  entry.mailbox = ticket.mailbox;
  entry.uid = filed->uid;
  if (ticket.solved != Time{})
    note_one_closed(work, kept_note(entry.mailbox, entry.uid, {}, reply_type), ticket.solved);
}

MessageId keep_raw(TicketWork& work, Prepared const& mail, Envelope const& envelope) {
  std::string const lines =
      write_return_path(envelope.reverse_path) + write_received(envelope, work.settings().hostname, {}, work.now);
  return store::make_message(work.tx, put_body(work.tx, mail), lines, {}, {});
}

namespace {

void put_participants_copy(TicketWork& work, store::Ticket const& ticket, store::TicketCopy const& copy,
                           std::string_view type) {
  store::put_ticket_copy(work.tx, ticket.id, copy);
  if (ticket.solved != Time{})
    note_one_closed(work, kept_note(copy.mailbox, copy.uid, copy.decision, type), ticket.solved);
}

}  // namespace

void file_own_copy(TicketWork& work, store::Ticket const& ticket, UserId user, Prepared const& mail,
                   Envelope const& envelope) {
  auto mailbox = store::find_mailbox_of_kind(work.tx, user, store::MailboxKind::tickets);
  if (!mailbox) return;
  std::string const lines = write_received(envelope, work.settings().hostname, {}, work.now) +
                            write_field("X-MC-Ticket", write_ticket_id(ticket.id));
  auto filed = file_copy(work.tx, work.policy, *mailbox, mail, lines, store::flag::seen, reply_type, work.now);
  if (!filed) return log_trouble(work, ticket.id, filed.error());
  put_participants_copy(work, ticket, {*mailbox, filed->uid, {}}, reply_type);
}

void note_participants_copy(TicketWork& work, store::Ticket const& ticket, Outcome const& outcome) {
  if (!outcome.mailbox) return;
  put_participants_copy(work, ticket, {outcome.mailbox, outcome.uid, outcome.decision}, outcome.type);
}

// --- moves

namespace {

// Where each message of a move went.
std::map<Uid, Uid> pair_up(store::Copied const& copied) {
  std::map<Uid, Uid> out;
  std::size_t to = 0;
  std::uint32_t used = 0;  // of copied.to[to]
  for (UidRange const& from : copied.from)
    for (std::uint32_t uid = from.first; uid - 1 < from.last && to < copied.to.size(); ++uid) {
      UidRange const& range = copied.to[to];
      out.emplace(Uid(uid), Uid(range.first + used));
      if (range.first + used++ == range.last) ++to, used = 0;
    }
  return out;
}

// What lies in one mailbox: entries of one ticket, and notes that somebody writes.
struct Lying {
  std::vector<store::TicketEntry> entries;
  std::vector<store::TicketWriting> writings;
};

std::map<MailboxId, Lying> find_copies(TicketWork const& work, store::TicketId id) {
  std::map<MailboxId, Lying> out;
  for (store::TicketEntry& entry : store::list_entries(work.tx, id, 0, 100'000))
    if (entry.mailbox) out[entry.mailbox].entries.push_back(std::move(entry));
  for (store::TicketWriting const& writing : store::list_ticket_writings(work.tx, id))
    out[writing.mailbox].writings.push_back(writing);
  return out;
}

// A copy that was not there any more is nowhere from now on.
void move_from(TicketWork& work, store::TicketId id, MailboxId from, Lying lying, MailboxId to) {
  UidSet uids;
  for (store::TicketEntry const& entry : lying.entries) uids.add(entry.uid.value);
  for (store::TicketWriting const& writing : lying.writings) uids.add(writing.uid.value);
  auto moved = store::move_messages(work.tx, from, uids, to);
  if (!moved) return log_trouble(work, id, moved.error());
  auto const pairs = pair_up(*moved);
  auto follow = [&](MailboxId& mailbox, Uid& uid) {
    auto at = pairs.find(uid);
    mailbox = at == pairs.end() ? MailboxId() : to;
    uid = at == pairs.end() ? Uid() : at->second;
  };
  for (store::TicketEntry& entry : lying.entries) {
    follow(entry.mailbox, entry.uid);
    store::update_entry(work.tx, id, entry);
  }
  for (store::TicketWriting& writing : lying.writings) {
    follow(writing.mailbox, writing.uid);
    store::put_ticket_writing(work.tx, id, writing);
  }
}

}  // namespace

void move_to_place(TicketWork& work, store::Ticket& ticket) {
  MailboxId const place = get_place_for(work.tx, ticket, work.now);
  for (store::TicketId id : family_of(work, ticket.id))
    for (auto& [from, lying] : find_copies(work, id))
      if (from != place && store::find_mailbox(work.tx, from)) move_from(work, id, from, std::move(lying), place);
  ticket.mailbox = place;
}

void mark_copies(TicketWork& work, store::Ticket const& ticket) {
  std::map<MailboxId, UidSet> copies;
  for (store::TicketId id : family_of(work, ticket.id))
    for (store::TicketEntry const& entry : store::list_entries(work.tx, id, 0, 100'000))
      if (entry.mailbox) copies[entry.mailbox].add(entry.uid.value);
  bool const urgent = ticket.priority == store::TicketPriority::urgent;
  auto change = [](bool set) { return set ? store::FlagChange::add : store::FlagChange::remove; };
  for (auto const& [mailbox, uids] : copies) {
    auto const info = store::find_mailbox(work.tx, mailbox);
    if (!info) continue;
    store::store_flags(work.tx, mailbox, uids, change(urgent), store::flag::flagged);
    if (is_overdue(ticket) || store::find_keyword(*info, overdue_keyword))
      store::store_flags(work.tx, mailbox, uids, change(is_overdue(ticket)), overdue_flag(work, mailbox));
  }
}

void count_from_close(TicketWork& work, store::Ticket const& ticket, Time closed) {
  for_each_copy(work, ticket.id, [&](store::KeptNote const& note) { note_one_closed(work, note, closed); });
}

void forget_close(TicketWork& work, store::Ticket const& ticket, Time closed) {
  for_each_copy(work, ticket.id, [&](store::KeptNote const& note) { note_reopened(work.tx, note, closed); });
}

}  // namespace mc::center
