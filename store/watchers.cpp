#include "store/watchers.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/intrusive/list.hpp>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace mc::store {

namespace intrusive = boost::intrusive;
using Hook = intrusive::list_member_hook<intrusive::link_mode<intrusive::auto_unlink>>;
struct Loop;

// There may be one for every idle connection: about 90 octets.
struct Watch {
  std::uint64_t topic;
  std::shared_ptr<Loop> loop;
  std::function<void()> on_change;
  Hook of_topic{}, of_pending{};
};

template <Hook Watch::*member>
using WatchList =
    intrusive::list<Watch, intrusive::member_hook<Watch, Hook, member>, intrusive::constant_time_size<false>>;

// One executor and who is to be called there. All but `calling` is under the table's lock.
struct Loop {
  std::shared_ptr<WatchTable> table;
  boost::asio::any_io_executor executor;
  WatchList<&Watch::of_pending> pending;
  std::size_t watches = 0;
  bool posted = false;
  Watch* calling = nullptr;    // executor's thread only
  bool ended_in_call = false;  // `calling` lost its handle meanwhile
};

struct WatchTable {
  std::mutex mutex;
  std::unordered_map<std::uint64_t, WatchList<&Watch::of_topic>> topics;
  std::vector<std::weak_ptr<Loop>> loops;
};

namespace {

std::shared_ptr<Loop> loop_of(std::shared_ptr<WatchTable> const& table,
                              boost::asio::any_io_executor const& executor) {
  for (auto const& weak : table->loops)
    if (auto loop = weak.lock(); loop && loop->executor == executor) return loop;
  auto loop = std::make_shared<Loop>();
  loop->table = table;
  loop->executor = executor;
  table->loops.push_back(loop);
  return loop;
}

void forget_loop(WatchTable& table, Loop const* loop) {
  std::erase_if(table.loops, [&](auto const& weak) { return weak.lock().get() == loop; });
}

void call(Loop& loop, Watch* watch) noexcept {
  loop.calling = watch;
  watch->on_change();
  loop.calling = nullptr;
  if (std::exchange(loop.ended_in_call, false)) delete watch;
}

// On the loop's thread. What is published meanwhile waits for the next function posted.
void call_pending(Loop& loop) {
  std::unique_lock lock(loop.table->mutex);
  loop.posted = false;
  WatchList<&Watch::of_pending> now;
  now.swap(loop.pending);
  while (!now.empty()) {
    auto* watch = &now.front();
    now.pop_front();
    lock.unlock();
    call(loop, watch);
    lock.lock();
  }
}

void end(Watch* watch) {
  auto const loop = watch->loop;
  auto& table = *loop->table;
  {
    std::lock_guard lock(table.mutex);
    watch->of_topic.unlink();
    watch->of_pending.unlink();
    auto const others = table.topics.find(watch->topic);
    if (others->second.empty()) table.topics.erase(others);
    if (--loop->watches == 0) forget_loop(table, loop.get());
  }
  if (loop->calling == watch)
    loop->ended_in_call = true;
  else
    delete watch;
}

}  // namespace

Watchers::Watchers() : table_(std::make_shared<WatchTable>()) {}
Watchers::~Watchers() = default;

Watchers::Handle::~Handle() {
  if (watch_) end(watch_);
}
Watchers::Handle::Handle(Handle&& other) noexcept : watch_(std::exchange(other.watch_, nullptr)) {}
Watchers::Handle& Watchers::Handle::operator=(Handle&& other) noexcept {
  if (this == &other) return *this;
  if (auto* old = std::exchange(watch_, std::exchange(other.watch_, nullptr))) end(old);
  return *this;
}

Watchers::Handle Watchers::watch(std::uint64_t topic, boost::asio::any_io_executor executor,
                                 std::function<void()> on_change) {
  auto watch = std::make_unique<Watch>(Watch{topic, {}, std::move(on_change)});
  std::lock_guard lock(table_->mutex);
  watch->loop = loop_of(table_, executor);
  table_->topics[topic].push_back(*watch);
  ++watch->loop->watches;
  return Handle(watch.release());
}

void Watchers::publish(std::vector<std::uint64_t> const& topics) {
  std::vector<std::shared_ptr<Loop>> wake;
  {
    std::lock_guard lock(table_->mutex);
    for (auto topic : topics) {
      auto const found = table_->topics.find(topic);
      if (found == table_->topics.end()) continue;
      for (auto& watch : found->second) {
        if (watch.of_pending.is_linked()) continue;
        watch.loop->pending.push_back(watch);
        if (!std::exchange(watch.loop->posted, true)) wake.push_back(watch.loop);
      }
    }
  }
  for (auto& loop : wake) {
    auto const executor = loop->executor;
    boost::asio::post(executor, [loop = std::move(loop)] { call_pending(*loop); });
  }
}

}  // namespace mc::store
