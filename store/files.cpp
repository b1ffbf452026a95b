#include "store/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include "core/log.h"
#include "core/text.h"

namespace mc::store {
namespace {

Error system_error(std::string const& what, std::string const& path, int error) {
  bool const full = error == ENOSPC || error == EDQUOT;
  return fail(full ? Errc::no_space : Errc::internal, what + " " + path + ": " + std::strerror(error));
}

std::string read_holder(int fd) {
  char text[32];
  auto const n = ::pread(fd, text, sizeof text, 0);
  return n > 0 ? std::string(trim({text, static_cast<std::size_t>(n)})) : "unknown";
}

}  // namespace

File::~File() {
  if (fd_ >= 0) ::close(fd_);
}

File& File::operator=(File&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

void sync_directory(std::string const& path) {
  File const directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || ::fsync(directory.fd()) != 0)
    throw std::runtime_error("cannot sync directory " + path + ": " + std::strerror(errno));
}

std::string parent_of(std::string const& path) {
  auto const name = path.substr(0, path.find_last_not_of('/') + 1);
  auto const parent = std::filesystem::path(name).parent_path();
  return parent.empty() ? "." : parent.string();
}

Result<void> allocate_file(std::string const& path, std::uint64_t octets) {
  File const file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  struct stat now {};
  if (!file || ::fstat(file.fd(), &now) != 0) return system_error("Cannot open", path, errno);
  auto const size = static_cast<std::uint64_t>(now.st_size);
  if (size >= octets && static_cast<std::uint64_t>(now.st_blocks) * 512 >= size) return {};
  int const error = ::posix_fallocate(file.fd(), 0, static_cast<off_t>(std::max(size, octets)));
  if (error != 0) return system_error("Cannot allocate", path, error);
  return {};
}

Result<File> lock_for_writing(std::string const& directory) {
  auto const path = directory + "/writer.lock";
  File file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file) return system_error("Cannot open", path, errno);
  if (::flock(file.fd(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return system_error("Cannot lock", path, errno);
    return fail(Errc::conflict,
                "The store in " + directory + " is in use by process " + read_holder(file.fd()));
  }
  auto const pid = std::to_string(::getpid()) + "\n";
  // The id is for people; on a full disk the lock holds without it.
  if (::ftruncate(file.fd(), 0) != 0 || ::pwrite(file.fd(), pid.data(), pid.size(), 0) < 0)
    log_warning("writer_lock_unsigned", {{"path", path}, {"error", std::strerror(errno)}});
  return file;
}

}  // namespace mc::store
