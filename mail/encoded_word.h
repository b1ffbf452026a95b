// mail/encoded_word.h - writing RFC 2047 encoded words. For the inside of this folder. Pure.
// (Reading them is decode_header, mail/decode.h.)
#pragma once
#include <string>
#include <string_view>

namespace mc::mail {

// UTF-8 as encoded words of at most 75 octets with `between` between two of them; none for "".
// The first has room for 75 - `column` octets, as far as that is possible at all.
std::string encode_words(std::string_view utf8, std::string_view between, std::size_t column = 0);

// A raw header text that may have 8-bit octets, as ASCII: unchanged if it is that already.
std::string ascii_header(std::string_view unfolded);

}  // namespace mc::mail
