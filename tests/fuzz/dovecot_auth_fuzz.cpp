// Any octets as lines of Dovecot's authentication protocol: what is written is one line, and is read back.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "smtp/dovecot_protocol.h"

namespace {
void require(bool holds) {
  if (!holds) std::abort();
}

void check_line(std::string const& line) {
  require(line.ends_with('\n') && line.find('\n') == line.size() - 1);
  require(line.find('\r') == std::string::npos && line.find('\0') == std::string::npos);
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace mc;
  namespace d = smtp::dovecot;
  std::string_view left(reinterpret_cast<char const*>(data), size);
  while (!left.empty()) {
    auto const end = left.find('\n');
    std::string_view const line = left.substr(0, end);
    left.remove_prefix(end == left.npos ? left.size() : end + 1);
    auto const command = d::parse_command(line);
    if (!command) continue;
    if (auto const* auth = std::get_if<d::AuthRequest>(&*command)) {
      require(!auth->mechanism.empty() && !(auth->malformed && auth->initial));
      check_line(d::write_success(auth->id, auth->mechanism));
      check_line(d::write_failure(auth->id, d::Failure::temporary, auth->mechanism));
    }
    if (auto const* more = std::get_if<d::Continuation>(&*command); more && more->octets) {
      std::string const written = d::write_challenge(more->id, *more->octets);
      auto const back = d::parse_command(std::string_view(written).substr(0, written.size() - 1));
      require(back && std::get<d::Continuation>(*back).octets == more->octets);
    }
  }
  return 0;
}
