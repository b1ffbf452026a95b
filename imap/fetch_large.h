// imap/fetch_large.h - streams the octets of large messages, a chunk in memory at a time.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <vector>

#include "imap/fetch_writer.h"
#include "imap/session.h"

namespace mc::imap {

// Writes the items and the ")" CRLF that ends the response begun by FetchWriter::write().
// `first`: no item has been written yet. A message removed for good meanwhile ends the
// connection, for its literal cannot be completed.
asio::awaitable<void> stream_large(Session& session, std::vector<LargeItem> items, bool first);

}  // namespace mc::imap
