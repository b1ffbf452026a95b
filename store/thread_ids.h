// store/thread_ids.h - Message-IDs of what is relayed: whose message it was, and under which id the others know it.
//
// What one person writes to others goes to them under a Message-ID of ours; his own client knows the id it gave.
// Both are found here, so that In-Reply-To and References can be written for each reader in the ids he knows, and a reply
// finds its thread by either.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/ids.h"
#include "store/engine.h"

namespace mc::store {

struct Thread {
  enum class Kind : unsigned char { ticket = 't', conversation = 'c', team = 'm' };
  Kind kind = Kind::ticket;
  std::uint64_t id = 0;
  bool operator==(Thread const&) const = default;
};

struct ThreadMessage {
  Thread thread;
  std::uint32_t number = 0;  // the caller's: an entry of a ticket, …
  UserId author;             // 0: nobody with an account here
  std::string original;      // Message-ID as the author's client knows it, with brackets; may be empty
  std::string shown;         // … and as everybody else does; may be the same
  Time at{};
};

// Found from now on by both ids. A message of the same thread and author with the same id is replaced; one of another
// author keeps it: nobody takes over what others wrote by giving his own message its id. Nothing without an id left.
void put_thread_message(Transaction& tx, ThreadMessage const& message);
// Of one thread. `message_id` with brackets, compared as it stands.
std::optional<ThreadMessage> find_thread_message(Snapshot const& s, Thread thread, std::string_view message_id);
// Of any thread of the kind: at most `most`, oldest thread first.
std::vector<ThreadMessage> find_thread_messages(Snapshot const& s, Thread::Kind kind, std::string_view message_id,
                                                std::size_t most = 10);
// Those put before `before`, at most `most`; how many went. For housekeeping.
std::size_t forget_thread_messages(Transaction& tx, Time before, std::size_t most);

}  // namespace mc::store
