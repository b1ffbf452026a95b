// tests/store/child_process.h - a forked process that runs a function and talks line by line.
//
// Make it before the test opens a store: locks and threads do not survive a fork.
#pragma once
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <exception>
#include <functional>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace mc::store::test {

class ChildProcess {
 public:
  class Pipe {
   public:
    explicit Pipe(int fd) : fd_(fd) {}
    Pipe(Pipe&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    ~Pipe() {
      if (fd_ >= 0) ::close(fd_);
    }
    void say(std::string_view line) {
      auto const whole = std::string(line) + "\n";
      if (::send(fd_, whole.data(), whole.size(), MSG_NOSIGNAL) < 0) return;  // the other side has gone
    }
    // The next line; empty: the other side has gone.
    std::string hear() {
      auto end = buffer_.find('\n');
      for (char octets[4096]; end == std::string::npos; end = buffer_.find('\n')) {
        auto const n = ::read(fd_, octets, sizeof octets);
        if (n <= 0) return {};
        buffer_.append(octets, static_cast<std::size_t>(n));
      }
      auto line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return line;
    }

   private:
    int fd_;
    std::string buffer_;
  };

  explicit ChildProcess(std::function<void(Pipe&)> body) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
      throw std::runtime_error("socketpair");
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("fork");
    if (pid_ == 0) {
      ::close(ends[0]);
      run(body, Pipe(ends[1]));
    }
    ::close(ends[1]);
    pipe_ = std::make_unique<Pipe>(ends[0]);
  }
  ~ChildProcess() { kill(); }
  ChildProcess(ChildProcess const&) = delete;
  ChildProcess& operator=(ChildProcess const&) = delete;

  Pipe& pipe() { return *pipe_; }
  pid_t pid() const { return pid_; }
  void kill() {
    if (!ended_) ::kill(pid_, SIGKILL);
    wait();
  }
  int wait() {
    int status = 0;
    if (!ended_) ::waitpid(pid_, &status, 0);
    ended_ = true;
    return status;
  }

 private:
  [[noreturn]] static void run(std::function<void(Pipe&)> const& body, Pipe pipe) {
    ::signal(SIGALRM, SIG_DFL);
    try {
      body(pipe);
    } catch (std::exception const& e) {
      std::cerr << "child process: " << e.what() << '\n';
      ::_exit(1);
    }
    ::_exit(0);
  }

  pid_t pid_ = -1;
  bool ended_ = false;
  std::unique_ptr<Pipe> pipe_;
};

}  // namespace mc::store::test
