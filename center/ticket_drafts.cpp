// "ana is writing": while an agent's draft answers a ticket, the others see it.
#include <map>

#include "center/desk.h"
#include "center/ticket_mail.h"
#include "center/ticket_notes.h"
#include "store/mailboxes.h"
#include "store/messages.h"

namespace mc::center {

void note_draft(Context const& context, store::Transaction& tx, UserId agent, MailboxId drafts, Uid uid,
                mail::Summary const& draft, Time now) {
  TicketWork work{context, tx, context.policy.get(), now, new_mail_id()};
  if (!is_agent(tx, agent)) return;
  auto const ticket = find_ticket_of_draft(work, draft);
  if (!ticket || !store::find_mailbox(tx, ticket->mailbox)) return;
  auto writing = store::find_ticket_writing(tx, ticket->id, drafts);
  if (!writing) writing = file_writing_note(work, *ticket, agent, drafts);
  if (!writing->uid) return;
  ++writing->drafts_count;
  store::put_ticket_writing(tx, ticket->id, *writing);
  store::put_ticket_draft(tx, drafts, uid, ticket->id);
}

void note_draft_gone(Context const&, store::Transaction& tx, MailboxId drafts, UidSet const& gone) {
  for (store::TicketId ticket : store::take_ticket_drafts(tx, drafts, gone)) {
    auto writing = store::find_ticket_writing(tx, ticket, drafts);
    if (!writing) continue;
    if (writing->drafts_count > 0) --writing->drafts_count;
    if (writing->drafts_count == 0 && writing->uid && store::find_mailbox(tx, writing->mailbox))
      store::expunge(tx, writing->mailbox, UidSet{{writing->uid.value, writing->uid.value}}, false);
    store::put_ticket_writing(tx, ticket, *writing);
  }
}

void forget_lost_drafts(Context const& context, store::Transaction& tx) {
  constexpr std::size_t most = 1'000;  // that are being written at once
  std::map<MailboxId, UidSet> lost;
  for (store::TicketDraft const& draft : store::list_ticket_drafts(tx, most)) {
    bool const there = store::find_mailbox(tx, draft.drafts) && store::MailboxReader(tx, draft.drafts).find(draft.uid);
    if (!there) lost[draft.drafts].add(draft.uid.value);
  }
  for (auto const& [drafts, uids] : lost) note_draft_gone(context, tx, drafts, uids);
}

}  // namespace mc::center
