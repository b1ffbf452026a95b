// smtp/dovecot_auth.h - checks logins for the company's own mail server: Dovecot's authentication protocol
// (smtp/dovecot_protocol.h) as a server on a Unix socket, so that Postfix asks for the passwords of our accounts.
//
// Whoever may connect is believed about where the login comes from and whether it is under TLS; the mode and
// group of the socket file decide who that is. A password in clear (PLAIN, LOGIN) is taken only from there. Several
// logins may be under way on one connection, each by its id; one that waits for the hash of a password or
// for the delay after a wrong one holds up no other.
//
// Thread rule: as smtp/session.h. Shares accounts, passwords, limits and the end with the SMTP sessions.
#pragma once
#include "smtp/penalties.h"
#include "smtp/server.h"

namespace mc::smtp {

struct AuthService {
  ServerContext& server;
  Penalties penalties = Penalties();
};

// The session for net::Listener. Lifetime: `service` outlives all sessions.
net::Session make_auth_session(AuthService& service);

}  // namespace mc::smtp
