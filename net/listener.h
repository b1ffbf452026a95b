// net/listener.h - accepts connections and hands each to a session on one of the I/O threads.
//
// A Listener holds one socket. It accepts on one context and gives the connection to the least
// loaded one, where the session coroutine starts and stays. Connections are
// counted in a ConnectionLimits that several listeners share; one too many is told a polite
// line and closed. Errors of accept never end it: it logs, backs off and goes on, also when file
// descriptors run out (one is kept in reserve to refuse with).
//
// Thread rule: make and stop from any thread; the session runs on its own context.
#pragma once
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <variant>

#include "core/result.h"
#include "net/address.h"
#include "net/io_pool.h"
#include "net/stream.h"

namespace mc::net {

enum class Refusal { too_many, too_many_from_address };

// How many connections there may be, in all and from one address (an IPv6 /64 counts as one).
class ConnectionLimits {
 public:
  struct Config {
    std::size_t total = 10'000;         // bounds memory and file descriptors
    std::size_t per_address = 100;      // one host cannot take all places
    std::size_t per_loopback = 10'000;  // loopback and Unix peers: a proxy or webmail in front
  };
  explicit ConnectionLimits(Config config) : config_(config) {}
  ConnectionLimits() : ConnectionLimits(Config{}) {}

  // One place; given back when destroyed. The limits must outlive it.
  class Permit {
   public:
    Permit(ConnectionLimits& limits, std::string key) : limits_(&limits), key_(std::move(key)) {}
    Permit(Permit&& other) noexcept
        : limits_(std::exchange(other.limits_, nullptr)), key_(std::move(other.key_)) {}
    Permit& operator=(Permit&&) = delete;
    ~Permit() {
      if (limits_) limits_->give_back(key_);
    }

   private:
    ConnectionLimits* limits_;
    std::string key_;
  };
  // A place for a peer at `ip` (absent: a Unix socket), or why not.
  std::variant<Permit, Refusal> admit(std::optional<asio::ip::address> ip);
  void set(Config config);  // applies to later admissions
  std::size_t total() const;

 private:
  friend class Permit;
  void give_back(std::string const& key);

  mutable std::mutex mutex_;
  Config config_;
  std::size_t total_ = 0;
  std::unordered_map<std::string, std::size_t> by_address_;
};

struct ListenerOptions {
  std::string name = "listener";  // for the log: "imap", "smtp"
  int unix_mode = 0660;           // of a Unix socket file
  int backlog = 511;
  // What a refused peer is told before the connection is closed, line end included; empty: nothing.
  // Sent as it is, so leave it empty where TLS comes first.
  std::function<std::string(Refusal)> refusal_line;
};

// Runs one connection to its end. Called on the thread of stream->context(); what it
// throws is caught and logged.
using Session = std::function<asio::awaitable<void>(std::unique_ptr<Stream> stream)>;

class Listener {
 public:
  // Binds and starts accepting. A Unix socket file left behind by a dead process is replaced;
  // one that answers is not. Fails: conflict (address in use), forbidden, unavailable; text for the admin.
  // `pool` and `limits` must outlive the Listener and all its sessions.
  static Result<std::unique_ptr<Listener>> make(IoPool& pool, ConnectionLimits& limits, Endpoint where,
                                                ListenerOptions options, Session session);
  ~Listener();  // stop()

  // Where it listens really: the port picked for port 0.
  Endpoint const& endpoint() const;
  // Ends accepting and removes the Unix socket file; sessions go on. May be repeated. Any thread.
  void stop();

 private:
  class Acceptor;
  explicit Listener(std::shared_ptr<Acceptor> acceptor) : acceptor_(std::move(acceptor)) {}
  std::shared_ptr<Acceptor> acceptor_;
};

}  // namespace mc::net
