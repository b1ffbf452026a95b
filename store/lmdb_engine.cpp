#include "store/lmdb_engine.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <stdexcept>
#include <utility>

#include "core/log.h"
#include "store/lmdb_env.h"
#include "store/lmdb_readers.h"

namespace mc::store {
namespace {

// What snapshots, cursors and batches need of the engine.
struct Core {
  LmdbOptions options;
  EnvPtr env;
  MDB_dbi dbi = 0;
  std::uint64_t page_octets = 4096;
  ReaderPool readers;  // goes before env
};

std::optional<std::string_view> get_value(Core const& core, MDB_txn* txn, std::string_view key) {
  MDB_val k = as_val(key), v;
  int const rc = mdb_get(txn, core.dbi, &k, &v);
  if (rc == MDB_NOTFOUND) return {};
  if (rc != MDB_SUCCESS) raise(core.options, rc, "read the store");
  return as_view(v);
}

// The moves; where the MDB_cursor comes from and goes to is up to the heirs.
class LmdbCursor : public Cursor {
 public:
  // `writes`: counts those of the transaction, each of which ends this cursor's place.
  LmdbCursor(Core const& core, MDB_cursor* cursor, std::uint64_t const& writes)
      : core_(core), cursor_(cursor), writes_(writes) {}

  bool seek(std::string_view key) override {
    seen_writes_ = writes_;
    key_ = as_val(key);
    return move(key.empty() ? MDB_FIRST : MDB_SET_RANGE);
  }
  bool next() override { return in_place() && move(MDB_NEXT); }
  bool prev() override { return in_place() && move(MDB_PREV); }
  bool seek_last_below(std::string_view key) override {
    if (key.empty()) return false;
    return seek(key) ? move(MDB_PREV) : move(MDB_LAST);
  }
  std::string_view key() const override {
    assert(in_place());
    return as_view(key_);
  }
  std::string_view value() const override {
    assert(in_place());
    return as_view(value_);
  }

 protected:
  bool in_place() const {
    assert(seen_writes_ == writes_ && "a write ends a cursor's place: seek again");
    return true;
  }
  bool move(MDB_cursor_op how) {
    int const rc = mdb_cursor_get(cursor_, &key_, &value_, how);
    if (rc == MDB_SUCCESS) return true;
    if (rc != MDB_NOTFOUND) raise(core_.options, rc, "read the store");
    return false;
  }

  Core const& core_;
  MDB_cursor* cursor_;
  std::uint64_t const& writes_;
  std::uint64_t seen_writes_ = 0;
  MDB_val key_{}, value_{};
};

constexpr std::uint64_t no_writes = 0;

class SnapshotCursor final : public LmdbCursor {
 public:
  SnapshotCursor(Core const& core, Reader& reader, MDB_cursor* cursor)
      : LmdbCursor(core, cursor, no_writes), reader_(reader) {}
  ~SnapshotCursor() override {
    if (reader_.idle_count < reader_.idle.size())
      reader_.idle[reader_.idle_count++] = cursor_;
    else
      mdb_cursor_close(cursor_);
  }

 private:
  Reader& reader_;
};

class LmdbSnapshot final : public Snapshot {
 public:
  explicit LmdbSnapshot(Core& core) : core_(core), reader_(core.readers.take()) {
    int const rc = reader_ ? mdb_txn_renew(reader_->txn) : begin();
    if (rc == MDB_SUCCESS) return;
    if (reader_) Reader::close(reader_);
    raise(core_.options, rc, "begin reading");
  }
  ~LmdbSnapshot() override {
    mdb_txn_reset(reader_->txn);
    core_.readers.give_back(reader_);
  }
  std::optional<std::string_view> get(std::string_view key) const override {
    return get_value(core_, reader_->txn, key);
  }
  std::unique_ptr<Cursor> cursor() const override {
    MDB_cursor* c = nullptr;
    int rc = MDB_SUCCESS;
    if (reader_->idle_count > 0)
      rc = mdb_cursor_renew(reader_->txn, c = reader_->idle[--reader_->idle_count]);
    else
      rc = mdb_cursor_open(reader_->txn, core_.dbi, &c);
    if (rc != MDB_SUCCESS) raise(core_.options, rc, "read the store");
    return std::make_unique<SnapshotCursor>(core_, *reader_, c);
  }

