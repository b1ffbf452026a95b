// Of store/tickets.h: what mails did, where participants' copies lie, who is writing.
#include "store/fixed.h"
#include "store/keys.h"
#include "store/tickets.h"

namespace mc::store {

void put_ticket_mail(Transaction& tx, TicketId ticket, std::string_view key, std::uint64_t meaning) {
  save(tx.put_reserve(key::ticket_mail(ticket.value, sha256(key)), 8), meaning);
}

std::optional<std::uint64_t> find_ticket_mail(Snapshot const& s, TicketId ticket, std::string_view key) {
  auto value = s.get(key::ticket_mail(ticket.value, sha256(key)));
  if (!value) return std::nullopt;
  return load<std::uint64_t>(value->data());
}

void put_ticket_copy(Transaction& tx, TicketId ticket, TicketCopy const& copy) {
  save(tx.put_reserve(key::ticket_copy(ticket.value, copy.mailbox, copy.uid), 8), copy.decision.value);
}

std::vector<TicketCopy> list_ticket_copies(Snapshot const& s, TicketId ticket, std::size_t most) {
  std::vector<TicketCopy> out;
  Key const prefix = key::ticket_copies(ticket.value);
  s.scan(prefix, [&](std::string_view key, std::string_view value) {
    if (out.size() >= most) return false;
    std::size_t const at = prefix.view().size();
    out.push_back({MailboxId(number_in_key<std::uint64_t>(key, at)), Uid(number_in_key<std::uint32_t>(key, at + 8)),
                   DecisionId(load<std::uint64_t>(value.data()))});
    return true;
  });
  return out;
}

namespace {

TicketWriting parse_writing(MailboxId drafts, std::string_view value) {
  return {drafts, MailboxId(load<std::uint64_t>(value.data())), Uid(load<std::uint32_t>(value.data() + 8)),
          load<std::uint32_t>(value.data() + 12)};
}

}  // namespace

std::optional<TicketWriting> find_ticket_writing(Snapshot const& s, TicketId ticket, MailboxId drafts) {
  auto value = s.get(key::ticket_writing(ticket.value, drafts));
  if (!value) return std::nullopt;
  return parse_writing(drafts, *value);
}

std::vector<TicketWriting> list_ticket_writings(Snapshot const& s, TicketId ticket) {
  std::vector<TicketWriting> out;
  Key const prefix = key::ticket_writings(ticket.value);
  s.scan(prefix, [&](std::string_view key, std::string_view value) {
    out.push_back(parse_writing(MailboxId(number_in_key<std::uint64_t>(key, prefix.view().size())), value));
    return true;
  });
  return out;
}

void put_ticket_writing(Transaction& tx, TicketId ticket, TicketWriting const& writing) {
  Key const key = key::ticket_writing(ticket.value, writing.drafts);
  if (writing.drafts_count == 0) {
    tx.del(key);
    return;
  }
  char* to = tx.put_reserve(key, 16);
  save(to, writing.mailbox.value);
  save(to + 8, writing.uid.value);
  save(to + 12, writing.drafts_count);
}

void put_ticket_draft(Transaction& tx, MailboxId drafts, Uid uid, TicketId ticket) {
  save(tx.put_reserve(key::ticket_draft(drafts, uid), 8), ticket.value);
}

std::vector<TicketDraft> list_ticket_drafts(Snapshot const& s, std::size_t most) {
  std::vector<TicketDraft> out;
  s.scan(key::table(Table::ticket_draft), [&](std::string_view key, std::string_view) {
    if (out.size() >= most) return false;
    out.push_back({MailboxId(number_in_key<std::uint64_t>(key, 1)), Uid(number_in_key<std::uint32_t>(key, 9))});
    return true;
  });
  return out;
}

std::vector<TicketId> take_ticket_drafts(Transaction& tx, MailboxId drafts, UidSet const& gone) {
  std::vector<TicketId> out;
  std::vector<Uid> uids;
  Key const prefix = key::ticket_drafts(drafts);
  tx.scan(prefix, [&](std::string_view key, std::string_view value) {
    Uid const uid(number_in_key<std::uint32_t>(key, prefix.view().size()));
    if (!gone.contains(uid.value)) return true;
    uids.push_back(uid);
    out.emplace_back(load<std::uint64_t>(value.data()));
    return true;
  });
  for (Uid uid : uids) tx.del(key::ticket_draft(drafts, uid));
  return out;
}

}  // namespace mc::store
