// An agent's mail to a ticket: its commands are read and taken out of it, whatever shape it has.
#include <cstdint>
#include <cstdlib>

#include "center/ticket_commands.h"
#include "center/ticket_text.h"
#include "core/text.h"

namespace {
void require(bool holds) {
  if (!holds) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace mc;
  using namespace mc::center;
  Prepared const mail = prepare(std::string(reinterpret_cast<char const*>(data), size), Trust::other, "mc.example.test");
  std::string const text = first_text(mail);
  require(is_utf8(text));
  auto const commands = parse_ticket_commands(text);
  if (commands) {
    require(text.ends_with(commands->rest) && commands->accept.size() <= 20);
    require(commands->any || (!commands->status && !commands->merge));
  } else {
    require(commands.error().text.starts_with("5.5.4 ") && commands.error().text.find_first_of("\r\n") == std::string::npos);
  }
  says_anything(commands ? std::string_view(commands->rest) : text);
  Prepared const anew = prepare(with_text(mail, "Words\n"), Trust::other, "mc.example.test");
  require(!anew.summary.opaque || mail.summary.opaque || mail.summary.parts.size() > 9'000);
  if (!anew.summary.opaque) require(first_text(anew) == "Words\r\n");
  require(has_attachments(mail) == (anew.summary.parts.size() > 1));
  return 0;
}
