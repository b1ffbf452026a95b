// mail/address.h - address lists as ENVELOPE wants them: split, but not decoded. For the inside of this
// folder.
//
//   address-list = address *("," address)                          RFC 5322, 3.4 and 4.4
//   address      = mailbox / phrase ":" [mailbox-list] ";"
//   mailbox      = [phrase] "<" [route] addr-spec ">" / addr-spec
//
// Lenient: empty entries, ';' as separator, missing domains, display names with '@' or dots,
// anything unterminated. Linear, no recursion: groups do not nest, comments are counted.
// Pure; any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace mc::mail {

struct RawAddress {
  enum class Kind : unsigned char { mailbox, group_start, group_end };
  Kind kind = Kind::mailbox;
  std::string name;  // phrase or comment as written, unquoted; encoded words kept. Of a group: its name
  bool has_name = false;
  std::string route;  // "@a,@b"
  std::string mailbox;
  std::string host;
};

std::vector<RawAddress> parse_addresses(std::string_view value);

}  // namespace mc::mail
