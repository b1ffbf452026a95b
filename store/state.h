// store/state.h - the counts of a mailbox as they stand in the store. Inside store/ only.
//
//   0 u32 uid_next   16 u32 deleted       24 u64 highest_modseq   40 u64 log_floor
//   4 u32 exists     20 u32 recent_from   32 u64 octets
//   8 u32 unseen
//  12 u32 log_records
#pragma once
#include "store/engine.h"
#include "store/mailboxes.h"

namespace mc::store {

void put_state(Transaction& tx, MailboxId id, MailboxState const& state);

}  // namespace mc::store
