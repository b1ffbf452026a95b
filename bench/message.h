// message.h - the mail the benchmarks send: ordinary headers, words, an exact size.
#pragma once

#include <cstddef>
#include <string>

namespace mc::bench {

// A word found in every `needle_every`-th message made with a needle, and nowhere else.
inline constexpr char needle[] = "zanzibarquokka";
inline constexpr long needle_every = 1000;

struct MessageSpec {
  std::size_t size = 4096;   // octets of the whole message, headers included
  std::string to;            // address for the To header
  std::string extra_header;  // one header line without line end, or empty
  bool with_needle = false;  // put `needle` into every needle_every-th body
};

// A complete message of exactly `spec.size` octets (more only when the headers alone are larger),
// CRLF lines of at most 78 octets, no line beginning with a dot. Its Message-ID,
// Subject and body differ for every `number` and `run`.
std::string make_message(MessageSpec const& spec, std::string const& run, long number);

}  // namespace mc::bench
