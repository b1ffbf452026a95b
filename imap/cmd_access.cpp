// CAPABILITY, NOOP, CHECK, LOGOUT, ID, ENABLE, STARTTLS.
#include <algorithm>
#include <array>

#include "core/log.h"
#include "core/text.h"
#include "imap/capabilities.h"
#include "imap/commands.h"
#include "imap/parse_access.h"
#include "imap/parse_command.h"
#include "imap/session.h"

namespace mc::imap {

std::vector<std::string_view> announced(Session const& session) {
  return capabilities(
      {session.state() != State::not_authenticated, session.tls_possible(), session.plaintext_allowed()});
}

Answer cmd_capability(Session& session, Command const& command) {
  auto args = parse_no_args(command.args);
  if (!args) co_return args.error();
  auto names = announced(session);
  session.out().raw("* ").raw(code::capability(names)).crlf();
  co_return Done{};
}

Answer cmd_noop(Session& session, Command const& command) {
  auto args = parse_no_args(command.args);
  if (!args) co_return args.error();
  if (Selected* selected = session.try_selected()) selected->changed = true;  // look, whatever was heard
  co_return Done{};
}

// Nothing to do: what was acknowledged is on disk (RFC 3501, 6.4.1).
Answer cmd_check(Session& session, Command const& command) {
  return cmd_noop(session, command);
}

Answer cmd_logout(Session& session, Command const& command) {
  auto args = parse_no_args(command.args);
  if (!args) co_return args.error();
  session.close_mailbox();
  Writer out = session.out();
  write_untagged(out, Status::bye, "", "Logging out");
  session.log_out();
  co_return Done{};
}

// What the client says about itself goes to the log and nowhere else (RFC 2971, 1).
Answer cmd_id(Session& session, Command const& command) {
  auto args = parse_id(command.args);
  if (!args) co_return args.error();
  std::string said;
  for (auto const& [name, value] : args->fields)
    if (value) said += (said.empty() ? "" : " ") + printable(name, 30) + '=' + printable(*value, 60);
  if (!said.empty()) log_debug("imap client", {{"user", session.login()}, {"id", printable(said, 400)}});
  session.out().raw("* ID (\"name\" \"Message Center\")\r\n");
  co_return Done{};
}

namespace {

// What ENABLE knows (RFC 5161, 3.1); anything else is passed over.
struct EnableRow {
  std::string_view name;
  Enabled effect;
};
constexpr std::array enable_table{
    EnableRow{"CONDSTORE", {true, false, false}},
    EnableRow{"IMAP4REV2", {false, false, true}},
    EnableRow{"QRESYNC", {true, true, false}},
};
constexpr std::array<std::string_view, 3> enabled_names{"CONDSTORE", "IMAP4rev2", "QRESYNC"};

}  // namespace

Answer cmd_enable(Session& session, Command const& command) {
  auto args = parse_enable(command.args);
  if (!args) co_return args.error();
  Writer out = session.out();
  out.raw("* ENABLED");
  for (std::size_t i = 0; i < enable_table.size(); ++i) {
    auto const& wanted = args->capabilities;
    if (std::find(wanted.begin(), wanted.end(), enable_table[i].name) == wanted.end()) continue;
    session.enable(enable_table[i].effect);
    out.sp().raw(enabled_names[i]);
  }
  out.crlf();
  co_return Done{};
}

Answer cmd_starttls(Session& session, Command const& command) {
  auto args = parse_no_args(command.args);
  if (!args) co_return args.error();
  if (!session.tls_possible())
    co_return fail(Errc::syntax,
                   session.stream().is_tls() ? "TLS is in use already" : "TLS is not configured");
  session.start_tls_next();
  co_return Done{Status::ok, "", "Begin TLS negotiation now"};
}

}  // namespace mc::imap
