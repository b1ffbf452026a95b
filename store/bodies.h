// store/bodies.h - message octets: stored once, as received, content-addressed, reference-
// counted, in chunks; with the facts computed at intake.
//
// A Body is the octets and their facts; a Message is a short prefix (header lines of ours)
// and a body, and is what a mailbox entry, an outbox entry or a decision points to. Readers
// see the prefix followed by the body less its cuts.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/crypto.h"
#include "core/ids.h"
#include "core/result.h"
#include "store/engine.h"

namespace mc::store {

namespace fb {
struct Body;
struct Message;
}  // namespace fb

// A chunk's value: CRC-32C (little-endian) and up to 4,076 octets, together one page of the
// embedded engine.
constexpr std::size_t chunk_octets = 4076;

struct OctetRange {
  std::uint64_t begin = 0, end = 0;
};

// `facts` is a finished FlatBuffer of table Body (store/records.fbs). If the same octets with the
// same cuts are stored already, that body's id is returned and nothing is written.
// The new body has no reference until make_message() gives it one in the same transaction.
// Requires: facts.sha256 is `hash` and facts.size is right (else std::logic_error); cuts ascend
// and are disjoint.
BodyId put_body(Transaction& tx, std::string_view octets, std::string_view facts, Sha256 const& hash);
// The octets of another body shown differently: after `facts.head`, and with cuts of its own (in the other's received
// offsets). Its octets are the other's, which stays as long as this one does. Same content: as put_body().
// `facts`: size is the other's. Requires: `source` is not itself derived (else std::logic_error).
BodyId put_derived_body(Transaction& tx, BodyId source, std::string_view facts, Sha256 const& hash);
std::optional<BodyId> find_body(Snapshot const& s, Sha256 const& hash);
// Lifetime: of the snapshot. Requires: it exists.
fb::Body const& body_facts(Snapshot const& s, BodyId id);

// One more reference to the body, the first one to the message (the caller's placement).
MessageId make_message(Transaction& tx, BodyId body, std::string_view prefix, UserId owner, DecisionId decision);
void add_references(Transaction& tx, MessageId id, std::uint64_t count);
inline void add_reference(Transaction& tx, MessageId id) { add_references(tx, id, 1); }
// The last reference frees the message, and its body if nothing else uses it.
void drop_reference(Transaction& tx, MessageId id);
// Is it still kept somewhere?
bool has_message(Snapshot const& s, MessageId id);
// Lifetime: of the snapshot. Requires: it exists.
fb::Message const& message_record(Snapshot const& s, MessageId id);

// How many places (mailbox entries, outbox entries) hold the message.
std::uint64_t reference_count(Snapshot const& s, MessageId id);

// Appends octets [begin, end) of what readers see of the *body* (cuts taken out; clipped to the
// end) to `out`. Touches only the chunks concerned. Throws StorageBroken on a checksum mismatch.
void read_body(Snapshot const& s, BodyId id, OctetRange range, std::string& out);
// The body of a message as it was received, nothing cut out.
void read_received(Snapshot const& s, MessageId id, std::string& out);
// The same for prefix + body: BODY[] of the message.
void read_message(Snapshot const& s, MessageId id, OctetRange range, std::string& out);

// The same for many messages of one snapshot, asked for one after the other: keeps its places, so
// that a neighbour costs a step instead of a search (FETCH 1:* ENVELOPE, SEARCH).
// Lifetime: within the snapshot; in a transaction, until its next write. One thread.
class MessageReader {
 public:
  explicit MessageReader(Snapshot const& s);
  ~MessageReader();
  MessageReader(MessageReader&&) noexcept;
  MessageReader& operator=(MessageReader&&) noexcept;

  // Requires: it exists. Lifetime of what they return: of the snapshot.
  fb::Message const& record(MessageId id);
  fb::Body const& facts(MessageId id);
  std::string_view prefix(MessageId id);
  // BODY[]: prefix and body, as read_message().
  void read(MessageId id, OctetRange range, std::string& out);
  // The body alone, as read_body() (section offsets count from its start).
  void read_body(MessageId id, OctetRange range, std::string& out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mc::store
