#include "imap/message_set.h"

#include "imap/updates.h"

namespace mc::imap {

namespace {

bool touches_beyond(SequenceSet const& set, std::uint32_t exists) {
  if (exists == 0 && !set.ranges.empty()) return true;
  for (auto const& r : set.ranges)
    if (r.first > exists || r.last > exists) return true;
  return false;
}

}  // namespace

Result<UidSet> find_messages(Session& session, store::Snapshot const& s, SequenceSet const& set,
                             NumberKind numbers) {
  Selected& selected = session.selected();
  View& view = selected.view;
  load_view(s, selected.id, view);
  if (set.saved) return selected.saved.intersection(view.uids());
  if (numbers == NumberKind::uid) return set.resolve(view.last_uid()).intersection(view.uids());
  if (touches_beyond(set, view.exists())) return fail(Errc::syntax, "No message has that number");
  return view.uids_of(set.resolve(SeqNum(view.exists())));
}

Result<UidSet> find_messages(Session& session, SequenceSet const& set, NumberKind numbers) {
  catch_up(session, Expunges::hold);
  return session.store().read(
      [&](store::Snapshot const& s) { return find_messages(session, s, set, numbers); });
}

}  // namespace mc::imap
