#include "imap/updates.h"

#include <charconv>

#include "imap/stored.h"
#include "store/messages.h"

namespace mc::imap {

namespace {

constexpr std::uint32_t highest_uid = 0xFFFFFFFF;

UidSet read_arrivals(store::Snapshot const& s, MailboxId id, Uid from) {
  UidSet arrived;
  store::MailboxReader(s, id).for_each({{from.value, highest_uid}},
                                       [&](store::Entry const& entry) { arrived.add(entry.uid); });
  return arrived;
}

void tell_flags(Session& session, store::Snapshot const& s) {
  Selected& selected = session.selected();
  if (selected.view.flag_changes().empty()) return;
  Enabled const& enabled = session.enabled();
  FlagText text(selected.keywords);
  NumberedUids::Walker numbers(selected.view.list());
  Writer out = session.out();
  store::MailboxReader reader(s, selected.id);
  reader.for_each(store_set(selected.view.flag_changes()), [&](store::Entry const& entry) {
    SeqNum seq = numbers.seq_of(entry.uid);
    if (!seq) return;
    out.raw("* ").number(seq).raw(" FETCH (");
    if (enabled.condstore || enabled.rev2) out.raw("UID ").number(entry.uid).sp();
    out.raw("FLAGS ").raw(text(entry.flags, session.is_recent(entry.uid)));
    if (enabled.condstore) out.raw(" MODSEQ (").number(entry.modseq).close();
    out.raw(")\r\n");
  });
  selected.view.told_flags();
}

// From the highest number down, each response is right as it stands.
void tell_removals(Session& session) {
  Selected& selected = session.selected();
  View& view = selected.view;
  if (view.removed().empty()) return;
  if (!selected.recent.empty()) selected.recent = selected.recent.difference(view.removed());
  Writer out = session.out();
  if (session.enabled().qresync) {
    out.raw("* VANISHED ").set(view.removed()).crlf();
    view.take_removed();
    return;
  }
  SeqNumSet gone = view.take_removed();
  auto ranges = gone.ranges();
  for (auto r = ranges.rbegin(); r != ranges.rend(); ++r)
    for (std::uint32_t n = r->last.value; n >= r->first.value; --n)
      out.raw("* ").number(n).raw(" EXPUNGE\r\n");
}

void tell_new_messages(Session& session) {
  Selected& selected = session.selected();
  if (!selected.view.has_new_messages()) return;
  Writer out = session.out();
  out.raw("* ").number(selected.view.exists()).raw(" EXISTS\r\n");
  if (!session.enabled().rev2) out.raw("* ").number(selected.recent.size()).raw(" RECENT\r\n");
  selected.view.told_exists();
}

void claim_recent(Session& session, ViewChanges const& changes) {
  if (changes.arrived.empty()) return;
  Selected& selected = session.selected();
  RecentClaims& claims = session.server().recent;
  Uid stored = changes.arrived.min();
  Uid from = selected.read_only ? claims.unclaimed_from(selected.id, stored)
                                : claims.claim(selected.id, stored, changes.uid_next);
  changes.arrived.for_each([&](Uid uid) {
    if (uid >= from) selected.recent.add(uid);
  });
}

}  // namespace

ViewChanges read_changes(store::Snapshot const& s, MailboxId id, View const& view) {
  store::MailboxState state = store::state_of(s, id);
  ViewChanges out;
  out.modseq = state.highest_modseq;
  out.uid_next = state.uid_next;
  if (state.highest_modseq == view.modseq() && state.uid_next == view.uid_next()) return out;
  store::Changes changes = store::changes_since(s, id, view.modseq(), view.uid_next());
  out.flags = imap_set(changes.flags);
  out.expunged = imap_set(changes.expunged);
  if (state.uid_next > view.uid_next()) out.arrived = read_arrivals(s, id, view.uid_next());
  return out;
}

void load_view(store::Snapshot const& s, MailboxId id, View& view) {
  if (view.loaded()) return;
  store::MailboxReader reader(s, id);
  mc::UidSet present = reader.uids();
  mc::UidSet known{{1, view.uid_next().value > 1 ? view.uid_next().value - 1 : 1}};
  store::Changes changes = store::changes_since(s, id, view.modseq(), view.uid_next());
  view.load(imap_set(present.intersect(known)), imap_set(changes.expunged));
}

void absorb(Session& session, store::Snapshot const& s, ViewChanges const& changes) {
  Selected& selected = session.selected();
  if (!changes.flags.empty() || !changes.expunged.empty()) load_view(s, selected.id, selected.view);
  claim_recent(session, changes);
  selected.view.absorb(changes);
}

void tell_keywords(Session& session, store::Snapshot const& s) {
  Selected& selected = session.selected();
  auto info = store::find_mailbox(s, selected.id);
  if (!info || info->keywords.size() == selected.keywords.size()) return;
  selected.keywords = std::move(info->keywords);
  write_flag_lists(session);
}

// "* FLAGS (…)", and what of it a client may change.
void write_flag_lists(Session& session) {
  Selected& selected = session.selected();
  Flags all;
  all.system = 0x1F;
  all.keywords = selected.keywords;
  Writer out = session.out();
  out.raw("* FLAGS ").flags(all).crlf();
  bool fixed = selected.read_only;
  if (selected.kind == store::MailboxKind::desk)
    all.system &= static_cast<std::uint8_t>(~static_cast<unsigned>(SystemFlag::deleted));
  write_untagged(out, Status::ok, code::permanent_flags(fixed ? Flags{} : all, !fixed),
                 fixed ? "Read-only mailbox" : "Flags permitted");
}

void catch_up(Session& session, store::Snapshot const& s, Expunges policy) {
  Selected& selected = session.selected();
  selected.changed = false;
  if (!store::find_mailbox(s, selected.id)) {
    selected.gone = true;
    return;
  }
  absorb(session, s, read_changes(s, selected.id, selected.view));
  if (!selected.view.has_news()) return;
  tell_keywords(session, s);
  tell_flags(session, s);
  if (policy == Expunges::tell) tell_removals(session);
  tell_new_messages(session);
}

void catch_up(Session& session, Expunges policy) {
  Selected* selected = session.try_selected();
  if (!selected || selected->gone) return;
  bool due = selected->view.has_news() && (policy == Expunges::tell || selected->view.removed().empty());
  if (!selected->changed && !due) return;
  auto snapshot = session.store().take_snapshot();
  catch_up(session, *snapshot, policy);
}

}  // namespace mc::imap
