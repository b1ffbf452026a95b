// mail/content.h - content put together anew: a text, and parts of another message taken over as they stand. And the
// text of HTML by lines. Pure; any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace mc::mail {

// MIME-Version, Content-* fields, the empty line and the body: text/plain in UTF-8, in multipart/mixed if `parts` (each
// a whole part: its header, an empty line, its body) follow it.
std::string compose_content(std::string_view utf8, std::vector<std::string_view> const& parts);

// The words of HTML, one line a block (div, p, br, li …), white space collapsed, entities decoded, "> " before what is
// in a blockquote. At most `limit` octets of `html` are read.
std::string html_text(std::string_view html, std::size_t limit = std::size_t{1} << 20);

}  // namespace mc::mail
