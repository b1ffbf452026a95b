// imap/session.h - one IMAP connection from greeting to BYE: state, input, output, the loop.
//
// One coroutine on one I/O thread performs one command at a time; pipelined commands wait in the
// input. Output gathers in one string that is written in slices and flushed when no further
// command has arrived. While the client is silent, also in IDLE, the coroutine sleeps in the loop
// itself and holds no buffers.
//
// Handlers (imap/commands.h) use the public part. Nothing here parses or formats arguments.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "imap/command_reader.h"
#include "imap/commands.h"
#include "imap/dialect.h"
#include "imap/response.h"
#include "imap/server.h"
#include "imap/view.h"
#include "imap/writer.h"
#include "net/line_buffer.h"
#include "net/stream.h"
#include "store/accounts.h"
#include "store/mailboxes.h"
#include "store/store.h"
#include "store/watchers.h"

namespace mc::imap {

namespace asio = boost::asio;

// What the client asked for, by ENABLE or by using it.
struct Enabled {
  bool condstore = false;  // RFC 7162, 3.1: MODSEQ goes into every FETCH of flags
  bool qresync = false;    // implies condstore; VANISHED instead of EXPUNGE
  bool rev2 = false;       // IMAP4rev2: UTF-8 names, no RECENT
};

// The mailbox a session has open.
struct Selected {
  MailboxId id;
  store::MailboxKind kind = store::MailboxKind::user;
  UidValidity uid_validity;
  bool read_only = false;  // EXAMINE
  View view;
  UidSet recent;                      // \Recent to this session
  UidSet saved;                       // "$", the saved search result (RFC 5182)
  std::vector<std::string> keywords;  // names of flag bits from 8 up, as the client was told
  bool changed = false;               // set by the watcher: the store may have news
  bool gone = false;                  // the mailbox was deleted
  store::Watchers::Handle watch;
};

class Session {
 public:
  // Requires: `stream` lives on the thread that will run().
  Session(ServerContext& server, std::unique_ptr<net::Stream> stream, bool implicit_tls);
  ~Session();
  Session(Session const&) = delete;
  Session& operator=(Session const&) = delete;

  // The whole connection. Throws what ended it, unless that was orderly.
  asio::awaitable<void> run();

  // --- for handlers

  ServerContext& server() const { return server_; }
  Limits const& limits() const { return *limits_; }
  store::Store& store() const { return server_.store; }
  net::Stream& stream() const { return *stream_; }
  State state() const { return state_; }
  UserId user() const { return user_; }  // 0 before login
  // Does he work at the agents' desk (center/desk.h)? As of his login, and of each change of his account since.
  bool is_agent() const { return agent_; }
  std::string const& login() const { return login_; }
  Enabled const& enabled() const { return enabled_; }
  Dialect dialect() const { return Dialect{enabled_.rev2}; }

  // Where responses go. Lifetime: until the next co_await.
  Writer out() { return Writer(output_, dialect()); }
  std::size_t output_size() const { return output_.size(); }
  // Writes everything gathered, which must end with a whole response. Suspends: if the peer is slow.
  asio::awaitable<void> flush();
  // The same inside a response (a literal that streams). Until response_begins() is called again an
  // exception ends the connection, for the client could not tell what it has got.
  asio::awaitable<void> flush_unfinished();
  // For loops with much output: writes if 16 KiB or more have gathered.
  asio::awaitable<void> flush_if_full();
  // What follows is a new response: what an exception leaves half-written from here on is taken back.
  void response_begins() {
    response_start_ = output_.size();
    unfinished_ = false;
  }
  // Lets the other sessions of this thread run; for loops that work long.
  asio::awaitable<void> breathe();

  // The open mailbox; Requires: state() == selected.
  Selected& selected() { return *selected_; }
  Selected* try_selected() { return selected_.get(); }
  // Is the message \Recent to this session? Never under IMAP4rev2, which has no such flag.
  bool is_recent(Uid uid) const {
    return !enabled_.rev2 && !selected_->recent.empty() && selected_->recent.contains(uid);
  }

  // One more line of the current command, final CRLF included: AUTHENTICATE. Flushes first.
  // Fails: limit, syntax. Throws at the end of input.
  asio::awaitable<Result<std::string>> read_line();

  // --- what handlers make of the session

  void become_user(store::User const& user);              // not authenticated -> authenticated
  void open_mailbox(std::unique_ptr<Selected> selected);  // -> selected; starts watching it
  void close_mailbox();                                   // -> authenticated
  void enable(Enabled const& more);                       // adds; never takes away
  void enter_idle() { after_ = After::idle; }             // the tagged line waits for DONE
  void start_tls_next() { after_ = After::start_tls; }    // after the tagged line
  void log_out() { state_ = State::logout; }              // after the tagged line
  // A wrong password: waits, longer each time. After too many of them the connection ends.
  asio::awaitable<void> punish();
  // May passwords travel as they are here? (TLS, or loopback where configured)
  bool plaintext_allowed() const;
  bool tls_possible() const { return server_.tls && !stream_->is_tls(); }

 private:
  enum class After : std::uint8_t { nothing, start_tls, idle };

  // session.cpp: the connection
  void greet();
  void check_welcome();  // stopping, account gone, mailbox gone
  void check_account();
  void bye(std::string_view code, std::string_view text);

  // session_input.cpp: what it reads
  asio::awaitable<bool> receive(std::size_t missing);  // more input; false: the connection is over
  asio::awaitable<bool> sleep();                       // until there is input; false: over
  void limit_time(std::uint64_t octets);               // of the command that is arriving
  void stop_timing();
  void on_timeout();
  asio::awaitable<void> take(FrameStep const& step);
  void accept_literal(std::uint64_t octets);
  Result<void> check_literal(std::string_view start, std::uint64_t octets);
  void grow_input();
  void release_memory();
  bool idling() const { return !idle_tag_.empty(); }
  Millis patience() const;

  // session_command.cpp: one command
  asio::awaitable<void> run_command(std::string_view frame);
  asio::awaitable<Result<Done>> call(CommandRow const& row, Command const& command);
  Result<Done> after_exception();
  asio::awaitable<void> finish_command(std::string_view tag, std::string_view name,
                                       Result<Done> const& result);
  void refuse(std::string_view tag, Error error);
  void refuse_frame(Error error);
  void end_idle(std::string_view line);
  asio::awaitable<void> negotiate_tls();

  ServerContext& server_;
  std::shared_ptr<Limits const> const limits_;
  std::unique_ptr<net::Stream> stream_;
  CommandFramer framer_;
  net::InputBuffer input_;
  std::string output_;
  std::unique_ptr<Selected> selected_;
  MemoryBudget::Share literals_;
  store::Watchers::Handle account_watch_;
  net::SteadyTime login_deadline_;
  std::size_t response_start_ = 0;  // output_ is whole up to here
  std::uint64_t timed_octets_ = 0;  // what the deadline of the arriving command allows for; 0: none set
  std::size_t credentials_ = 0;     // fingerprint of the password when he logged in
  std::string login_;
  std::string idle_tag_;  // not empty: IDLE is in progress
  UserId user_;
  State state_ = State::not_authenticated;
  Enabled enabled_;
  After after_ = After::nothing;
  bool implicit_tls_;
  bool unfinished_ = false;       // part of a response has been written
  bool account_changed_ = false;  // set by the watcher
  bool agent_ = false;
  std::uint8_t wrong_passwords_ = 0;
  std::uint8_t bad_commands_ = 0;  // in a row
};

}  // namespace mc::imap
