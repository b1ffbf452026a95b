// center/submitter.h - who hands us a message, and how it came: what intake may believe.
//
// Made by a protocol (smtp/, later web/); center decides what each kind may do (design: who
// may submit what).
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/ids.h"

namespace mc::center {

enum class SubmitterKind : unsigned char {
  outside,   // anyone, also the company's own MTA when it hands on mail from elsewhere
  user,      // authenticated, role user
  agent,     // authenticated, role agent (or admin)
  platform,  // role platform, or a trusted peer
};
std::string_view to_string(SubmitterKind kind);

struct Submitter {
  SubmitterKind kind = SubmitterKind::outside;
  UserId user;         // the account; 0 for outside and for trusted peers
  std::string name;    // login, or "peer:<address>": who, for logs and for idempotency
  bool by_our_mta = false;  // outside: a trusted peer hands it on, whose Authentication-Results are believed
};

// For the Received field (RFC 5321, 4.4).
struct Trace {
  std::string helo;        // as given; may be empty
  std::string peer;        // IP address as text; empty for a Unix socket
  std::string protocol;    // "ESMTP", "ESMTPS", "ESMTPSA", "LMTP", "UTF8SMTPS", … (RFC 3848, RFC 6531)
  std::string tls;         // "TLS1.3 TLS_AES_256_GCM_SHA384"; empty: none
};

struct Recipient {
  std::string address;       // as given after RCPT TO, without brackets
  unsigned char notify = 0;  // RFC 3461 NOTIFY bits as in store/outbox.h
  std::string orcpt;         // "rfc822;…" as given (xtext); empty: none
  UserId user = {};          // whose address it was when it was checked; only orders the work
};

struct Envelope {
  Submitter submitter;
  Trace trace;
  std::string mail_id;        // made by new_mail_id(); the message's id in every log line
  std::string reverse_path;   // without brackets; "" the null reverse path
  std::vector<Recipient> recipients;
  unsigned char ret = 0;      // 0, 1 HDRS, 2 FULL
  std::string envid;          // xtext as given
  std::string type;           // of the policy, where the Message Center itself says it; else the header does
  bool personal = false;      // a person wrote it, though the platform hands it in: not to be called automatic
  bool smtputf8 = false;
  bool eight_bit = false;     // BODY=8BITMIME (or BINARYMIME is not offered)
};

std::string new_mail_id();  // 16 characters of base32, different for every message

}  // namespace mc::center
