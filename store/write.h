// store/write.h - the templates of store.h: an operation around a caller's function.
#pragma once
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/prefer.hpp>
#include <condition_variable>
#include <mutex>

#include "store/store.h"

namespace mc::store {
namespace detail {

template <class T>
struct IsResult : std::false_type {};
template <class T>
struct IsResult<Result<T>> : std::true_type {};

// Runs `f`, which the waiting caller keeps, and holds its last result.
template <class F>
class FunctionWrite : public WriteOperation {
 public:
  using R = std::invoke_result_t<F&, Transaction&>;
  static_assert(!IsAwaitable<R>::value, "a transaction must not span a suspension: no coroutines here");
  static_assert(IsResult<R>::value, "a write returns Result<T>");

  FunctionWrite(F& f, Effect effect) : WriteOperation(effect), f_(f) {}
  bool run(Transaction& tx) override {
    result_.reset();
    result_.emplace(f_(tx));
    return result_->has_value();
  }
  void fail(Error error) override { result_.emplace(std::move(error)); }

 protected:
  F& f_;
  std::optional<R> result_;
};

// Resumes a completion handler. Owns it, and so the suspended coroutine, until then.
template <class F, class Handler>
class HandlerWrite final : public FunctionWrite<F> {
 public:
  HandlerWrite(F& f, Effect effect, Handler handler)
      : FunctionWrite<F>(f, effect),
        executor_(
            boost::asio::prefer(boost::asio::any_io_executor(boost::asio::get_associated_executor(handler)),
                                boost::asio::execution::outstanding_work.tracked)),
        handler_(std::move(handler)) {}

  boost::asio::any_io_executor executor() const override { return executor_; }
  void complete() override {
    auto handler = std::move(handler_);
    auto result = std::move(*this->result_);
    delete this;  // the memory is free before the caller goes on
    std::move(handler)(std::move(result));
  }
  void abandon() noexcept override { delete this; }

 private:
  boost::asio::any_io_executor executor_;  // counts as work: the context waits for the commit
  Handler handler_;
};

// Wakes a waiting thread.
template <class F>
class ThreadWrite final : public FunctionWrite<F> {
 public:
  using FunctionWrite<F>::FunctionWrite;

  boost::asio::any_io_executor executor() const override { return {}; }
  void complete() override {
    std::lock_guard lock(mutex_);
    done_ = true;
    wake_.notify_one();  // under the lock: the waiter destroys *this
  }
  void abandon() noexcept override { complete(); }
  typename FunctionWrite<F>::R wait() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [&] { return done_; });
    return std::move(*this->result_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
};

// Begins when the caller awaits. Has no cancellation: what is queued is waited for.
template <class F>
boost::asio::awaitable<std::invoke_result_t<F&, Transaction&>> write(Store* store, F* f, Effect effect) {
  using R = std::invoke_result_t<F&, Transaction&>;
  auto begin = [](auto handler, Store* to, F* function, Effect what) {
    to->submit(new HandlerWrite<F, decltype(handler)>(*function, what, std::move(handler)));
  };
  return boost::asio::async_initiate<decltype(boost::asio::use_awaitable), void(R)>(
      std::move(begin), boost::asio::use_awaitable, store, f, effect);
}

}  // namespace detail

template <class F>
boost::asio::awaitable<std::invoke_result_t<F&, Transaction&>> Store::write(F& f) {
  return detail::write(this, &f, Effect::grows);
}

template <class F>
boost::asio::awaitable<std::invoke_result_t<F&, Transaction&>> Store::write_shrinking(F& f) {
  return detail::write(this, &f, Effect::shrinks);
}

template <class F>
std::invoke_result_t<F&, Transaction&> Store::write_and_wait(F&& f, Effect effect) {
  check_may_wait();
  detail::ThreadWrite<std::remove_reference_t<F>> op(f, effect);
  submit(&op);
  return op.wait();
}

}  // namespace mc::store
