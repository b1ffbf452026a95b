// mail/wire.h - ENVELOPE, BODY and BODYSTRUCTURE in IMAP's wire form. For the inside of this folder.
//
// Strings are quoted where they can be, else literals; all octets are ASCII without NUL: raw 8-bit
// becomes encoded words, in parameters the RFC 2231 form. Pure; any thread.
#pragma once
#include <string>

#include "mail/scan.h"

namespace mc::mail {

// envelope = "(" env-date SP env-subject SP env-from SP … SP env-message-id ")"    RFC 9051, 7.5.2 and 9
std::string write_envelope(Scan const& scan, Node const& root);

struct Structures {
  std::string body;           // without extension data
  std::string bodystructure;  // with it
};
Structures write_structures(Scan const& scan);

}  // namespace mc::mail
