// smtp/server.h - what all SMTP, submission and LMTP sessions share, and the session function a
// Listener runs. One session engine and one verb table serve the three.
//
// gateway/ fills a ServerContext and keeps it alive as long as sessions run.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "center/intake.h"
#include "core/clock.h"
#include "core/current.h"
#include "core/memory_budget.h"
#include "net/address.h"
#include "net/authenticator.h"
#include "net/listener.h"
#include "net/sasl.h"
#include "net/session_registry.h"
#include "net/tls.h"

namespace mc::smtp {

enum class Service : unsigned char {
  smtp,        // port 25: other mail servers; no AUTH
  submission,  // port 587 / 465: AUTH required before MAIL
  lmtp,        // from the company's MTA; a reply per recipient (RFC 2033)
};

struct Limits {
  std::uint64_t max_message_size = std::uint64_t{50} << 20;
  std::size_t recipients = 1000;  // per message
  std::size_t broadcast_recipients = 100'000;  // the same for the platform
  std::uint64_t memory_in_flight = std::uint64_t{512}
                                   << 20;         // message octets being received, all sessions together
  Millis login_time = std::chrono::minutes(1);    // submission: from the connection to AUTH
  Millis command_time = std::chrono::minutes(5);  // between commands (RFC 5321, 4.5.3.2.7)
  Millis data_time = std::chrono::minutes(10);    // one message from DATA to its end, for each 16 MiB begun
  unsigned bad_commands = 20;                     // then 421
  unsigned wrong_passwords = 3;                   // then 421
  Millis wrong_password_delay = std::chrono::seconds(1);  // doubles with each
  unsigned unknown_recipients = 20;  // refused RCPTs per connection before answers slow down; twice that: 421
};

// What an authenticated login is to the Message Center. Implemented by gateway/ over the store.
class AccountSource {
 public:
  virtual ~AccountSource() = default;
  // Absent: no such account, or disabled. Any thread.
  virtual std::optional<center::Submitter> find_submitter(std::string_view login) const = 0;
};

struct ServerContext {
  center::Intake& intake;
  net::Authenticator& authenticator;
  net::CredentialSource& credentials;
  AccountSource& accounts;
  std::shared_ptr<net::TlsContext> tls;  // null: no STARTTLS
  std::string hostname;                  // banner, EHLO reply
  std::string server_secret;             // net::SaslServerConfig
  bool plaintext_login_on_loopback = true;
  std::vector<net::Cidr> trusted;     // peers that may act as platform (smtp, lmtp) and may XCLIENT, XFORWARD
  bool trust_unix = false;            // peers on a Unix socket likewise
  Current<Limits> limits = Limits{};  // a session keeps those it began with
  MemoryBudget memory{limits.get()->memory_in_flight};
  std::atomic<bool> stopping{false};  // set by stop_sessions()
  net::SessionRegistry sessions = {};
};

// The session for net::Listener. `implicit_tls`: the handshake comes first (port 465).
net::Session make_session(ServerContext& context, Service service, bool implicit_tls);

// Tells every session to say 421 at the next command boundary (idle ones at once). Any thread; the
// sessions end soon after, by themselves.
void stop_sessions(ServerContext& context);

}  // namespace mc::smtp
