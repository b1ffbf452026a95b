#include "bench/support.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstring>

namespace mc::bench {

double ms_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

void fail(std::string const& what) {
  throw Failure(what);
}
void fail_errno(std::string const& what) {
  throw Failure(what + ": " + std::strerror(errno));
}

int run_tool(char const* tool, void (*body)(int, char**), int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  try {
    body(argc, argv);
    return 0;
  } catch (std::exception const& e) {
    std::fprintf(stderr, "%s: %s\n", tool, e.what());
    return 1;
  }
}

Options::Options(int argc, char** argv, Table const& table) {
  values_.insert(table.begin(), table.end());
  for (int i = 1; i < argc; i += 2) {
    std::string_view name = argv[i];
    if (!name.starts_with("--") || !values_.contains(std::string(name.substr(2))))
      fail("unknown option " + std::string(name));
    if (i + 1 == argc) fail("no value for " + std::string(name));
    values_[std::string(name.substr(2))] = argv[i + 1];
  }
}

std::string const& Options::text(std::string const& name) const {
  return values_.at(name);
}

long Options::number(std::string const& name) const {
  std::string const& value = text(name);
  long result = 0;
  auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), result);
  if (error != std::errc() || end != value.data() + value.size()) fail("--" + name + " wants a whole number");
  return result;
}

double Options::real(std::string const& name) const {
  std::string const& value = text(name);
  double result = 0;
  auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), result);
  if (error != std::errc() || end != value.data() + value.size()) fail("--" + name + " wants a number");
  return result;
}

std::string numbered(std::string const& pattern, long number) {
  std::size_t const at = pattern.find('%');
  if (at == std::string::npos) return pattern;
  std::size_t const end = pattern.find('d', at);
  if (end == std::string::npos) fail("the pattern " + pattern + " has no %d");
  std::size_t width = 0;
  std::from_chars(pattern.data() + at + 1, pattern.data() + end, width);
  std::string digits = std::to_string(number);
  if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
  return pattern.substr(0, at) + digits + pattern.substr(end + 1);
}

UniqueFd& UniqueFd::operator=(UniqueFd&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

UniqueFd::~UniqueFd() {
  if (fd_ >= 0) ::close(fd_);
}

sockaddr_in parse_address(std::string const& text) {
  std::size_t const colon = text.rfind(':');
  if (colon == std::string::npos) fail("no port in address " + text);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  unsigned port = 0;
  std::from_chars(text.data() + colon + 1, text.data() + text.size(), port);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  bool const host_ok = ::inet_pton(AF_INET, text.substr(0, colon).c_str(), &address.sin_addr) == 1;
  if (!host_ok || port == 0 || port > 65535) fail("bad address " + text);
  return address;
}

UniqueFd connect_to(sockaddr_in const& address, std::uint32_t source_host) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (fd.get() < 0) fail_errno("socket");
  int const on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (source_host != 0) {
    ::setsockopt(fd.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    sockaddr_in source{};
    source.sin_family = AF_INET;
    source.sin_addr.s_addr = htonl(source_host);
    if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&source), sizeof source) != 0) fail_errno("bind");
  }
  if (::connect(fd.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0)
    fail_errno("connect");
  return fd;
}

void set_nonblocking(int fd) {
  int const flags = ::fcntl(fd, F_GETFL);
  if (::fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) fail_errno("fcntl");
}

void send_all(int fd, std::string_view data) {
  while (!data.empty()) {
    ssize_t const sent = ::send(fd, data.data(), data.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) fail_errno("send");
    data.remove_prefix(static_cast<std::size_t>(sent));
  }
}

double quantile(std::vector<double> values, double q) {
  if (values.empty()) return 0;
  auto const rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(values.size())));
  auto const at = values.begin() + static_cast<long>(rank == 0 ? 0 : rank - 1);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

double own_cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  auto const seconds = [](timeval const& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

JsonObject& JsonObject::raw(std::string_view name, std::string_view value) {
  if (!body_.empty()) body_ += ", ";
  body_.append("\"").append(name).append("\": ").append(value);
  return *this;
}

JsonObject& JsonObject::add(std::string_view name, double value) {
  char digits[40];
  std::snprintf(digits, sizeof digits, "%.9g", value);
  return raw(name, digits);
}

JsonObject& JsonObject::add(std::string_view name, std::string_view value) {
  return raw(name, "\"" + std::string(value) + "\"");
}

JsonObject& JsonObject::add(std::string_view name, JsonObject const& value) {
  return raw(name, value.text());
}

}  // namespace mc::bench
