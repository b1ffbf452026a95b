// store/keys.h - every key of the store (docs/store-format.md says what stands under them).
//
// A key is a table tag of one octet, then ids as big-endian integers of fixed width (so that
// the order of keys is the order of ids), then octet strings. Built without the heap.
//
// Tag 0x00 is the engine's own (format version, counters). 0x80 to 0xBF are for the records
// of center/ (tickets, teams, …); the rest is this folder's.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string_view>

#include "core/crypto.h"
#include "core/ids.h"

namespace mc::store {

enum class Table : unsigned char {
  engine = 0x00,
  user = 0x10,             // user
  login = 0x11,            // login, lower case
  email = 0x12,            // address, lower case ‖ 0x00 ‖ user
  choice = 0x13,           // user ‖ scope
  admin = 0x14,            // user, of role admin
  mailbox = 0x20,          // user ‖ mailbox
  mailbox_owner = 0x21,    // mailbox
  mailbox_state = 0x22,    // mailbox
  subscription = 0x23,     // user ‖ 16 octets of SHA-256(name)
  index_block = 0x24,      // mailbox ‖ least UID of the block
  change_log = 0x25,       // mailbox ‖ modseq ‖ part
  uid_validity = 0x26,     // (one entry)
  metadata = 0x27,         // user ‖ mailbox (0: the server) ‖ entry name
  message = 0x30,          // message
  message_refs = 0x31,     // message
  body = 0x32,             // body
  body_chunk = 0x33,       // body ‖ chunk number
  body_refs = 0x34,        // body
  body_hash = 0x35,        // SHA-256 ‖ body
  body_source = 0x36,      // body, a derived one
  decision = 0x40,         // decision
  user_decision = 0x41,    // user ‖ decision
  event = 0x42,            // decision ‖ number
  event_id = 0x43,         // recipient ‖ 16 octets of a hash
  outbox = 0x50,           // outbox id
  outbox_due = 0x51,       // due time ‖ outbox id, of queued ones
  outbox_waiting = 0x52,   // due time ‖ outbox id, of waiting ones
  user_waiting = 0x53,     // user ‖ due time ‖ outbox id, of waiting ones
  departures = 0x54,       // user ‖ type name
  broadcast = 0x58,        // message
  broadcast_part = 0x59,   // message ‖ number
  policy = 0x60,           // version
  token = 0x61,            // 16 octets of a hash
  user_token = 0x62,       // user ‖ the same 16 octets
  policy_file = 0x63,      // (one entry)
  recent = 0x64,           // kind ‖ stretch of time ‖ 16 octets of a hash
  address_score = 0x65,    // address, lower case
  score_end = 0x66,        // when it is forgotten ‖ address, lower case
  deleted_mailbox = 0x70,  // mailbox
  deleted_user = 0x71,     // user
  unplaced = 0x72,         // mailbox ‖ modseq ‖ part
  kept = 0x73,             // type name ‖ 0x00 ‖ arrival ‖ mailbox ‖ UID
  kept_again = 0x74,       // when to look again ‖ mailbox ‖ UID
  keep_term = 0x75,        // type name
  owed_notice = 0x76,      // user ‖ type name
  decision_place = 0x77,   // (one entry)
  thread_message = 0x90,   // kind ‖ thread ‖ 16 octets of SHA-256(Message-ID)
  thread_id = 0x91,        // kind ‖ the same 16 octets ‖ thread
  thread_time = 0x92,      // time ‖ the key of thread_message without its tag
  conversation = 0x93,     // conversation
  conversation_pair = 0x94,  // user ‖ the other, by number ‖ 16 octets of SHA-256(context)
  user_conversation = 0x95,  // user ‖ conversation
  blocked = 0x96,          // user ‖ who is blocked
  team = 0x97,             // team
  team_slug = 0x98,        // slug
  membership = 0x99,       // team ‖ user ‖ when he joined
  user_team = 0x9A,        // user ‖ team
  ticket = 0x80,           // ticket
  ticket_entry = 0x81,     // ticket ‖ number
  ticket_status = 0x82,    // status ‖ when it changed ‖ ticket
  ticket_assignee = 0x83,  // user (0: nobody) ‖ when it changed ‖ ticket
  ticket_person = 0x84,    // user ‖ 0 requester, 1 another participant ‖ when it changed ‖ ticket
  ticket_due = 0x85,       // when the first answer is due ‖ ticket
  ticket_place = 0x86,     // mailbox ‖ UID of an agents' copy
  ticket_mail = 0x87,      // ticket ‖ 16 octets of a hash
  ticket_copy = 0x88,      // ticket ‖ mailbox ‖ UID of a participant's copy
  ticket_merged = 0x89,    // ticket ‖ the ticket merged into it
  ticket_draft = 0x8A,     // drafts mailbox ‖ UID of a draft
  ticket_writing = 0x8B,   // ticket ‖ drafts mailbox
};

// Throws std::length_error where a string does not fit: what callers pass is checked before.
template <std::size_t Capacity>
class BasicKey {
 public:
  explicit BasicKey(Table table) { data_[size_++] = static_cast<char>(table); }

