// STATUS.
#include <optional>

#include "center/desk.h"
#include "imap/commands.h"
#include "imap/parse_mailbox.h"
#include "imap/session.h"
#include "imap/status.h"

namespace mc::imap {

Answer cmd_status(Session& session, Command const& command) {
  auto args = parse_status(command.args);
  if (!args) co_return args.error();
  std::string name;
  auto status = session.store().read([&](store::Snapshot const& s) -> std::optional<MailboxStatus> {
    auto info = center::find_visible_mailbox(s, session.user(), args->mailbox);
    if (!info) return std::nullopt;
    name = info->name;
    return read_status(session, s, *info, args->items);
  });
  if (!status) co_return fail(Errc::not_found, "No such mailbox");
  session.enable({asks_for(args->items, StatusItem::highestmodseq), false, false});
  Writer out = session.out();
  write_status(out, name, args->items, *status);
  co_return Done{};
}

}  // namespace mc::imap
