#include "gateway/run_program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "net/unique_fd.h"

extern char** environ;

namespace mc::gateway {

namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

// Everything up to the end of `fd`.
Result<std::string> read_to_end(int fd, SteadyTime until, std::size_t most) {
  std::string out;
  char piece[16384];
  for (;;) {
    auto const left = std::chrono::ceil<Millis>(until - std::chrono::steady_clock::now()).count();
    pollfd readable{fd, POLLIN, 0};
    if (left <= 0 || ::poll(&readable, 1, static_cast<int>(left)) == 0) return fail(Errc::unavailable, "takes too long");
    ssize_t const count = ::read(fd, piece, sizeof piece);
    if (count == 0) return out;
    if (count < 0 && errno != EINTR) return fail(Errc::unavailable, std::strerror(errno));
    if (count > 0) out.append(piece, static_cast<std::size_t>(count));
    if (out.size() > most) return fail(Errc::too_big, "says too much");
  }
}

Result<pid_t> spawn(std::vector<std::string> const& words, int output) {
  std::vector<char*> arguments;
  for (std::string const& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  pid_t child = 0;
  int const error = ::posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return fail(Errc::not_found, "cannot run " + words[0] + ": " + std::strerror(error));
  return child;
}

}  // namespace

Result<ProgramEnd> run_program(std::vector<std::string> const& words, Millis time, std::size_t most) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail(Errc::unavailable, std::strerror(errno));
  net::UniqueFd const reading(ends[0]);
  net::UniqueFd writing(ends[1]);
  auto child = spawn(words, writing.get());
  writing = net::UniqueFd();
  if (!child) return child.error();
  auto out = read_to_end(reading.get(), std::chrono::steady_clock::now() + time, most);
  if (!out) ::kill(*child, SIGKILL);
  int status = 0;
  while (::waitpid(*child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!out) return fail(out.error().code, words[0] + ' ' + out.error().text);
  return ProgramEnd{WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), std::move(*out)};
}

}  // namespace mc::gateway
