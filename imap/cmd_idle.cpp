// IDLE (RFC 9051, 6.3.13).
#include "imap/commands.h"
#include "imap/parse_command.h"
#include "imap/session.h"

namespace mc::imap {

// The session itself waits for DONE and pushes what happens, so that an idle client costs no
// more than a silent one.
Answer cmd_idle(Session& session, Command const& command) {
  auto args = parse_no_args(command.args);
  if (!args) co_return args.error();
  Writer out = session.out();
  write_continuation(out, "idling");
  session.response_begins();
  if (Selected* selected = session.try_selected()) selected->changed = true;
  session.enter_idle();
  co_return Done{};
}

}  // namespace mc::imap
