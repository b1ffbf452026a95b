// imap/parse_metadata.h - arguments of GETMETADATA and SETMETADATA (RFC 5464).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "imap/cursor.h"

namespace mc::imap {

inline constexpr std::size_t max_entries_asked = 200;  // of one GETMETADATA
inline constexpr std::size_t max_entries_set = 500;    // of one SETMETADATA
// The response code for a value past store::max_metadata_value, which is also the largest literal taken.
inline constexpr std::string_view value_too_big = "METADATA MAXSIZE 65536";

// "/private/comment": as the client wrote it, and in lower case, as entries are compared and kept.
struct EntryName {
  std::string written;
  std::string lower;
};

// How far below the entries that are asked for.
enum class Depth : std::uint8_t { zero, one, infinity };

struct GetMetadataArgs {
  std::string mailbox;         // "": the server
  std::optional<Depth> depth;  // absent: as zero
  std::optional<std::uint32_t> max_size;
  std::vector<EntryName> entries;
};
// Options are taken before the mailbox and after it. Fails: syntax, limit (entries, length of a name).
Result<GetMetadataArgs> parse_get_metadata(Cursor in);

struct EntryValue {
  std::string name;                  // lower case
  std::optional<std::string> value;  // absent: NIL
};
struct SetMetadataArgs {
  std::string mailbox;  // "": the server
  std::vector<EntryValue> entries;
};
Result<SetMetadataArgs> parse_set_metadata(Cursor in);

// Is `name` (lower case) `asked` (lower case) or within `depth` below it?
bool is_asked_for(std::string_view name, std::string_view asked, Depth depth);

}  // namespace mc::imap
