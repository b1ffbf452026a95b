// tests/store/sample.h - bodies and messages for tests of the store.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/crypto.h"
#include "store/bodies.h"
#include "store/records.h"

namespace mc::store::test {

// The facts of `octets` as intake would compute them, as far as the store looks at them.
inline std::string facts_of(std::string_view octets, std::vector<OctetRange> const& cuts = {},
                            std::string_view envelope = "(envelope)") {
  Builder b;
  std::uint64_t cut = 0;
  std::vector<flatbuffers::Offset<fb::Cut>> cut_offsets;
  for (OctetRange c : cuts) {
    cut_offsets.push_back(fb::CreateCut(b, c.begin, c.end));
    cut += c.end - c.begin;
  }
  auto cut_vector = b.CreateVector(cut_offsets);
  auto wire = b.CreateString(envelope.data(), envelope.size());
  auto sha = octets_in(b, as_octets(sha256(octets)));
  fb::BodyBuilder body(b);
  body.add_size(octets.size());
  body.add_shown_size(octets.size() - cut);
  body.add_cuts(cut_vector);
  body.add_envelope(wire);
  body.add_sha256(sha);
  b.Finish(body.Finish());
  return std::string(finished(b));
}

inline BodyId store_body(Transaction& tx, std::string_view octets, std::vector<OctetRange> const& cuts = {}) {
  return put_body(tx, octets, facts_of(octets, cuts), sha256(octets));
}

inline MessageId store_message(Transaction& tx, std::string_view octets, std::string_view prefix = "",
                               std::vector<OctetRange> const& cuts = {}) {
  return make_message(tx, store_body(tx, octets, cuts), prefix, UserId(1), DecisionId(1));
}

// Octets that differ everywhere, so that a shifted read shows.
inline std::string pattern(std::size_t size, unsigned seed = 1) {
  std::string out(size, '\0');
  for (char& c : out) {
    seed = seed * 1664525u + 1013904223u;
    c = static_cast<char>(seed >> 24);
  }
  return out;
}

}  // namespace mc::store::test
