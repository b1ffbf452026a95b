#include "smtp/destinations.h"

#include <algorithm>
#include <utility>

namespace mc::smtp {

namespace {

constexpr unsigned bad_before_pause = 3;
constexpr std::size_t lines_of_all = 5;  // times one domain's line

}  // namespace

bool Destinations::wants(std::string_view domain) const {
  if (waiting_ >= lines_of_all * limits_.in_line) return false;
  auto at = domains_.find(domain);
  return at == domains_.end() || at->second.line.size() < limits_.in_line;
}

std::optional<Millis> Destinations::add(OutboxId id, std::string const& domain, net::SteadyTime now) {
  if (Millis const left = pause(domain, now); left > Millis(0)) return left;
  auto at = domains_.try_emplace(domain).first;
  at->second.line.push_back(id);
  ++waiting_;
  settle(at);
  return std::nullopt;
}

void Destinations::forgive(std::string const& domain) {
  if (auto at = domains_.find(domain); at != domains_.end()) at->second.paused_until = {};
}

std::optional<Destinations::Turn> Destinations::next() {
  if (turns_.empty()) return std::nullopt;
  auto at = domains_.find(turns_.front());
  turns_.splice(turns_.end(), turns_, turns_.begin());  // the others first
  std::string const domain = at->first;
  auto id = take(at);
  if (!id) return std::nullopt;
  return Turn{*id, domain};
}

std::optional<OutboxId> Destinations::next_of(std::string const& domain) {
  auto at = domains_.find(domain);
  return at == domains_.end() || room(at->second) == 0 ? std::nullopt : take(at);
}

std::optional<OutboxId> Destinations::take(Map::iterator at) {
  Domain& d = at->second;
  if (d.line.empty()) return std::nullopt;
  OutboxId const id = d.line.front();
  d.line.pop_front();
  --waiting_;
  ++d.under_way;
  settle(at);
  return id;
}

void Destinations::put_back(OutboxId id, std::string const& domain) {
  auto at = domains_.try_emplace(domain).first;
  at->second.line.push_front(id);
  ++waiting_;
  if (at->second.under_way > 0) --at->second.under_way;
  settle(at);
}

bool Destinations::done(std::string const& domain, Answer answer, std::string_view words, net::SteadyTime now) {
  auto at = domains_.find(domain);
  if (at == domains_.end()) return false;
  Domain& d = at->second;
  if (d.under_way > 0) --d.under_way;
  if (answer == Answer::good) {
    d.bad = d.pauses = 0;
    d.paused_until = {};
    d.trouble.clear();
    if (d.at_once != ~0u && ++d.at_once >= limits_.at_once) d.at_once = ~0u;
  } else if (answer != Answer::none) {
    ++d.bad;
    d.trouble = words.substr(0, 300);
    d.at_once = std::max(1u, std::min(d.at_once, limits_.at_once) / 2);
  }
  bool const paused = d.paused_until > now;
  bool const begins = !paused && (answer == Answer::in_trouble ||
                                  (answer == Answer::not_now && (d.pauses > 0 || d.bad >= bad_before_pause)));
  if (begins) begin_pause(d, now);
  settle(at);
  return begins;
}

void Destinations::begin_pause(Domain& d, net::SteadyTime now) {
  Millis whole = limits_.first_pause;
  for (unsigned i = 0; i < d.pauses && whole < limits_.longest_pause; ++i) whole *= 2;
  whole = std::min(whole, limits_.longest_pause);
  std::uniform_int_distribution<Millis::rep> jitter(whole.count() / 2, whole.count());
  d.paused_until = now + Millis(jitter(random_));
  ++d.pauses;
  d.at_once = 1;
}

std::vector<OutboxId> Destinations::take_line(std::string const& domain) {
  auto at = domains_.find(domain);
  if (at == domains_.end()) return {};
  std::vector<OutboxId> out(at->second.line.begin(), at->second.line.end());
  at->second.line.clear();
  waiting_ -= out.size();
  settle(at);
  return out;
}

std::vector<OutboxId> Destinations::take_all() {
  std::vector<std::string> names;
  for (auto const& [name, d] : domains_) names.push_back(name);
  std::vector<OutboxId> out;
  for (std::string const& name : names)
    for (OutboxId id : take_line(name)) out.push_back(id);
  return out;
}

std::string Destinations::trouble(std::string const& domain) const {
  auto at = domains_.find(domain);
  return at == domains_.end() ? std::string() : at->second.trouble;
}

Millis Destinations::pause(std::string const& domain, net::SteadyTime now) const {
  auto at = domains_.find(domain);
  if (at == domains_.end() || at->second.paused_until <= now) return Millis(0);
  return std::chrono::ceil<Millis>(at->second.paused_until - now);
}

std::vector<std::pair<std::string, std::size_t>> Destinations::ready(std::size_t most) const {
  std::vector<std::pair<std::string, std::size_t>> out;
  for (std::string const& domain : turns_) {
    if (out.size() >= most) break;
    out.emplace_back(domain, domains_.find(domain)->second.counted);
  }
  return out;
}

std::size_t Destinations::under_way(std::string const& domain) const {
  auto at = domains_.find(domain);
  return at == domains_.end() ? 0 : at->second.under_way;
}

std::vector<Destinations::Trouble> Destinations::troubles(net::SteadyTime now, std::size_t most) const {
  std::vector<Trouble> out;
  for (auto const& [name, d] : domains_)
    if (d.pauses > 0 && out.size() < most) out.push_back({name, d.pauses, pause(name, now), d.trouble});
  return out;
}

std::size_t Destinations::room(Domain const& d) const {
  unsigned const limit = std::min(d.at_once, limits_.at_once);
  return std::min<std::size_t>(d.line.size(), limit > d.under_way ? limit - d.under_way : 0);
}

void Destinations::settle(Map::iterator at) {
  Domain& d = at->second;
  std::size_t const now = room(d);
  may_go_ = may_go_ - d.counted + now;
  d.counted = now;
  if (now > 0 && !d.turn) d.turn = turns_.insert(turns_.end(), at->first);
  if (now == 0 && d.turn) {
    turns_.erase(*d.turn);
    d.turn.reset();
  }
  bool const idle = d.line.empty() && d.under_way == 0;
  if (idle && d.bad == 0 && d.pauses == 0)
    domains_.erase(at);
  else if (domains_.size() > 2 * limits_.remembered)
    forget_some();
}

// Of those without mail: the ones whose pause ended first.
void Destinations::forget_some() {
  std::vector<std::pair<net::SteadyTime, std::string>> idle;
  for (auto const& [name, d] : domains_)
    if (d.line.empty() && d.under_way == 0) idle.emplace_back(d.paused_until, name);
  std::sort(idle.begin(), idle.end());
  std::size_t const keep = std::min(limits_.remembered, idle.size());
  for (std::size_t i = 0; i + keep < idle.size(); ++i) domains_.erase(idle[i].second);
}

}  // namespace mc::smtp
