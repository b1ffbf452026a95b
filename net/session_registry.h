// net/session_registry.h - the connections of each I/O thread, so that their sessions can be woken.
//
// A session makes an Entry when it begins; signal_all() then calls Stream::signal() of every
// registered connection, on its own thread: stopping a server wakes the idle ones.
//
// Thread rule: make and destroy an Entry on the thread of its stream; signal_all() from any.
#pragma once
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "net/stream.h"

namespace mc::net {

class SessionRegistry {
 public:
  struct Lane;  // the connections of one thread; used there only
  class Entry {
   public:
    // Lifetime: `stream` outlives the Entry.
    Entry(SessionRegistry& registry, Stream& stream);
    ~Entry();
    Entry(Entry const&) = delete;
    Entry& operator=(Entry const&) = delete;

   private:
    std::shared_ptr<Lane> lane_;
    std::size_t place_;
  };
  // Requires: the contexts on which sessions ran still exist.
  void signal_all();

 private:
  std::shared_ptr<Lane> lane_of(asio::io_context& context);
  std::mutex mutex_;
  std::vector<std::shared_ptr<Lane>> lanes_;
};

}  // namespace mc::net
