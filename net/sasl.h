// net/sasl.h - SASL exchanges (RFC 4422) without I/O: octets in, octets out.
//
// The protocol layers do the base64, the "*" that cancels, the limit on the length of a line
// and the initial response ("=" is an empty one). PLAIN (RFC 4616), LOGIN, SCRAM-SHA-256 (RFC 7677) and
// SCRAM-SHA-256-PLUS with tls-exporter (RFC 9266), by GNU SASL.
//
// An unknown or disabled user is led through the same exchange as a known one with a
// wrong password. Objects are not thread-safe; any one thread.
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/result.h"
#include "net/password.h"

namespace mc::net {

struct Credentials {
  std::string password_hash;  // of hash_password()
  ScramVerifier scram;
  bool enabled = true;
};

// Where the accounts are; implemented over the store. Any thread.
class CredentialSource {
 public:
  virtual ~CredentialSource() = default;
  // `login` as the client wrote it: the source normalises. Absent: no such user.
  virtual std::optional<Credentials> find(std::string_view login) const = 0;
};

// Send `octets` (base64) and pass the answer to step().
struct SaslChallenge {
  std::string octets;
};
// PLAIN and LOGIN: check the password (net/authenticator.h); that decides. The exchange is over.
struct SaslNeedsPasswordCheck {
  std::string login;
  std::string password;
  std::string authzid;  // empty: as himself
};
// Authenticated. The caller decides whether authcid may act as authzid (empty: himself).
struct SaslDone {
  std::string authcid;
  std::string authzid;
};
// Over. The reply is the same whatever `why` says; that is for the log.
struct SaslFailed {
  bool malformed = false;  // the client broke the protocol (IMAP BAD, SMTP 501); else a plain no
  std::string why;
};
using SaslStep = std::variant<SaslChallenge, SaslNeedsPasswordCheck, SaslDone, SaslFailed>;

struct SaslServerConfig {
  CredentialSource const& credentials;
  // Same for all connections and restarts: makes salts of users who do not exist.
  std::string server_secret;
  // Stream::tls_exporter(); absent: SCRAM-SHA-256-PLUS is not known.
  std::optional<std::string> channel_binding;
};

class SaslServer {
 public:
  // The exchange for `mechanism` (any case); nullptr: not one of ours.
  static std::unique_ptr<SaslServer> make(std::string_view mechanism, SaslServerConfig config);
  virtual ~SaslServer() = default;

  // The names to announce, best first. PLAIN and LOGIN only if `plaintext` (TLS, or loopback where
  // allowed); -PLUS only if `binding`.
  static std::vector<std::string_view> mechanisms(bool plaintext, bool binding);

  // Before the first answer: `input` is the initial response, absent if there was none. Later:
  // the client's answer. After anything but a challenge the object is spent.
  virtual SaslStep step(std::optional<std::string_view> input) = 0;
};

// Client side, for the smarthost. Throws nothing.
struct SaslClientConfig {
  std::string login;
  std::string password;
};

class SaslClient {
 public:
  // The best mechanism of those the server offers that we speak (SCRAM-SHA-256, PLAIN, LOGIN); nullptr: none.
  // PLAIN and LOGIN only if `plaintext` (the connection is under TLS or the admin allows it).
  static std::unique_ptr<SaslClient> make(std::span<std::string const> offered, bool plaintext,
                                          SaslClientConfig config);
  virtual ~SaslClient() = default;

  virtual std::string_view mechanism() const = 0;
  // First call with "": the initial response (absent: the mechanism has none, wait for the
  // challenge). Then the answer to each challenge. Fails: auth_failed (the server proved false), syntax.
  virtual Result<std::optional<std::string>> step(std::string_view challenge) = 0;
  // When the server says yes: is that believable? SCRAM requires its proof first.
  virtual bool satisfied() const = 0;
};

}  // namespace mc::net
