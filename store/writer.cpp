#include "store/writer.h"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <optional>
#include <utility>

#include "core/log.h"
#include "store/watchers.h"

namespace mc::store {
namespace {

constexpr std::size_t most_operations = 256;
constexpr std::uint64_t most_octets = std::uint64_t{64} << 20;
// The engine holds some 131,000 changed pages before it must write some out early; each write changes one or two.
constexpr std::uint64_t most_writes = 40'000;
constexpr auto tend_every = std::chrono::seconds(30);

// What arrivals_ holds once the writer is gone.
class Closed final : public WriteOperation {
  bool run(Transaction&) override { return false; }
  void fail(Error) override {}
  boost::asio::any_io_executor executor() const override { return {}; }
  void complete() override {}
  void abandon() noexcept override {}
};
WriteOperation* closed() {
  static Closed mark;
  return &mark;
}

Error no_space() {
  return fail(Errc::no_space, "Not enough storage; try again later");
}
Error try_later() {
  return fail(Errc::unavailable, "Temporary failure; try again later");
}
Error stopping() {
  return fail(Errc::unavailable, "The server is stopping; try again later");
}

}  // namespace

// A batch as operations see it: counts what they write, gives out ids, collects topics.
class Writer::Tx final : public Transaction {
 public:
  Tx(std::unique_ptr<Batch> batch, Counters& counters, Clock const& clock)
      : batch_(std::move(batch)), counters_(counters), clock_(clock) {}

  std::optional<std::string_view> get(std::string_view key) const override { return batch_->view().get(key); }
  std::unique_ptr<Cursor> cursor() const override { return batch_->view().cursor(); }
  void put(std::string_view key, std::string_view value) override {
    count(key.size() + value.size());
    batch_->put(key, value);
  }
  char* put_reserve(std::string_view key, std::size_t size) override {
    count(key.size() + size);
    return batch_->put_reserve(key, size);
  }
  bool del(std::string_view key) override {
    count(key.size());
    return batch_->del(key);
  }
  std::uint64_t next_id(Counter counter) override { return ++counters_[static_cast<std::size_t>(counter)]; }
  Time now() const override { return now_; }
  void publish(std::uint64_t topic) override { topics.push_back(topic); }
  void keep() override { kept = true; }

  void begin_operation() {
    now_ = clock_.now();
    wrote = kept = false;
    kept_topics_ = topics.size();
  }
  void forget_topics() { topics.resize(kept_topics_); }
  Batch& batch() { return *batch_; }

  std::uint64_t octets = 0, writes = 0;  // of all operations
  bool wrote = false;                 // by this operation
  bool kept = false;                  // this operation's writes stand whatever it returns
  std::vector<std::uint64_t> topics;  // of all that stand

