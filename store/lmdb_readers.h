// store/lmdb_readers.h - idle reader slots, kept with their transaction and cursors so that a
// snapshot needs no lock and no system call; for lmdb_engine.cpp only.
#pragma once
#include <lmdb.h>

#include <array>
#include <atomic>
#include <mutex>
#include <vector>

namespace mc::store {

// One slot. While idle its transaction is reset and its cursors wait to be renewed.
struct Reader {
  MDB_txn* txn = nullptr;
  std::array<MDB_cursor*, 4> idle{};
  unsigned idle_count = 0;

  static void close(Reader* reader) {
    for (unsigned i = 0; i < reader->idle_count; ++i) mdb_cursor_close(reader->idle[i]);
    mdb_txn_abort(reader->txn);
    delete reader;
  }
};

// Each thread finds the reader it used last in its own place; the rest wait in a list.
class ReaderPool {
 public:
  ReaderPool() = default;
  ReaderPool(ReaderPool const&) = delete;
  ReaderPool& operator=(ReaderPool const&) = delete;
  ~ReaderPool() {
    for (auto& place : places_)
      if (auto* reader = place.load()) Reader::close(reader);
    for (auto* reader : rest_) Reader::close(reader);
  }

  Reader* take() {  // null: none is idle
    if (auto* reader = place().exchange(nullptr, std::memory_order_acquire)) return reader;
    std::lock_guard lock(mutex_);
    if (rest_.empty()) return nullptr;
    auto* reader = rest_.back();
    rest_.pop_back();
    return reader;
  }

  void give_back(Reader* reader) {
    reader = place().exchange(reader, std::memory_order_acq_rel);
    if (!reader) return;
    std::lock_guard lock(mutex_);
    rest_.push_back(reader);
  }

 private:
  std::atomic<Reader*>& place() {
    static std::atomic<unsigned> threads{0};
    thread_local unsigned const mine = threads++ % 32;
    return places_[mine];
  }

  std::array<std::atomic<Reader*>, 32> places_{};
  std::mutex mutex_;
  std::vector<Reader*> rest_;
};

}  // namespace mc::store
