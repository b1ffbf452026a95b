// store/watchers.h - who is told when a commit changed something.
//
// A session registers for topics (a mailbox id; or topic::outbox …) on its own I/O thread
// and is called there, once per commit at most, after the commit is on disk. The callback
// only takes note (sets a flag, signals a stream): it must not block or throw.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "core/ids.h"

namespace mc::store {

namespace topic {
constexpr std::uint64_t outbox = ~std::uint64_t{0};        // something became due or was queued
constexpr std::uint64_t accounts = ~std::uint64_t{0} - 1;  // a password, a state, an address changed
constexpr std::uint64_t policy = ~std::uint64_t{0} - 2;
constexpr std::uint64_t user_mailboxes(UserId user) {  // a mailbox made, renamed, deleted, subscribed
  return (std::uint64_t{1} << 63) | user.value;
}
constexpr std::uint64_t mailbox(MailboxId id) {
  return id.value;
}
}  // namespace topic

struct Watch;  // watchers.cpp
struct WatchTable;

class Watchers {
 public:
  Watchers();
  ~Watchers();
  Watchers(Watchers const&) = delete;
  Watchers& operator=(Watchers const&) = delete;

  // One registration, some 150 octets in all. It ends with its destruction, on the thread where
  // it is called (from within its own call, too): no call comes after that. May outlive the
  // Watchers.
  class Handle {
   public:
    Handle() = default;
    ~Handle();
    Handle(Handle&&) noexcept;
    Handle& operator=(Handle&&) noexcept;

   private:
    friend class Watchers;
    explicit Handle(Watch* watch) : watch_(watch) {}
    Watch* watch_ = nullptr;
  };

  // `on_change` runs on `executor`'s thread. A change committed before watch() returns may or
  // may not be told; read after registering and nothing is missed. Several commits may be told
  // by one call. Requires: few different executors (one a thread), none that counts as work.
  Handle watch(std::uint64_t topic, boost::asio::any_io_executor executor, std::function<void()> on_change);

  // By the writer thread, after a commit. Cost grows with the watchers of these topics; one
  // function is posted to each of their executors.
  void publish(std::vector<std::uint64_t> const& topics);

 private:
  std::shared_ptr<WatchTable> table_;
};

}  // namespace mc::store
