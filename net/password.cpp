#include "net/password.h"

#include <argon2.h>
#include <gsasl.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <stdexcept>

#include "core/text.h"

namespace mc::net {

namespace {

constexpr std::uint32_t argon2_passes = 2;
constexpr std::uint32_t argon2_kibibytes = 19'456;
constexpr std::uint32_t argon2_lanes = 1;
constexpr std::size_t argon2_hash_octets = 32;
constexpr std::size_t salt_octets = 16;
// Normalisation is quadratic in runs of combining marks; nobody types more than this.
constexpr std::size_t longest_prepared = 1024;

std::string prepared_or_raw(std::string_view password) {
  auto prepared = prepare_password(password);
  return prepared ? std::move(*prepared) : std::string(password);
}

}  // namespace

std::optional<std::string> prepare_password(std::string_view password) {
  if (password.size() > longest_prepared || password.find('\0') != password.npos || !is_utf8(password))
    return std::nullopt;
  char* out = nullptr;
  std::string const input(password);
  if (gsasl_saslprep(input.c_str(), static_cast<Gsasl_saslprep_flags>(0), &out, nullptr) != GSASL_OK)
    return std::nullopt;
  std::unique_ptr<char, decltype(&std::free)> const owned(out, &std::free);
  return std::string(out);
}

std::string hash_password(std::string_view password) {
  std::string const input = prepared_or_raw(password);
  std::string const salt = random_octets(salt_octets);
  std::string encoded(argon2_encodedlen(argon2_passes, argon2_kibibytes, argon2_lanes, salt_octets,
                                        argon2_hash_octets, Argon2_id),
                      '\0');
  int const code =
      argon2id_hash_encoded(argon2_passes, argon2_kibibytes, argon2_lanes, input.data(), input.size(),
                            salt.data(), salt.size(), argon2_hash_octets, encoded.data(), encoded.size());
  if (code == ARGON2_MEMORY_ALLOCATION_ERROR) throw std::bad_alloc();
  if (code != ARGON2_OK) throw std::runtime_error(argon2_error_message(code));
  encoded.resize(encoded.find('\0'));
  return encoded;
}

bool verify_password(std::string_view encoded_hash, std::string_view password) {
  std::string const input = prepared_or_raw(password);
  std::string const encoded(encoded_hash);
  int const code = argon2id_verify(encoded.c_str(), input.data(), input.size());
  if (code == ARGON2_MEMORY_ALLOCATION_ERROR) throw std::bad_alloc();
  return code == ARGON2_OK;
}

std::string const& dummy_password_hash() {
  static std::string const hash = hash_password(hex(random_octets(32)));
  return hash;
}

std::optional<ScramVerifier> make_scram_sha256(std::string_view password, unsigned iterations,
                                               std::string salt) {
  auto const prepared = prepare_password(password);
  if (!prepared || prepared->empty()) return std::nullopt;
  std::array<char, GSASL_HASH_SHA256_SIZE> salted, client_key, server_key, stored_key;
  if (salt.empty()) salt = random_octets(salt_octets);
  int const code = gsasl_scram_secrets_from_password(GSASL_HASH_SHA256, prepared->c_str(), iterations,
                                                     salt.data(), salt.size(), salted.data(),
                                                     client_key.data(), server_key.data(), stored_key.data());
  if (code != GSASL_OK) throw std::runtime_error(gsasl_strerror(code));
  return ScramVerifier{
      salt, iterations, {stored_key.data(), stored_key.size()}, {server_key.data(), server_key.size()}};
}

// --- LoginCache

LoginCache::LoginCache(Config config, SteadyNow now)
    : config_(config), now_(std::move(now)), secret_(random_octets(32)) {}

std::string LoginCache::key_of(std::string_view login, std::string_view password,
                               std::string_view stored_hash) const {
  std::string input;
  for (std::string_view const part : {login, stored_hash, password}) {
    input += std::to_string(part.size());
    input += ':';
    input += part;
  }
  Sha256 const key = hmac_sha256(secret_, input);
  ::explicit_bzero(input.data(), input.size());
  return std::string(as_octets(key));
}

bool LoginCache::contains(std::string_view login, std::string_view password,
                          std::string_view stored_hash) const {
  std::string const key = key_of(login, password, stored_hash);
  std::lock_guard lock(mutex_);
  auto const found = index_.find(key);
  return found != index_.end() && now_() < found->second->expires;
}

void LoginCache::insert(std::string_view login, std::string_view password, std::string_view stored_hash) {
  std::string key = key_of(login, password, stored_hash);
  std::lock_guard lock(mutex_);
  auto const now = now_();
  if (auto const found = index_.find(key); found != index_.end()) {
    found->second->expires = now + config_.ttl;
    oldest_first_.splice(oldest_first_.end(), oldest_first_, found->second);
    return;
  }
  while (!oldest_first_.empty() &&
         (oldest_first_.size() >= config_.capacity || oldest_first_.front().expires <= now)) {
    index_.erase(oldest_first_.front().key);
    oldest_first_.pop_front();
  }
  if (config_.capacity == 0) return;
  auto const entry = oldest_first_.insert(oldest_first_.end(), {std::move(key), now + config_.ttl});
  index_.emplace(entry->key, entry);
}

void LoginCache::clear() {
  std::lock_guard lock(mutex_);
  index_.clear();
  oldest_first_.clear();
}

std::size_t LoginCache::size() const {
  std::lock_guard lock(mutex_);
  return oldest_first_.size();
}

}  // namespace mc::net
