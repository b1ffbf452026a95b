// imap/fetch.h - answers about many messages, slice by slice: the engine of FETCH and STORE.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>

#include "imap/fetch_plan.h"
#include "imap/session.h"

namespace mc::imap {

struct FetchOutcome {
  std::uint64_t answered = 0;     // how many of the messages there still are
  bool unknown_encoding = false;  // a BINARY part could not be decoded
};

// Writes the response of each of `uids` that still exists; those of `newly_seen` show their flags even
// if not asked. One snapshot a slice; writes and lets others run in between.
// Requires: `uids` are in the View.
asio::awaitable<FetchOutcome> fetch_messages(Session& session, FetchPlan const& plan, UidSet const& uids,
                                             UidSet const& newly_seen);

}  // namespace mc::imap
