// imap/message_set.h - which messages a command means: its sequence-set against the View.
#pragma once
#include "core/result.h"
#include "imap/parse_fetch.h"
#include "imap/seqset.h"
#include "imap/session.h"
#include "store/engine.h"

namespace mc::imap {

// The UIDs meant, all of them in the View. UIDs and "$" that name no message mean nothing;
// a sequence number that the client was not told of is an error (RFC 9051, 9: seq-number).
// Loads the View. Fails: syntax.
Result<UidSet> find_messages(Session& session, store::Snapshot const& s, SequenceSet const& set,
                             NumberKind numbers);

// The same after bringing the View up to date, so that new messages can be named by UID; the
// removals wait. Tells the client what is new.
Result<UidSet> find_messages(Session& session, SequenceSet const& set, NumberKind numbers);

}  // namespace mc::imap
