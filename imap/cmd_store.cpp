// STORE and UID STORE (RFC 9051, 6.4.6; RFC 7162, 3.1.3).
#include "center/desk.h"
#include "imap/commands.h"
#include "imap/fetch.h"
#include "imap/message_set.h"
#include "imap/parse_store.h"
#include "imap/session.h"
#include "imap/stored.h"
#include "imap/updates.h"
#include "store/messages.h"

namespace mc::imap {

namespace {

struct Stored {
  ViewChanges before;  // by others; told with the session's updates
  store::FlagsStored result;
};

store::FlagChange change_of(StoreArgs::Mode mode) {
  switch (mode) {
    case StoreArgs::Mode::replace:
      return store::FlagChange::set;
    case StoreArgs::Mode::add:
      return store::FlagChange::add;
    case StoreArgs::Mode::remove:
      break;
  }
  return store::FlagChange::remove;
}

// What flags mean where agents work: on the desk \Flagged is a ticket's priority, in Drafts \Deleted ends the writing. What
// that changes besides is news to this session too.
Result<void> note_flags(Session& session, store::Transaction& tx, store::MailboxInfo const& mailbox,
                        mc::UidSet const& uids, store::FlagChange how, store::Flags bits) {
  center::Context& center = session.server().center;
  if (mailbox.kind == store::MailboxKind::desk)
    return center::flags_on_desk(center, tx, session.user(), mailbox.id, uids, how, bits, tx.now());
  bool deleting = (bits & store::flag::deleted) != 0 && how != store::FlagChange::remove;
  if (deleting && session.is_agent()) center::drafts_left(center, tx, mailbox, uids);
  return {};
}

asio::awaitable<Result<Stored>> change_flags(Session& session, StoreArgs const& args, UidSet const& uids) {
  Selected& selected = session.selected();
  mc::UidSet wanted = store_set(uids);
  store::FlagChange how = change_of(args.mode);
  auto op = [&](store::Transaction& tx) -> Result<Stored> {
    auto mailbox = store::find_mailbox(tx, selected.id);
    if (!mailbox) return fail(Errc::not_found, "The mailbox has been deleted");
    Stored out;
    out.before = read_changes(tx, selected.id, selected.view);
    Result<store::Flags> bits = make_flag_bits(tx, selected.id, args.flags);
    if (!bits) return bits.error();
    if (mailbox->kind == store::MailboxKind::desk) *bits &= ~store::flag::deleted;
    out.result = store::store_flags(tx, selected.id, wanted, how, *bits, args.unchanged_since);
    mc::UidSet untouched = wanted;
    untouched.subtract(out.result.modified);
    Result<void> noted = note_flags(session, tx, *mailbox, untouched, how, *bits);
    if (!noted) return noted.error();
    return out;
  };
  co_return co_await session.store().write(op);
}

FetchItem flags_item() {
  FetchItem item;
  item.att = FetchAtt::flags;
  return item;
}

// Whom the answer shows: all that were named, unless .SILENT; under CONDSTORE at least the new
// modseq of those changed.
asio::awaitable<void> answer(Session& session, Command const& command, StoreArgs const& args,
                             UidSet const& uids, Stored const& stored) {
  bool condstore = session.enabled().condstore;
  if (args.silent && !condstore) co_return;
  UidSet shown =
      args.silent ? imap_set(stored.result.changed) : uids.difference(imap_set(stored.result.modified));
  std::vector<FetchItem> items;
  if (!args.silent) items.push_back(flags_item());
  FetchPlan plan = make_fetch_plan(std::move(items), command.numbers, condstore);
  UidSet newly_seen;
  co_await fetch_messages(session, plan, shown, newly_seen);
}

Result<Done> ending(Session& session, Command const& command, UidSet const& uids,
                    store::FlagsStored const& result) {
  Selected& selected = session.selected();
  UidSet modified = imap_set(result.modified);
  if (!modified.empty()) {
    std::string code = command.numbers == NumberKind::uid ? code::modified(modified)
                                                          : code::modified(selected.view.seqs_of(modified));
    return Done::with(std::move(code), "Some were changed by others");
  }
  if (command.numbers == NumberKind::seq && !uids.intersection(selected.view.removed()).empty())
    return Done::no("EXPUNGEISSUED", "Some of the messages no longer exist");
  return Done{};
}

}  // namespace

Answer cmd_store(Session& session, Command const& command) {
  auto args = parse_store(command.args);
  if (!args) co_return args.error();
  Selected& selected = session.selected();
  if (selected.read_only) co_return fail(Errc::forbidden, "The mailbox is open read-only");
  if (args->unchanged_since) {
    Enabled condstore;
    condstore.condstore = true;
    session.enable(condstore);
  }
  Result<UidSet> uids = find_messages(session, args->set, command.numbers);
  if (!uids) co_return uids.error();
  if (uids->empty()) co_return Done{};

  Result<Stored> stored = co_await change_flags(session, *args, *uids);
  if (!stored) co_return stored.error();
  session.store().read([&](store::Snapshot const& s) {
    absorb(session, s, stored->before);
    if (!args->flags.keywords.empty()) tell_keywords(session, s);
  });
  if (!stored->result.changed.empty()) selected.view.skip_to(stored->result.modseq);
  if (selected.kind == store::MailboxKind::desk) selected.changed = true;
  co_await answer(session, command, *args, *uids, *stored);
  co_return ending(session, command, *uids, stored->result);
}

}  // namespace mc::imap
