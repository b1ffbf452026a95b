// net/authenticator.h - decides whether a login and password are right, without blocking.
//
// What IMAP LOGIN and every PLAIN/LOGIN exchange end in. A password seen right lately costs
// microseconds; any other is hashed on the WorkerPool. A wrong password, an unknown user and
// a disabled one take the same time and give the same answer.
//
// check() from any I/O thread; resumes on it.
#pragma once
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <string>

#include "core/result.h"
#include "core/worker_pool.h"
#include "net/password.h"
#include "net/sasl.h"

namespace mc::net {

class Authenticator {
 public:
  struct Config {
    // Hashes waiting or running; more are refused as unavailable, so that a flood of
    // logins cannot delay everybody for minutes.
    std::size_t max_pending = 200;
    LoginCache::Config cache;
  };
  // All must outlive it.
  Authenticator(CredentialSource const& credentials, WorkerPool& workers, Config config);
  Authenticator(CredentialSource const& credentials, WorkerPool& workers)
      : Authenticator(credentials, workers, Config{}) {}

  // Fails: auth_failed; unavailable (too many at once). Suspends: yes, unless remembered.
  boost::asio::awaitable<Result<void>> check(std::string login, std::string password);

 private:
  CredentialSource const& credentials_;
  WorkerPool& workers_;
  Config config_;
  LoginCache cache_;
  std::atomic<std::size_t> pending_{0};
};

}  // namespace mc::net
