// imap/parse_list.h - arguments of LIST (RFC 9051, 6.3.9; RFC 5258; RFC 5819; RFC 6154) and LSUB.
#pragma once
#include <string>
#include <vector>

#include "core/result.h"
#include "imap/cursor.h"
#include "imap/enum_set.h"
#include "imap/parse_mailbox.h"

namespace mc::imap {

enum class ListSelect { subscribed, remote, recursive_match, special_use };
enum class ListReturn { subscribed, children, special_use, status };

inline constexpr std::size_t max_list_patterns = 100;

struct ListArgs {
  bool extended = false;  // selection options, a list of patterns or RETURN was given
  EnumSet<ListSelect> select;
  EnumSet<ListReturn> returns;        // `select` does not imply any of these here
  std::vector<StatusItem> status;     // of RETURN (STATUS (…))
  std::string reference;              // canonical UTF-8
  std::vector<std::string> patterns;  // UTF-8, at least one; "" asks for the delimiter
};
// Fails: syntax; also for RECURSIVEMATCH without SUBSCRIBED or SPECIAL-USE (RFC 5258, 3.1).
Result<ListArgs> parse_list(Cursor in);

// Only `reference` and one pattern.
Result<ListArgs> parse_lsub(Cursor in);

}  // namespace mc::imap
