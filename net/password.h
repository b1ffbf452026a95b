// net/password.h - passwords at rest: Argon2id hashes and SCRAM verifiers.
//
// hash_password, verify_password and make_scram_sha256 take tens of milliseconds of CPU by
// design: run them on a WorkerPool (net/authenticator.h does). Any thread.
#pragma once
#include <chrono>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/crypto.h"

namespace mc::net {

// RFC 4013 (SASLprep) of a password, so that one typed on another keyboard still fits; absent
// when it is not UTF-8 or contains what SASLprep prohibits (control characters).
std::optional<std::string> prepare_password(std::string_view password);

// "$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>", salted at random. 19 MiB and two passes are
// OWASP's minimum for Argon2id: about 30 ms of one core, and 19 MiB while it runs. The password is prepared
// first where SASLprep allows it, else taken as it is.
std::string hash_password(std::string_view password);
// False also for a hash that cannot be read.
bool verify_password(std::string_view encoded_hash, std::string_view password);
// A hash of nothing anyone knows, to spend the same time on a user who does not exist.
std::string const& dummy_password_hash();

// What the server stores for SCRAM-SHA-256 (RFC 5802, 3; RFC 7677), all raw octets. It cannot log in
// with it elsewhere, but SCRAM verifiers are cheaper to attack than Argon2id.
struct ScramVerifier {
  std::string salt;         // 16 octets
  unsigned iterations = 0;  // 0: none stored, SCRAM is not offered to this user
  std::string stored_key;   // 32 octets
  std::string server_key;   // 32 octets
};
inline constexpr unsigned scram_iterations = 15'000;  // RFC 7677 asks for at least 4096; clients pay this
// Absent when the password cannot be prepared (RFC 5802 requires it) or is empty. An empty `salt`
// stands for a random one.
std::optional<ScramVerifier> make_scram_sha256(std::string_view password,
                                               unsigned iterations = scram_iterations, std::string salt = {});

// Remembers, for minutes, that a login and password were found right, so that a client that
// reconnects costs microseconds. Keeps an HMAC under a key of this process, never a password.
// A changed stored hash is another entry, so old passwords end at once. Any thread.
class LoginCache {
 public:
  using SteadyNow = std::function<std::chrono::steady_clock::time_point()>;
  struct Config {
    std::chrono::seconds ttl{300};
    std::size_t capacity = 50'000;  // about 150 octets each
  };
  explicit LoginCache(Config config, SteadyNow now = &std::chrono::steady_clock::now);
  LoginCache() : LoginCache(Config{}) {}

  bool contains(std::string_view login, std::string_view password, std::string_view stored_hash) const;
  void insert(std::string_view login, std::string_view password, std::string_view stored_hash);
  void clear();
  std::size_t size() const;

 private:
  struct Entry {
    std::string key;
    std::chrono::steady_clock::time_point expires;
  };
  std::string key_of(std::string_view login, std::string_view password, std::string_view stored_hash) const;

  Config config_;
  SteadyNow now_;
  std::string secret_;
  mutable std::mutex mutex_;
  std::list<Entry> oldest_first_;
  std::unordered_map<std::string_view, std::list<Entry>::iterator> index_;
};

}  // namespace mc::net
