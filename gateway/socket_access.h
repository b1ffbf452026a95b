// gateway/socket_access.h - may another user of this machine connect to a Unix socket? Looks at modes; tries nothing.
#pragma once
#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mc::gateway {

struct SystemUser {
  std::string name;
  uid_t uid = 0;
  std::vector<gid_t> groups;  // his own first
};
// Absent: this machine has no such user.
std::optional<SystemUser> find_system_user(std::string const& name);

// Absent: he may. Else what stands against it: a directory he may not pass, a socket he may not write to, no socket.
std::optional<std::string> find_socket_trouble(std::string const& path, SystemUser const& user);

}  // namespace mc::gateway
