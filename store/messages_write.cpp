// The writing half of store/messages.h.
#include <array>

#include "store/bodies.h"
#include "store/index_edit.h"
#include "store/messages.h"
#include "store/reclaim.h"

namespace mc::store {

Result<Appended> append(Transaction& tx, MailboxId id, NewMessage const& message) {
  if (!tx.get(key::mailbox_owner(id))) return fail(Errc::not_found, "No such mailbox");
  IndexEdit edit(tx, id);
  if (!edit.has_room_for(1)) return fail(Errc::limit, "The mailbox has no UIDs left");
  std::vector<Entry> entries(1);
  entries[0].size = message.size;
  entries[0].flags = message.flags;
  entries[0].date = message.date;
  entries[0].message = message.message;
  edit.append(entries);
  edit.finish();
  return Appended{entries[0].uid, edit.modseq()};
}

namespace {

Flags changed_flags(Flags old, FlagChange how, Flags flags) {
  switch (how) {
    case FlagChange::add: return old | flags;
    case FlagChange::remove: return old & ~flags;
    case FlagChange::set: break;
  }
  return flags;
}

}  // namespace

FlagsStored store_flags(Transaction& tx, MailboxId id, UidSet const& uids, FlagChange how, Flags flags,
                        std::optional<ModSeq> unchanged_since) {
  IndexEdit edit(tx, id);
  FlagsStored out;
  UidSet seen, other;
  edit.change(uids, [&](Entry& e) {
    if (unchanged_since && e.modseq > *unchanged_since) {
      out.modified.add(e.uid.value);
      return false;
    }
    Flags const now = changed_flags(e.flags, how, flags);
    if (now == e.flags) return false;
    ((now & ~e.flags & flag::seen) != 0 ? seen : other).add(e.uid.value);
    out.changed.add(e.uid.value);
    e.flags = now;
    return true;
  });
  edit.log(LogKind::seen, seen);
  edit.log(LogKind::flags, other);
  edit.finish();
  out.modseq = out.changed.empty() ? edit.state().highest_modseq : edit.modseq();
  return out;
}

UidSet expunge(Transaction& tx, MailboxId id, UidSet const& uids, bool only_deleted) {
  IndexEdit edit(tx, id);
  UidSet gone;
  std::vector<MessageId> messages;
  edit.remove(uids, [&](Entry const& e) {
    if (only_deleted && (e.flags & flag::deleted) == 0) return false;
    gone.add(e.uid.value);
    messages.push_back(e.message);
    return true;
  });
  edit.log(LogKind::expunged, gone);
  edit.finish();
  free_or_queue(tx, id, edit.modseq(), messages);
  return gone;
}

namespace {

// The flags of `from`'s messages in `to`'s keyword bits. Fails before writing if one finds no room.
class KeywordTranslation {
 public:
  static Result<KeywordTranslation> make(Transaction& tx, MailboxId from, MailboxId to, Flags used) {
    KeywordTranslation out;
    auto source = find_mailbox(tx, from), target = find_mailbox(tx, to);
    if (!source || !target) return fail(Errc::not_found, "No such mailbox");
    std::vector<std::size_t> needed;
    for (std::size_t i = 0; i < source->keywords.size(); ++i)
      if ((used >> (flag::first_keyword_bit + i) & 1) != 0) needed.push_back(i);
    std::size_t fresh = 0;
    for (std::size_t i : needed) fresh += !find_keyword(*target, source->keywords[i]);
    if (target->keywords.size() + fresh > max_keywords) return fail(Errc::limit, "Too many keywords in the mailbox");
    for (std::size_t i : needed) {
      auto bit = keyword_bit(tx, to, source->keywords[i]);
      if (!bit) return bit.error();
      out.bits_[i] = Flags{1} << *bit;
    }
    return out;
  }

  Flags operator()(Flags flags) const {
    constexpr Flags system = (Flags{1} << flag::first_keyword_bit) - 1;
    Flags out = flags & system;
    for (std::size_t i = 0; flags >> flag::first_keyword_bit >> i != 0; ++i)
      if ((flags >> flag::first_keyword_bit >> i & 1) != 0) out |= bits_[i];
    return out;
  }

 private:
  std::array<Flags, max_keywords> bits_{};
};

UidSet uids_of(std::vector<Entry> const& entries) {
  UidSet out;
  for (Entry const& e : entries) out.add(e.uid.value);
  return out;
}

std::vector<UidRange> ranges_of(UidSet const& uids) { return {uids.ranges().begin(), uids.ranges().end()}; }

// Appends copies of these entries to `to`, references not counted. Fails before writing.
Result<Copied> append_copies(Transaction& tx, MailboxId from, std::vector<Entry>& entries, MailboxId to) {
  Copied out;
  if (entries.empty()) return out;
  if (!tx.get(key::mailbox_owner(to))) return fail(Errc::not_found, "No such mailbox");
  if (!IndexEdit(tx, to).has_room_for(entries.size())) return fail(Errc::limit, "The mailbox has no UIDs left");
  Flags used = 0;
  for (Entry const& e : entries) used |= e.flags;
  auto translate = KeywordTranslation::make(tx, from, to, used);
  if (!translate) return translate.error();
  out.from = ranges_of(uids_of(entries));
  for (Entry& e : entries) e.flags = (*translate)(e.flags);
  IndexEdit edit(tx, to);
  edit.append(entries);
  edit.finish();
  out.to = ranges_of(uids_of(entries));
  return out;
}

std::vector<Entry> entries_of(Snapshot const& s, MailboxId id, UidSet const& uids) {
  std::vector<Entry> out;
  MailboxReader(s, id).for_each(uids, [&](Entry const& e) { out.push_back(e); });
  return out;
}

}  // namespace

Result<Copied> copy_messages(Transaction& tx, MailboxId from, UidSet const& uids, MailboxId to) {
  std::vector<Entry> entries = entries_of(tx, from, uids);
  auto copied = append_copies(tx, from, entries, to);
  if (copied)
    for (Entry const& e : entries) add_reference(tx, e.message);
  return copied;
}

Result<Copied> move_messages(Transaction& tx, MailboxId from, UidSet const& uids, MailboxId to) {
  std::vector<Entry> entries = entries_of(tx, from, uids);
  UidSet const moved = uids_of(entries);
  auto copied = append_copies(tx, from, entries, to);
  if (!copied) return copied;
  IndexEdit edit(tx, from);  // the references have moved along
  edit.remove(moved, [](Entry const&) { return true; });
  edit.log(LogKind::expunged, moved);
  edit.finish();
  return copied;
}

}  // namespace mc::store
