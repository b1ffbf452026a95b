// net/resolver.h - what the DNS says about where a domain's mail goes: MX records and addresses.
//
// Asynchronous, on the io_context's thread; no thread of its own and no cache: that is the system's resolver's part.
// Hostile answers are bounded: so many records, so many aliases, names that are no host names are left out.
//
// Knows c-ares, as the only one. Thread rule: everything on the thread that runs the io_context.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/result.h"
#include "net/address.h"

namespace mc::net {

struct MxRecord {
  std::uint16_t preference = 0;
  std::string exchange;  // lower case, without a dot at the end; "" the root: a null MX (RFC 7505)
};

enum class DnsStatus : unsigned char {
  found,
  nothing,    // the name exists, but has no such record
  no_name,    // there is no such name (NXDOMAIN)
  temporary,  // nobody answered, or not in a usable way: SERVFAIL, timeout, refused …
};

template <class Record>
struct DnsAnswer {
  DnsStatus status = DnsStatus::temporary;
  std::vector<Record> records;  // at least one if found
  std::string trouble;          // in words, if temporary
};

class Resolver {
 public:
  struct Options {
    std::vector<Endpoint> servers;           // empty: the system's (/etc/resolv.conf)
    Millis timeout = std::chrono::seconds(5);  // of one question to one server
    unsigned tries = 2;                      // of each server
    Millis whole_time = std::chrono::seconds(30);  // of one look-up, whatever happens
  };
  static constexpr std::size_t max_records = 50;

  // Fails: internal, syntax (a server that cannot be used).
  static Result<std::unique_ptr<Resolver>> make(asio::io_context& context, Options options);
  ~Resolver();

  // Aliases (CNAME) are followed. In the order of the answer. `name` is taken as complete, with or without a dot. Suspends.
  asio::awaitable<DnsAnswer<MxRecord>> mx(std::string name);
  // IPv6 and IPv4 in turn, beginning with IPv6. Temporary only if one kind was not answered and the other has none.
  asio::awaitable<DnsAnswer<asio::ip::address>> addresses(std::string name);

 private:
  struct Impl;
  explicit Resolver(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<Impl> impl_;
};

// host-name = label *( "." label ), of letters, digits, "-" and "_"; at most 253 octets
bool is_host_name(std::string_view name);

}  // namespace mc::net
