// imap/search.h - finds messages of the open mailbox: the work of SEARCH, without its words.
#pragma once
#include <boost/asio/awaitable.hpp>

#include "core/ids.h"
#include "core/result.h"
#include "imap/search_plan.h"
#include "imap/session.h"

namespace mc::imap {

struct Found {
  UidSet uids;
  // The modseqs that a MODSEQ key asks to be told (RFC 7162, 3.1.5 and 3.1.10); 0: none found.
  ModSeq highest;
  ModSeq of_first;
  ModSeq of_last;
};

// The plan for what this session sees now: brings its View up to date (removals wait) and loads it.
// Fails: as make_search_plan(), not_found (the mailbox was deleted).
Result<SearchPlan> plan_search(Session& session, SearchKey const& key);

// Works in slices of at most 10,000 messages or 50 ms, each in a snapshot of its own, and lets other
// sessions run between; large messages are read by a worker. What is removed meanwhile is not
// found, what arrives is not looked at. Fails: unavailable when the server stops.
asio::awaitable<Result<Found>> search_messages(Session& session, SearchPlan const& plan);

}  // namespace mc::imap
