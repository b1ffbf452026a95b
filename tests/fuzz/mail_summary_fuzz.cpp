// Any octets: a Summary that keeps every invariant, and searching it ends.
#include <cstdint>
#include <cstdlib>

#include "mail/match.h"
#include "mail/section.h"
#include "tests/mail/invariants.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace mc;
  std::string_view octets(reinterpret_cast<char const*>(data), size);
  mail::Limits limits;
  limits.parts = 50;  // within reach of a fuzzer
  limits.depth = 10;
  limits.fields = 50;
  limits.parameters = 10;
  auto made = mail::summarize(octets, limits);
  if (!test::check_summary(octets, made).empty()) std::abort();
  static mail::Needle const needle("\xC3\x84needle");
  mail::text_contains(octets, made.parts, needle, mail::MatchScope::all);
  return 0;
}