 private:
  void count(std::size_t n) {
    octets += n;
    ++writes;
    wrote = true;
  }
  std::unique_ptr<Batch> batch_;
  Counters& counters_;
  Clock const& clock_;
  Time now_{};
  std::size_t kept_topics_ = 0;
};

// The first `count` operations of the queue have run; if there is a culprit it stands behind
// them, its result is final, and the transaction must not be committed.
struct Writer::Attempt {
  std::unique_ptr<Tx> tx;
  std::size_t count = 0;
  bool culprit = false;
};

Writer::Writer(Engine& engine, DiskReserve& disk, Watchers& watchers, Clock const& clock, Counters counters)
    : engine_(engine),
      disk_(disk),
      watchers_(watchers),
      clock_(clock),
      counters_(counters),
      stored_counters_(counters),
      thread_([this] { work(); }) {}

Writer::~Writer() {
  stop();
}

void Writer::submit(WriteOperation* op) {
  auto* head = arrivals_.load(std::memory_order_relaxed);
  do {
    if (head == closed() || stopping_.load(std::memory_order_relaxed)) {
      op->fail(stopping());
      return complete_soon(op);
    }
    op->next = head;
  } while (!arrivals_.compare_exchange_weak(head, op, std::memory_order_release, std::memory_order_relaxed));
  if (head) return;  // whoever came first has woken the writer
  std::lock_guard lock(mutex_);
  wake_.notify_one();
}

void Writer::stop() {
  assert(!is_current_thread());
  std::lock_guard once(stop_mutex_);
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void Writer::work() {
  auto tended = std::chrono::steady_clock::now();
  while (wait_for_work()) {
    take_queued();
    while (!queue_.empty()) {
      one_commit();
      complete_settled();
      take_queued();
    }
    if (std::chrono::steady_clock::now() - tended < tend_every) continue;
    tend();
    tended = std::chrono::steady_clock::now();
  }
  close_queue();
}

// false: stopping, and nothing is queued. Also returns when it is time to tend the store.
bool Writer::wait_for_work() {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, tend_every, [&] { return arrivals_.load() || stopping_.load(); });
  return arrivals_.load() || !stopping_.load();
}

void Writer::take_queued() {
  auto* op = arrivals_.exchange(nullptr, std::memory_order_acquire);
  auto const old = static_cast<std::ptrdiff_t>(queue_.size());
  for (; op; op = op->next) queue_.push_back(op);
  std::reverse(queue_.begin() + old, queue_.end());
}

// What slipped in while stopping is refused, and nothing can come after it.
void Writer::close_queue() {
  auto* op = arrivals_.exchange(closed(), std::memory_order_acquire);
  for (; op; op = op->next) queue_.push_back(op);
  while (!queue_.empty()) {
    queue_.front()->fail(stopping());
    settle_front(1);
  }
  complete_settled();
}

void Writer::one_commit() {
  auto limit = std::min(queue_.size(), most_operations);
  while (limit > 0) {
    auto attempt = run_front(limit);
    limit = attempt.count;
    if (!attempt.culprit) {
      if (limit > 0) commit(attempt);
      return settle_front(limit);
    }
    attempt.tx.reset();  // aborts
    auto const culprit = queue_.begin() + static_cast<std::ptrdiff_t>(limit);
    settled_.push_back(*culprit);
    queue_.erase(culprit);
  }
}

Writer::Attempt Writer::run_front(std::size_t limit) {
  Attempt attempt;
  bool const may_grow = disk_.room_to_grow();
  if (!may_grow) disk_.release_ballast();
  try {
    attempt.tx = std::make_unique<Tx>(engine_.begin(), counters_, clock_);
  } catch (std::exception const& e) {
    log_error("write_impossible", {{"error", e.what()}});
  }
  for (; attempt.count < limit; ++attempt.count) {
    auto* op = queue_[attempt.count];
    if (!attempt.tx) {
      op->fail(try_later());
    } else if (run_one(*attempt.tx, op, may_grow) == Outcome::culprit) {
      attempt.culprit = true;
      break;
    } else if (attempt.tx->octets >= most_octets || attempt.tx->writes >= most_writes) {
      ++attempt.count;
      break;
    }
  }
  return attempt;
}

Writer::Outcome Writer::run_one(Tx& tx, WriteOperation* op, bool may_grow) {
  bool const grows = op->effect() == Effect::grows;
  if (grows && !(may_grow && tx.batch().room_to_grow())) {
    op->fail(no_space());
    return Outcome::done;
  }
  tx.begin_operation();
  try {
    if (!op->run(tx) && !tx.kept) {
      tx.forget_topics();
      return tx.wrote ? Outcome::culprit : Outcome::done;
    }
    if (!grows || !tx.wrote || tx.batch().room_to_grow()) return Outcome::done;
    op->fail(no_space());
  } catch (StorageFull const& e) {
    log_warning("storage_full", {{"error", e.what()}});
    op->fail(no_space());
  } catch (std::exception const& e) {
    log_error("write_failed", {{"error", e.what()}});
    op->fail(fail(Errc::internal, "Internal error"));
  }
  return Outcome::culprit;
}

// Makes the attempt durable and tells the watchers; or fails every operation that saw it.
void Writer::commit(Attempt& attempt) {
  std::optional<Error> error;
  if (!attempt.tx) error = try_later();
  try {
    if (!error) commit_batch(attempt.tx->batch());
  } catch (StorageFull const& e) {
    log_error("commit_failed", {{"error", e.what()}});
    error = no_space();
  } catch (std::exception const& e) {
    log_error("commit_failed", {{"error", e.what()}});
    error = try_later();
  }
  if (!error) return tell_watchers(std::move(attempt.tx->topics));
  for (std::size_t i = 0; i < attempt.count; ++i) queue_[i]->fail(*error);
  for (auto* culprit : settled_) culprit->fail(*error);
}

void Writer::commit_batch(Batch& batch) {
  auto const given = counters_;
  if (given != stored_counters_) batch.put(counters_key, write_counters(given));
  batch.commit();
  stored_counters_ = given;
}

void Writer::tell_watchers(std::vector<std::uint64_t> topics) {
  if (topics.empty()) return;
  std::sort(topics.begin(), topics.end());
  topics.erase(std::unique(topics.begin(), topics.end()), topics.end());
  watchers_.publish(topics);
}

void Writer::settle_front(std::size_t count) {
  auto const end = queue_.begin() + static_cast<std::ptrdiff_t>(count);
  settled_.insert(settled_.end(), queue_.begin(), end);
  queue_.erase(queue_.begin(), end);
}

void Writer::complete_settled() {
  complete_soon(settled_);
  settled_.clear();
}

void Writer::tend() {
  engine_.housekeeping();
  disk_.restore_ballast();
}

}  // namespace mc::store
