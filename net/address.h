// net/address.h - endpoints as the configuration writes them, and matching of addresses.
// Pure, any thread.
#pragma once
#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace mc::net {

namespace asio = boost::asio;

// Where to listen: an IP address with a port, or the path of a Unix socket.
struct Endpoint {
  asio::ip::address ip;
  std::uint16_t port = 0;  // 0: a free one is picked
  std::string path;        // not empty: a Unix socket, and the above do not count
  bool is_unix() const { return !path.empty(); }
};

// endpoint = IPv4 ":" port / "[" IPv6 "]" ":" port / "unix:" absolute-path
// "localhost" stands for 127.0.0.1, "*" for 0.0.0.0. Fails: syntax.
Result<Endpoint> parse_endpoint(std::string_view text);
std::string write_endpoint(Endpoint const& endpoint);

// An address in one form: v4-mapped IPv6 (::ffff:a.b.c.d) becomes IPv4.
asio::ip::address normalize(asio::ip::address const& ip);
bool is_loopback(asio::ip::address const& ip);  // 127.0.0.0/8, ::1, and the former mapped

// A block of addresses. v4-mapped addresses match IPv4 blocks.
class Cidr {
 public:
  // cidr = IP [ "/" prefix-length ]; host bits must be zero. Fails: syntax.
  static Result<Cidr> parse(std::string_view text);
  bool contains(asio::ip::address const& ip) const;

 private:
  asio::ip::address base_;
  unsigned prefix_ = 0;
};

bool matches_any(std::vector<Cidr> const& blocks, asio::ip::address const& ip);

}  // namespace mc::net
