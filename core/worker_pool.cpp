#include "core/worker_pool.h"

#include <pthread.h>

#include <stdexcept>

namespace mc {

namespace {
constexpr std::size_t stack_octets = 8u << 20;
}

WorkerPool::WorkerPool(unsigned threads) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, stack_octets);
  for (unsigned i = 0; i < threads; ++i) {
    pthread_t id{};
    if (pthread_create(&id, &attributes, &WorkerPool::thread_main, this) != 0)
      throw std::runtime_error("cannot start a worker thread");
    threads_.push_back(id);
  }
  pthread_attr_destroy(&attributes);
}

WorkerPool::~WorkerPool() { stop(); }

void WorkerPool::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (pthread_t id : threads_) pthread_join(id, nullptr);
  threads_.clear();
}

void WorkerPool::post(std::function<void()> job) {
  {
    std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
}

void* WorkerPool::thread_main(void* self) {
  static_cast<WorkerPool*>(self)->work();
  return nullptr;
}

void WorkerPool::work() {
  for (;;) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [&] { return stopping_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job();
  }
}

}  // namespace mc
