// Any octets as an Authentication-Results value. What is read has the promised form, and is read again from what it
// says; a name that was read is the one that counts.
#include <cstdint>
#include <cstdlib>

#include "core/text.h"
#include "mail/auth_results.h"

namespace {
void require(bool holds) {
  if (!holds) std::abort();
}

// As a quoted string.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace mc;
  std::string_view const value(reinterpret_cast<char const*>(data), size);
  std::string const id = mail::read_authserv_id(value);
  auto const read = mail::parse_auth_results(value);
  if (!read) return 0;
  require(!id.empty() && id == read->authserv_id);
  require(read->dkim.size() <= 50 && read->dmarc == to_lower(read->dmarc));
  require(read->dmarc_from == to_lower(read->dmarc_from) && read->dmarc_from.find('@') == std::string::npos);
  require(!read->dmarc_passed_for(""));
  if (read->dmarc.empty()) return 0;
  auto const again = mail::parse_auth_results(quoted(id) + "; dmarc=" + read->dmarc + " header.from=" + quoted(read->dmarc_from));
  require(!again || (again->dmarc == read->dmarc && again->dmarc_from.size() <= read->dmarc_from.size()));
  return 0;
}
