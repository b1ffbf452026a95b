// store/broadcasts.h - messages accepted for more recipients than one operation delivers.
//
// What was acknowledged once must reach everyone, also if the process dies in between: the message, its envelope
// and its recipients are stored in one operation, the recipients in parts. Each part is delivered in an
// operation that also takes it away, so it is delivered once, whoever gets to it and however often that is tried. The
// last part takes the rest away.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/ids.h"
#include "store/engine.h"

namespace mc::store {

struct Broadcast {
  MessageId message;        // names it; holds the reference to the body
  Time at{};                // accepted: the time of all its decisions
  PolicyVersion policy;     // the version that decides
  unsigned char submitter = 0;  // center::SubmitterKind
  UserId user;
  std::string submitter_name;
  std::string helo, peer, protocol, tls;
  std::string mail_id, reverse_path;
  unsigned char ret = 0;
  std::string envid;
  bool smtputf8 = false, eight_bit = false;
};

struct BroadcastRecipient {
  std::string address;
  unsigned char notify = 0;
  std::string orcpt;
};

// Requires: the reference of `broadcast.message` is the caller's, and is handed over.
void put_broadcast(Transaction& tx, Broadcast const& broadcast);
// Parts are numbered as the caller likes, from 0.
void put_broadcast_part(Transaction& tx, MessageId id, std::uint32_t number,
                        std::vector<BroadcastRecipient> const& recipients);
// The recipients of a part, which is gone then; with the last one goes the broadcast. Absent: somebody took it before.
std::optional<std::vector<BroadcastRecipient>> take_broadcast_part(Transaction& tx, MessageId id, std::uint32_t number);
std::optional<Broadcast> find_broadcast(Snapshot const& s, MessageId id);

struct BroadcastPlace {
  MessageId message;
  std::uint32_t part = 0;
};
// The first part of the oldest broadcast accepted at `until` or before.
std::optional<BroadcastPlace> next_broadcast_part(Snapshot const& s, Time until);

}  // namespace mc::store
