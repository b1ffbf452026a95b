// center/ticket_text.h - what an agent wrote in a mail, and the mail without its commands. Pure.
#pragma once
#include <string>
#include <string_view>

#include "center/prepared.h"

namespace mc::center {

// The first text of the message that is no attachment, in UTF-8: text/plain, else text/html by lines. Empty: there is
// none. At most `most` octets of the part are read.
std::string first_text(Prepared const& mail, std::size_t most = std::string::npos);

// Are there parts besides the text and its other forms?
bool has_attachments(Prepared const& mail);

// The message under no header but what describes the content, with `text` in place of its text in all forms (an
// HTML form would still have what was taken out); attachments stand behind it as they are.
std::string with_text(Prepared const& mail, std::string_view text);

}  // namespace mc::center
