// mail/auth_results.h - one Authentication-Results field as a value (RFC 8601).
//
// Anybody can write such a field. Whose word counts, and which field of several, is for the caller to say
// (center/prepared.cpp); here it is only read.
//
// Pure, linear and bounded: a value of more than 16 KiB, more than 50 results, comments nested deeper than 20
// are refused. Any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace mc::mail {

// Results are the method's own words in lower case ("pass", "fail", "none", …), domains in lower case without a
// dot at the end; empty: not said.
struct AuthResults {
  std::string authserv_id;
  struct Dkim {
    std::string result, domain;  // header.d, else the domain of header.i
    bool operator==(Dkim const&) const = default;
  };
  std::string dmarc, dmarc_from;       // header.from: its domain
  std::vector<Dkim> dkim;              // one a signature, in their order
  std::string spf, spf_mailfrom;       // smtp.mailfrom as it stands, an address or a domain

  // Was a message whose From is in `domain` (any case, never empty) found aligned?
  bool dmarc_passed_for(std::string_view domain) const;
};

// The name at the front of a value, as far as one can be read there, whatever follows; empty: there is none.
std::string read_authserv_id(std::string_view value);

// Fails: syntax, also for a version that is not 1, and where two results of DMARC or two domains of one
// contradict each other: who reads on would have to guess.
Result<AuthResults> parse_auth_results(std::string_view value);

}  // namespace mc::mail
