// store/mailboxes.h - the mailboxes of a user: names, kinds, subscriptions, counts.
//
// Functions of a snapshot or transaction; no state of their own. Names are UTF-8 in IMAP's
// hierarchy with "/", without leading, trailing or doubled separators; "INBOX" is upper case.
// What a session may do to which mailbox is center's decision; here only what is possible.
// Whatever changes the list of mailboxes or subscriptions publishes topic::user_mailboxes(owner).
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/ids.h"
#include "core/result.h"
#include "store/engine.h"

namespace mc::store {

enum class MailboxKind : unsigned char {
  user = 0,      // made by the user
  inbox = 1,     // the four system folders
  alerts = 2,
  updates = 3,
  tickets = 4,
  special = 5,   // Sent, Drafts, Trash, Archive: made with the account
  desk = 6,      // of the agents' desk (center/desk.h): no user's own
};

struct MailboxInfo {
  MailboxId id;
  UserId owner;
  std::string name;
  MailboxKind kind = MailboxKind::user;
  std::string special_use;  // "\\Sent"; empty: none
  UidValidity uid_validity;
  std::vector<std::string> keywords;  // flag bit 8 + index
};

// Fixed layout, changes with every message; kept under its own key.
struct MailboxState {
  Uid uid_next{1};
  ModSeq highest_modseq{1};      // never 0 (RFC 7162, 3.1.2.1)
  std::uint32_t exists = 0;
  std::uint32_t unseen = 0;
  std::uint32_t deleted = 0;
  std::uint64_t octets = 0;      // sum of RFC822.SIZE
  Uid recent_from{1};            // messages from here on are \Recent to the next session that selects
  ModSeq log_floor{1};           // the change log is complete after this
  std::uint32_t log_records = 0; // how many records it has
};

constexpr std::size_t max_mailboxes = 1000;         // a user; each find walks them
constexpr std::size_t max_subscriptions = 2000;     // a user; they outlive mailboxes
constexpr std::size_t max_mailbox_name = 1000;      // octets
constexpr std::size_t max_mailbox_depth = 20;       // levels
constexpr std::size_t max_keywords = 56;            // a mailbox; bits 8 to 63
constexpr std::size_t max_keyword = 255;            // octets

// The name as it is stored: a first level "inbox" in any case becomes INBOX. Fails: syntax (not UTF-8,
// control characters or line separators, an empty level), limit (length, depth).
Result<std::string> check_mailbox_name(std::string_view name);

// Makes INBOX, Account Alerts, Updates, Tickets, Sent, Drafts, Trash, Archive, subscribed.
void make_account_mailboxes(Transaction& tx, UserId owner, Time now);

// In this order: the four system folders, the special ones, then the user's by name, level by level.
std::vector<MailboxInfo> list_mailboxes(Snapshot const& s, UserId owner);
std::optional<MailboxInfo> find_mailbox(Snapshot const& s, UserId owner, std::string_view name);
std::optional<MailboxInfo> find_mailbox(Snapshot const& s, MailboxId id);
std::optional<MailboxId> find_mailbox_of_kind(Snapshot const& s, UserId owner, MailboxKind kind);
// Requires: it exists.
MailboxState state_of(Snapshot const& s, MailboxId id);

// Missing superior levels are made too, as kind user: a name is never without its mailbox.
// Fails: exists, syntax and limit (of the name; mailboxes a user).
// UIDVALIDITY is new for every mailbox ever made, also after a restored backup: the greater of the last
// one plus 1 and the seconds of the clock (RFC 9051, 2.3.1.1).
Result<MailboxId> create_mailbox(Transaction& tx, UserId owner, std::string_view name, MailboxKind kind,
                                 std::string_view special_use, Time now);
// One of the desk: superior levels are not made, nothing limits how many there are (one an agent). Requires: the name is good, and
// free.
MailboxId make_desk_mailbox(Transaction& tx, UserId owner, std::string_view name, Time now);
// Renames this one and everything below it; makes missing superiors of `to`; subscriptions stay as
// they are (RFC 9051, 6.3.6). INBOX: as move_inbox_to(). Fails: not_found, exists, syntax, limit,
// forbidden (below itself).
Result<void> rename_mailbox(Transaction& tx, UserId owner, std::string_view from, std::string_view to);
// The name and the mailbox go at once, its messages with later calls of reclaim_deleted(). Publishes the
// mailbox. Fails: not_found, conflict (it has inferiors: HASCHILDREN), forbidden (INBOX).
Result<void> delete_mailbox(Transaction& tx, UserId owner, std::string_view name);
// RENAME INBOX: its messages move to the new mailbox, INBOX stays, empty (RFC 9051, 6.3.6). Fails: as
// create_mailbox().
Result<void> move_inbox_to(Transaction& tx, UserId owner, std::string_view to, Time now);

// Subscriptions are names; they survive the mailbox (RFC 9051, 6.3.7).
// false: not a name, or max_subscriptions reached.
bool subscribe(Transaction& tx, UserId owner, std::string_view name);
bool unsubscribe(Transaction& tx, UserId owner, std::string_view name);  // false: was not
std::vector<std::string> list_subscriptions(Snapshot const& s, UserId owner);  // by name

// The flag bit of a keyword, case-insensitive.
std::optional<unsigned> find_keyword(MailboxInfo const& mailbox, std::string_view keyword);
// The flag bit of a keyword, made if need be. Fails: limit (56 a mailbox), syntax (not an atom, or longer
// than max_keyword). Case-insensitive.
Result<unsigned> keyword_bit(Transaction& tx, MailboxId id, std::string_view keyword);

// Frees up to `most` messages (or 64 MiB of bodies) and records of deleted mailboxes, deleted users and
// large expunges; false when nothing is left to do.
bool reclaim_deleted(Transaction& tx, std::size_t most);

}  // namespace mc::store
