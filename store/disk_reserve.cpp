#include "store/disk_reserve.h"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <limits>

#include "core/log.h"
#include "store/files.h"

namespace mc::store {
namespace {

constexpr std::uint64_t most_ballast = std::uint64_t{16} << 20;

bool exists(std::string const& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0;
}

}  // namespace

DiskReserve::DiskReserve(std::string directory, std::uint64_t reserve_octets)
    : directory_(std::move(directory)),
      ballast_path_(directory_ + "/ballast"),
      reserve_(reserve_octets),
      ballast_(std::min(reserve_octets / 4, most_ballast)) {
  restore_ballast();
}

std::uint64_t DiskReserve::available() const {
  struct statvfs disk {};
  if (::statvfs(directory_.c_str(), &disk) != 0) return std::numeric_limits<std::uint64_t>::max();
  return static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
}

bool DiskReserve::room_to_grow() const {
  return available() >= reserve_;
}

bool DiskReserve::release_ballast() {
  if (!exists(ballast_path_) || available() >= ballast_) return false;
  if (::unlink(ballast_path_.c_str()) != 0) return false;
  log_warning("disk_full", {{"directory", directory_}, {"ballast_released", ballast_}});
  return true;
}

void DiskReserve::restore_ballast() {
  if (ballast_ == 0 || exists(ballast_path_) || available() < reserve_ + ballast_) return;
  if (allocate_file(ballast_path_, ballast_)) return;
  ::unlink(ballast_path_.c_str());  // half a ballast would never be completed
}

}  // namespace mc::store
