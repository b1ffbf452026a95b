// Sequence sets: what parses writes back to the same set, and set algebra keeps its laws.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "imap/seqset.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace mc;
  using namespace mc::imap;
  std::string_view text(reinterpret_cast<char const*>(data), size);
  auto middle = text.find('|');
  auto set = parse_sequence_set(text.substr(0, middle));
  if (!set) return 0;
  require(parse_sequence_set(to_string(*set)).value() == *set || set->ranges.empty());
  auto a = set->resolve(Uid(1000));
  if (!a.empty()) require(parse_uid_set(to_string(a)).value() == a);
  if (middle == text.npos) return 0;
  auto other = parse_sequence_set(text.substr(middle + 1));
  if (!other) return 0;
  auto b = other->resolve(Uid(1000));
  auto both = a.intersection(b), only_a = a.difference(b), only_b = b.difference(a);
  auto joined = a;
  joined.add(b);
  require(both == b.intersection(a));
  require(joined.size() == both.size() + only_a.size() + only_b.size());
  require(both.intersection(only_a).empty());
  both.add(only_a);
  require(both == a);
  return 0;
}
