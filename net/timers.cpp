#include "net/timers.h"

namespace mc::net {

Deadline::Deadline(asio::io_context& context) : timers_(asio::use_service<Timers>(context)) {}

Deadline::~Deadline() {
  timers_.remove(*this);
}

void Deadline::arm(SteadyTime due) {
  due_ = due;
  if (due == never || (hook_.is_linked() && filed_ <= due)) return;
  timers_.file(*this);
}

Timers::Timers(asio::execution_context& context)
    : asio::execution_context::service(context), timer_(static_cast<asio::io_context&>(context)) {}

void Timers::shutdown() {
  shut_down_ = true;
}

void Timers::file(Deadline& deadline) {
  if (deadline.hook_.is_linked()) tree_.erase(tree_.iterator_to(deadline));
  deadline.filed_ = deadline.due_;
  tree_.insert(deadline);
  if (deadline.filed_ < sleeping_until_) sleep();
}

void Timers::remove(Deadline& deadline) {
  if (!deadline.hook_.is_linked()) return;
  tree_.erase(tree_.iterator_to(deadline));
  if (!tree_.empty() || firing_ || shut_down_) return;
  timer_.cancel();  // nothing left to wait for must not keep the context running
  sleeping_until_ = never;
}

void Timers::sleep() {
  if (firing_ || shut_down_ || tree_.empty()) return;
  sleeping_until_ = tree_.begin()->filed_;
  timer_.expires_at(sleeping_until_);
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error) fire();
  });
}

void Timers::fire() {
  auto const now = std::chrono::steady_clock::now();
  firing_ = true;
  while (!tree_.empty() && tree_.begin()->filed_ <= now) {
    Deadline& first = *tree_.begin();
    tree_.erase(tree_.begin());
    if (first.due_ == never) continue;
    if (first.due_ > now) {
      file(first);
      continue;
    }
    first.due_ = never;
    first.on_deadline();
  }
  firing_ = false;
  sleeping_until_ = never;
  sleep();
}

}  // namespace mc::net
