// store/tickets.h - support tickets: who asked, where they stand, everything said in them.
//
// A ticket is one record; its entries (messages, internal notes, what happened) stand in order behind it. The agents' copies of
// its messages lie together in one mailbox of the desk: a ticket is in one place at a time. Indexes by status, by assignee and by
// due first answer are kept here, in the same transaction.
//
// When an account is deleted its tickets stay: the participant has user 0, no address and is not accepted from then on, its
// tickets are nobody's (reclaim_deleted(), store/mailboxes.h, a slice at a time).
//
// Functions of a snapshot or transaction; no state of their own. Who may do what is center's (center/tickets.h).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/ids.h"
#include "core/result.h"
#include "core/uid_set.h"
#include "store/engine.h"

namespace mc::store {

using TicketId = Id<struct TicketIdTag, std::uint64_t>;  // the n of T-n, from 1

enum class TicketStatus : unsigned char { open = 0, waiting = 1, solved = 2, merged = 3 };
std::string_view to_string(TicketStatus status);
std::optional<TicketStatus> parse_ticket_status(std::string_view text);  // not merged: that is no choice

enum class TicketPriority : unsigned char { low = 0, normal = 1, high = 2, urgent = 3 };
std::string_view to_string(TicketPriority priority);
std::optional<TicketPriority> parse_ticket_priority(std::string_view text);

// Somebody who takes part, the requester first. Either an account here, or an address elsewhere.
struct Participant {
  UserId user;             // 0: a stranger
  std::string address;     // elsewhere, as he writes; of a user his ordinary address when he joined
  std::string name;        // as shown
  bool accepted = false;   // by an agent (the requester is from the start); till then he gets nothing
  Time joined{};
};

struct Ticket {
  TicketId id;
  std::string subject;     // of the first message, decoded, without tag and "Re:"
  TicketStatus status = TicketStatus::open;
  TicketPriority priority = TicketPriority::normal;
  UserId assignee;         // 0: nobody
  std::vector<Participant> participants;
  Time opened{}, changed{};
  Time answer_due{};       // until when the first answer is promised; 1970: no promise
  Time first_answer{};     // public, by an agent; 1970: none yet
  bool overdue = false;    // marked as such
  Time solved{};           // 1970: it is not
  TicketId merged_into;    // status merged
  MailboxId mailbox;       // of the desk, where the agents' copies lie
  std::uint32_t entries = 0;  // how many there are; numbered from 1
};

struct TicketEntry {
  enum class Kind : unsigned char { message = 0, note = 1, event = 2 };  // public; internal; what happened, internal too
  std::uint32_t number = 0;
  Kind kind = Kind::message;
  Time at{};
  UserId author;              // 0: a stranger, or the Message Center itself (event)
  std::string author_address; // of a stranger
  bool by_agent = false;
  bool automatic = false;     // RFC 3834: changed nothing
  std::string message_id;     // as the author wrote it, with brackets
  std::string shown_id;       // as the others got it
  std::string mail_id;        // of the intake, in the logs
  std::string text;           // of an event, and of a note about why something was held
  MessageId raw;              // as received; one reference is the entry's. 0: none
  MailboxId mailbox;          // the agents' copy, if there is one
  Uid uid;
  unsigned char certainty = 0;  // center/tickets.h: Certainty, how sure it is that the author wrote it
};

TicketId add_ticket(Transaction& tx, Ticket const& ticket);  // its id is given; entries is 0
void update_ticket(Transaction& tx, Ticket const& ticket);   // by id; keeps the indexes. Requires: it exists
std::optional<Ticket> find_ticket(Snapshot const& s, TicketId id);
// Follows merged_into to the one that counts.
std::optional<Ticket> find_open_end(Snapshot const& s, TicketId id);

// Appends; gives the number and counts it in the ticket's record, which it returns as it is now.
Ticket add_entry(Transaction& tx, TicketId id, TicketEntry& entry);
void update_entry(Transaction& tx, TicketId id, TicketEntry const& entry);
std::optional<TicketEntry> find_entry(Snapshot const& s, TicketId id, std::uint32_t number);
std::vector<TicketEntry> list_entries(Snapshot const& s, TicketId id, std::uint32_t after = 0, std::size_t most = 10'000);
// Which entry of which ticket an agents' copy is; absent: none.
struct TicketPlace {
  TicketId ticket;
  std::uint32_t entry = 0;
};
std::optional<TicketPlace> find_ticket_place(Snapshot const& s, MailboxId mailbox, Uid uid);

struct TicketFilter {
  std::optional<TicketStatus> status;
  std::optional<UserId> assignee;     // 0: nobody's
  std::optional<UserId> requester;
};
// Last changed first. Cost: with status or assignee what is returned and the filter left out; else the tickets.
std::vector<Ticket> list_tickets(Snapshot const& s, TicketFilter const& filter, TicketId before, std::size_t most);
// Those merged into this one, also by way of others; at most `most`.
std::vector<TicketId> list_merged(Snapshot const& s, TicketId id, std::size_t most);
// Open ones without an answer whose promise ran out by `now`, not marked yet; at most `most`.
std::vector<TicketId> list_overdue(Snapshot const& s, Time now, std::size_t most);


// --- What a mail did already: `key` is any text (a mail's id in the logs) of which a hash is kept. Ticket 0: mails that opened one.
void put_ticket_mail(Transaction& tx, TicketId ticket, std::string_view key, std::uint64_t meaning);
std::optional<std::uint64_t> find_ticket_mail(Snapshot const& s, TicketId ticket, std::string_view key);

// --- Participants' copies of its messages, in their own mailboxes: they go some time after the ticket is closed.
struct TicketCopy {
  MailboxId mailbox;
  Uid uid;
  DecisionId decision;  // 0: their own message, which no rule decided
};
void put_ticket_copy(Transaction& tx, TicketId ticket, TicketCopy const& copy);
std::vector<TicketCopy> list_ticket_copies(Snapshot const& s, TicketId ticket, std::size_t most = 100'000);

// --- Drafts that answer a ticket, and the note "… is writing" that stands in the ticket's place meanwhile. An agent has one note a
// ticket, whatever the number of his drafts.
struct TicketWriting {
  MailboxId drafts;       // the agent's
  MailboxId mailbox;      // where the note lies
  Uid uid;
  std::uint32_t drafts_count = 0;
};
std::optional<TicketWriting> find_ticket_writing(Snapshot const& s, TicketId ticket, MailboxId drafts);
std::vector<TicketWriting> list_ticket_writings(Snapshot const& s, TicketId ticket);
void put_ticket_writing(Transaction& tx, TicketId ticket, TicketWriting const& writing);  // drafts_count 0: it goes
void put_ticket_draft(Transaction& tx, MailboxId drafts, Uid uid, TicketId ticket);
// All of them, in order of mailbox; at most `most`.
struct TicketDraft {
  MailboxId drafts;
  Uid uid;
};
std::vector<TicketDraft> list_ticket_drafts(Snapshot const& s, std::size_t most);
// Forgets the drafts of `gone` and says whose ticket each was.
std::vector<TicketId> take_ticket_drafts(Transaction& tx, MailboxId drafts, UidSet const& gone);

}  // namespace mc::store
