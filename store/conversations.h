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

  UserId other(UserId side) const { return side == low ? high : low; }
  bool takes_part(UserId user) const { return user == low || user == high; }
};

// The conversation of these two about this; made if there is none.
Conversation get_conversation(Transaction& tx, UserId a, UserId b, std::string_view context, std::string_view type, Time now);
std::optional<Conversation> find_conversation(Snapshot const& s, ConversationId id);
void update_conversation(Transaction& tx, Conversation const& conversation);
std::vector<Conversation> list_conversations(Snapshot const& s, UserId user, std::size_t most);

// `user` gets nothing from `other` any more. At most 1,000 a user.
bool block(Transaction& tx, UserId user, UserId other, Time now);   // false: was already, or too many
bool unblock(Transaction& tx, UserId user, UserId other);
bool is_blocked(Snapshot const& s, UserId user, UserId other);
std::vector<std::pair<UserId, Time>> list_blocked(Snapshot const& s, UserId user);

}  // namespace mc::store
