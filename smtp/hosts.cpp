#include "smtp/hosts.h"

#include <algorithm>

namespace mc::smtp {

namespace {

constexpr Millis first_pause = std::chrono::seconds(1), longest_pause = std::chrono::minutes(1);
constexpr std::size_t most_known = 10'000;

}  // namespace

Hosts::Host const* Hosts::find(std::string const& name) const {
  auto at = hosts_.find(name);
  return at == hosts_.end() ? nullptr : &at->second;
}

std::optional<std::size_t> Hosts::pick(std::vector<std::string> const& names, net::SteadyTime now) const {
  for (std::size_t i = 0; i < names.size(); ++i) {
    Host const* host = find(names[i]);
    if (!host || host->failures == 0) return i;
    if (host->connected > 0 && host->retry_at > now) return std::nullopt;  // it is only full
    if (host->retry_at <= now && host->opening == 0) return i;
  }
  return std::nullopt;
}

bool Hosts::is_surpassed(std::vector<std::string> const& names, std::size_t index, net::SteadyTime now) const {
  for (std::size_t i = 0; i < std::min(index, names.size()); ++i) {
    Host const* host = find(names[i]);
    if (!host || host->failures == 0 || (host->retry_at <= now && host->opening == 0)) return true;
  }
  return false;
}

void Hosts::opened(std::string const& name) {
  Host& host = hosts_[name];
  if (host.opening > 0) --host.opening;
  ++host.connected;
  host.failures = 0;
  host.retry_at = {};
  host.trouble.clear();
}

void Hosts::failed(std::string const& name, std::string const& why, net::SteadyTime now, Time at) {
  Host& host = hosts_[name];
  if (host.opening > 0) --host.opening;
  Millis const whole = std::min(longest_pause, first_pause * (1u << std::min(host.failures, 6u)));
  std::uniform_int_distribution<Millis::rep> jitter(whole.count() / 2, whole.count());
  host.retry_at = now + Millis(jitter(random_));
  if (host.failures++ == 0) host.since = at;
  host.trouble = why;
  if (hosts_.size() > most_known) forget_some(now);
}

void Hosts::closed(std::string const& name) {
  auto at = hosts_.find(name);
  if (at == hosts_.end()) return;
  Host& host = at->second;
  if (host.connected > 0) --host.connected;
  if (host.connected == 0 && host.opening == 0 && host.failures == 0) hosts_.erase(at);
}

net::SteadyTime Hosts::next_try(std::vector<std::string> const& names, net::SteadyTime now) const {
  if (pick(names, now)) return now;
  net::SteadyTime first = net::never;
  for (std::string const& name : names)
    if (Host const* host = find(name); host && host->retry_at > now) first = std::min(first, host->retry_at);
  return first;
}

std::size_t Hosts::connected(std::string const& name) const {
  Host const* host = find(name);
  return host ? host->connected : 0;
}

std::size_t Hosts::connected() const {
  std::size_t count = 0;
  for (auto const& [name, host] : hosts_) count += host.connected;
  return count;
}

void Hosts::forgive() {
  for (auto& [name, host] : hosts_) host.retry_at = {};
}

Hosts::State Hosts::state(std::string const& name, net::SteadyTime now) const {
  State out;
  out.name = name;
  Host const* host = find(name);
  if (!host) return out;
  out.well = host->failures == 0;
  out.connections = host->connected;
  out.failures = host->failures;
  out.since = host->since;
  out.trouble = host->trouble;
  if (host->retry_at > now) out.retry_in = std::chrono::ceil<Millis>(host->retry_at - now);
  return out;
}

std::vector<Hosts::State> Hosts::troubles(net::SteadyTime now, std::size_t most) const {
  std::vector<State> out;
  for (auto const& [name, host] : hosts_)
    if (host.failures > 0 && out.size() < most) out.push_back(state(name, now));
  return out;
}

void Hosts::forget_some(net::SteadyTime now) {
  std::erase_if(hosts_, [&](auto const& entry) {
    Host const& host = entry.second;
    return host.opening == 0 && host.connected == 0 && host.retry_at <= now;
  });
}

}  // namespace mc::smtp
