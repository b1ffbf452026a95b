#include "gateway/socket_access.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace mc::gateway {

namespace {

// One of r = 4, w = 2, x = 1, in the class that is his; the others do not count (path_resolution(7)).
bool allows(struct stat const& status, SystemUser const& user, unsigned bit) {
  if (user.uid == 0) return true;
  if (status.st_uid == user.uid) return (status.st_mode >> 6 & bit) != 0;
  bool const in_group = std::find(user.groups.begin(), user.groups.end(), status.st_gid) != user.groups.end();
  return ((in_group ? status.st_mode >> 3 : status.st_mode) & bit) != 0;
}

}  // namespace

std::optional<SystemUser> find_system_user(std::string const& name) {
  passwd const* entry = ::getpwnam(name.c_str());
  if (!entry) return std::nullopt;
  SystemUser out{name, entry->pw_uid, std::vector<gid_t>(256)};
  int count = static_cast<int>(out.groups.size());
  if (::getgrouplist(name.c_str(), entry->pw_gid, out.groups.data(), &count) < 0) count = 256;
  out.groups.resize(static_cast<std::size_t>(count));
  return out;
}

std::optional<std::string> find_socket_trouble(std::string const& path, SystemUser const& user) {
  std::filesystem::path passed;
  struct stat status {};
  for (std::filesystem::path const& part : std::filesystem::path(path)) {
    if (!passed.empty() && !allows(status, user, 1)) return user.name + " may not enter " + passed.string();
    passed /= part;
    if (::stat(passed.c_str(), &status) != 0) return "cannot look at " + passed.string() + ": " + std::strerror(errno);
  }
  if (!S_ISSOCK(status.st_mode)) return path + " is not a socket";
  if (!allows(status, user, 2)) return user.name + " may not write to " + path;
  return std::nullopt;
}

}  // namespace mc::gateway
