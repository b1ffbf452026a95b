#include "net/io_pool.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <stdexcept>
#include <thread>

#include "core/log.h"

namespace mc::net {

namespace {

constexpr std::size_t stack_octets = 8u << 20;
thread_local std::optional<std::size_t> this_index;

// The ways in which connections end every day.
bool is_ordinary_end(boost::system::error_code const& error) {
  namespace e = asio::error;
  return error == e::operation_aborted || error == e::timed_out || error == e::connection_reset ||
         error == e::broken_pipe || error == e::eof;
}

}  // namespace

IoPool::IoPool(unsigned threads) {
  if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency());
  ::signal(SIGPIPE, SIG_IGN);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, stack_octets);
  for (std::size_t i = 0; i < threads; ++i) {
    auto& lane = *lanes_.emplace_back(std::make_unique<Lane>());
    lane.index = i;
    if (pthread_create(&lane.thread, &attributes, &IoPool::thread_main, &lane) != 0) {
      lanes_.pop_back();
      break;
    }
  }
  pthread_attr_destroy(&attributes);
  if (lanes_.size() == threads) return;
  stop();
  join();
  throw std::runtime_error("cannot start an I/O thread");
}

IoPool::~IoPool() {
  stop();
  join();
  for (auto& lane : lanes_) lane->context.destroy_handlers();
}

void* IoPool::thread_main(void* lane_pointer) {
  Lane& lane = *static_cast<Lane*>(lane_pointer);
  this_index = lane.index;
  for (;;) {
    try {
      lane.context.run();
      return nullptr;
    } catch (std::exception const& e) {
      log_error("handler threw", {{"thread", lane.index}, {"what", e.what()}});
    } catch (...) {
      log_error("handler threw", {{"thread", lane.index}});
    }
  }
}

std::optional<std::size_t> IoPool::current_index() {
  return this_index;
}

std::size_t IoPool::least_loaded() const {
  auto const fewest = std::min_element(lanes_.begin(), lanes_.end(), [](auto const& a, auto const& b) {
    return a->sessions.load(std::memory_order_relaxed) < b->sessions.load(std::memory_order_relaxed);
  });
  return (*fewest)->index;
}

void IoPool::stop() {
  for (auto& lane : lanes_) lane->context.stop();
}

void IoPool::join() {
  if (joined_) return;
  joined_ = true;
  for (auto& lane : lanes_) pthread_join(lane->thread, nullptr);
}

void log_escaped(std::string_view name, std::exception_ptr fault) {
  try {
    std::rethrow_exception(fault);
  } catch (boost::system::system_error const& e) {
    auto const level = is_ordinary_end(e.code()) ? LogLevel::debug : LogLevel::warning;
    log(level, "session ended", {{"session", name}, {"why", e.what()}});
  } catch (std::exception const& e) {
    log_error("session failed", {{"session", name}, {"what", e.what()}});
  } catch (...) {
    log_error("session failed", {{"session", name}});
  }
}

}  // namespace mc::net
