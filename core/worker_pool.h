// core/worker_pool.h - a few threads with 8 MiB stacks for slow or deep work:
// password hashing, parsing of large messages.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <vector>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace mc {

class WorkerPool {
 public:
  explicit WorkerPool(unsigned threads);
  ~WorkerPool();  // stop()
  WorkerPool(WorkerPool const&) = delete;
  WorkerPool& operator=(WorkerPool const&) = delete;

  void post(std::function<void()> job);
  // Runs what is queued, then ends the threads; jobs posted later never run. Requires: called by the
  // owner, before the executors that jobs resume on are destroyed.
  void stop();

  // Runs `job` on a worker and resumes the caller, on its own executor, with what it
  // returned; an exception is rethrown there. `job` must outlive the call: name it.
  // Suspends: yes. T must be default constructible and movable.
  template <class F>
  boost::asio::awaitable<std::invoke_result_t<F&>> run(F& job) {
    using T = std::invoke_result_t<F&>;
    std::optional<T> value;
    std::exception_ptr fault;
    co_await boost::asio::async_initiate<decltype(boost::asio::use_awaitable), void()>(
        [&](auto handler) {
          auto shared = std::make_shared<decltype(handler)>(std::move(handler));
          post([&, shared] {
            try {
              value.emplace(job());
            } catch (...) {
              fault = std::current_exception();
            }
            auto executor = boost::asio::get_associated_executor(*shared);
            boost::asio::post(executor, [shared]() mutable { std::move (*shared)(); });
          });
        },
        boost::asio::use_awaitable);
    if (fault) std::rethrow_exception(fault);
    co_return std::move(*value);
  }

 private:
  static void* thread_main(void* self);
  void work();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  bool stopping_ = false;
  std::vector<pthread_t> threads_;
};

}  // namespace mc
