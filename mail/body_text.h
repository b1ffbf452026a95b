// mail/body_text.h - text as a MIME body we write. For the inside of this folder. Pure; any thread.
#pragma once
#include <string>
#include <string_view>

namespace mc::mail {

// Every line end (LF, CR, CRLF) as CRLF; one at the end unless empty.
std::string with_crlf(std::string_view text);

// No line longer than 998 octets, no NUL, no line end but CRLF: may stand in a message as it is.
bool is_mail_text(std::string_view octets);

// RFC 2045, 6.7: lines of at most 76 octets. Requires: CRLF line ends.
std::string quoted_printable(std::string_view text);

// Content-Type (with `type`), Content-Transfer-Encoding, empty line and body: 7bit if it can be, else
// quoted-printable.
std::string write_text_part(std::string_view type, std::string_view text);

}  // namespace mc::mail
