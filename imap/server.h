// imap/server.h - what all IMAP sessions share, and the session function a Listener runs.
//
// gateway/ fills a ServerContext and keeps it alive as long as sessions run. Everything in it
// is used from all I/O threads.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "center/context.h"
#include "core/clock.h"
#include "core/current.h"
#include "core/memory_budget.h"
#include "core/ids.h"
#include "imap/command_reader.h"
#include "net/authenticator.h"
#include "net/listener.h"
#include "net/sasl.h"
#include "net/session_registry.h"
#include "net/tls.h"
#include "store/store.h"

namespace mc::imap {

// Each bounds what one client can cost; defaults suit ordinary mail clients.
struct Limits {
  FrameLimits frame;                              // after login; before it FrameLimits::before_login()
  Millis login_time = std::chrono::minutes(1);    // from the connection to a successful login
  Millis idle_time = std::chrono::minutes(30);    // between commands (RFC 9051, 5.4: at least 30 minutes)
  Millis command_time = std::chrono::minutes(5);  // for a command to arrive once begun; APPEND: per 16 MiB
  Millis write_time = std::chrono::minutes(5);    // a peer that takes nothing for so long is gone
  Millis heartbeat = std::chrono::minutes(9);     // "* OK Still here" during IDLE
  std::uint64_t literals_in_flight = std::uint64_t{512}
                                     << 20;               // octets of large commands, all sessions together
  unsigned wrong_passwords = 3;                           // then BYE
  Millis wrong_password_delay = std::chrono::seconds(1);  // doubles with each
  unsigned bad_commands = 20;                             // in a row before login, then BYE
  std::uint64_t body_chunk = 256 * 1024;                  // octets of a message in memory while it streams
};

// Where LOGIN and AUTHENTICATE PLAIN are offered without TLS.
enum class PlaintextLogin { never, loopback };

// Remembers where the first unread message of a mailbox stands, so that SELECT need not look
// for it again while nothing has changed. Any thread; bounded.
class FirstUnseenCache {
 public:
  struct Position {
    SeqNum seq;  // 0: all are seen
  };
  std::optional<Position> find(MailboxId mailbox, ModSeq highest) const;
  void put(MailboxId mailbox, ModSeq highest, Position position);

 private:
  struct Known {
    ModSeq highest;
    Position position;
  };
  static constexpr std::size_t most = 20'000;
  mutable std::mutex mutex_;
  std::unordered_map<MailboxId, Known> known_;
};

// Which session saw a message first: \Recent belongs to it alone (RFC 3501, 2.3.2). The store keeps the
// boundary over restarts; between, this is the truth. Any thread; bounded.
class RecentClaims {
 public:
  // The first UID that no session has claimed yet. `stored`: what the store says.
  Uid unclaimed_from(MailboxId mailbox, Uid stored) const;
  // The same, and claims all below `next`.
  Uid claim(MailboxId mailbox, Uid stored, Uid next);

 private:
  static constexpr std::size_t most = 50'000;
  mutable std::mutex mutex_;
  std::unordered_map<MailboxId, Uid> claimed_to_;
};

struct ServerContext {
  store::Store& store;
  center::Context& center;
  net::Authenticator& authenticator;
  net::CredentialSource& credentials;
  std::shared_ptr<net::TlsContext> tls;  // null: no STARTTLS, no TLS
  std::string hostname;                  // in the greeting
  std::string server_secret;             // net::SaslServerConfig
  PlaintextLogin plaintext_login = PlaintextLogin::loopback;
  Current<Limits> limits = Limits{};  // a session keeps those it began with
  MemoryBudget literals{limits.get()->literals_in_flight};
  FirstUnseenCache first_unseen;
  RecentClaims recent;
  net::SessionRegistry sessions;
  // Stopping: sessions say BYE when their current command ends, and at once when they wait.
  std::atomic<bool> stopping{false};
};

// Runs IMAP on a connection; with `implicit_tls` the handshake comes first (port 993).
// Lifetime: `server` outlives every session.
net::Session make_session(ServerContext& server, bool implicit_tls);

// What a Listener tells a client it cannot take (not for TLS listeners).
std::string refusal_line(net::Refusal reason);

// Ends every session on its own thread: "* BYE". Any thread.
void stop_sessions(ServerContext& server);

}  // namespace mc::imap
