// web/head_filter.h - the strict look at a request's octets before any HTTP library sees them.
//
// HTTP parsers forgive much, each something else; where two of them in a row disagree on where a request ends, one
// client's octets become another's request. So what is not written as RFC 9112 wants it is refused, and of what that allows only
// what a browser, a mail provider or curl sends is taken.
//
// Pure. Any octets are safe.
#pragma once
#include <cstddef>
#include <optional>
#include <string_view>
#include <variant>

#include "web/request.h"

namespace mc::web {

inline constexpr std::size_t max_request_line = 2048;  // else 414
inline constexpr std::size_t max_head = 8192;          // request line and fields, with the empty line; else 431
inline constexpr std::size_t max_fields = 64;          // else 431
inline constexpr std::size_t max_body = 16384;         // else 413

// The octets of `data` that are a head: through the first empty line; absent while it has not come. Looks only at what is
// beyond `seen`, the octets of an earlier call that found nothing. Fails (the Refusal): a NUL, a CR or LF that is not of a CRLF, another
// control character, an endless request line or head.
std::variant<std::optional<std::size_t>, Refusal> find_head(std::string_view data, std::size_t seen);

// What must be known of a head before its body is read.
struct Framing {
  std::size_t content_length = 0;
  bool expects_continue = false;
};
// Checks a whole head, its empty line included.
//   request-line = method SP origin-form SP "HTTP/1." ("0" / "1") CRLF       RFC 9112, 3
//   field-line   = token ":" OWS field-value OWS CRLF                        RFC 9112, 5
// Refused: any other form of target or version; a folded line; white space around a name; no Host or two; two Content-Lengths,
// also equal ones; any Transfer-Encoding (411 for plain "chunked", as nobody sends these pages a body of unknown
// length); a body on GET or HEAD; POST without Content-Length (411); an unknown Expect (417).
std::variant<Framing, Refusal> check_head(std::string_view head);

}  // namespace mc::web
