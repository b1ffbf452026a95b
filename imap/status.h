// imap/status.h - what STATUS tells of a mailbox (RFC 9051, 6.3.11 and 7.3.4; RFC 7162, 3.1.2).
//
// Also for LIST … RETURN (STATUS …): read for all mailboxes in one snapshot, written later.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "imap/parse_mailbox.h"
#include "imap/session.h"
#include "imap/writer.h"
#include "store/engine.h"
#include "store/mailboxes.h"

namespace mc::imap {

struct MailboxStatus {
  UidValidity uid_validity;
  store::MailboxState state;
  std::uint32_t recent = 0;  // messages no session has been told of; only if asked for
};

bool asks_for(std::span<StatusItem const> items, StatusItem item);
// From counters, but for RECENT, which costs the messages that are.
MailboxStatus read_status(Session const& session, store::Snapshot const& s, store::MailboxInfo const& info,
                          std::span<StatusItem const> items);
// "* STATUS blurdybloop (MESSAGES 231 UIDNEXT 44292)"
void write_status(Writer& out, std::string_view name, std::span<StatusItem const> items,
                  MailboxStatus const& status);

}  // namespace mc::imap
