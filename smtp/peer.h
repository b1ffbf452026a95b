// smtp/peer.h - who is at the other end, and what may be believed of him: the connection itself, and
// what trusted peers say about the client behind them (XCLIENT, XFORWARD as Postfix speaks them). Pure.
#pragma once
#include <boost/asio/ip/address.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "center/submitter.h"
#include "net/address.h"
#include "smtp/arguments.h"

namespace mc::smtp {

using Attributes = std::vector<std::pair<std::string, std::string>>;

// Whose word counts: `trusted` blocks, and Unix sockets if `unix_too`.
struct TrustRules {
  std::vector<net::Cidr> const& trusted;
  bool unix_too = false;
};

// The client, as the connection or else XCLIENT says. XCLIENT replaces the address for good, with
// all that follows from it: whoever speaks through a proxy has the rights of his own address, and none
// to say XCLIENT again unless that is trusted too.
struct Peer {
  std::optional<boost::asio::ip::address> ip;  // absent: a Unix socket, or not known
  bool trusted = false;
  std::string helo;   // of XCLIENT; empty: as said in EHLO
  std::string proto;  // of XCLIENT: "SMTP", "ESMTP"; empty: as spoken
  std::string login;  // of XCLIENT: the account he is authenticated as; empty: none

  static Peer connected(std::optional<boost::asio::ip::address> ip, TrustRules const& rules);
  std::string text() const;  // "192.0.2.1", "unix" where there is no address
};

// XCLIENT = 1*(SP attribute "=" value); absent values leave things as they are.
Parsed<Peer> apply_xclient(Peer const& before, Attributes const& attributes, TrustRules const& rules);

// Where a message that a trusted peer hands on came from.
struct Forwarded {
  std::optional<boost::asio::ip::address> ip;
  bool address_given = false;  // also as [UNAVAILABLE]
  enum class Source : unsigned char { unknown, local, remote } source = Source::unknown;
  std::string helo;

  bool given() const { return address_given || source != Source::unknown || !helo.empty(); }
  // Mail from elsewhere must not act as the platform only because the company's MTA passed it on.
  bool from_outside(TrustRules const& rules) const;
};

// XFORWARD = 1*(SP attribute "=" value); several commands add up.
Parsed<Forwarded> apply_xforward(Forwarded before, Attributes const& attributes);

// Postfix asks whether an address exists by beginning a mail from double-bounce@… (address_verify_sender), because a
// stranger it talks to wants to write there. What he may not know it must not hear either.
bool is_probe_sender(std::string_view reverse_path);

// The submitter of mail that is not authenticated. by_our_mta: of mail that a trusted peer hands on from elsewhere.
center::Submitter submitter_of(Peer const& peer, Forwarded const* forwarded, TrustRules const& rules);

}  // namespace mc::smtp
