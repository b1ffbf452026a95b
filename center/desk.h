// center/desk.h - the agents' desk: the mailboxes Support/… that agents share, and what moving in them means.
//
// Support/Unassigned, Support/Waiting and Support/Solved are one mailbox each for all agents; Support/Mine is each agent's own.
// A ticket's copies all lie in the place that its status and assignee say; so every change is a move that all sessions see
// at once. Flags are the team's: \Flagged is urgent.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "center/context.h"
#include "core/result.h"
#include "store/accounts.h"
#include "store/mailboxes.h"
#include "store/messages.h"
#include "store/tickets.h"

namespace mc::center {

constexpr UserId desk_owner{0xFFFF'FFFF'FFFF'FFF0};  // of the shared ones; no account
enum class DeskPlace : unsigned char { unassigned, mine, waiting, solved };
std::string_view name_of(DeskPlace place);  // "Support/Unassigned" …

// Which place a mailbox is; absent: none of the desk's.
std::optional<DeskPlace> place_of(store::MailboxInfo const& mailbox);
// The mailbox; made when it is needed first. `agent`: whose, of `mine`; with it he subscribes to all four.
MailboxId get_desk_mailbox(store::Transaction& tx, DeskPlace place, UserId agent, Time now);
// Where the ticket belongs: open without assignee, his, waiting, solved.
DeskPlace place_for(store::Ticket const& ticket);
MailboxId get_place_for(store::Transaction& tx, store::Ticket const& ticket, Time now);

// What a user sees: his own mailboxes, and for agents (role agent or admin, enabled) the desk's, whose owner is not he.
std::vector<store::MailboxInfo> list_visible_mailboxes(store::Snapshot const& s, UserId user);
std::optional<store::MailboxInfo> find_visible_mailbox(store::Snapshot const& s, UserId user, std::string_view name);
bool is_agent(store::Snapshot const& s, UserId user);
bool is_agent(store::User const& user);

// Who becomes an agent, or is one and logs in, finds the places there. What he unsubscribes later stays so.
bool has_desk(store::Snapshot const& s, UserId agent);
void join_desk(store::Transaction& tx, UserId agent, Time now);
// His own place, if nothing is left in it, and his subscriptions go.
void drop_desk(store::Transaction& tx, UserId agent);
// Before an agent's account goes, is disabled or changes its role: at most `most` of his open and as many of his waiting tickets
// go back to nobody. When none is left, so do his own place, his subscriptions and what his drafts announced. true: call
// again. Solved tickets keep his name; one that opens again is nobody's (get_place_for).
Result<bool> leave_desk(Context const& context, store::Transaction& tx, UserId agent, Time now, std::size_t most = 200);

// COPY or MOVE of messages of the desk into a place of the desk: the gesture. All copies of their tickets go along; what is told
// is where those named went, by their old UIDs, ascending; what is no ticket's stays. Fails: forbidden, in words; limit (more
// than 500 tickets).
Result<store::Copied> move_on_desk(Context const& context, store::Transaction& tx, UserId agent, MailboxId from, UidSet const& uids,
                                   MailboxId to, Time now);
// STORE in a place of the desk, of those messages whose flags it changed: \Flagged set is urgent, taken away from an urgent ticket
// it is normal again. \Deleted is never set there: the caller sees to that. Fails: forbidden; limit (more than 500 tickets).
Result<void> flags_on_desk(Context const& context, store::Transaction& tx, UserId agent, MailboxId mailbox, UidSet const& uids,
                           store::FlagChange how, store::Flags flags, Time now);

// These left a mailbox of an agent's, or were marked as deleted: if it holds drafts, nobody is writing them any more.
void drafts_left(Context const& context, store::Transaction& tx, store::MailboxInfo const& mailbox, UidSet const& gone);

}  // namespace mc::center
