// store/mailboxes.h - the mailboxes of a user: names, kinds, subscriptions, counts.
//
// Functions of a snapshot or transaction; no state of their own. Names are UTF-8 in IMAP's
// hierarchy with "/", without leading, trailing or doubled separators; "INBOX" is upper case.
// What a session may do to which mailbox is center's decision; here only what is possible.
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
};

// Makes INBOX, Account Alerts, Updates, Tickets, Sent, Drafts, Trash, Archive, subscribed.
void make_account_mailboxes(Transaction& tx, UserId owner, Time now);

// In this order: the four system folders, the special ones, then the user's by name.
std::vector<MailboxInfo> list_mailboxes(Snapshot const& s, UserId owner);
std::optional<MailboxInfo> find_mailbox(Snapshot const& s, UserId owner, std::string_view name);
std::optional<MailboxInfo> find_mailbox(Snapshot const& s, MailboxId id);
std::optional<MailboxId> find_mailbox_of_kind(Snapshot const& s, UserId owner, MailboxKind kind);
// Requires: it exists.
MailboxState state_of(Snapshot const& s, MailboxId id);

// Fails: exists, limit (mailboxes a user, name length 1000 octets, depth 20).
// UIDVALIDITY is new for every mailbox ever made (RFC 9051, 2.3.1.1).
Result<MailboxId> create_mailbox(Transaction& tx, UserId owner, std::string_view name, MailboxKind kind,
                                 std::string_view special_use, Time now);
// Renames this one and everything below it. Fails: not_found, exists.
Result<void> rename_mailbox(Transaction& tx, UserId owner, std::string_view from, std::string_view to);
// Frees its messages too. Large mailboxes are emptied in slices by a background task: the name
// goes at once. Fails: not_found.
Result<void> delete_mailbox(Transaction& tx, UserId owner, std::string_view name);
// RENAME INBOX: its messages move to the new mailbox, INBOX stays, empty (RFC 9051, 6.3.6).
Result<void> move_inbox_to(Transaction& tx, UserId owner, std::string_view to, Time now);

// Subscriptions are names; they survive the mailbox (RFC 9051, 6.3.7).
void subscribe(Transaction& tx, UserId owner, std::string_view name);
bool unsubscribe(Transaction& tx, UserId owner, std::string_view name);  // false: was not
std::vector<std::string> list_subscriptions(Snapshot const& s, UserId owner);

// The flag bit of a keyword, made if need be. Fails: limit (56 a mailbox). Case-insensitive.
Result<unsigned> keyword_bit(Transaction& tx, MailboxId id, std::string_view keyword);

// Reclaims up to `most` messages of deleted mailboxes; false when nothing is left to do.
bool reclaim_deleted(Transaction& tx, std::size_t most);

}  // namespace mc::store
