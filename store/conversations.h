// store/conversations.h - two users who write to each other without their addresses; and who does not want to hear of whom.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "core/ids.h"
#include "store/engine.h"

namespace mc::store {

using ConversationId = Id<struct ConversationIdTag, std::uint64_t>;

struct Conversation {
  ConversationId id;
  UserId low, high;      // the two, by number
  std::string context;   // what it is about: "" the ordinary one of the two; else what the platform called it (an interview …)
  std::string type;      // of the policy, for what they write: "user.message", "interview.message"
  std::uint32_t messages = 0;
  Time opened{}, changed{};
  // Of c-<token>@: the address by which each writes to the other, the same from the first message to the last.
  std::string low_token, high_token;

  UserId other(UserId side) const { return side == low ? high : low; }
  bool takes_part(UserId user) const { return user == low || user == high; }
  std::string& token_of(UserId side) { return side == low ? low_token : high_token; }
};

// The conversation of these two about this; made, with a token for each, if there is none. One whose token was revoked gets
// another. `type` is that of a new one; an old one keeps its own. Requires: a != b.
Conversation get_conversation(Transaction& tx, UserId a, UserId b, std::string_view context, std::string_view type, Time now);
std::optional<Conversation> find_conversation(Snapshot const& s, ConversationId id);
void update_conversation(Transaction& tx, Conversation const& conversation);
std::vector<Conversation> list_conversations(Snapshot const& s, UserId user, std::size_t most);  // the newest first
// All of these two, in no order.
std::vector<Conversation> list_conversations(Snapshot const& s, UserId a, UserId b, std::size_t most);

constexpr std::size_t max_blocked = 1000;  // a user

// `user` gets nothing from `other` any more. Publishes topic::user_mailboxes(user), as does unblock().
bool block(Transaction& tx, UserId user, UserId other, Time now);   // false: was already, or too many
bool unblock(Transaction& tx, UserId user, UserId other);
bool is_blocked(Snapshot const& s, UserId user, UserId other);
std::vector<std::pair<UserId, Time>> list_blocked(Snapshot const& s, UserId user);  // by number; only those who exist

}  // namespace mc::store
