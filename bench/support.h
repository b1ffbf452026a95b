// support.h - what every load generator needs: options, a clock, sockets, figures.
//
// The tools measure other programs, so they share nothing with the gateway. A tool
// prints one JSON object to standard output and exits 0; whatever is not exactly as
// expected ends in fail(), one line on standard error and exit 1. A wrong answer
// given quickly must never look like a good result.
#pragma once

#include <netinet/in.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mc::bench {

using Clock = std::chrono::steady_clock;

// Milliseconds between two readings of the monotonic clock.
double ms_between(Clock::time_point from, Clock::time_point to);

struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};
[[noreturn]] void fail(std::string const& what);
[[noreturn]] void fail_errno(std::string const& what);

// Runs `body`; a Failure becomes "<tool>: <what>" on standard error. The exit status.
int run_tool(char const* tool, void (*body)(int, char**), int argc, char** argv);

// `--name value` pairs. Every option has a default; an unknown one is an error.
class Options {
 public:
  using Table = std::vector<std::pair<std::string, std::string>>;  // name, default
  Options(int argc, char** argv, Table const& table);

  std::string const& text(std::string const& name) const;
  long number(std::string const& name) const;
  double real(std::string const& name) const;

 private:
  std::map<std::string, std::string> values_;
};

// "user%02d" and 7 -> "user07". Requires: one %d conversion, or none at all.
std::string numbered(std::string const& pattern, long number);

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept;
  ~UniqueFd();

  int get() const { return fd_; }

 private:
  int fd_ = -1;
};

// "127.0.0.1:143". Fails: anything but an IPv4 address and a port.
sockaddr_in parse_address(std::string const& text);

// A connected TCP socket without Nagle's delay. `source_host` 0 lets the system
// choose; otherwise it is the IPv4 address (host order) to connect from.
UniqueFd connect_to(sockaddr_in const& address, std::uint32_t source_host = 0);

void set_nonblocking(int fd);

// Writes all of `data` to a blocking socket.
void send_all(int fd, std::string_view data);

// The q-quantile (0..1) of `values`, nearest rank; 0 of none.
double quantile(std::vector<double> values, double q);

// Seconds of processor time this process has used.
double own_cpu_seconds();

// One JSON object, written in the order given.
class JsonObject {
 public:
  JsonObject& add(std::string_view name, double value);
  JsonObject& add(std::string_view name, std::string_view value);
  JsonObject& add(std::string_view name, JsonObject const& value);
  std::string text() const { return "{" + body_ + "}"; }

 private:
  JsonObject& raw(std::string_view name, std::string_view value);
  std::string body_;
};

}  // namespace mc::bench
