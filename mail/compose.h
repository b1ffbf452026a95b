// mail/compose.h - the messages this program writes itself: notices and delivery reports.
//
// The result has CRLF line ends, ASCII headers (encoded words where needed; only
// an internationalised address is UTF-8, RFC 6532), no line over 998
// octets, and no way for a value to become a header of its own: control characters in values
// become spaces. Invalid UTF-8 becomes U+FFFD. Pure but for the random Message-ID; any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mail/decode.h"

namespace mc::mail {

struct Draft {
  Address from;
  std::vector<Address> to;
  std::vector<Address> cc;
  std::vector<Address> reply_to;
  std::string subject;  // UTF-8
  std::string text;     // UTF-8, any line ends
  Time date;
  std::string message_id;  // with brackets; generated if empty
  std::string host;        // right side of a generated Message-ID
  std::string in_reply_to;
  std::vector<std::string> references;
  std::string auto_submitted = "auto-generated";  // RFC 3834; no such field if empty
  // Further fields, in this order. A name that is no field name is left out.
  std::vector<std::pair<std::string, std::string>> fields;
};

// Date, From, To, … Message-ID, MIME fields, the text as text/plain; charset=utf-8.
std::string compose(Draft const& draft);
// Only the fields before the MIME ones, without the empty line; no Date if that is 1970's first moment. For content
// that exists already.
std::string compose_header(Draft const& draft);

// "<random@host>"
std::string make_message_id(std::string_view host);

// UTF-8 text as a header value: ASCII as it is, anything else as encoded words, folded to
// lines of at most 76 octets by CRLF SP. `column` octets of the first line are taken.  RFC 2047
std::string encode_header(std::string_view utf8, std::size_t column = 0);
// `Name <mailbox@host>, …`, folded; for an address field.
std::string encode_addresses(std::vector<Address> const& addresses, std::size_t column = 0);

enum class DsnAction { failed, delayed, delivered, relayed, expanded };

struct DsnRecipient {
  std::string final_recipient;     // address; UTF-8 is written as "utf-8;…"   RFC 6533
  std::string original_recipient;  // ORCPT as given, "rfc822;a@b"; empty if none
  DsnAction action = DsnAction::failed;
  std::string status;      // "5.1.1"
  std::string diagnostic;  // the peer's reply; empty if none. Written as "smtp; …"
  std::string remote_mta;  // host name; empty if none
  std::optional<Time> last_attempt;
  std::optional<Time> will_retry_until;  // for delayed
};

// What goes back of the message reported on: RET.                  RFC 3461, 4.3
enum class DsnReturn { headers, full };

struct DsnReport {
  Address from;               // postmaster or the like
  std::string to;             // the reverse path; the caller sends with <> as reverse path
  std::string reporting_mta;  // host name
  std::string envelope_id;    // ENVID, decoded; empty if none
  std::optional<Time> arrival;
  Time date;
  std::vector<DsnRecipient> recipients;
  DsnReturn ret = DsnReturn::headers;
  std::string_view message;  // the octets reported on
  std::string text;          // words for people; a plain account of `recipients` if empty
};

// multipart/report; report-type=delivery-status                    RFC 3464, 6522
// Auto-Submitted: auto-replied. Returned 8-bit octets make the whole message 8-bit. A message that cannot travel
// as it is (a NUL, a line over 998 octets) goes back as its header only; at most 64 KiB of a header go back.
std::string compose_delivery_status(DsnReport const& report);

}  // namespace mc::mail
