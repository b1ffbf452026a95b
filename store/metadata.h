// store/metadata.h - annotations of a user's mailboxes and of the server for him (RFC 5464).
//
// Names are stored in lower case (they are case-insensitive, RFC 5464, 3.1). Values are octets. The limits are
// what the server announces with its errors. A deleted mailbox takes its annotations along.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/ids.h"
#include "core/result.h"
#include "store/engine.h"

namespace mc::store {

constexpr std::size_t max_metadata_value = 65'536;   // octets of one value
constexpr std::size_t max_metadata_entries = 200;    // of one mailbox, or of the server for one user
constexpr std::size_t max_metadata_name = 300;       // octets

// `mailbox` 0: the server. An absent value removes the entry. Publishes topic::user_mailboxes(user) if it changed.
// Requires: the mailbox is the user's; `name` is in lower case and `value` no view of this transaction.
// Fails: too_big (the value), limit (entries), syntax (no name, or too long).
Result<void> put_metadata(Transaction& tx, UserId user, MailboxId mailbox, std::string_view name,
                          std::optional<std::string_view> value);
std::optional<std::string> find_metadata(Snapshot const& s, UserId user, MailboxId mailbox, std::string_view name);
// All names with the octets of their values, by name: for reading much in slices.
struct MetadataEntry {
  std::string name;
  std::size_t octets = 0;
};
std::vector<MetadataEntry> list_metadata_names(Snapshot const& s, UserId user, MailboxId mailbox);
// Names and values, by name; names only those that begin with `prefix`.
std::vector<std::pair<std::string, std::string>> list_metadata(Snapshot const& s, UserId user, MailboxId mailbox,
                                                               std::string_view prefix);

}  // namespace mc::store