  BasicKey& u8(std::uint8_t v) { return number(v); }
  BasicKey& u16(std::uint16_t v) { return number(v); }
  BasicKey& u32(std::uint32_t v) { return number(v); }
  BasicKey& u64(std::uint64_t v) { return number(v); }
  BasicKey& text(std::string_view s) {
    if (s.size() > Capacity - size_) throw std::length_error("a key of the store is too long");
    std::copy(s.begin(), s.end(), data_ + size_);  // an empty view may point nowhere
    size_ += static_cast<std::uint16_t>(s.size());
    return *this;
  }
  std::string_view view() const { return {data_, size_}; }
  operator std::string_view() const { return view(); }

 private:
  template <class T>
  BasicKey& number(T v) {
    char octets[sizeof v];
    for (std::size_t i = sizeof v; i-- > 0; v = static_cast<T>(v >> 7 >> 1)) octets[i] = static_cast<char>(v);
    return text({octets, sizeof octets});
  }

  std::uint16_t size_ = 0;
  char data_[Capacity];
};
using Key = BasicKey<48>;
using TextKey = BasicKey<480>;
constexpr std::size_t max_key_text = 400;  // of a scope; addresses and logins are shorter

// The big-endian number at `at` of a key.
template <class T>
T number_in_key(std::string_view key, std::size_t at) {
  T v = 0;
  for (std::size_t i = 0; i < sizeof v; ++i)
    v = static_cast<T>(std::uint64_t{v} << 8 | static_cast<unsigned char>(key[at + i]));
  return v;
}

namespace key {

// One builder a table; those without their last part are prefixes to scan.
inline Key table(Table t) { return Key(t); }
inline Key after_table(Table t) { return Key(static_cast<Table>(static_cast<unsigned char>(t) + 1)); }

inline Key user(UserId id) { return Key(Table::user).u64(id.value); }
inline TextKey login(std::string_view lower) { return TextKey(Table::login).text(lower); }
inline TextKey email(std::string_view lower) { return TextKey(Table::email).text(lower).text({"\0", 1}); }
inline TextKey email(std::string_view lower, UserId id) { return email(lower).u64(id.value); }
inline Key admin(UserId id) { return Key(Table::admin).u64(id.value); }
inline Key choices(UserId id) { return Key(Table::choice).u64(id.value); }
inline TextKey choice(UserId id, std::string_view scope) { return TextKey(Table::choice).u64(id.value).text(scope); }

// At most max_key_text octets of `name`.
inline Key metadata(UserId user) { return Key(Table::metadata).u64(user.value); }
inline Key metadata(UserId user, MailboxId mailbox) { return metadata(user).u64(mailbox.value); }
inline TextKey metadata(UserId user, MailboxId mailbox, std::string_view name) {
  return TextKey(Table::metadata).u64(user.value).u64(mailbox.value).text(name);
}

inline Key mailboxes(UserId owner) { return Key(Table::mailbox).u64(owner.value); }
inline Key mailbox(UserId owner, MailboxId id) { return mailboxes(owner).u64(id.value); }
inline Key mailbox_owner(MailboxId id) { return Key(Table::mailbox_owner).u64(id.value); }
inline Key mailbox_state(MailboxId id) { return Key(Table::mailbox_state).u64(id.value); }
inline Key subscriptions(UserId owner) { return Key(Table::subscription).u64(owner.value); }
inline Key subscription(UserId owner, Sha256 const& name) {
  return subscriptions(owner).text(as_octets(name).substr(0, 16));
}
inline Key index_blocks(MailboxId id) { return Key(Table::index_block).u64(id.value); }
inline Key index_block(MailboxId id, std::uint32_t least_uid) { return index_blocks(id).u32(least_uid); }
inline Key change_log(MailboxId id) { return Key(Table::change_log).u64(id.value); }
inline Key change_log(MailboxId id, ModSeq modseq) { return change_log(id).u64(modseq.value); }
inline Key change_log(MailboxId id, ModSeq modseq, std::uint32_t part) { return change_log(id, modseq).u32(part); }
inline Key uid_validity() { return Key(Table::uid_validity); }

inline Key message(MessageId id) { return Key(Table::message).u64(id.value); }
inline Key message_refs(MessageId id) { return Key(Table::message_refs).u64(id.value); }
inline Key body(BodyId id) { return Key(Table::body).u64(id.value); }
inline Key body_chunks(BodyId id) { return Key(Table::body_chunk).u64(id.value); }
inline Key body_chunk(BodyId id, std::uint32_t number) { return body_chunks(id).u32(number); }
inline Key body_refs(BodyId id) { return Key(Table::body_refs).u64(id.value); }
inline Key body_hash(Sha256 const& hash) { return Key(Table::body_hash).text(as_octets(hash)); }
inline Key body_hash(Sha256 const& hash, BodyId id) { return body_hash(hash).u64(id.value); }

inline Key body_source(BodyId id) { return Key(Table::body_source).u64(id.value); }

inline Key decision(DecisionId id) { return Key(Table::decision).u64(id.value); }
inline Key user_decisions(UserId user) { return Key(Table::user_decision).u64(user.value); }
inline Key user_decision(UserId user, DecisionId id) { return user_decisions(user).u64(id.value); }
inline Key events(DecisionId id) { return Key(Table::event).u64(id.value); }
inline Key event(DecisionId id, std::uint32_t number) { return events(id).u32(number); }
inline Key event_ids(UserId recipient) { return Key(Table::event_id).u64(recipient.value); }
inline Key event_id(UserId recipient, std::string_view hash16) { return event_ids(recipient).text(hash16); }
inline Key event_id(UserId recipient, Sha256 const& hash) {
  return event_id(recipient, as_octets(hash).substr(0, 16));
}

inline Key outbox(OutboxId id) { return Key(Table::outbox).u64(id.value); }
// Milliseconds since 1970, the sign bit turned so that earlier times stand first.
inline std::uint64_t time(std::int64_t ms) { return static_cast<std::uint64_t>(ms) ^ std::uint64_t{1} << 63; }
inline std::int64_t time_in_key(std::string_view key, std::size_t at) {
  return static_cast<std::int64_t>(number_in_key<std::uint64_t>(key, at) ^ std::uint64_t{1} << 63);
}
inline Key outbox_due(std::int64_t ms, OutboxId id) { return Key(Table::outbox_due).u64(time(ms)).u64(id.value); }
inline Key outbox_waiting(std::int64_t ms, OutboxId id) {
  return Key(Table::outbox_waiting).u64(time(ms)).u64(id.value);
}
inline Key user_waiting(UserId user) { return Key(Table::user_waiting).u64(user.value); }
inline Key user_waiting(UserId user, std::int64_t ms, OutboxId id) {
  return user_waiting(user).u64(time(ms)).u64(id.value);
}

inline Key departures(UserId user) { return Key(Table::departures).u64(user.value); }
inline TextKey departures(UserId user, std::string_view type) {
  return TextKey(Table::departures).u64(user.value).text(type);
}

inline Key broadcast(MessageId id) { return Key(Table::broadcast).u64(id.value); }
inline Key broadcast_parts(MessageId id) { return Key(Table::broadcast_part).u64(id.value); }
inline Key broadcast_part(MessageId id, std::uint32_t number) { return broadcast_parts(id).u32(number); }

inline Key policy(PolicyVersion version) { return Key(Table::policy).u64(version.value); }
inline Key policy_file() { return Key(Table::policy_file); }
inline Key recent(unsigned char kind) {
  char const octet = static_cast<char>(kind);
  return Key(Table::recent).text({&octet, 1});
}
inline Key recent(unsigned char kind, std::uint32_t stretch) { return recent(kind).u32(stretch); }
inline Key recent(unsigned char kind, std::uint32_t stretch, Sha256 const& name) {
  return recent(kind, stretch).text(as_octets(name).substr(0, 16));
}
inline TextKey address_score(std::string_view lower) { return TextKey(Table::address_score).text(lower); }
inline TextKey score_end(std::int64_t ms, std::string_view lower) {
  return TextKey(Table::score_end).u64(time(ms)).text(lower);
}
inline Key token(std::string_view hash16) { return Key(Table::token).text(hash16); }
inline Key user_tokens(UserId user) { return Key(Table::user_token).u64(user.value); }
inline Key user_token(UserId user, std::string_view hash16) { return user_tokens(user).text(hash16); }

inline Key deleted_mailbox(MailboxId id) { return Key(Table::deleted_mailbox).u64(id.value); }
inline Key deleted_user(UserId id) { return Key(Table::deleted_user).u64(id.value); }
inline TextKey kept(std::string_view type) { return TextKey(Table::kept).text(type).text({"\0", 1}); }
inline TextKey kept(std::string_view type, std::int64_t arrival, MailboxId mailbox, Uid uid) {
  return kept(type).u64(time(arrival)).u64(mailbox.value).u32(uid.value);
}
inline Key kept_again(std::int64_t when, MailboxId mailbox, Uid uid) {
  return Key(Table::kept_again).u64(time(when)).u64(mailbox.value).u32(uid.value);
}
inline TextKey keep_term(std::string_view type) { return TextKey(Table::keep_term).text(type); }
inline TextKey owed_notice(UserId user, std::string_view type) {
  return TextKey(Table::owed_notice).u64(user.value).text(type);
}
inline Key decision_place() { return Key(Table::decision_place); }
inline Key unplaced(MailboxId id, ModSeq modseq, std::uint32_t part) {
  return Key(Table::unplaced).u64(id.value).u64(modseq.value).u32(part);
}

// Kinds of threads are octets: store/thread_ids.h.
inline Key thread_message(unsigned char kind, std::uint64_t thread, Sha256 const& id) {
  return Key(Table::thread_message).u8(kind).u64(thread).text(as_octets(id).substr(0, 16));
}
inline Key thread_ids(unsigned char kind, Sha256 const& id) {
  return Key(Table::thread_id).u8(kind).text(as_octets(id).substr(0, 16));
}
inline Key thread_id(unsigned char kind, Sha256 const& id, std::uint64_t thread) { return thread_ids(kind, id).u64(thread); }
inline Key thread_times_until(std::int64_t ms) { return Key(Table::thread_time).u64(time(ms)); }
inline Key thread_time(std::int64_t ms, unsigned char kind, std::uint64_t thread, Sha256 const& id) {
  return thread_times_until(ms).text(thread_message(kind, thread, id).view().substr(1));
}
inline Key thread_message_at(std::string_view time_key) { return Key(Table::thread_message).text(time_key.substr(9)); }

inline Key conversation(std::uint64_t id) { return Key(Table::conversation).u64(id); }
inline Key conversation_pairs(UserId low, UserId high) {
  return Key(Table::conversation_pair).u64(low.value).u64(high.value);
}
inline Key conversation_pair(UserId low, UserId high, Sha256 const& context) {
  return conversation_pairs(low, high).text(as_octets(context).substr(0, 16));
}
inline Key user_conversations(UserId user) { return Key(Table::user_conversation).u64(user.value); }
inline Key user_conversation(UserId user, std::uint64_t id) { return user_conversations(user).u64(id); }
inline Key blocked(UserId user) { return Key(Table::blocked).u64(user.value); }
inline Key blocked(UserId user, UserId other) { return blocked(user).u64(other.value); }

inline Key team(std::uint64_t id) { return Key(Table::team).u64(id); }
inline TextKey team_slug(std::string_view slug) { return TextKey(Table::team_slug).text(slug); }
inline Key memberships(std::uint64_t team) { return Key(Table::membership).u64(team); }
inline Key memberships(std::uint64_t team, UserId user) { return memberships(team).u64(user.value); }
inline Key membership(std::uint64_t team, UserId user, std::int64_t joined) {
  return memberships(team, user).u64(time(joined));
}
inline Key user_teams(UserId user) { return Key(Table::user_team).u64(user.value); }
inline Key user_team(UserId user, std::uint64_t team) { return user_teams(user).u64(team); }


inline Key ticket(std::uint64_t id) { return Key(Table::ticket).u64(id); }
inline Key ticket_entries(std::uint64_t id) { return Key(Table::ticket_entry).u64(id); }
inline Key ticket_entry(std::uint64_t id, std::uint32_t number) { return ticket_entries(id).u32(number); }
inline Key tickets_of_status(unsigned char status) {
  return Key(Table::ticket_status).text({reinterpret_cast<char const*>(&status), 1});
}
inline Key tickets_of_assignee(UserId user) { return Key(Table::ticket_assignee).u64(user.value); }
inline Key tickets_of(UserId user) { return Key(Table::ticket_person).u64(user.value); }
inline Key tickets_of(UserId user, bool requester) { return tickets_of(user).text({requester ? "\0" : "\1", 1}); }
// The end of a key of one of these three orders.
inline Key ticket_changed(Key order, std::int64_t ms, std::uint64_t id) { return order.u64(time(ms)).u64(id); }
inline Key ticket_due(std::int64_t ms, std::uint64_t id) { return Key(Table::ticket_due).u64(time(ms)).u64(id); }
inline Key ticket_place(MailboxId mailbox, Uid uid) {
  return Key(Table::ticket_place).u64(mailbox.value).u32(uid.value);
}
inline Key ticket_mail(std::uint64_t id, Sha256 const& hash) {
  return Key(Table::ticket_mail).u64(id).text(as_octets(hash).substr(0, 16));
}
inline Key ticket_copies(std::uint64_t id) { return Key(Table::ticket_copy).u64(id); }
inline Key ticket_copy(std::uint64_t id, MailboxId mailbox, Uid uid) {
  return ticket_copies(id).u64(mailbox.value).u32(uid.value);
}
inline Key tickets_merged(std::uint64_t into) { return Key(Table::ticket_merged).u64(into); }
inline Key ticket_merged(std::uint64_t into, std::uint64_t from) { return tickets_merged(into).u64(from); }
inline Key ticket_drafts(MailboxId drafts) { return Key(Table::ticket_draft).u64(drafts.value); }
inline Key ticket_draft(MailboxId drafts, Uid uid) { return ticket_drafts(drafts).u32(uid.value); }
inline Key ticket_writings(std::uint64_t id) { return Key(Table::ticket_writing).u64(id); }
inline Key ticket_writing(std::uint64_t id, MailboxId drafts) { return ticket_writings(id).u64(drafts.value); }

}  // namespace key
}  // namespace mc::store
