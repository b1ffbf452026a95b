// smtp/sender.h - empties the outbox to the smarthost: the client side of SMTP.
//
// Up to `connections` connections at once, each reused for many messages while there are any
// (PIPELINING, RSET between), closed politely when idle for a while. What each server said becomes a
// center::SendReport: 2xx sent, 4xx temporary, 5xx permanent (RFC 5321, 4.2.1), a broken connection
// temporary. After DATA's final dot was sent and no answer came, the message counts as not delivered and is
// tried again (RFC 1047 names the risk; losing it would be worse).
//
// A smarthost that cannot be reached is left in peace for 1 second, doubling to 1 minute, with jitter. What
// was taken for it is reported as temporary in one batch; the rest of the queue waits, untouched.
//
// Lives on one io_context thread.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "center/outbox.h"
#include "core/clock.h"
#include "net/io_pool.h"
#include "net/tls.h"

namespace mc::smtp {

struct SmarthostSettings {
  std::string host;
  std::uint16_t port = 25;
  bool implicit_tls = false;
  bool require_tls = false;  // refuse to send over an unprotected connection; certificate verified
  std::shared_ptr<net::TlsContext> tls;  // client context: verifying when require_tls, else opportunistic
  std::string user, password;            // empty: no AUTH. PLAIN and LOGIN only under TLS or to loopback
  std::string helo;                      // our hostname
  unsigned connections = 10;
  Millis connect_time = std::chrono::seconds(30);
  Millis command_time = std::chrono::minutes(5);  // RFC 5321, 4.5.3.2
  Millis data_time = std::chrono::minutes(10);    // for the answer to the final dot
  Millis keep_open = std::chrono::seconds(5);     // an idle connection is kept that long for the next message
};

class Sender {
 public:
  Sender(boost::asio::io_context& context, center::Outbox& outbox, SmarthostSettings settings);
  ~Sender();
  void start();
  void update(SmarthostSettings settings);  // for connections made from now on; any thread
  // No new message is begun; those under way finish, for at most `patience`. Blocks: not on an I/O thread.
  void stop_and_wait(Millis patience);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace mc::smtp
