// net/bind.h - listening sockets as the operating system makes them. Private to net/.
#pragma once
#include <sys/types.h>

#include <optional>

#include "core/result.h"
#include "net/address.h"
#include "net/unique_fd.h"

namespace mc::net {

// A socket that listens, non-blocking, and where it really does.
struct Bound {
  UniqueFd fd;
  Endpoint endpoint;
  // Which file the Unix socket is, so that only this one is removed at the end.
  dev_t device = 0;
  ino_t inode = 0;
};

// Fails: conflict (in use), forbidden, unavailable; the text names the endpoint and the reason.
Result<Bound> bind_endpoint(Endpoint const& where, int unix_mode, int backlog);
// Removes the file of a Unix socket if it still is the one that was bound.
void unlink_socket(Bound const& bound);
// The address of an accepted connection's peer; absent for Unix sockets.
std::optional<asio::ip::address> peer_address(int fd);

}  // namespace mc::net
