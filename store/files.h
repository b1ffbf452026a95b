// store/files.h - the few things the store asks of the file system beside the database.
#pragma once
#include <cstdint>
#include <string>

#include "core/result.h"

namespace mc::store {

// An open file descriptor, closed at the end.
class File {
 public:
  File() = default;
  explicit File(int fd) : fd_(fd) {}
  ~File();
  File(File&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  File& operator=(File&& other) noexcept;
  int fd() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// Makes directory entries durable. Throws runtime_error.
void sync_directory(std::string const& path);
// The directory that holds `path`.
std::string parent_of(std::string const& path);
// The file is at least `octets` long and every one of them has its place on disk.
// Fails: no_space, internal.
Result<void> allocate_file(std::string const& path, std::uint64_t octets);

// Held while this process writes the store in `directory`: <directory>/writer.lock, locked and
// holding the process id; the system lets go of it however the process ends.
// Fails: conflict ("… in use by process N"), internal.
Result<File> lock_for_writing(std::string const& directory);

}  // namespace mc::store
