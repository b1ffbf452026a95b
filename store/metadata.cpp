#include "store/metadata.h"

#include "store/keys.h"
#include "store/watchers.h"

namespace mc::store {

namespace {

// Calls f(name, value) for the entries whose names begin with `prefix`, by name, until it returns false.
template <class F>
void for_each_entry(Snapshot const& s, UserId user, MailboxId mailbox, std::string_view prefix, F&& f) {
  std::size_t const head = key::metadata(user, mailbox).view().size();
  s.scan(key::metadata(user, mailbox, prefix),
         [&](std::string_view key, std::string_view value) { return f(key.substr(head), value); });
}

bool is_full(Snapshot const& s, UserId user, MailboxId mailbox) {
  std::size_t count = 0;
  for_each_entry(s, user, mailbox, {},
                 [&](std::string_view, std::string_view) { return ++count < max_metadata_entries; });
  return count >= max_metadata_entries;
}

bool is_name(std::string_view name) { return !name.empty() && name.size() <= max_metadata_name; }

}  // namespace

Result<void> put_metadata(Transaction& tx, UserId user, MailboxId mailbox, std::string_view name,
                          std::optional<std::string_view> value) {
  if (!is_name(name)) return fail(Errc::syntax, "The name of the entry is empty or too long");
  if (value && value->size() > max_metadata_value)
    return fail(Errc::too_big, "A value may have " + std::to_string(max_metadata_value) + " octets");
  TextKey const key = key::metadata(user, mailbox, name);
  auto old = tx.get(key);
  if (old == value) return {};
  if (!old && is_full(tx, user, mailbox))
    return fail(Errc::limit, "There may be " + std::to_string(max_metadata_entries) + " entries");
  if (value)
    tx.put(key, *value);
  else
    tx.del(key);
  tx.publish(topic::user_mailboxes(user));
  return {};
}

std::optional<std::string> find_metadata(Snapshot const& s, UserId user, MailboxId mailbox, std::string_view name) {
  if (!is_name(name)) return std::nullopt;
  auto value = s.get(key::metadata(user, mailbox, name));
  if (!value) return std::nullopt;
  return std::string(*value);
}

std::vector<MetadataEntry> list_metadata_names(Snapshot const& s, UserId user, MailboxId mailbox) {
  std::vector<MetadataEntry> out;
  for_each_entry(s, user, mailbox, {}, [&](std::string_view name, std::string_view value) {
    out.push_back({std::string(name), value.size()});
    return true;
  });
  return out;
}

std::vector<std::pair<std::string, std::string>> list_metadata(Snapshot const& s, UserId user, MailboxId mailbox,
                                                               std::string_view prefix) {
  std::vector<std::pair<std::string, std::string>> out;
  if (prefix.size() > max_metadata_name) return out;
  for_each_entry(s, user, mailbox, prefix, [&](std::string_view name, std::string_view value) {
    out.emplace_back(name, value);
    return true;
  });
  return out;
}

}  // namespace mc::store
