// smtp/verbs.h - the one table of what can be said to us: each verb's services, what must have happened
// before, how long its line may be, and its handler.
//
// Adding a verb: a handler in its family's verb_*.cpp, a prototype and a row here, a test; and a
// line in verb_hello.cpp if EHLO announces it.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string_view>

#include "smtp/reply.h"
#include "smtp/server.h"

namespace mc::smtp {

class Session;

// The services a verb belongs to.
using Services = std::uint8_t;
constexpr Services bit(Service service) {
  return static_cast<Services>(1u << static_cast<unsigned>(service));
}

// What must hold before the handler is called, checked in this order (Session::missing).
using Needs = std::uint16_t;
namespace need {
constexpr Needs nothing = 0;
constexpr Needs no_argument = 1;
constexpr Needs trust = 2;  // the peer is a trusted one
constexpr Needs hello = 4;
constexpr Needs auth = 8;      // on submission only
constexpr Needs idle = 16;     // no transaction under way
constexpr Needs mail = 32;     // a transaction under way
constexpr Needs no_bdat = 64;  // none of its content came yet
constexpr Needs rcpt = 128;    // a recipient accepted
}  // namespace need

using Answer = boost::asio::awaitable<Reply>;
// `arguments`: trimmed; valid until the handler reads or waits.
using Handler = Answer (*)(Session& session, std::string_view arguments);

struct VerbRow {
  std::string_view verb;
  Services services;
  Needs needs;
  std::size_t line_limit;  // octets, CRLF included
  Handler handler;
};

// RFC 5321 asks for 512 (4.5.3.1.4), extensions for more; RFC 4954 for 12,288 in AUTH.
constexpr std::size_t ordinary_line = 2048, auth_line = 12288;

VerbRow const* find_verb(std::string_view verb);  // any case; nullptr: unknown

// verb_hello.cpp
Answer verb_ehlo(Session& session, std::string_view arguments);
Answer verb_helo(Session& session, std::string_view arguments);
Answer verb_lhlo(Session& session, std::string_view arguments);
Answer verb_starttls(Session& session, std::string_view arguments);
// verb_simple.cpp
Answer verb_noop(Session& session, std::string_view arguments);
Answer verb_rset(Session& session, std::string_view arguments);
Answer verb_vrfy(Session& session, std::string_view arguments);
Answer verb_expn(Session& session, std::string_view arguments);
Answer verb_help(Session& session, std::string_view arguments);
Answer verb_quit(Session& session, std::string_view arguments);
// verb_auth.cpp
Answer verb_auth(Session& session, std::string_view arguments);
// verb_mail.cpp
Answer verb_mail(Session& session, std::string_view arguments);
Answer verb_rcpt(Session& session, std::string_view arguments);
// verb_data.cpp
Answer verb_data(Session& session, std::string_view arguments);
Answer verb_bdat(Session& session, std::string_view arguments);
// verb_proxy.cpp
Answer verb_xclient(Session& session, std::string_view arguments);
Answer verb_xforward(Session& session, std::string_view arguments);

}  // namespace mc::smtp
