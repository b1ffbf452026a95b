// mail/preview.h - the first words of a message. For the inside of this folder. Pure; any thread.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "mail/summary.h"

namespace mc::mail {

// At most 200 characters (RFC 8970) of the first text/plain part that is no attachment, else of
// the first text/html; white space collapsed, no control characters. Empty if there is no text.
// Reads a bounded part of the text.
std::string make_preview(std::string_view octets, std::span<Part const> parts);

// The words of HTML: tags, comments, style, script and head left out, entities decoded.
std::string html_words(std::string_view html);

}  // namespace mc::mail
