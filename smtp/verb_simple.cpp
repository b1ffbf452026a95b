// NOOP, RSET, VRFY, EXPN, HELP, QUIT                               RFC 5321, 4.1.1.5 to 4.1.1.10
#include "smtp/session.h"

namespace mc::smtp {

Answer verb_noop(Session&, std::string_view) {
  co_return Reply(250, "2.0.0", "Ok");
}

Answer verb_rset(Session& session, std::string_view) {
  session.end_transaction();
  co_return Reply(250, "2.0.0", "Ok");
}

// Who exists here is nobody's business (RFC 5321, 7.3).
Answer verb_vrfy(Session&, std::string_view arguments) {
  if (arguments.empty()) co_return Reply(501, "5.5.4", "Write VRFY address");
  co_return Reply(252, "2.0.0", "Send some mail and see");
}

Answer verb_expn(Session&, std::string_view) {
  co_return Reply(502, "5.5.1", "There are no lists to expand");
}

Answer verb_help(Session&, std::string_view) {
  co_return Reply(214, "2.0.0", "RFC 5321 explains everything");
}

Answer verb_quit(Session&, std::string_view) {
  co_return Reply(221, "2.0.0", "Bye").closing();
}

}  // namespace mc::smtp
