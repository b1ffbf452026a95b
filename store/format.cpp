#include "store/format.h"

#include <algorithm>

namespace mc::store {
namespace {

constexpr std::string_view magic = "MCST";

void append_big_endian(std::string& out, std::uint64_t value, int octets) {
  for (int shift = (octets - 1) * 8; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
}

std::uint64_t big_endian(std::string_view octets) {
  std::uint64_t value = 0;
  for (char c : octets) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

}  // namespace

std::string write_format() {
  std::string out(magic);
  append_big_endian(out, format_version, 4);
  return out;
}

Result<void> check_format(Snapshot const& s) {
  auto const record = s.get(format_key);
  if (!record || record->size() < magic.size() + 4 || !record->starts_with(magic))
    return fail(Errc::unsupported, "This database was not made by Message Center");
  auto const version = big_endian(record->substr(magic.size(), 4));
  if (version != format_version)
    return fail(Errc::unsupported, "The store has format version " + std::to_string(version) +
                                       "; this program knows only version " + std::to_string(format_version));
  return {};
}

bool is_empty(Snapshot const& s) {
  return !s.cursor()->seek({});
}

std::string write_counters(Counters const& counters) {
  std::string out;
  out.reserve(counters.size() * 8);
  for (auto value : counters) append_big_endian(out, value, 8);
  return out;
}

Counters load_counters(Snapshot const& s) {
  Counters counters{};
  auto const record = s.get(counters_key).value_or(std::string_view());
  auto const known = std::min(counters.size(), record.size() / 8);
  for (std::size_t i = 0; i < known; ++i) counters[i] = big_endian(record.substr(i * 8, 8));
  return counters;
}

}  // namespace mc::store
