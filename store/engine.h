// store/engine.h - an ordered key-value store: snapshot reads, serializable durable
// transactions. Everything above (mailboxes, accounts, the outbox, …) is written against
// this page only; the same key space is meant to run on other engines later.
//
// Keys are 1 to 500 octets, ordered as unsigned octets; values any octets. No type of the
// embedded database crosses this header.
//
// Thread rule: snapshots may be taken on any thread and stay on it; begin() is called by
// the writer thread alone (store/writer.h).
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/clock.h"

namespace mc::store {

// The map or the disk is full: nothing of the transaction was kept. Temporary.
struct StorageFull : std::runtime_error {
  using runtime_error::runtime_error;
};
// The database is damaged or unusable: the process must end with these words.
struct StorageBroken : std::runtime_error {
  using runtime_error::runtime_error;
};

// Walks entries in key order. A move that returned false leaves the cursor nowhere: seek
// again. Lifetime: of the snapshot it came from; in a transaction any write ends the validity
// of the views it gave and of its place (not of the cursor: seek again).
class Cursor {
 public:
  virtual ~Cursor() = default;
  virtual bool seek(std::string_view key) = 0;  // first entry >= key (empty: the first); false: none
  virtual bool next() = 0;                      // false: none further
  virtual bool prev() = 0;
  virtual bool seek_last_below(std::string_view key) = 0;  // last entry < key; false: none
  // Requires: the last move returned true.
  virtual std::string_view key() const = 0;
  virtual std::string_view value() const = 0;
};

// A consistent view of the store as of one commit. Must never live across a suspension.
class Snapshot {
 public:
  virtual ~Snapshot() = default;
  // Lifetime: until the snapshot ends; in a Transaction, until its next write.
  virtual std::optional<std::string_view> get(std::string_view key) const = 0;
  virtual std::unique_ptr<Cursor> cursor() const = 0;

  // Calls f(key, value) for every entry whose key starts with `prefix`, from `from` on (a whole
  // key; empty: the start), until f returns false.
  template <class F>
  void scan(std::string_view prefix, F&& f, std::string_view from = {}) const {
    auto c = cursor();
    for (bool more = c->seek(from.empty() ? prefix : from); more && c->key().starts_with(prefix); more = c->next())
      if (!f(c->key(), c->value())) return;
  }
};

// Counters that give out ids; persisted with the commit that used them.
// Only ever added at the end.
enum class Counter : unsigned char {
  user, mailbox, message, body, outbox, decision, policy, token, uid_validity, conversation, team
};
constexpr std::size_t counter_count = 11;

// Sees its own writes. Throws StorageFull, StorageBroken; after StorageFull every further
// write throws it again, so there is nothing to be saved by catching it.
class Transaction : public Snapshot {
 public:
  // Requires: `key` and `value` are not views this transaction gave (copy them first).
  virtual void put(std::string_view key, std::string_view value) = 0;
  // Space for `size` octets under `key`, to be filled before the next call on the transaction.
  virtual char* put_reserve(std::string_view key, std::size_t size) = 0;
  virtual bool del(std::string_view key) = 0;  // false: it was not there
  // 1, 2, 3, …; never given twice, even if the transaction fails (gaps may appear). After a
  // crash it goes on behind the last commit: no id that anybody can have seen comes again.
  virtual std::uint64_t next_id(Counter counter) = 0;
  // The store's clock as this operation began: one time for all it writes.
  virtual Time now() const = 0;
  // Sessions watching this topic (a mailbox id, or a reserved one) are told after the commit.
  virtual void publish(std::uint64_t topic) = 0;
  // What this operation wrote stays, even if it returns an Error: a wrong code counts.
  virtual void keep() = 0;
};

// What the engine gives the writer: a transaction it can end.
class Batch {
 public:
  virtual ~Batch() = default;
  virtual void put(std::string_view key, std::string_view value) = 0;
  virtual char* put_reserve(std::string_view key, std::size_t size) = 0;
  virtual bool del(std::string_view key) = 0;
  virtual Snapshot const& view() const = 0;
  // false: what is left of the storage is kept for operations that free some.
  virtual bool room_to_grow() const = 0;
  virtual void commit() = 0;  // on disk when it returns; throws StorageFull / StorageBroken
  virtual void abort() = 0;
};

struct EngineStats {
  std::uint64_t map_octets = 0;         // the most the store can become
  std::uint64_t used_octets = 0;        // in use by entries
  std::uint64_t free_octets = 0;        // in the file, to be used again
  std::uint64_t entries = 0;
  std::uint64_t readers = 0;            // snapshots open now, in all processes
  std::uint64_t oldest_reader_lag = 0;  // commits since the oldest of them began
};

class Engine {
 public:
  virtual ~Engine() = default;
  virtual std::unique_ptr<Snapshot> snapshot() = 0;
  virtual std::unique_ptr<Batch> begin() = 0;
  virtual EngineStats stats() = 0;
  // A compacted, checked copy that can be opened as a store: durable and complete, or absent.
  // Writes go on meanwhile. Requires: nothing of that name exists. Throws StorageFull.
  virtual void copy_to(std::string const& path) = 0;
  virtual void housekeeping() = 0;  // every 30 s, any thread: readers whose process died
};

}  // namespace mc::store
