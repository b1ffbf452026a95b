// smtp/hosts.h - which of several next servers to turn to: the smarthosts, in order of preference, or a domain's MX hosts.
//
// A host that cannot be reached, or greets with 4xx or 5xx, is left in peace for a second, doubling to a minute, with
// jitter, while the next takes over. When its time has come one connection tries it; once that is open, it is used again.
// A host that refuses a further connection while it has others open is only full.
//
// Pure: no clock, no I/O. Bounded: what is unknown is forgotten. Not thread-safe.
#pragma once
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "core/clock.h"
#include "net/timers.h"

namespace mc::smtp {

class Hosts {
 public:
  // Which of `names` a new connection should go to: the first that is well, or that it is time to try. Absent: none now.
  std::optional<std::size_t> pick(std::vector<std::string> const& names, net::SteadyTime now) const;
  // Should a connection to the `index`th make room, as one before it is well again or to be tried?
  bool is_surpassed(std::vector<std::string> const& names, std::size_t index, net::SteadyTime now) const;

  // A connection is being opened; exactly one of the two below follows.
  void begin(std::string const& name) { ++hosts_[name].opening; }
  void opened(std::string const& name);
  void failed(std::string const& name, std::string const& why, net::SteadyTime now, Time at);
  void closed(std::string const& name);  // one that was opened() has ended

  // When pick() may find one again; `now` or earlier: it may already.
  net::SteadyTime next_try(std::vector<std::string> const& names, net::SteadyTime now) const;
  std::size_t connected(std::string const& name) const;
  std::size_t connected() const;  // to all
  void forgive();  // all may be tried at once

  struct State {
    std::string name;
    bool well = true;
    std::size_t connections = 0;
    unsigned failures = 0;  // in a row
    Millis retry_in{};      // 0: now
    Time since{};           // of the first failure in a row
    std::string trouble;    // the last
  };
  State state(std::string const& name, net::SteadyTime now) const;
  std::vector<State> troubles(net::SteadyTime now, std::size_t most) const;  // of those not well

 private:
  struct Host {
    std::size_t opening = 0, connected = 0;
    unsigned failures = 0;
    net::SteadyTime retry_at{};
    Time since{};
    std::string trouble;
  };
  Host const* find(std::string const& name) const;
  void forget_some(net::SteadyTime now);

  std::map<std::string, Host> hosts_;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace mc::smtp
