// smtp/session.h - one connection: reads commands, calls their handlers (verbs.h), writes replies.
//
// Pipelined commands are answered in order and their replies written together once no whole
// line is left (RFC 2920). An idle connection holds no buffer. The session's state is what the
// client has said so far; handlers change it through the functions below.
//
// Thread rule: everything on the thread of the stream's io_context. Lifetime: the ServerContext outlives it.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "net/line_buffer.h"
#include "net/stream.h"
#include "smtp/arguments.h"
#include "smtp/data_reader.h"
#include "smtp/peer.h"
#include "smtp/server.h"
#include "smtp/verbs.h"

namespace mc::smtp {

namespace asio = boost::asio;

// Content under way: from DATA, or chunk by chunk from BDAT.
struct Content {
  Content(Framing framing, std::uint64_t max_size, MemoryBudget& budget, net::SteadyTime now)
      : reader(framing, max_size), memory(budget), began(now) {}
  DataReader reader;
  MemoryBudget::Share memory;
  net::SteadyTime began;
  std::uint64_t octets = 0;  // as sent
};

// The recipients of a message, each address once (in any case), found again by it.
class RecipientList {
 public:
  std::vector<center::Recipient> const& all() const { return all_; }
  std::vector<center::Recipient> take() { return std::move(all_); }  // nothing is found any more
  std::optional<std::uint32_t> find(std::string_view address) const;
  // Requires: find() does not find it.
  std::uint32_t add(center::Recipient recipient);
  std::uint64_t octets() const { return octets_; }  // of memory, roughly

 private:
  std::vector<center::Recipient> all_;
  std::unordered_multimap<std::size_t, std::uint32_t> by_hash_;  // of the address in lower case
  std::uint64_t octets_ = 0;
};

// From MAIL to the reply after its content.
struct Transaction {
  explicit Transaction(MemoryBudget& budget) : memory(budget) {}
  MailArguments mail;
  center::Submitter submitter;
  RecipientList recipients;
  std::vector<std::uint32_t> accepted;  // for each RCPT accepted, which of them: LMTP answers each
  unsigned refused = 0;                 // RCPTs
  MemoryBudget::Share memory;           // of many recipients
  std::unique_ptr<Content> chunks;      // BDAT has begun
};

class Session {
 public:
  Session(ServerContext& server, std::unique_ptr<net::Stream> stream, Service service, bool implicit_tls);
  ~Session();
  Session(Session const&) = delete;
  Session& operator=(Session const&) = delete;

  // To the end of the connection. Throws what the connection throws.
  asio::awaitable<void> run();

  // --- for handlers

  ServerContext& server() { return server_; }
  Limits const& limits() const { return *limits_; }
  net::Stream& stream() { return *stream_; }
  net::InputBuffer& input() { return input_; }
  Service service() const { return service_; }
  bool is_lmtp() const { return service_ == Service::lmtp; }
  TrustRules trust_rules() const { return {server_.trusted, server_.trust_unix}; }

  // A reply besides the one the handler returns. The one place where replies are written.
  void put(Reply const& reply);
  // Suspends: if the peer is slow.
  asio::awaitable<void> flush();

  // Waits for more input until `until`, writing what is to be said first. Suspends: yes.
  enum class Arrived : std::uint8_t { input, end, late, stop };
  asio::awaitable<Arrived> arrive(net::SteadyTime until, std::size_t wanted);
  // The reply to return when nothing will come any more.
  Reply gone(Arrived how);
  // One more line, for AUTH, without its end; the reply that ends the command if there is none.
  asio::awaitable<Parsed<std::string>> read_line();
  // What was read held a password: it is overwritten as soon as it is consumed.
  void wipe_input() { wipe_ = true; }
  asio::awaitable<void> pause(Millis time);

  // The reply that refuses a command with these needs; absent: all is there.
  std::optional<Reply> missing(Needs needs, std::string_view arguments) const;

  // --- the state of the session

  void say_hello(std::string name, bool extended);  // ends a transaction
  Transaction* transaction() { return transaction_.get(); }
  void begin_transaction(MailArguments mail, center::Submitter submitter);
  void end_transaction();                           // also what XFORWARD said
  std::unique_ptr<Transaction> take_transaction();  // ends it
  Peer const& peer() const { return peer_; }
  void become(Peer peer);  // XCLIENT: back to the greeting
  Forwarded const* forwarded() const { return forwarded_.get(); }
  void forward(Forwarded forwarded);
  center::Submitter submitter() const;  // who mail would come from now
  center::Trace trace() const;

  bool authenticated() const { return account_ != nullptr; }
  void log_in(center::Submitter account);
  void forget_login() { account_.reset(); }
  // One more wrong password or unknown recipient; how many there were before.
  unsigned count_wrong_password() { return wrong_passwords_++; }
  unsigned count_unknown_recipient() { return unknown_recipients_++; }
  void forgive() { bad_commands_ = 0; }  // a message was accepted
  bool tls_possible() const { return server_.tls && !stream_->is_tls(); }
  // May passwords travel as they are here? (TLS, or loopback where configured)
  bool plaintext_allowed() const;
  void start_tls_next() { start_tls_ = true; }

  // The content of a message begins or is over; `replies`: what the client waits for at its end. A fault in
  // between ends the connection, for the rest of the content must not be read as commands.
  void content_begins(std::size_t replies) {
    in_content_ = true;
    replies_due_ = replies;
  }
  void content_is_over() { in_content_ = false; }

 private:
  void greet();
  net::SteadyTime command_deadline();
  asio::awaitable<void> take_line();
  asio::awaitable<void> wait_for_input();
  void release_memory();
  asio::awaitable<void> run_command(std::string_view line);
  Answer answer(std::string_view line);
  Answer call(VerbRow const& row, std::string_view arguments);
  Reply after_exception(std::string_view verb, std::string_view why);
  void put_answer(Reply reply);
  asio::awaitable<void> negotiate_tls();

  ServerContext& server_;
  std::shared_ptr<Limits const> limits_;
  std::unique_ptr<net::Stream> stream_;
  net::InputBuffer input_;
  std::string output_;
  Peer peer_;
  std::string helo_;
  std::unique_ptr<Forwarded> forwarded_;
  std::unique_ptr<center::Submitter> account_;
  std::unique_ptr<Transaction> transaction_;
  net::SteadyTime login_deadline_;
  net::SteadyTime line_deadline_ = net::never;  // of a line that has begun to come
  std::size_t replies_due_ = 1;
  unsigned bad_commands_ = 0, wrong_passwords_ = 0, unknown_recipients_ = 0;
  Service service_;
  bool implicit_tls_;
  bool extended_ = false;  // EHLO, LHLO; not HELO
  bool closing_ = false;   // a reply said so
  bool skipping_ = false;  // the rest of a line that is too long
  bool start_tls_ = false;
  bool in_content_ = false;
  bool wipe_ = false;
};

}  // namespace mc::smtp
