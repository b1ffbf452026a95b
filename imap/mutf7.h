// imap/mutf7.h - mailbox names on the wire: modified UTF-7 (RFC 3501, 5.1.3) and UTF-8.
//
// Inside the program a mailbox name is always UTF-8 in the canonical form of
// canonical_mailbox(). Pure.
#pragma once
#include <string>
#include <string_view>

#include "core/result.h"
#include "imap/dialect.h"

namespace mc::imap {

inline constexpr std::size_t max_mailbox_name = 1000;  // octets of UTF-8

// Strict: no 8-bit, no encoded printable ASCII, no superfluous shifts, no stray bits, no
// lone surrogates. Fails: syntax, with what is wrong with it.
Result<std::string> decode_mutf7(std::string_view encoded);
// Requires: `name` is well-formed UTF-8.
std::string encode_mutf7(std::string_view name);

// A name as received (either encoding) to the form used everywhere inside: UTF-8, and
// INBOX in any case becomes "INBOX". Empty stays empty.
// Fails: syntax (encoding, control characters), limit (longer than max_mailbox_name).
Result<std::string> canonical_mailbox(std::string_view received, Dialect dialect);

}  // namespace mc::imap
