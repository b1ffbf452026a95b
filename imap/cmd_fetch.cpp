// FETCH and UID FETCH (RFC 9051, 6.4.5; RFC 7162, 3.1.4 and 3.2.6; RFC 3516).
#include "imap/commands.h"
#include "imap/fetch.h"
#include "imap/message_set.h"
#include "imap/session.h"
#include "imap/stored.h"
#include "imap/updates.h"
#include "store/messages.h"

namespace mc::imap {

namespace {

// Those of `uids` changed after `since`.
UidSet changed_since(store::Snapshot const& s, MailboxId id, UidSet const& uids, ModSeq since) {
  UidSet changed;
  store::MailboxReader(s, id).for_each_changed(since, [&](store::Entry const& e) {
    if (uids.contains(e.uid)) changed.add(e.uid);
  });
  return changed;
}

// VANISHED (EARLIER): what is gone of the set asked for. What this client still counts it
// is told by the ordinary VANISHED that follows.
void write_vanished(Session& session, store::Snapshot const& s, FetchArgs const& args) {
  Selected& selected = session.selected();
  View const& view = selected.view;
  store::Changes changes = store::changes_since(s, selected.id, *args.changed_since, view.uid_next());
  UidSet asked = args.set.saved ? selected.saved : args.set.resolve(view.last_uid());
  UidSet gone = imap_set(changes.expunged).intersection(asked).difference(view.uids());
  if (!gone.empty()) session.out().raw("* VANISHED (EARLIER) ").set(gone).crlf();
}

UidSet unseen_of(store::Snapshot const& s, MailboxId id, UidSet const& uids) {
  UidSet unseen;
  if (store::state_of(s, id).unseen == 0) return unseen;
  store::MailboxReader(s, id).for_each(store_set(uids), [&](store::Entry const& e) {
    if (!(e.flags & store::flag::seen)) unseen.add(e.uid);
  });
  return unseen;
}

struct Seen {
  ViewChanges before;  // by others
  store::FlagsStored result;
};

// Fetching content marks it read. The answer tells the new flags, so this is done first.
asio::awaitable<Result<UidSet>> mark_seen(Session& session, UidSet const& uids) {
  Selected& selected = session.selected();
  UidSet unseen =
      session.store().read([&](store::Snapshot const& s) { return unseen_of(s, selected.id, uids); });
  if (unseen.empty()) co_return unseen;
  mc::UidSet wanted = store_set(unseen);
  auto op = [&](store::Transaction& tx) -> Result<Seen> {
    if (!store::find_mailbox(tx, selected.id)) return fail(Errc::not_found, "The mailbox has been deleted");
    Seen out;
    out.before = read_changes(tx, selected.id, selected.view);
    out.result = store::store_flags(tx, selected.id, wanted, store::FlagChange::add, store::flag::seen);
    return out;
  };
  Result<Seen> seen = co_await session.store().write(op);
  if (!seen) co_return seen.error();
  session.store().read([&](store::Snapshot const& s) { absorb(session, s, seen->before); });
  if (!seen->result.changed.empty()) selected.view.skip_to(seen->result.modseq);
  co_return imap_set(seen->result.changed);
}

Result<Done> ending(Command const& command, UidSet const& uids, FetchOutcome const& outcome) {
  if (outcome.unknown_encoding) return Done::no("UNKNOWN-CTE", "A part has an unknown transfer encoding");
  if (command.numbers == NumberKind::seq && outcome.answered < uids.size())
    return Done::no("EXPUNGEISSUED", "Some of the messages no longer exist");
  return Done{};
}

}  // namespace

Answer cmd_fetch(Session& session, Command const& command) {
  auto args = parse_fetch(command.args, command.numbers);
  if (!args) co_return args.error();
  if (args->vanished && !session.enabled().qresync) co_return fail(Errc::syntax, "ENABLE QRESYNC first");
  FetchPlan plan = make_fetch_plan(std::move(args->items), command.numbers, args->changed_since.has_value());
  Enabled more;
  more.condstore = plan.modseq;
  session.enable(more);

  Result<UidSet> uids = find_messages(session, args->set, command.numbers);
  if (!uids) co_return uids.error();
  if (args->changed_since) {
    session.store().read([&](store::Snapshot const& s) {
      if (args->vanished) write_vanished(session, s, *args);
      *uids = changed_since(s, session.selected().id, *uids, *args->changed_since);
    });
  }
  UidSet newly_seen;
  if (plan.sets_seen && !session.selected().read_only && !uids->empty()) {
    Result<UidSet> seen = co_await mark_seen(session, *uids);
    if (!seen) co_return seen.error();
    newly_seen = std::move(*seen);
  }
  FetchOutcome outcome = co_await fetch_messages(session, plan, *uids, newly_seen);
  co_return ending(command, *uids, outcome);
}

}  // namespace mc::imap
