#include "imap/status.h"

#include <algorithm>

#include "store/messages.h"

namespace mc::imap {

namespace {

constexpr std::uint32_t highest_uid = 0xFFFFFFFF;

std::uint32_t count_recent(Session const& session, store::Snapshot const& s, MailboxId id,
                           store::MailboxState const& state) {
  Uid from = session.server().recent.unclaimed_from(id, state.recent_from);
  if (from >= state.uid_next) return 0;
  if (from <= Uid(1)) return state.exists;
  std::uint32_t recent = 0;
  store::MailboxReader(s, id).for_each({{from.value, highest_uid}}, [&](store::Entry const&) { ++recent; });
  return recent;
}

std::uint64_t value_of(StatusItem item, MailboxStatus const& status) {
  switch (item) {
    case StatusItem::messages:
      return status.state.exists;
    case StatusItem::recent:
      return status.recent;
    case StatusItem::uidnext:
      return status.state.uid_next.value;
    case StatusItem::uidvalidity:
      return status.uid_validity.value;
    case StatusItem::unseen:
      return status.state.unseen;
    case StatusItem::deleted:
      return status.state.deleted;
    case StatusItem::size:
      return status.state.octets;
    case StatusItem::highestmodseq:
      break;
  }
  return status.state.highest_modseq.value;
}

}  // namespace

bool asks_for(std::span<StatusItem const> items, StatusItem item) {
  return std::find(items.begin(), items.end(), item) != items.end();
}

MailboxStatus read_status(Session const& session, store::Snapshot const& s, store::MailboxInfo const& info,
                          std::span<StatusItem const> items) {
  MailboxStatus out;
  out.uid_validity = info.uid_validity;
  out.state = store::state_of(s, info.id);
  if (asks_for(items, StatusItem::recent)) out.recent = count_recent(session, s, info.id, out.state);
  return out;
}

void write_status(Writer& out, std::string_view name, std::span<StatusItem const> items,
                  MailboxStatus const& status) {
  out.raw("* STATUS ").mailbox(name).sp().open();
  bool first = true;
  for (StatusItem item : items) {
    if (!first) out.sp();
    first = false;
    out.raw(name_of(item)).sp().number(value_of(item, status));
  }
  out.close().crlf();
}

}  // namespace mc::imap
