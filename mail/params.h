// mail/params.h - values of the form `word; name=value; …`: Content-Type, Content-Disposition.
// For the inside of this folder. Pure; any thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mc::mail {

// Continuations (RFC 2231, 3) are put together. `extended`: value is charset'language'percent-encoded
// ASCII, and the name was written with a '*' that is not part of `name` here.
struct Param {
  std::string name;   // lower case
  std::string value;  // unquoted, unfolded; may have 8-bit octets
  bool extended = false;
};

struct ParamValue {
  std::string word;  // what stands before the first ';', trimmed, comments left out
  std::vector<Param> params;
  bool too_many = false;  // more parameters than `limit`: the rest is not there

  Param const* find(std::string_view name) const;    // nullptr if absent
  std::string decoded(std::string_view name) const;  // UTF-8; empty if absent
};

ParamValue parse_param_value(std::string_view value, std::size_t limit);

// type "/" subtype, both lower case tokens; both empty when the word is not that.  RFC 2045, 5.1
struct MediaType {
  std::string type, subtype;
};
MediaType parse_media_type(std::string_view word);

// "utf-8''" and the percent-encoded text: an extended value.       RFC 2231, 4
std::string encode_extended(std::string_view utf8);

}  // namespace mc::mail
