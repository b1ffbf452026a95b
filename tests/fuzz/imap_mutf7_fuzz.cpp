// Mailbox names: whatever decodes is the one encoding of well-formed UTF-8; any UTF-8 survives.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/text.h"
#include "imap/match.h"
#include "imap/mutf7.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace mc;
  using namespace mc::imap;
  std::string_view text(reinterpret_cast<char const*>(data), size);
  if (auto decoded = decode_mutf7(text)) {
    require(is_utf8(*decoded));
    require(encode_mutf7(*decoded) == text);
  }
  if (is_utf8(text)) require(decode_mutf7(encode_mutf7(text)).value() == text);
  if (auto name = canonical_mailbox(text, {true})) {
    require(canonical_mailbox(encode_mutf7(*name), {false}).value() == *name);
    require(ListPattern("*").matches(*name));
  }
  return 0;
}
