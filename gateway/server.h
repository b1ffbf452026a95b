// gateway/server.h - the whole program wired together, by hand: its table of contents.
//
// Order of life: store, policy, threads, TLS, protocols, listeners; taken down the other way
// round, so that whatever runs always stands on something.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "gateway/config.h"

namespace mc::gateway {

class Server {
 public:
  // Opens the store, loads policy and certificates, binds every address. Nothing is accepted yet.
  // Fails: in words for the admin.
  static Result<std::unique_ptr<Server>> make(Config config);
  ~Server();

  // Accepts connections; writes <data>/listening.json.
  Result<void> start();
  // Policy, certificates and limits again, each for itself: what fails keeps its running version and is
  // logged. Called on SIGHUP.
  void reload();
  // Stops accepting, says goodbye to sessions, lets the sender finish what is under way, settles the store.
  void stop();

  struct Ports {
    std::string service;                // "imap", "imaps", "smtp", "submission", "submissions", "lmtp", "auth", "web"
    std::vector<std::string> endpoints; // as bound
  };
  std::vector<Ports> listening() const;

  Server(Server const&) = delete;
  Server& operator=(Server const&) = delete;

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Loads the file and prints its problems to standard error. Absent: there are errors.
std::optional<Config> get_config(std::string const& file);

// Blocks signals, starts, calls `started` on another thread, reloads on SIGHUP, ends on SIGTERM or SIGINT.
int run_server(Config config, std::function<void(Server&)> started = {});

}  // namespace mc::gateway
