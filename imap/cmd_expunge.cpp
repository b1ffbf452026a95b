// EXPUNGE and UID EXPUNGE.
#include "center/desk.h"
#include "imap/commands.h"
#include "imap/message_set.h"
#include "imap/parse_command.h"
#include "imap/parse_store.h"
#include "imap/session.h"
#include "imap/stored.h"
#include "imap/updates.h"
#include "store/messages.h"

namespace mc::imap {

namespace {

struct Expunged {
  ViewChanges before;  // by others
  mc::UidSet gone;
  ModSeq modseq;
};

// The removals are told with the session's other updates, before the tagged line. On the desk nothing is ever marked
// \Deleted, so that nothing goes.
Answer expunge(Session& session, UidSet uids) {
  Selected& selected = session.selected();
  if (selected.kind == store::MailboxKind::desk) co_return Done{};
  mc::UidSet wanted = store_set(uids);
  auto op = [&](store::Transaction& tx) -> Result<Expunged> {
    auto mailbox = store::find_mailbox(tx, selected.id);
    if (!mailbox) return fail(Errc::not_found, "The mailbox has been deleted");
    Expunged out;
    out.before = read_changes(tx, selected.id, selected.view);
    out.gone = store::expunge(tx, selected.id, wanted, true);
    if (session.is_agent()) center::drafts_left(session.server().center, tx, *mailbox, out.gone);
    out.modseq = store::state_of(tx, selected.id).highest_modseq;
    return out;
  };
  Result<Expunged> done = co_await session.store().write_shrinking(op);
  if (!done) co_return done.error();
  ViewChanges own;
  own.modseq = done->modseq;
  own.expunged = imap_set(done->gone);
  session.store().read([&](store::Snapshot const& s) {
    absorb(session, s, done->before);
    absorb(session, s, own);
  });
  if (done->gone.empty() || !session.enabled().qresync) co_return Done{};
  co_return Done::with(code::highest_modseq(done->modseq));
}

}  // namespace

Answer cmd_expunge(Session& session, Command const& command) {
  auto args = parse_no_args(command.args);
  if (!args) co_return args.error();
  if (session.selected().read_only) co_return fail(Errc::forbidden, "The mailbox is open read-only");
  SequenceSet all{false, {{1, SequenceSet::star}}};
  Result<UidSet> uids = find_messages(session, all, NumberKind::uid);
  if (!uids) co_return uids.error();
  co_return co_await expunge(session, *uids);
}

Answer cmd_uid_expunge(Session& session, Command const& command) {
  auto args = parse_set(command.args);
  if (!args) co_return args.error();
  if (session.selected().read_only) co_return fail(Errc::forbidden, "The mailbox is open read-only");
  Result<UidSet> uids = find_messages(session, args->set, NumberKind::uid);
  if (!uids) co_return uids.error();
  co_return co_await expunge(session, *uids);
}

}  // namespace mc::imap
