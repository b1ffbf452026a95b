// smtp/destinations.h - whose turn it is: external mail by the domain it goes to.
//
// Each domain has its own line of mails, its own limit of transactions at once, and its own back-off, so that one that
// is slow, greylists or is broken holds up nobody else and is not hammered. Among domains that may go on, each gets its
// turn.
//
// A domain that answers 4xx three times in a row (once after it did so before, or if it says 421 or cannot be
// reached) is left in peace: first for `first_pause`, doubling to `longest_pause`, each time between half and the whole
// of it. Its line is handed back, to be put off in the store. When the pause is over, one mail at a time shows
// whether it is well; each success then allows one more at once.
//
// Pure: no clock, no I/O. Bounded: so many mails in line, so many domains remembered. Not thread-safe.
#pragma once
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/ids.h"
#include "net/timers.h"

namespace mc::smtp {

class Destinations {
 public:
  struct Limits {
    unsigned at_once = 5;              // transactions to one domain
    std::size_t in_line = 10'000;      // mails of one domain; of all: five times that
    std::size_t remembered = 10'000;   // domains without mail that have a history
    Millis first_pause = std::chrono::minutes(1), longest_pause = std::chrono::hours(1);
  };
  struct Turn {
    OutboxId id;
    std::string domain;
  };

  explicit Destinations(Limits limits) : limits_(limits) {}
  void set_limits(Limits limits) { limits_ = limits; }

  // Is there room in the domain's line?
  bool wants(std::string_view domain) const;
  // Puts a mail in line. Absent: it stands there. Else the domain is left in peace for so long.
  std::optional<Millis> add(OutboxId id, std::string const& domain, net::SteadyTime now);
  // Ends the domain's pause: an admin wants to see.
  void forgive(std::string const& domain);

  // The next mail that may go, of any domain or of the one named. It counts as under way until done().
  std::optional<Turn> next();
  std::optional<OutboxId> next_of(std::string const& domain);
  void put_back(OutboxId id, std::string const& domain);  // not tried after all: the first in line again

  enum class Answer : unsigned char {
    good,        // taken, or refused for good: the domain is well
    not_now,     // 4xx
    in_trouble,  // 421, or it could not be reached
    none,        // nothing is known from it
  };
  // True: the domain is left in peace from now on; see take_line() and pause().
  // `words`: what it said, if it is not well.
  bool done(std::string const& domain, Answer answer, std::string_view words, net::SteadyTime now);
  std::vector<OutboxId> take_line(std::string const& domain);  // all that stand there
  std::vector<OutboxId> take_all();                                    // of all domains
  Millis pause(std::string const& domain, net::SteadyTime now) const;  // what is left of it; 0: none
  std::string trouble(std::string const& domain) const;                // the last; empty: none known

  std::size_t waiting() const { return waiting_; }  // in line
  std::size_t may_go() const { return may_go_; }    // of these, how many may go at once now
  // Domains with mail that may go now, with how many, in the order of their turns; at most `most`.
  std::vector<std::pair<std::string, std::size_t>> ready(std::size_t most) const;
  std::size_t under_way(std::string const& domain) const;

  struct Trouble {
    std::string domain;
    unsigned pauses = 0;     // in a row
    Millis left{};           // of the one now; 0: it is being tried
    std::string words;       // what it said last
  };
  // Domains in trouble now, at most `most`.
  std::vector<Trouble> troubles(net::SteadyTime now, std::size_t most) const;

 private:
  struct Domain {
    std::deque<OutboxId> line;
    unsigned under_way = 0;
    unsigned at_once = ~0u;  // its own limit, if it is lower
    unsigned bad = 0;        // 4xx in a row
    unsigned pauses = 0;     // in a row
    net::SteadyTime paused_until{};
    std::string trouble;
    std::optional<std::list<std::string>::iterator> turn;  // its place among those that may go
    std::size_t counted = 0;  // what it adds to may_go_
  };
  using Map = std::map<std::string, Domain, std::less<>>;

  std::size_t room(Domain const& d) const;
  void settle(Map::iterator at);  // after a change: its turn, the sums; forgotten if there is nothing to know
  std::optional<OutboxId> take(Map::iterator at);
  void begin_pause(Domain& d, net::SteadyTime now);
  void forget_some();

  Limits limits_;
  Map domains_;
  std::list<std::string> turns_;
  std::size_t waiting_ = 0, may_go_ = 0;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace mc::smtp
