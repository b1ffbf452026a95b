// net/connect.h - opens a connection as a client (the smarthost, tests).
#pragma once
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "core/clock.h"
#include "net/address.h"
#include "net/stream.h"

namespace mc::net {

// Connects to `endpoint` within `timeout`. Must run on `context`'s thread. Suspends: yes.
// Throws system_error: timed_out, connection_refused and so on.
asio::awaitable<std::unique_ptr<Stream>> connect(asio::io_context& context, Endpoint endpoint,
                                                 Millis timeout);

// Resolves `host` (a name or an address) and tries its addresses in order, all within `timeout`.
// Throws also what the resolver says (host_not_found).
asio::awaitable<std::unique_ptr<Stream>> connect(asio::io_context& context, std::string host,
                                                 std::uint16_t port, Millis timeout);

}  // namespace mc::net
