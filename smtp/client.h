// smtp/client.h - one connection to another mail server, from its greeting to QUIT (RFC 5321, 3).
//
// open() ends with a connection on which mail can be sent: TLS started and the user authenticated as
// the settings want it. send() is one transaction; MAIL, RCPT and DATA go in one write if
// the server takes PIPELINING (RFC 2920).
//
// What the server says are values; faults of the connection are exceptions, after which the
// Client is good for nothing but destruction. One coroutine at a time, on its io_context's thread.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "center/outbox.h"
#include "net/line_buffer.h"
#include "net/stream.h"
#include "smtp/host_settings.h"
#include "smtp/server_reply.h"

namespace mc::smtp {

// Octets [offset, offset + most) of the message; empty at its end.
using ContentSource = std::function<std::string(std::uint64_t offset, std::size_t most)>;

struct Sent {
  center::SendOutcome outcome = center::SendOutcome::temporary;
  std::string reply;
  bool to_recipient = false;   // it answers RCPT
  bool to_sender = false;      // it answers MAIL
  bool dsn_passed_on = false;  // sent, to a server that takes over the reports asked for (RFC 3461)
  int code = 0;                // of the server's reply; 0: it said nothing
};

class Client {
 public:
  explicit Client(HostSettings settings) : settings_(std::move(settings)), input_(input_limit) {}
  Client(Client const&) = delete;
  Client& operator=(Client const&) = delete;

  // Once, before anything else. Fails: unavailable, in words (not greeted, TLS required but not offered, AUTH
  // refused, a server that calls itself by our own name where that cannot be). Throws: what connecting and TLS throw; where TLS is not required and fails, the
  // connection is tried again without.
  net::asio::awaitable<Result<void>> open(net::asio::io_context& context);
  // Ends whatever is under way, soon: it throws operation_aborted.
  void close();

  // 8-bit content goes as it is to a server that does not announce 8BITMIME, as Postfix and others do with
  // what they cannot convert: such servers pass it on. SMTPUTF8 has no such way: without it the message is
  // refused for good (5.6.7), and so is one larger than the server's SIZE. 421 and replies out of place make
  // the connection unusable.
  net::asio::awaitable<Sent> send(center::OutgoingMail const& mail, ContentSource const& content);

  bool usable() const { return usable_; }
  unsigned sent_before() const { return transactions_; }  // transactions ended on this connection
  // During send(): has the server said anything about this message yet?
  bool answered() const { return answered_; }
  net::Stream& stream() { return *stream_; }
  // Sleeps until signal(), or `time` passes, or the server speaks or goes; then true only for the first.
  net::asio::awaitable<bool> idle(Millis time);
  net::asio::awaitable<void> quit();  // throws nothing the caller must mind but what the stream throws

 private:
  static constexpr std::size_t input_limit = 16 * 1024;

  net::asio::awaitable<Result<void>> begin(bool try_tls);
  net::asio::awaitable<Result<void>> hello();
  net::asio::awaitable<Result<void>> protect();  // STARTTLS
  net::asio::awaitable<Result<void>> authenticate();
  net::asio::awaitable<Sent> transact(center::OutgoingMail const& mail, ContentSource const& content);
  net::asio::awaitable<Sent> transmit(center::OutgoingMail const& mail, ContentSource const& content);
  net::asio::awaitable<void> end_empty_content();
  Sent refused(ServerReply const& reply);
  std::string write_mail(center::OutgoingMail const& mail) const;
  std::string write_rcpt(center::OutgoingMail const& mail) const;

  net::asio::awaitable<ServerReply> ask(std::string command);
  net::asio::awaitable<ServerReply> read_reply(Millis time);

  net::asio::awaitable<void> reach(net::asio::io_context& context);
  HostSettings settings_;
  std::unique_ptr<net::Stream> stream_;
  net::InputBuffer input_;
  Extensions extensions_;
  std::optional<net::asio::ip::address> reached_;  // of settings_.addresses
  unsigned transactions_ = 0;
  bool usable_ = true;
  bool closed_ = false;
  bool answered_ = false;
  bool handshaking_ = false;  // STARTTLS was agreed on
  bool needs_reset_ = false;  // the last transaction ended half-way
};

}  // namespace mc::smtp