 private:
  int begin() {
    MDB_txn* txn = nullptr;
    int const rc = mdb_txn_begin(core_.env.get(), nullptr, MDB_RDONLY, &txn);
    if (rc == MDB_SUCCESS) reader_ = new Reader{txn};
    return rc;
  }

  Core& core_;
  Reader* reader_;
};

class BatchCursor final : public LmdbCursor {
 public:
  using LmdbCursor::LmdbCursor;
  ~BatchCursor() override { mdb_cursor_close(cursor_); }
};

class LmdbBatch final : public Batch, private Snapshot {
 public:
  explicit LmdbBatch(Core& core) : core_(core) {
    check(mdb_txn_begin(core_.env.get(), nullptr, 0, &txn_), "begin writing");
  }
  ~LmdbBatch() override { abort(); }

  void put(std::string_view key, std::string_view value) override {
    MDB_val v = as_val(value);
    write(key, v, 0);
  }
  char* put_reserve(std::string_view key, std::size_t size) override {
    MDB_val v{size, nullptr};
    write(key, v, MDB_RESERVE);
    return static_cast<char*>(v.mv_data);
  }
  bool del(std::string_view key) override {
    refuse_if_failed();
    ++writes_;
    MDB_val k = as_val(key);
    int const rc = mdb_del(txn_, core_.dbi, &k, nullptr);
    if (rc == MDB_NOTFOUND) return false;
    check(rc, "delete from the store");
    return true;
  }
  Snapshot const& view() const override { return *this; }

  bool room_to_grow() const override {
    MDB_stat entries{}, free_list{};
    mdb_stat(txn_, core_.dbi, &entries);
    mdb_stat(txn_, 0, &free_list);  // LMDB's own table of free pages
    auto const used = pages(entries) + pages(free_list) + 2;
    auto const map = core_.options.map_octets / core_.page_octets;
    return used + kept_pages(map) <= map;
  }
  void commit() override {
    refuse_if_failed();
    int const rc = mdb_txn_commit(std::exchange(txn_, nullptr));
    if (rc != MDB_SUCCESS) raise(core_.options, rc, "commit to the store");
  }
  void abort() override {
    if (txn_) mdb_txn_abort(std::exchange(txn_, nullptr));
  }

 private:
  static std::uint64_t pages(MDB_stat const& s) {
    return s.ms_branch_pages + s.ms_leaf_pages + s.ms_overflow_pages;
  }
  // Deleting writes new pages before it frees old ones: a sixteenth, 256 KiB to 64 MiB.
  static std::uint64_t kept_pages(std::uint64_t map) {
    return std::clamp<std::uint64_t>(map / 16, 64, 16384);
  }

  std::optional<std::string_view> get(std::string_view key) const override {
    return get_value(core_, txn_, key);
  }
  std::unique_ptr<Cursor> cursor() const override {
    MDB_cursor* c = nullptr;
    int const rc = mdb_cursor_open(txn_, core_.dbi, &c);
    if (rc != MDB_SUCCESS) raise(core_.options, rc, "read the store");
    return std::make_unique<BatchCursor>(core_, c, writes_);
  }
  void write(std::string_view key, MDB_val& value, unsigned flags) {
    if (key.empty() || key.size() > 500) throw std::length_error("a key of the store has 1 to 500 octets");
    refuse_if_failed();
    ++writes_;
    MDB_val k = as_val(key);
    check(mdb_put(txn_, core_.dbi, &k, &value, flags), "write to the store");
  }
  void check(int rc, char const* doing) {
    if (rc == MDB_SUCCESS) return;
    failed_ = rc;
    raise(core_.options, rc, doing);
  }
  void refuse_if_failed() {
    if (failed_ != MDB_SUCCESS) raise(core_.options, failed_, "go on writing");
  }

