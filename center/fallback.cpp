#include "center/fallback.h"

#include "center/folders.h"
#include "rules/record.h"
#include "store/bodies.h"
#include "store/decisions.h"
#include "store/mailboxes.h"
#include "store/messages.h"
#include "store/records_generated.h"
#include "store/retention.h"

namespace mc::center {

namespace {

store::MailboxKind recorded_folder(store::DecisionRecord const& decision) {
  auto record = rules::parse_record(decision.record);
  return record ? folder_of(record->decision.tab) : store::MailboxKind::updates;
}

}  // namespace

bool keep_in_folder(store::Transaction& tx, store::OutboxEntry const& entry, std::string_view reason, Time now) {
  auto decision = store::find_decision(tx, entry.decision);
  if (!decision) return false;
  if (decision->mailbox) return true;
  auto mailbox = store::find_mailbox_of_kind(tx, entry.user, recorded_folder(*decision));
  if (!mailbox) return false;
  auto size = static_cast<std::uint32_t>(store::message_record(tx, entry.message).size());
  store::add_reference(tx, entry.message);
  auto date = std::chrono::floor<std::chrono::seconds>(entry.created).time_since_epoch().count();
  auto placed = store::append(tx, *mailbox, {entry.message, size, 0, date});
  if (!placed) {
    store::drop_reference(tx, entry.message);
    return false;
  }
  decision->mailbox = *mailbox;
  decision->uid = placed->uid;
  store::put_decision(tx, *decision);
  store::put_kept(tx, {decision->type, now, *mailbox, placed->uid, decision->id});
  store::append_event(tx, entry.decision, {now, store::EventKind::placed_after_failure, std::string(reason)});
  return false;
}

}  // namespace mc::center
