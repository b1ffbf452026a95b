// core/crypto.h - hashes and randomness for ids and tokens. Any thread.
#pragma once
#include <array>
#include <string>
#include <string_view>

namespace mc {

using Sha256 = std::array<unsigned char, 32>;
Sha256 sha256(std::string_view octets);
Sha256 hmac_sha256(std::string_view key, std::string_view octets);
inline std::string_view as_octets(Sha256 const& h) {
  return {reinterpret_cast<char const*>(h.data()), h.size()};
}

std::string random_octets(std::size_t n);      // from the system's generator
bool equal_constant_time(std::string_view a, std::string_view b);

}  // namespace mc
