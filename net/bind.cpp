#include "net/bind.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/system/error_code.hpp>
#include <cerrno>

namespace mc::net {

namespace {

using RawEndpoint = asio::generic::stream_protocol::endpoint;

Error system_failure(Endpoint const& where, std::string_view doing) {
  int const number = errno;
  Errc const code = number == EADDRINUSE                  ? Errc::conflict
                    : number == EACCES || number == EPERM ? Errc::forbidden
                                                          : Errc::unavailable;
  return fail(code, "cannot " + std::string(doing) + " " + write_endpoint(where) + ": " +
                        boost::system::error_code(number, boost::system::system_category()).message());
}

RawEndpoint raw_endpoint(Endpoint const& where) {
  if (where.is_unix()) return asio::local::stream_protocol::endpoint(where.path);
  return asio::ip::tcp::endpoint(where.ip, where.port);
}

UniqueFd open_socket(RawEndpoint const& raw) {
  return UniqueFd(::socket(raw.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

void set_option(int fd, int level, int name) {
  int const one = 1;
  ::setsockopt(fd, level, name, &one, sizeof one);
}

// A socket file whose process is dead refuses connections: only that one is removed.
Result<void> remove_stale(Endpoint const& where) {
  struct stat status {};
  if (::lstat(where.path.c_str(), &status) != 0) return {};
  if (!S_ISSOCK(status.st_mode))
    return fail(Errc::conflict, "cannot listen at " + write_endpoint(where) + ": it is not a socket");
  RawEndpoint const raw = raw_endpoint(where);
  UniqueFd const probe = open_socket(raw);
  if (!probe) return system_failure(where, "probe");
  bool const dead =
      ::connect(probe.get(), raw.data(), static_cast<socklen_t>(raw.size())) != 0 && errno == ECONNREFUSED;
  if (!dead)
    return fail(Errc::conflict, "cannot listen at " + write_endpoint(where) + ": another process does");
  if (::unlink(where.path.c_str()) != 0 && errno != ENOENT) return system_failure(where, "replace");
  return {};
}

Result<void> adopt_file(Bound& bound, int mode) {
  struct stat status {};
  if (::chmod(bound.endpoint.path.c_str(), static_cast<mode_t>(mode)) != 0 ||
      ::lstat(bound.endpoint.path.c_str(), &status) != 0)
    return system_failure(bound.endpoint, "set the mode of");
  bound.device = status.st_dev;
  bound.inode = status.st_ino;
  return {};
}

std::uint16_t bound_port(int fd) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &length);
  // The port stands at the same place in both kinds of address.
  return ntohs(reinterpret_cast<sockaddr_in const&>(storage).sin_port);
}

}  // namespace

Result<Bound> bind_endpoint(Endpoint const& where, int unix_mode, int backlog) {
  if (where.is_unix())
    if (auto removed = remove_stale(where); !removed) return removed.error();
  RawEndpoint const raw = raw_endpoint(where);
  Bound bound{open_socket(raw), where};
  int const fd = bound.fd.get();
  if (fd < 0) return system_failure(where, "open a socket for");
  if (!where.is_unix()) set_option(fd, SOL_SOCKET, SO_REUSEADDR);
  if (raw.protocol().family() == AF_INET6) set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY);
  if (::bind(fd, raw.data(), static_cast<socklen_t>(raw.size())) != 0)
    return system_failure(where, "listen at");
  if (where.is_unix())
    if (auto adopted = adopt_file(bound, unix_mode); !adopted) return adopted.error();
  if (::listen(fd, backlog) != 0) return system_failure(where, "listen at");
  if (!where.is_unix()) bound.endpoint.port = bound_port(fd);
  return bound;
}

void unlink_socket(Bound const& bound) {
  if (!bound.endpoint.is_unix()) return;
  struct stat status {};
  if (::lstat(bound.endpoint.path.c_str(), &status) != 0) return;
  if (status.st_dev == bound.device && status.st_ino == bound.inode) ::unlink(bound.endpoint.path.c_str());
}

std::optional<asio::ip::address> peer_address(int fd) {
  asio::ip::tcp::endpoint peer;
  socklen_t length = static_cast<socklen_t>(peer.capacity());
  if (::getpeername(fd, peer.data(), &length) != 0) return std::nullopt;
  int const family = peer.data()->sa_family;
  if (family != AF_INET && family != AF_INET6) return std::nullopt;
  return normalize(peer.address());
}

}  // namespace mc::net
