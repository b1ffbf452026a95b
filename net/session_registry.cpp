#include "net/session_registry.h"

#include <boost/asio/post.hpp>

namespace mc::net {

struct SessionRegistry::Lane {
  explicit Lane(asio::io_context& c) : context(c) {}
  asio::io_context& context;
  std::vector<Stream*> streams;  // null: a free place
  std::vector<std::size_t> free_places;
};

std::shared_ptr<SessionRegistry::Lane> SessionRegistry::lane_of(asio::io_context& context) {
  std::lock_guard lock(mutex_);
  for (auto const& lane : lanes_)
    if (&lane->context == &context) return lane;
  return lanes_.emplace_back(std::make_shared<Lane>(context));
}

SessionRegistry::Entry::Entry(SessionRegistry& registry, Stream& stream)
    : lane_(registry.lane_of(stream.context())), place_(lane_->streams.size()) {
  if (lane_->free_places.empty()) {
    lane_->streams.push_back(&stream);
    return;
  }
  place_ = lane_->free_places.back();
  lane_->free_places.pop_back();
  lane_->streams[place_] = &stream;
}

SessionRegistry::Entry::~Entry() {
  lane_->streams[place_] = nullptr;
  lane_->free_places.push_back(place_);
}

void SessionRegistry::signal_all() {
  std::lock_guard lock(mutex_);
  for (auto const& lane : lanes_)
    asio::post(lane->context, [lane] {
      for (Stream* stream : lane->streams)
        if (stream) stream->signal();
    });
}

}  // namespace mc::net
