// imap/fetch_writer.h - the FETCH response of one message, from its index entry and its record.
//
// Most responses are written at once. An item whose octets exceed the limit is left to
// the caller as a LargeItem, to be streamed between snapshots (imap/fetch_large.h).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "imap/fetch_plan.h"
#include "imap/stored.h"
#include "imap/writer.h"
#include "mail/decode.h"
#include "store/bodies.h"
#include "store/messages.h"

namespace mc::imap {

// Octets of a message that are too many for the memory.
struct LargeItem {
  std::string label;
  MessageId message;
  store::OctetRange range;  // of BODY[]
  bool literal8 = false;    // BINARY
  bool size_only = false;   // BINARY.SIZE
  // Not an identity: it is undone, then `partial` applies.
  mail::TransferEncoding encoding = mail::TransferEncoding::binary;
  std::optional<Partial> partial;
};

// One snapshot's worth of responses.
class FetchWriter {
 public:
  // Lifetime: of the snapshot; `plan` and `out` too must outlive it. `most`: octets of one item in memory.
  FetchWriter(store::Snapshot const& s, FetchPlan const& plan, FlagText& flags, std::uint64_t most,
              Writer out);

  struct Message {
    store::Entry const& entry;
    SeqNum seq;
    bool recent = false;
    bool newly_seen = false;   // FLAGS are told although not asked for
    bool tell_modseq = false;  // with them
  };
  // Writes "* 12 FETCH (…)" CRLF. If something is too large, the response stays open, without ")"
  // CRLF, and large() holds what is missing.
  void write(Message const& message);
  std::vector<LargeItem> const& large() const { return large_; }
  // A part was to be decoded whose encoding nobody knows; NIL stands for it.
  bool unknown_encoding() const { return unknown_encoding_; }

 private:
  void write_item(PlannedItem const& planned, Message const& message);
  void write_facts(PlannedItem const& planned, MessageId id);
  void write_section(PlannedItem const& planned, store::Entry const& entry);
  void write_fields(PlannedItem const& planned, MessageId id, store::OctetRange header);
  void write_binary(PlannedItem const& planned, store::Entry const& entry);
  void write_decoded(PlannedItem const& planned, MessageId id, store::OctetRange range,
                     mail::TransferEncoding encoding);
  void write_octets(PlannedItem const& planned, MessageId id, store::OctetRange range, bool literal8);
  std::optional<store::OctetRange> find_range(Section const& section, store::Entry const& entry);
  void separate();

  FetchPlan const& plan_;
  FlagText& flags_;
  std::uint64_t most_;
  Writer out_;
  store::MessageReader reader_;
  std::vector<LargeItem> large_;
  std::string scratch_;
  bool first_item_ = true;
  bool unknown_encoding_ = false;
};

// [offset, offset + count) of `range`, clipped to it; all of it without `partial`.
store::OctetRange clip(store::OctetRange range, std::optional<Partial> const& partial);

}  // namespace mc::imap
