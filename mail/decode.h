// mail/decode.h - from what stands in a message to text a person reads.
//
// Transfer encodings, charsets, encoded words and addresses. Lenient: content never
// makes these fail; what cannot be read becomes U+FFFD or stays as it is. Only a name
// nobody knows (of an encoding, of a charset) is an error. Linear; any thread.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/result.h"

namespace mc::mail {

// Content-Transfer-Encoding                                        RFC 2045, 6
enum class TransferEncoding : unsigned char {
  seven_bit,
  eight_bit,
  binary,
  quoted_printable,
  base64,
  uuencode,  // x-uuencode, x-uue, uuencode
  unknown,
};
// Absent or empty is 7bit; what is not in the table is `unknown`.
TransferEncoding parse_transfer_encoding(std::string_view value);
std::string_view to_string(TransferEncoding encoding);  // "7bit", …; "x-unknown"

// The content behind the encoding. base64 skips what is not in its alphabet and goes on after
// padding; a broken quoted-printable escape stays as text; identity encodings are copied.
// Fails: unsupported for `unknown` (IMAP: UNKNOWN-CTE).            RFC 3516, 4.3
Result<std::string> decode_transfer(std::string_view octets, TransferEncoding encoding);

// Text of a part as valid UTF-8, never failing: an unknown encoding is taken as identity, an
// unknown charset as UTF-8 if it is that, else windows-1252. At most `limit` octets of UTF-8 (cut
// between characters).
std::string decode_text(std::string_view octets, TransferEncoding encoding, std::string_view charset,
                        std::size_t limit = std::string::npos);

// `octets` in `charset` as valid UTF-8; invalid sequences become U+FFFD.
// Fails: unsupported for a charset that is not in charsets() (IMAP: BADCHARSET).
Result<std::string> to_utf8(std::string_view octets, std::string_view charset);
// The preferred names of all charsets to_utf8 knows, for BADCHARSET.
std::span<std::string_view const> charsets();

// An unstructured value (Subject, a phrase): unfolded, encoded words decoded (RFC 2047), raw 8-bit as in
// decode_text, control characters as spaces. Valid UTF-8. At most 64 KiB of the value are read.
std::string decode_header(std::string_view value);

// One mailbox. `mailbox` and `host` as written, less comments and quotes; `name` decoded.
struct Address {
  std::string name;     // UTF-8
  std::string mailbox;  // local part; quoted strings unquoted
  std::string host;     // domain; empty when missing
  bool operator==(Address const&) const = default;
  std::string spec() const { return host.empty() ? mailbox : mailbox + '@' + host; }
};

// The mailboxes of an address list; groups are flattened, empty entries left out.
// At most the first 64 KiB of the value are read.                  RFC 5322, 3.4 and 4.4
std::vector<Address> decode_addresses(std::string_view value);

// Message ids with their angle brackets, in order: Message-ID, In-Reply-To, References.
// At most 1,000 ids of at most 998 octets.                         RFC 5322, 3.6.4
std::vector<std::string> parse_message_ids(std::string_view value);

// The value of a Date field.
struct SentDate {
  Time time;                        // the instant
  std::chrono::year_month_day day;  // as written, whatever the zone: SENTSINCE and friends
  int offset_minutes = 0;
  bool operator==(SentDate const&) const = default;
};
// Absent when it cannot be understood or lies outside the years 1000 to 9999.
std::optional<SentDate> parse_date(std::string_view value);

}  // namespace mc::mail
