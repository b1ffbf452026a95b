#include "gateway/policy_watch.h"

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "core/log.h"
#include "gateway/policy_file.h"
#include "net/io_pool.h"

namespace mc::gateway {

namespace {

namespace asio = boost::asio;

constexpr auto settling = std::chrono::milliseconds(200);  // an editor's or a copy's several steps
constexpr int most_settling = 10;                          // a directory that is never quiet
constexpr std::uint32_t events = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ATTRIB;

// What tells one state of a file from another without reading it; all zero: there is none.
struct Signature {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  std::int64_t modified = 0, changed = 0;  // ns
  bool operator==(Signature const&) const = default;
};
using Signatures = std::array<Signature, 2>;  // of the policy file and of the cases

std::int64_t nanoseconds(timespec const& t) { return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec; }

Signature signature_of(std::string const& file) {
  struct stat found {};
  if (::stat(file.c_str(), &found) != 0) return {};
  return {found.st_dev, found.st_ino, found.st_size, nanoseconds(found.st_mtim), nanoseconds(found.st_ctim)};
}

std::string directory_of(std::string const& file) {
  std::string directory = std::filesystem::path(file).parent_path().string();
  return directory.empty() ? "." : directory;
}

}  // namespace

struct PolicyWatch::State {
  State(asio::io_context& io, WorkerPool& w, std::string f, std::function<void()> c)
      : inotify(io), pause(io), workers(w), file(std::move(f)), tests(tests_beside(file)), changed(std::move(c)) {}

  bool open();
  // The directory of the name and, if it is a link, of what it leads to; again each time: either may be new.
  bool watch_directories();
  bool drain();  // were there events?
  bool look();   // on a worker, while nothing else is under way: the file system may be slow

  asio::posix::stream_descriptor inotify;
  asio::steady_timer pause;
  WorkerPool& workers;
  std::string const file, tests;
  std::function<void()> const changed;
  std::atomic<bool> stopping{false};
  Signatures seen{};
};

bool PolicyWatch::State::open() {
  int fd = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (fd >= 0) inotify.assign(fd);
  if (fd >= 0 && watch_directories()) return true;
  log_warning("policy_not_watched", {{"file", file}, {"reason", std::strerror(errno)}, {"instead", "use SIGHUP"}});
  return false;
}

bool PolicyWatch::State::watch_directories() {
  bool watched = ::inotify_add_watch(inotify.native_handle(), directory_of(file).c_str(), events) >= 0;
  std::string target = directory_of(real_path(file));
  if (target != directory_of(file)) ::inotify_add_watch(inotify.native_handle(), target.c_str(), events);
  return watched;
}

bool PolicyWatch::State::drain() {
  char events_read[4096];
  bool any = false;
  while (::read(inotify.native_handle(), events_read, sizeof events_read) > 0) any = true;
  return any;
}

bool PolicyWatch::State::look() {
  if (stopping) return false;
  if (!watch_directories())
    log_warning("policy_not_watched", {{"file", file}, {"reason", "its directory is gone"}, {"instead", "use SIGHUP"}});
  Signatures now{signature_of(file), signature_of(tests)};
  if (now == seen) return false;
  seen = now;
  changed();
  return true;
}

namespace {

// `state`: of PolicyWatch, which this namespace cannot name.
template <class State>
asio::awaitable<void> watch(std::shared_ptr<State> state) {
  auto look = [&] { return state->look(); };
  boost::system::error_code error;
  while (!state->stopping && !error) {
    co_await state->workers.run(look);
    co_await state->inotify.async_wait(asio::posix::stream_descriptor::wait_read,
                                       asio::redirect_error(asio::use_awaitable, error));
    for (int i = 0; i < most_settling && state->drain() && !state->stopping; ++i) {
      state->pause.expires_after(settling);
      co_await state->pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
    }
  }
}

}  // namespace

PolicyWatch::PolicyWatch(asio::io_context& io, WorkerPool& workers, std::string policy_file,
                         std::function<void()> changed)
    : state_(std::make_shared<State>(io, workers, std::move(policy_file), std::move(changed))) {
  if (!state_->open()) return;
  auto run = [state = state_]() -> asio::awaitable<void> { return watch(state); };
  net::spawn(io, "policy-watch", std::move(run));
}

PolicyWatch::~PolicyWatch() { stop(); }

void PolicyWatch::stop() {
  if (state_->stopping.exchange(true)) return;
  asio::post(state_->pause.get_executor(), [state = state_] {
    boost::system::error_code ignored;
    state->pause.cancel();
    state->inotify.cancel(ignored);
  });
}

}  // namespace mc::gateway
