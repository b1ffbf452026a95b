// store/outbox.h - external mail, ordered by when it is due.
//
// An entry is queued (to be sent when due, and tried again), waiting (for a time of day, for being read, for a
// digest …: when due it is looked at and becomes queued or goes), or held by an admin. Queued and waiting ones
// stand in two separate orders, so that a million that wait cost nothing to those that send.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/ids.h"
#include "core/result.h"
#include "store/engine.h"

namespace mc::store {

enum class OutboxState : unsigned char { queued = 0, held = 1, waiting = 2 };

// A time of day in which a mail may leave: [from, until) in minutes, over midnight when until < from.
struct SendWindow {
  std::uint16_t from = 0, until = 0;
  std::string zone;  // IANA; empty: the recipient's
  bool operator==(SendWindow const&) const = default;
};

struct OutboxEntry {
  OutboxId id;
  MessageId message;         // holds a reference
  UserId user;
  DecisionId decision;
  std::string sender;        // reverse path without brackets; "" the null one
  std::string recipient;
  std::string extra_prefix;  // header lines only the external copy has; sent first
  std::string mail_id;
  Time created{}, expires{}, due{};
  std::uint32_t attempts = 0;
  OutboxState state = OutboxState::queued;
  std::string last_reply;
  unsigned char notify = 0;  // RFC 3461 NOTIFY bits: 1 NEVER, 2 SUCCESS, 4 FAILURE, 8 DELAY; 0 not given
  unsigned char ret = 0;     // 0 not given, 1 HDRS, 2 FULL
  std::string envid, orcpt;  // xtext as given
  bool smtputf8 = false, eight_bit = false;
  unsigned char waits = 0;   // what a waiting one waits for (rules::Wait, a bit each); kept when it is queued
  std::string type;          // of the message
  std::optional<SendWindow> window;  // the rule's
  Time together_until{};     // until then it gathers others of its type; 1970: it does not yet
  bool to_suppressed = false;  // goes although its address is suppressed: a code that its user asked for
  Time ready{};              // since when it is to be sent; 1970: since it was created
  bool delay_told = false;   // that it is late was noted
  bool at_once = false;      // an admin wants it tried, whatever is known of its domain; until the next attempt
  std::string report_to;     // reverse path of the submitter who gets reports on it (RFC 3461); "" nobody
  std::string addressed;     // whom he wrote to: what such reports name, never the user's own address
  bool personal = false;     // a person wrote it, whoever hands it in: not to be called automatic (RFC 3834)
};

// Requires: `entry.message` has a reference that this entry takes over. Publishes topic::outbox.
OutboxId put_outbox(Transaction& tx, OutboxEntry entry);
// Rewrites the record and its place in the due order. Publishes topic::outbox. Requires: it exists (else
// nothing happens: it was removed meanwhile).
void update_outbox(Transaction& tx, OutboxEntry const& entry);
bool remove_outbox(Transaction& tx, OutboxId id);  // drops its message reference
std::optional<OutboxEntry> find_outbox(Snapshot const& s, OutboxId id);
// Where an entry stands in the order of due times; without an id: before all of that time.
struct DuePlace {
  Time due{};
  OutboxId id;
  bool operator==(DuePlace const&) const = default;
};
// Queued ones due at `now` that stand behind `after` (default: all), in order of due time, until `f` returns false.
// Cost: what is walked over.
void walk_due(Snapshot const& s, Time now, DuePlace after, std::function<bool(DuePlace)> const& f);
// What decides about an entry's turn, without reading the rest of it. Lifetime: of the snapshot.
struct OutboxHead {
  std::string_view recipient;
  bool at_once = false;
};
std::optional<OutboxHead> find_outbox_head(Snapshot const& s, OutboxId id);
// Waiting ones due at `now`, in order of due time; at most `most`. Cost: what is due.
std::vector<OutboxEntry> due_waiting(Snapshot const& s, Time now, std::size_t most);
std::optional<Time> next_waiting(Snapshot const& s);
// A user's waiting ones due at `until` or before, in order of due time; at most `most`.
std::vector<OutboxEntry> list_waiting(Snapshot const& s, UserId user, Time until, std::size_t most);
// When mails of a type left for a user, ascending, as kept by note_departure(): for limits on how many may in some time.
std::vector<Time> list_departures(Snapshot const& s, UserId user, std::string_view type);
// Adds one to the `most` latest after `since`; others, and any later than `at` (the clock was set back), are forgotten.
void note_departure(Transaction& tx, UserId user, std::string_view type, Time at, Time since, std::size_t most);
std::vector<OutboxEntry> list_outbox(Snapshot const& s, OutboxId after, std::size_t most);

}  // namespace mc::store
