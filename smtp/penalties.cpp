#include "smtp/penalties.h"

#include <algorithm>

#include "core/text.h"

namespace mc::smtp {

std::string Penalties::key(std::optional<boost::asio::ip::address> const& ip, std::string_view login) {
  if (!ip) return "login " + to_lower(login);
  if (ip->is_v4()) return ip->to_string();
  auto octets = ip->to_v6().to_bytes();
  std::fill(octets.begin() + 8, octets.end(), static_cast<unsigned char>(0));
  return boost::asio::ip::address_v6(octets).to_string() + "/64";
}

unsigned Penalties::current(Entry const& entry, net::SteadyTime now) const {
  auto const taken_back = (now - entry.since) / config_.forgiven;
  return taken_back >= entry.count ? 0 : entry.count - static_cast<unsigned>(taken_back);
}

unsigned Penalties::count(std::string const& key, net::SteadyTime now) const {
  std::lock_guard lock(mutex_);
  auto const found = index_.find(key);
  return found == index_.end() ? 0 : current(*found->second, now);
}

unsigned Penalties::add(std::string const& key, net::SteadyTime now) {
  std::lock_guard lock(mutex_);
  if (auto const found = index_.find(key); found != index_.end()) {
    Entry& entry = *found->second;
    unsigned const before = current(entry, now);
    entry.count = before + 1;
    entry.since = now;
    oldest_first_.splice(oldest_first_.end(), oldest_first_, found->second);
    return before;
  }
  if (oldest_first_.size() >= config_.capacity) {
    index_.erase(oldest_first_.front().key);
    oldest_first_.pop_front();
  }
  Place const place = oldest_first_.insert(oldest_first_.end(), Entry{key, 1, now});
  index_.emplace(place->key, place);
  return 0;
}

std::size_t Penalties::size() const {
  std::lock_guard lock(mutex_);
  return oldest_first_.size();
}

}  // namespace mc::smtp
