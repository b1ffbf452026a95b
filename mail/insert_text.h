// mail/insert_text.h - words added to a text part as it stands, in its own charset and transfer encoding.
//
// What was there stays octet for octet, but for the last quantum of a base64 part and what follows the place in it. Where
// the words cannot be added cleanly the answer is absent: a charset that cannot hold them or is unknown, 7bit and words
// that are not ASCII, an encoding that is broken or unknown. Linear, pure; any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "mail/decode.h"

namespace mc::mail {

// The body of a part: Part::body(), encoding, charset.
struct TextPart {
  std::string_view octets;
  TransferEncoding encoding = TransferEncoding::seven_bit;
  std::string_view charset;
};

// Octets [begin, end) of the part become `text`.
struct Insertion {
  std::uint64_t begin = 0, end = 0;
  std::string text;
};

// At the end of text/plain, an empty line before them. `lines`: UTF-8, each ended by LF.
std::optional<Insertion> append_lines(TextPart const& part, std::string_view lines);

// Into text/html, before </body>, else </html>, else at the end. Requires: `html` is ASCII, its lines are ended by LF.
std::optional<Insertion> insert_html(TextPart const& part, std::string_view html);

// Lines as HTML in ASCII: escaped, links (https://…) made links, LF at the end.
std::string html_lines(std::string_view lines);

// Does it contain an OpenPGP message or signature in the text itself?
bool has_inline_pgp(TextPart const& part);

// UTF-8 in another charset; absent when that cannot hold it, is unknown, or does not contain ASCII as it is (UTF-16,
// ISO-2022-JP).
std::optional<std::string> encode_charset(std::string_view utf8, std::string_view charset);

}  // namespace mc::mail
