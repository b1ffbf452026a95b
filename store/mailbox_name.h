// store/mailbox_name.h - the rules of mailbox names: levels, order, what may stand in them. Pure.
// Inside store/ only, but for check_mailbox_name() (store/mailboxes.h).
#pragma once
#include <string>
#include <string_view>

namespace mc::store {

std::string normal_name(std::string_view name);       // "inbox/x" -> "INBOX/x"; unchecked
std::string_view superior_of(std::string_view name);  // "a/b" -> "a"; "": at the top
bool is_below(std::string_view name, std::string_view superior);
// Level by level: "a", "a/b", "a b" (as octets "a b" would come first).
bool name_before(std::string_view a, std::string_view b);
bool is_keyword_atom(std::string_view text);          // RFC 9051: flag-keyword, at most max_keyword octets

}  // namespace mc::store
