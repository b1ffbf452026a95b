// store/crc32c.h - CRC-32C (Castagnoli), the check on stored octets. Pure.
#pragma once
#include <cstdint>
#include <string_view>

namespace mc::store {

std::uint32_t crc32c(std::string_view octets);  // of "123456789": 0xE3069283 (RFC 3720, B.4)

}  // namespace mc::store
