// HELO, EHLO, LHLO and what they announce; STARTTLS.
#include <algorithm>

#include "core/text.h"
#include "smtp/session.h"

namespace mc::smtp {

namespace {

// ehlo = "EHLO" SP ( Domain / address-literal )                   RFC 5321, 4.1.1.1
// Looser: what real clients say. Kept as it is for the Received field.
bool is_hello_name(std::string_view name) {
  return !name.empty() && name.size() <= 255 &&
         std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

Reply bad_name() {
  return Reply(501, "5.5.4", "Say who you are: one name or address literal");
}

// Without SCRAM-SHA-256-PLUS: mutt (GNU SASL) picks it whenever it is announced, knows no tls-exporter, and gives
// up. IMAP does not announce it either.
std::string auth_line_of(Session const& session) {
  std::string line = "AUTH";
  for (std::string_view mechanism : net::SaslServer::mechanisms(session.plaintext_allowed(), false))
    line += ' ' + std::string(mechanism);
  return line == "AUTH" ? "" : line;
}

std::vector<std::string> announcement(Session& session) {
  std::vector<std::string> lines{session.server().hostname,
                                 "PIPELINING",
                                 "SIZE " + std::to_string(session.limits().max_message_size),
                                 "8BITMIME",
                                 "SMTPUTF8",
                                 "CHUNKING",
                                 "DSN",
                                 "ENHANCEDSTATUSCODES"};
  if (session.tls_possible()) lines.emplace_back("STARTTLS");
  if (session.service() == Service::submission && !session.authenticated())
    if (auto auth = auth_line_of(session); !auth.empty())
      lines.push_back(std::move(auth));
  if (session.peer().trusted) {
    lines.emplace_back("XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT");
    if (session.service() != Service::submission)
      lines.emplace_back("XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE");
  }
  return lines;
}

}  // namespace

Answer verb_ehlo(Session& session, std::string_view name) {
  if (!is_hello_name(name)) co_return bad_name();
  session.say_hello(std::string(name), true);
  co_return Reply(250, "", announcement(session));
}

Answer verb_lhlo(Session& session, std::string_view name) {
  return verb_ehlo(session, name);
}

// helo = "HELO" SP Domain                                          RFC 5321, 4.1.1.1
Answer verb_helo(Session& session, std::string_view name) {
  if (!is_hello_name(name)) co_return bad_name();
  session.say_hello(std::string(name), false);
  co_return Reply(250, "", session.server().hostname);
}

// RFC 3207, 4
Answer verb_starttls(Session& session, std::string_view) {
  if (session.stream().is_tls()) co_return Reply(503, "5.5.1", "TLS has begun already");
  if (!session.tls_possible()) co_return Reply(502, "5.5.1", "TLS is not available here");
  session.start_tls_next();
  co_return Reply(220, "2.0.0", "Ready to start TLS");
}

}  // namespace mc::smtp
