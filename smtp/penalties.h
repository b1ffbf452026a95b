// smtp/penalties.h - wrong passwords counted by who tries, where the connection says nothing about him.
//
// Behind a proxy protocol (smtp/dovecot_auth.h) all clients come over the same few connections, so a count for each
// connection would punish everybody. Here each address (an IPv6 /64 counts as one) has its count, which time
// takes back. Bounded: when there are too many, who failed longest ago is forgotten. Any thread.
#pragma once
#include <boost/asio/ip/address.hpp>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/clock.h"
#include "net/timers.h"

namespace mc::smtp {

class Penalties {
 public:
  struct Config {
    std::size_t capacity = 10'000;  // about 150 octets each
    Millis forgiven = std::chrono::seconds(30);  // after which a count is one less
  };
  explicit Penalties(Config config) : config_(config) {}
  Penalties() : Penalties(Config{}) {}

  // Whose count it is: the address, or the login where there is no address.
  static std::string key(std::optional<boost::asio::ip::address> const& ip, std::string_view login);

  unsigned count(std::string const& key, net::SteadyTime now) const;
  // One more; how many there were before.
  unsigned add(std::string const& key, net::SteadyTime now);
  std::size_t size() const;

 private:
  struct Entry {
    std::string key;
    unsigned count = 0;
    net::SteadyTime since;  // as of when the count is right
  };
  using Place = std::list<Entry>::iterator;
  unsigned current(Entry const& entry, net::SteadyTime now) const;

  Config config_;
  mutable std::mutex mutex_;
  std::list<Entry> oldest_first_;
  std::unordered_map<std::string_view, Place> index_;
};

}  // namespace mc::smtp
