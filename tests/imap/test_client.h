// tests/imap/test_client.h - a blocking client end of a connection, for tests.
#pragma once
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace mc::imap {

class TestClient {
 public:
  explicit TestClient(int fd) : fd_(fd) {}
  ~TestClient() { close(); }
  TestClient(TestClient const&) = delete;
  TestClient& operator=(TestClient const&) = delete;

  void send(std::string_view octets) {
    while (!octets.empty()) {
      ssize_t n = ::send(fd_, octets.data(), octets.size(), MSG_NOSIGNAL);
      if (n <= 0) throw std::runtime_error("the server does not take what is sent");
      octets.remove_prefix(static_cast<std::size_t>(n));
    }
  }

  // The next line without its CRLF; absent at the end of the connection. Throws after 10 seconds of silence.
  std::optional<std::string> read_line() {
    for (;;) {
      std::size_t end = input_.find('\n', at_);
      if (end != std::string::npos) {
        std::string line = input_.substr(at_, end - at_);
        at_ = end + 1;
        if (line.ends_with('\r')) line.pop_back();
        return line;
      }
      if (!fill()) return std::nullopt;
    }
  }

  std::string read_octets(std::size_t n) {
    while (input_.size() - at_ < n)
      if (!fill()) throw std::runtime_error("the connection ended within a literal");
    std::string octets = input_.substr(at_, n);
    at_ += n;
    return octets;
  }

  // Sends the line and returns everything up to and including its tagged answer.
  std::string command(std::string_view tag, std::string_view line) {
    send(std::string(tag) + ' ' + std::string(line) + "\r\n");
    std::string answer;
    while (auto got = read_line()) {
      answer += *got + "\n";
      if (got->starts_with(std::string(tag) + ' ')) return answer;
    }
    return answer + "(closed)\n";
  }

  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  bool fill() {
    input_.erase(0, at_);
    at_ = 0;
    pollfd wait{fd_, POLLIN, 0};
    if (::poll(&wait, 1, 10'000) == 0) throw std::runtime_error("silence; so far: \"" + input_ + '"');
    char buffer[65536];
    ssize_t n = ::recv(fd_, buffer, sizeof buffer, 0);
    if (n <= 0) return false;
    input_.append(buffer, static_cast<std::size_t>(n));
    return true;
  }

  int fd_;
  std::string input_;
  std::size_t at_ = 0;
};

}  // namespace mc::imap