  Core& core_;
  MDB_txn* txn_ = nullptr;
  std::uint64_t writes_ = 0;
  int failed_ = MDB_SUCCESS;
};

// The transaction numbers of mdb_reader_list: a head, then lines "pid thread txnid", '-' if idle.
struct ReaderList {
  std::uint64_t active = 0;
  std::uint64_t oldest = ~std::uint64_t{0};

  static int add_line(char const* line, void* self) {
    std::string_view const s(line);
    auto const end = s.find_last_not_of(" \n");
    if (end == s.npos) return 0;
    auto const begin = s.find_last_of(' ', end) + 1;
    std::uint64_t txnid = 0;
    if (std::from_chars(line + begin, line + end + 1, txnid).ec != std::errc()) return 0;
    auto& list = *static_cast<ReaderList*>(self);
    ++list.active;
    list.oldest = std::min(list.oldest, txnid);
    return 0;
  }
};

class LmdbEngine final : public Engine {
 public:
  LmdbEngine(LmdbOptions options, EnvPtr env, OpenMark mark) : mark_(std::move(mark)) {
    core_.options = std::move(options);
    core_.env = std::move(env);
    MDB_stat stat{};
    mdb_env_stat(core_.env.get(), &stat);
    core_.page_octets = stat.ms_psize;
    MDB_txn* txn = nullptr;
    if (int rc = mdb_txn_begin(core_.env.get(), nullptr, MDB_RDONLY, &txn)) fail_to_open(rc);
    int const rc = mdb_dbi_open(txn, nullptr, 0, &core_.dbi);
    mdb_txn_abort(txn);
    if (rc != MDB_SUCCESS) fail_to_open(rc);
  }

  std::unique_ptr<Snapshot> snapshot() override { return std::make_unique<LmdbSnapshot>(core_); }
  std::unique_ptr<Batch> begin() override { return std::make_unique<LmdbBatch>(core_); }

  EngineStats stats() override {
    MDB_envinfo info{};
    MDB_stat stat{};
    ReaderList list;
    mdb_env_info(core_.env.get(), &info);
    mdb_env_stat(core_.env.get(), &stat);
    mdb_reader_list(core_.env.get(), &ReaderList::add_line, &list);
    EngineStats out;
    out.map_octets = info.me_mapsize;
    out.used_octets =
        (stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages + 2) * core_.page_octets;
    auto const file_octets = (info.me_last_pgno + 1) * core_.page_octets;
    out.free_octets = file_octets > out.used_octets ? file_octets - out.used_octets : 0;
    out.entries = stat.ms_entries;
    out.readers = list.active;
    if (list.active > 0 && info.me_last_txnid > list.oldest)
      out.oldest_reader_lag = info.me_last_txnid - list.oldest;
    return out;
  }

  void copy_to(std::string const& path) override { copy_env(core_.options, core_.env.get(), path); }

  void housekeeping() override {
    int dead = 0;
    mdb_reader_check(core_.env.get(), &dead);
    if (dead > 0) log_warning("dead_readers_removed", {{"count", dead}});
    auto const now = stats();
    if (now.oldest_reader_lag > 1000)
      log_warning("old_reader", {{"commits_behind", now.oldest_reader_lag}, {"readers", now.readers}});
  }

 private:
  [[noreturn]] void fail_to_open(int rc) { raise(core_.options, rc, "open the store"); }

  OpenMark mark_;  // outlives the environment
  Core core_;
};

}  // namespace

Result<std::unique_ptr<Engine>> open_lmdb(LmdbOptions options) {
  auto mark = OpenMark::make(options.directory);
  if (!mark)
    return fail(Errc::conflict, "The store in " + options.directory + " is open in this process already");
  auto env = open_env(options);
  if (!env) return env.error();
  return std::unique_ptr<Engine>(
      std::make_unique<LmdbEngine>(std::move(options), std::move(*env), std::move(*mark)));
}

}  // namespace mc::store
