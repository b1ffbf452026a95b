#include "core/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <stdexcept>

namespace mc {

namespace {
unsigned char const* octets_of(std::string_view s) { return reinterpret_cast<unsigned char const*>(s.data()); }
}  // namespace

Sha256 sha256(std::string_view octets) {
  Sha256 out;
  SHA256(octets_of(octets), octets.size(), out.data());
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
