#include "core/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <stdexcept>

namespace mc {

namespace {
unsigned char const* octets_of(std::string_view s) { return reinterpret_cast<unsigned char const*>(s.data()); }
}  // namespace

// SHA256() would look its implementation up by name each time, which takes longer than a short text's hash.
Sha256 sha256(std::string_view octets) {
  static EVP_MD const* const implementation = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  Sha256 out;
  if (EVP_Digest(octets_of(octets), octets.size(), out.data(), nullptr, implementation, nullptr) != 1)
    throw std::runtime_error("no SHA-256 can be had");
  return out;
}

Sha256 hmac_sha256(std::string_view key, std::string_view octets) {
  Sha256 out;
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), octets_of(octets), octets.size(), out.data(), &size);
  return out;
}

std::string random_octets(std::size_t n) {
  std::string out(n, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(n)) != 1)
    throw std::runtime_error("the system's random generator failed");
  return out;
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace mc
