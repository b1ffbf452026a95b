// COPY, MOVE and their UID forms (RFC 9051, 6.4.7 and 6.4.8).
#include "center/access.h"
#include "center/desk.h"
#include "imap/commands.h"
#include "imap/message_set.h"
#include "imap/parse_store.h"
#include "imap/session.h"
#include "imap/stored.h"
#include "imap/updates.h"
#include "store/messages.h"

namespace mc::imap {

namespace {

enum class Keep { source, nothing };  // COPY or MOVE

struct Moved {
  bool no_target = false;
  bool on_desk = false;  // tickets changed their place: what else moved along is told like what others do
  ViewChanges before;  // by others
  store::Copied copied;
  UidValidity validity;  // of the target
  ModSeq modseq;         // of the source, afterwards
};

// From one place of the desk to another it is a gesture, by COPY too: clients without MOVE say COPY, STORE \Deleted, EXPUNGE.
Result<store::Copied> gesture(store::Transaction& tx, Session& session, mc::UidSet const& wanted, MailboxId target) {
  Selected& selected = session.selected();
  if (selected.read_only) return fail(Errc::forbidden, "The mailbox is open read-only");
  return center::move_on_desk(session.server().center, tx, session.user(), selected.id, wanted, target, tx.now());
}

// Between a user's own mailboxes, or from the desk into one of them.
Result<store::Copied> carry(store::Transaction& tx, Session& session, store::MailboxInfo const& source,
                            mc::UidSet const& wanted, store::MailboxInfo const& target, Keep keep) {
  Result<void> allowed = center::may(target.kind, center::MailboxAction::copy_into);
  if (!allowed) return allowed.error();
  if (source.kind == store::MailboxKind::desk) {
    if (!center::is_agent(tx, session.user())) return fail(Errc::forbidden, "Only agents work at the desk");
    if (keep == Keep::nothing) return fail(Errc::forbidden, "A ticket stays on the desk: copy its messages instead");
  }
  if (keep == Keep::source) return store::copy_messages(tx, source.id, wanted, target.id);
  auto moved = store::move_messages(tx, source.id, wanted, target.id);
  if (moved && session.is_agent()) {
    mc::UidSet gone;
    for (UidRange r : moved->from) gone.add(r.first, r.last);
    center::drafts_left(session.server().center, tx, source, gone);
  }
  return moved;
}

Result<Moved> transfer(store::Transaction& tx, Session& session, std::string_view target_name,
                       mc::UidSet const& wanted, Keep keep) {
  Selected& selected = session.selected();
  auto source = store::find_mailbox(tx, selected.id);
  if (!source) return fail(Errc::not_found, "The mailbox has been deleted");
  auto target = center::find_visible_mailbox(tx, session.user(), target_name);
  Moved out;
  out.no_target = !target;
  if (!target) return out;
  out.on_desk = source->kind == store::MailboxKind::desk && target->kind == source->kind;
  out.before = read_changes(tx, selected.id, selected.view);
  auto copied = out.on_desk ? gesture(tx, session, wanted, target->id)
                            : carry(tx, session, *source, wanted, *target, keep);
  if (!copied) return copied.error();
  out.copied = std::move(*copied);
  out.validity = target->uid_validity;
  out.modseq = store::state_of(tx, selected.id).highest_modseq;
  return out;
}

// What left the mailbox is told with the session's updates, after the untagged COPYUID.
void note_own(Session& session, Moved const& moved, Keep keep) {
  if (moved.on_desk) return;
  ViewChanges own;
  own.modseq = moved.modseq;
  if (keep == Keep::nothing) own.expunged = imap_set(moved.copied.from);
  session.store().read([&](store::Snapshot const& s) {
    absorb(session, s, moved.before);
    if (keep == Keep::nothing) absorb(session, s, own);
  });
}

Result<Done> ending(Session& session, Moved const& moved, Keep keep) {
  if (moved.copied.from.empty()) return Done{Status::ok, "", "Nothing to do"};
  std::string code = code::copy_uid(moved.validity, moved.copied.from, moved.copied.to);
  if (keep == Keep::source) return Done::with(std::move(code));
  Writer out = session.out();
  write_untagged(out, Status::ok, code, "Moved");
  if (session.enabled().qresync) return Done::with(code::highest_modseq(moved.modseq));
  return Done{};
}

Answer transfer_messages(Session& session, Command const& command, Keep keep) {
  auto args = parse_copy(command.args);
  if (!args) co_return args.error();
  if (keep == Keep::nothing && session.selected().read_only)
    co_return fail(Errc::forbidden, "The mailbox is open read-only");
  Result<UidSet> uids = find_messages(session, args->set, command.numbers);
  if (!uids) co_return uids.error();
  bool some_gone = !uids->intersection(session.selected().view.removed()).empty();
  if (some_gone && command.numbers == NumberKind::seq)
    co_return Done::no("EXPUNGEISSUED", "Some of the messages no longer exist");
  mc::UidSet wanted = store_set(*uids);
  auto op = [&](store::Transaction& tx) { return transfer(tx, session, args->mailbox, wanted, keep); };
  Result<Moved> moved = co_await session.store().write(op);
  if (!moved) co_return moved.error();
  if (moved->no_target) co_return Done::no("TRYCREATE", "No such mailbox");
  note_own(session, *moved, keep);
  session.selected().changed = true;  // the target may be this mailbox
  co_return ending(session, *moved, keep);
}

}  // namespace

Answer cmd_copy(Session& session, Command const& command) {
  return transfer_messages(session, command, Keep::source);
}

Answer cmd_move(Session& session, Command const& command) {
  return transfer_messages(session, command, Keep::nothing);
}

}  // namespace mc::imap
