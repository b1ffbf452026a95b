// imap/updates.h - tells a client what happened to its mailbox, and brings its View up to date.
//
// The only place that writes EXISTS, EXPUNGE, VANISHED and unsolicited FETCH responses.
#pragma once
#include "imap/session.h"
#include "imap/view.h"
#include "store/engine.h"

namespace mc::imap {

// What happened since the View's modseq, ready for View::absorb(). Cheap when nothing did. A command
// that writes calls it first in its operation, absorbs the result after the commit, then
// skip_to() its own modseq: so others' changes are told and its own are not echoed.
ViewChanges read_changes(store::Snapshot const& s, MailboxId id, View const& view);
// Absorbs them: the View, and \Recent. `s`: the snapshot they were read from, or a later one.
void absorb(Session& session, store::Snapshot const& s, ViewChanges const& changes);
// Makes sure that sequence numbers can be asked for. Reads UIDs only, once a mailbox.
void load_view(store::Snapshot const& s, MailboxId id, View& view);

// Absorbs what is new and writes what the client must now be told: keywords, EXISTS, RECENT, FETCH of flags
// changed by others, and, under Expunges::tell, EXPUNGE or VANISHED. Cheap when nothing is new.
void catch_up(Session& session, store::Snapshot const& s, Expunges policy);
// The same on a snapshot of its own, taken only if the watcher said that something changed.
void catch_up(Session& session, Expunges policy);

// "* FLAGS (…)" and PERMANENTFLAGS, when the mailbox knows more keywords than the client was told.
void tell_keywords(Session& session, store::Snapshot const& s);
// Both lines, whatever the client knows.
void write_flag_lists(Session& session);

}  // namespace mc::imap
