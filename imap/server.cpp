#include "imap/server.h"

#include <utility>

#include "imap/session.h"

namespace mc::imap {

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
  server.sessions.signal_all();
}

}  // namespace mc::imap
