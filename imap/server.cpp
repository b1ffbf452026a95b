#include "imap/server.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "imap/session.h"

namespace mc::imap {

bool LiteralBudget::try_take(std::uint64_t octets) {
  std::uint64_t left = left_.load();
  while (left >= octets)
    if (left_.compare_exchange_weak(left, left - octets)) return true;
  return false;
}

bool LiteralBudget::Share::try_cover(std::uint64_t octets) {
  if (octets <= taken_) return true;
  if (!budget_.try_take(octets - taken_)) return false;
  taken_ = octets;
  return true;
}

void LiteralBudget::Share::drop() {
  if (taken_) budget_.give_back(std::exchange(taken_, 0));
}

std::optional<FirstUnseenCache::Position> FirstUnseenCache::find(MailboxId mailbox, ModSeq highest) const {
  std::lock_guard lock(mutex_);
  auto known = known_.find(mailbox);
  if (known == known_.end() || known->second.highest != highest) return std::nullopt;
  return known->second.position;
}

void FirstUnseenCache::put(MailboxId mailbox, ModSeq highest, Position position) {
  std::lock_guard lock(mutex_);
  if (known_.size() >= most) known_.clear();
  known_[mailbox] = Known{highest, position};
}

Uid RecentClaims::unclaimed_from(MailboxId mailbox, Uid stored) const {
  std::lock_guard lock(mutex_);
  auto claimed = claimed_to_.find(mailbox);
  return claimed == claimed_to_.end() ? stored : claimed->second;
}

Uid RecentClaims::claim(MailboxId mailbox, Uid stored, Uid next) {
  std::lock_guard lock(mutex_);
  if (claimed_to_.size() >= most) claimed_to_.clear();
  Uid& claimed = claimed_to_.try_emplace(mailbox, stored).first->second;
  return std::exchange(claimed, std::max(claimed, next));
}

struct SessionRegistry::Lane {
  explicit Lane(asio::io_context& c) : context(c) {}
  asio::io_context& context;
  std::vector<Session*> sessions;  // null: a free place
  std::vector<std::size_t> free_places;
};

std::shared_ptr<SessionRegistry::Lane> SessionRegistry::lane_of(asio::io_context& context) {
  std::lock_guard lock(mutex_);
  for (auto const& lane : lanes_)
    if (&lane->context == &context) return lane;
  return lanes_.emplace_back(std::make_shared<Lane>(context));
}

SessionRegistry::Entry::Entry(SessionRegistry& registry, Session& session, asio::io_context& context)
    : lane_(registry.lane_of(context)) {
  if (lane_->free_places.empty()) {
    place_ = lane_->sessions.size();
    lane_->sessions.push_back(nullptr);
  } else {
    place_ = lane_->free_places.back();
    lane_->free_places.pop_back();
  }
  lane_->sessions[place_] = &session;
}

SessionRegistry::Entry::~Entry() {
  lane_->sessions[place_] = nullptr;
  lane_->free_places.push_back(place_);
}

void SessionRegistry::stop_all() {
  std::lock_guard lock(mutex_);
  for (auto const& lane : lanes_)
    asio::post(lane->context, [lane] {
      for (Session* session : lane->sessions)
        if (session) session->stop();
    });
}

namespace {
asio::awaitable<void> run_session(ServerContext& server, std::unique_ptr<net::Stream> stream,
                                  bool implicit_tls) {
  Session session(server, std::move(stream), implicit_tls);
  co_await session.run();
}
}  // namespace

// No coroutine itself: the Listener may be gone before its sessions are.
net::Session make_session(ServerContext& server, bool implicit_tls) {
  return [&server, implicit_tls](std::unique_ptr<net::Stream> stream) {
    return run_session(server, std::move(stream), implicit_tls);
  };
}

std::string refusal_line(net::Refusal reason) {
  return reason == net::Refusal::too_many ? "* BYE [UNAVAILABLE] Too many connections, try again later\r\n"
                                          : "* BYE [LIMIT] Too many connections from your address\r\n";
}

void stop_sessions(ServerContext& server) {
  server.stopping = true;
  server.sessions.stop_all();
}

}  // namespace mc::imap
