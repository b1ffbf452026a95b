// store/bodies.h - message octets: stored once, as received, content-addressed, reference-
// counted, in chunks; with the facts computed at intake.
//
// A Body is the octets and their facts; a Message is a short prefix (header lines of ours)
// and a body, and is what a mailbox entry, an outbox entry or a decision points to. Readers
// see the prefix followed by the body less its cuts.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/crypto.h"
#include "core/ids.h"
#include "core/result.h"
#include "store/engine.h"

namespace mc::store {

namespace fb { struct Body; struct Message; }

struct OctetRange {
  std::uint64_t begin = 0, end = 0;
};

// `facts` is a finished FlatBuffer of table Body (store/records.fbs). If the same octets with the
// same cuts are stored already, that body's id is returned and nothing is written.
// The new body has no reference until make_message() gives it one in the same transaction.
BodyId put_body(Transaction& tx, std::string_view octets, std::string_view facts, Sha256 const& hash);
std::optional<BodyId> find_body(Snapshot const& s, Sha256 const& hash);
// Lifetime: of the snapshot. Requires: it exists.
fb::Body const& body_facts(Snapshot const& s, BodyId id);

// One more reference to the body, the first one to the message (the caller's placement).
MessageId make_message(Transaction& tx, BodyId body, std::string_view prefix, UserId owner, DecisionId decision);
void add_reference(Transaction& tx, MessageId id);
// The last reference frees the message, and its body if nothing else uses it.
void drop_reference(Transaction& tx, MessageId id);
// Lifetime: of the snapshot. Requires: it exists.
fb::Message const& message_record(Snapshot const& s, MessageId id);

// Appends octets [begin, end) of what readers see of the *body* (cuts taken out; clipped to the
// end) to `out`. Touches only the chunks concerned. Throws StorageBroken on a checksum mismatch.
void read_body(Snapshot const& s, BodyId id, OctetRange range, std::string& out);
// The same for prefix + body: BODY[] of the message.
void read_message(Snapshot const& s, MessageId id, OctetRange range, std::string& out);

}  // namespace mc::store
