// net/io_pool.h - the I/O threads: each runs its own single-threaded io_context.
//
// A connection is given to one context and lives there for good, so session code has no
// locks and no strands. What must reach a session from elsewhere is posted to its context.
//
// Thread rule: any thread, except that stop(), join() and the destructor belong to the owner.
#pragma once
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mc::net {

namespace asio = boost::asio;

class IoPool {
 public:
  // Starts `threads` threads with 8 MiB stacks (0: one for each core) and ignores SIGPIPE.
  explicit IoPool(unsigned threads);
  // stop() and join(), then destroys the coroutines that still wait, on all contexts, before any context
  // goes: they may refer to each other's. Whoever posts to the contexts (worker pool, store)
  // must be destroyed after join() and before this.
  ~IoPool();
  IoPool(IoPool const&) = delete;
  IoPool& operator=(IoPool const&) = delete;

  std::size_t size() const { return lanes_.size(); }
  asio::io_context& context(std::size_t index) { return lanes_[index]->context; }
  // Which of the contexts runs the calling thread; absent on any other thread.
  static std::optional<std::size_t> current_index();

  // The context with the fewest sessions (see Lease) at this moment.
  std::size_t least_loaded() const;

  // While it lives, counts as one session of a context.
  class Lease {
   public:
    Lease(IoPool& pool, std::size_t index) : count_(&pool.lanes_[index]->sessions) { ++*count_; }
    Lease(Lease&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (count_) --*count_;
    }

   private:
    std::atomic<std::size_t>* count_;
  };

  void stop();  // the contexts return from their current handler and run no other
  void join();  // waits until the threads have ended

 private:
  struct Context : asio::io_context {
    Context() : asio::io_context(1) {}
    void destroy_handlers() { shutdown(); }  // may be repeated; ~io_context does so
  };
  struct Lane {
    Lane() : guard(context.get_executor()) {}
    std::atomic<std::size_t> sessions{0};  // outlives the sessions in context
    Context context;
    asio::executor_work_guard<asio::io_context::executor_type> guard;
    std::size_t index = 0;
    pthread_t thread{};
  };
  static void* thread_main(void* lane);

  std::vector<std::unique_ptr<Lane>> lanes_;
  bool joined_ = false;
};

// Writes to the log what ended a session: quietly when the peer or we closed it or time ran
// out, as an error otherwise.
void log_escaped(std::string_view name, std::exception_ptr fault);

// Starts `session`, a callable that returns awaitable<void>, on `context`: the root at which
// whatever escapes it is caught and logged under `name`. Any thread.
template <class Session>
void spawn(asio::io_context& context, std::string name, Session session) {
  asio::co_spawn(context, std::move(session), [name = std::move(name)](std::exception_ptr fault) {
    if (fault) log_escaped(name, fault);
  });
}

}  // namespace mc::net
