// store/decisions.h - one record for every (message, user), and what happened after it.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/crypto.h"
#include "core/ids.h"
#include "core/result.h"
#include "store/engine.h"

namespace mc::store {

struct DecisionRecord {
  DecisionId id;
  UserId user;
  Time at{};
  std::string mail_id;     // the id in the logs, one per incoming message
  std::string message_id;  // Message-ID with its angle brackets; may be empty
  std::string event_id;
  std::string type;        // as resolved
  std::string subject, from;
  PolicyVersion policy;
  std::string record;      // rules/record.h
  MailboxId mailbox;       // 0: not placed
  Uid uid;
  MessageId message;       // 0: not kept anywhere
  OutboxId outbox;         // 0: nothing queued
  std::uint64_t size = 0;
  std::string token;      // keys of the tokens issued for it, 16 octets each; they go with it
  std::string event_key;  // of its event id, 16 octets, or empty
  std::vector<DecisionId> folded;  // where its mail names several messages and this is the first: the others'
};

enum class EventKind : unsigned char {
  queued = 1, sent = 2, deferred = 3, bounced = 4, skipped = 5, read = 6, expired = 7, held = 8, released = 9,
  dropped = 10, placed_after_failure = 11, duplicate = 12, waiting = 13, delayed = 14,
};
std::string_view to_string(EventKind kind);

struct DecisionEvent {
  Time at{};
  EventKind kind = EventKind::queued;
  std::string text;
};

// Requires in all that follows: record.id was given by next_decision_id().
DecisionId next_decision_id(Transaction& tx);  // to be put in the record and in make_message()
void put_decision(Transaction& tx, DecisionRecord const& record);  // new, or in place of the one of this id
std::optional<DecisionRecord> find_decision(Snapshot const& s, DecisionId id);
// Newest first. With a Message-ID only those (brackets optional).
std::vector<DecisionRecord> list_decisions(Snapshot const& s, UserId user, std::string_view message_id,
                                           std::size_t most);
// Newest first, of all users: those before `before` (0: all), until `f` returns false.
void walk_decisions_back(Snapshot const& s, DecisionId before,
                         std::function<bool(DecisionRecord const&)> const& f);
void append_event(Transaction& tx, DecisionId id, DecisionEvent const& event);
// The same for a decision that has no events. Requires: it was given by this operation.
void put_first_event(Transaction& tx, DecisionId id, DecisionEvent const& event);
std::vector<DecisionEvent> list_events(Snapshot const& s, DecisionId id);

// Idempotency (X-MC-Event-Id): known by recipient and hash(submitter, recipient, event id). The submitter
// is compared as given.
struct SeenEvent {
  Sha256 body_hash{};
  DecisionId decision;
  Time at{};
};
std::optional<SeenEvent> find_event_id(Snapshot const& s, std::string_view submitter, UserId recipient,
                                       std::string_view event_id);
// Returns its event_key().
std::string put_event_id(Transaction& tx, std::string_view submitter, UserId recipient, std::string_view event_id,
                         SeenEvent const& seen);
// DecisionRecord::event_key of the decision that is to take it along when it goes.
std::string event_key(std::string_view submitter, UserId recipient, std::string_view event_id);

// Policy versions, kept for ever: 1, 2, 3 …; the highest is in force.
struct PolicyText {
  PolicyVersion version;
  std::string text, author, why;
  Time at{};
  std::string tests;  // the cases it was applied with; empty: none
};
// The version is given by the store. Publishes topic::policy.
PolicyVersion put_policy(Transaction& tx, PolicyText const& policy);
std::optional<PolicyText> find_policy(Snapshot const& s, PolicyVersion version);
std::optional<PolicyText> latest_policy(Snapshot const& s);
std::vector<PolicyText> list_policies(Snapshot const& s);

// What is remembered of the configured policy file: hashes of what it held (center/policy_store.h).
struct PolicyFileMarks {
  std::string loaded;   // when it was last put in force; empty: never
  std::string refused;  // when it was refused after that, and postmaster told; empty: it was not
};
PolicyFileMarks find_policy_file_marks(Snapshot const& s);
void put_policy_file_marks(Transaction& tx, PolicyFileMarks const& marks);

// Tokens in addresses: when it was issued and 96 random bits, of which only a hash is kept.
struct TokenSubject {
  char kind = 0;              // 'b' return path, 'u' unsubscribe, 't' ticket, 'n' note, 'c' conversation
  UserId user;
  std::uint64_t subject = 0;  // what it is about: an OutboxId, a ticket, …
  std::uint64_t sequence = 0;
  Time created{};
  bool revoked = false;
};
std::string issue_token(Transaction& tx, TokenSubject const& subject);  // base32 lower case, 26 characters
std::string token_key(std::string_view token);  // DecisionRecord::token of the decision that is to take it along
std::optional<TokenSubject> find_token(Snapshot const& s, std::string_view token);  // also a revoked one
bool revoke_token(Transaction& tx, std::string_view token);  // false: unknown

}  // namespace mc::store
