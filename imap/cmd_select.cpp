// SELECT, EXAMINE, CLOSE, UNSELECT.
#include "center/desk.h"
#include "imap/commands.h"
#include "imap/parse_command.h"
#include "imap/parse_mailbox.h"
#include "imap/session.h"
#include "imap/stored.h"
#include "imap/updates.h"
#include "net/io_pool.h"
#include "store/messages.h"

namespace mc::imap {

namespace {

constexpr std::uint32_t highest_uid = 0xFFFFFFFF;

// "* OK [UNSEEN 17]": IMAP4rev1 only.
void write_first_unseen(Session& session, store::Snapshot const& s, MailboxId id,
                        store::MailboxState const& state) {
  if (session.enabled().rev2 || state.unseen == 0) return;
  FirstUnseenCache& cache = session.server().first_unseen;
  auto known = cache.find(id, state.highest_modseq);
  if (!known) {
    known = FirstUnseenCache::Position{store::MailboxReader(s, id).first_unseen().value_or(SeqNum{})};
    cache.put(id, state.highest_modseq, *known);
  }
  if (!known->seq) return;
  Writer out = session.out();
  write_untagged(out, Status::ok, "UNSEEN " + to_string(known->seq), "First unseen");
}

void write_codes(Session& session, store::MailboxInfo const& info, store::MailboxState const& state) {
  Writer out = session.out();
  write_untagged(out, Status::ok, code::uid_validity(info.uid_validity), "UIDs valid");
  write_untagged(out, Status::ok, code::uid_next(state.uid_next), "Predicted next UID");
  write_untagged(out, Status::ok, code::highest_modseq(state.highest_modseq), "Highest");
}

// RFC 9051, 6.3.2: EXISTS, FLAGS and the codes; RECENT and UNSEEN for rev1, LIST for rev2.
void write_state(Session& session, store::Snapshot const& s, store::MailboxInfo const& info,
                 store::MailboxState const& state) {
  Writer out = session.out();
  write_flag_lists(session);
  out.raw("* ").number(state.exists).raw(" EXISTS\r\n");
  if (!session.enabled().rev2) out.raw("* ").number(session.selected().recent.size()).raw(" RECENT\r\n");
  write_first_unseen(session, s, info.id, state);
  write_codes(session, info, state);
  if (session.enabled().rev2) out.raw("* LIST () \"/\" ").mailbox(info.name).crlf();
}

// Messages up to the last number the client's pairs have right are all known to it: what is
// missing below was missing then (RFC 7162, 3.2.5.2).
UidSet below_last_match(View const& view, QresyncParam const& param) {
  UidSet known;
  if (!param.match) return known;
  std::vector<SeqNum> seqs;
  param.match->first.for_each([&](SeqNum n) { seqs.push_back(n); });
  std::size_t i = 0;
  Uid last;
  param.match->second.for_each([&](Uid uid) {
    if (i < seqs.size() && view.uid_of(seqs[i]) == uid) last = uid;
    ++i;
  });
  if (last) known.add(Uid(1), last);
  return known;
}

// RFC 7162, 3.2.5: what happened since the client last looked.
void write_resync(Session& session, store::Snapshot const& s, QresyncParam const& param) {
  Selected& selected = session.selected();
  if (param.uid_validity != selected.uid_validity) return;
  View const& view = selected.view;
  store::Changes changes = store::changes_since(s, selected.id, param.modseq, view.uid_next());
  UidSet gone = imap_set(changes.expunged).difference(below_last_match(view, param));
  UidSet changed = imap_set(changes.flags);
  if (param.known_uids) {
    gone = gone.intersection(*param.known_uids);
    changed = changed.intersection(*param.known_uids);
  }
  Writer out = session.out();
  if (!gone.empty()) out.raw("* VANISHED (EARLIER) ").set(gone).crlf();
  FlagText text(selected.keywords);
  NumberedUids::Walker numbers(view.list());
  store::MailboxReader(s, selected.id).for_each(store_set(changed), [&](store::Entry const& e) {
    out.raw("* ").number(numbers.seq_of(e.uid)).raw(" FETCH (UID ").number(e.uid).raw(" FLAGS ");
    out.raw(text(e.flags, session.is_recent(e.uid))).raw(" MODSEQ (").number(e.modseq).raw("))\r\n");
  });
}

UidSet find_recent(Session& session, MailboxId id, store::MailboxState const& state, bool read_only) {
  RecentClaims& claims = session.server().recent;
  Uid from = read_only ? claims.unclaimed_from(id, state.recent_from)
                       : claims.claim(id, state.recent_from, state.uid_next);
  UidSet recent;
  if (from < state.uid_next) recent.add(from, Uid(state.uid_next.value - 1));
  return recent;
}

asio::awaitable<void> keep_recent(store::Store& store, MailboxId id) {
  auto op = [id](store::Transaction& tx) -> Result<Uid> {
    if (!store::find_mailbox(tx, id)) return Uid{};
    return store::take_recent(tx, id);
  };
  Result<Uid> taken = co_await store.write(op);
  static_cast<void>(taken);  // a full disk: the messages are recent once more
}

// After a restart too these messages are no news; nobody waits for that to be on disk.
void remember_recent(Session& session, MailboxId id) {
  store::Store& store = session.store();
  net::spawn(session.stream().context(), "imap recent", [&store, id] { return keep_recent(store, id); });
}

std::unique_ptr<Selected> make_selected(Session& session, store::MailboxInfo const& info,
                                        store::MailboxState const& state, bool read_only) {
  auto selected =
      std::make_unique<Selected>(Selected{info.id,
                                          info.kind,
                                          info.uid_validity,
                                          read_only,
                                          View(state.highest_modseq, state.uid_next, state.exists),
                                          {},
                                          {},
                                          info.keywords,
                                          false,
                                          false,
                                          {}});
  selected->recent = find_recent(session, info.id, state, read_only);
  return selected;
}

void open(Session& session, store::Snapshot const& s, store::MailboxInfo const& info, SelectArgs const& args,
          bool read_only) {
  store::MailboxState state = store::state_of(s, info.id);
  auto selected = make_selected(session, info, state, read_only);
  bool claimed = !read_only && state.recent_from < state.uid_next;
  session.open_mailbox(std::move(selected));
  if (claimed) remember_recent(session, info.id);
  write_state(session, s, info, state);
  if (session.enabled().qresync) load_view(s, info.id, session.selected().view);
  if (args.qresync) write_resync(session, s, *args.qresync);
}

Answer select(Session& session, Command const& command, bool read_only) {
  auto args = parse_select(command.args);
  if (!args) co_return args.error();
  if (args->qresync && !session.enabled().qresync) co_return fail(Errc::syntax, "ENABLE QRESYNC first");
  if (session.try_selected()) {
    session.close_mailbox();
    Writer out = session.out();
    write_untagged(out, Status::ok, "CLOSED", "Previous mailbox closed");
  }
  session.enable({args->condstore, false, false});
  bool found = session.store().read([&](store::Snapshot const& s) {
    auto info = center::find_visible_mailbox(s, session.user(), args->mailbox);
    if (info) open(session, s, *info, *args, read_only);
    return info.has_value();
  });
  if (!found) co_return fail(Errc::not_found, "No such mailbox");
  co_return Done::with(read_only ? "READ-ONLY" : "READ-WRITE", read_only ? "Examining" : "Selected");
}

}  // namespace

Answer cmd_select(Session& session, Command const& command) {
  return select(session, command, false);
}
Answer cmd_examine(Session& session, Command const& command) {
  return select(session, command, true);
}

// Removes what is marked \Deleted, saying nothing of it (RFC 9051, 6.4.1); on the desk nothing ever is.
Answer cmd_close(Session& session, Command const& command) {
  auto args = parse_no_args(command.args);
  if (!args) co_return args.error();
  MailboxId id = session.selected().id;
  bool stays = session.selected().read_only || session.selected().kind == store::MailboxKind::desk;
  session.close_mailbox();
  if (stays) co_return Done{};
  ModSeq highest;
  auto op = [&](store::Transaction& tx) -> Result<bool> {
    highest = {};
    auto mailbox = store::find_mailbox(tx, id);
    if (!mailbox || store::state_of(tx, id).deleted == 0) return false;
    mc::UidSet gone = store::expunge(tx, id, {{1, highest_uid}}, true);
    if (session.is_agent()) center::drafts_left(session.server().center, tx, *mailbox, gone);
    highest = store::state_of(tx, id).highest_modseq;
    return !gone.empty();
  };
  bool none = session.store().read([&](store::Snapshot const& s) {
    return !store::find_mailbox(s, id) || store::state_of(s, id).deleted == 0;
  });
  if (none) co_return Done{};
  Result<bool> removed = co_await session.store().write_shrinking(op);
  if (!removed) co_return removed.error();
  if (*removed && session.enabled().qresync) co_return Done::with(code::highest_modseq(highest));
  co_return Done{};
}

Answer cmd_unselect(Session& session, Command const& command) {
  auto args = parse_no_args(command.args);
  if (!args) co_return args.error();
  session.close_mailbox();
  co_return Done{};
}

}  // namespace mc::imap
