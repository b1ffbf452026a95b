// smtp/sender.h - empties the outbox: the client side of SMTP.
//
// To a smarthost, the first of a list that can be reached (smtp/hosts.h), or straight to the servers that the DNS names
// for each domain (smtp/mx.h). Up to `connections` connections at once, each reused for many messages while there are any
// (PIPELINING, RSET between), closed politely when idle for a while, or when another domain or a better host waits for
// its place. Whichever way it goes, no domain gets more than `domains.at_once` transactions at once, and one that does
// not answer well is left in peace (smtp/destinations.h).
//
// What each server said becomes a center::SendReport: 2xx sent, 4xx temporary, 5xx permanent (RFC 5321, 4.2.1), a broken
// connection temporary. After DATA's final dot was sent and no answer came, the message counts as not delivered and is
// tried again (RFC 1047 names the risk; losing it would be worse). When no smarthost can be reached, some of what is due
// is reported as temporary in one batch; the rest of the queue waits, untouched.
//
// Lives on one io_context thread.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "center/outbox.h"
#include "core/clock.h"
#include "net/io_pool.h"
#include "net/resolver.h"
#include "smtp/destinations.h"
#include "smtp/host_settings.h"
#include "smtp/hosts.h"

namespace mc::smtp {

enum class Route : unsigned char { smarthost, mx };

struct SenderSettings {
  Route route = Route::smarthost;
  std::vector<HostSettings> smarthosts;  // in order of preference; at least one, if they are the route
  unsigned connections = 10;
  Millis keep_open = std::chrono::seconds(5);  // an idle connection is kept that long for the next message
  Destinations::Limits domains;
  std::string own_domain;  // never one that mail is sent to

  // For route mx:
  std::shared_ptr<net::Resolver> resolver;       // of the sender's io_context
  HostSettings mx;                               // for all hosts; host and addresses are found
  std::shared_ptr<net::TlsContext> verifying;    // for domains below
  std::vector<std::string> tls_domains;          // globs, lower case: certificate verified against the MX host's name
};

struct SenderStatus {
  std::vector<Hosts::State> hosts;  // the smarthosts; for mx those in trouble
  std::vector<Destinations::Trouble> domains;
  std::size_t connections = 0, waiting = 0;  // waiting: due, and known to the sender
};

class Sender {
 public:
  Sender(boost::asio::io_context& context, center::Outbox& outbox, SenderSettings settings);
  ~Sender();
  void start();
  // For connections made from now on; any thread. Requires: the same route and resolver.
  void update(SenderSettings settings);
  // Absent: the sender does not answer within a second or two. Blocks: not on an I/O thread.
  std::optional<SenderStatus> status();
  // No new message is begun; those under way finish, for at most `patience`. Blocks: not on an I/O thread.
  void stop_and_wait(Millis patience);

  struct Impl;

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace mc::smtp
