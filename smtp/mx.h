// smtp/mx.h - the mail servers of a domain, from what the DNS says (RFC 5321, 5.1; RFC 7505). Pure.
#pragma once
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "center/outbox.h"
#include "net/resolver.h"

namespace mc::smtp {

constexpr std::size_t max_exchanges = 10;  // of one domain that are tried
constexpr std::size_t max_addresses = 8;   // of one exchange

// Where mail for a domain goes, or why it cannot go.
struct Exchanges {
  std::vector<std::string> hosts;  // in the order in which they are to be tried; at least one, unless there is a reply
  center::SendOutcome outcome = center::SendOutcome::temporary;
  std::string reply;  // "556 5.1.10 …", in our own words
};

// By preference, those of equal preference shuffled. Without MX the domain itself. A null MX, a domain that does not exist and
// one whose MX is ourselves, `own_host`, are refused for good; of others behind ourselves in the list none is tried (a loop).
Exchanges choose_exchanges(net::DnsAnswer<net::MxRecord> const& answer, std::string const& domain,
                           std::string_view own_host, std::minstd_rand& random);

// Why mail for the domain cannot go out at all: it is ours, or no name of a host. Absent: it may.
std::optional<Exchanges> refuse_domain(std::string_view domain, std::string_view own_domain);

// None of the exchanges has an address.
Exchanges without_addresses(std::string const& domain);

}  // namespace mc::smtp
