#include "gateway/socket_access.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace mc::gateway {

namespace {

struct Directory {
  std::string path;
  Directory() {
    std::string name = "/tmp/mc-access-XXXXXX";
    path = ::mkdtemp(name.data());
    ::chmod(path.c_str(), 0755);
  }
  ~Directory() { std::filesystem::remove_all(path); }

  // A bound socket's file with this mode.
  std::string socket(int mode) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::string const file = path + "/sock";
    std::strcpy(address.sun_path, file.c_str());
    int const fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    BOOST_REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    ::close(fd);
    ::chmod(file.c_str(), static_cast<mode_t>(mode));
    return file;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(socket_access)

BOOST_AUTO_TEST_CASE(the_class_that_is_the_users_decides) {
  Directory directory;
  struct stat status {};
  ::stat(directory.path.c_str(), &status);
  SystemUser const owner{"owner", status.st_uid + 1000, {status.st_gid + 1000}};
  SystemUser const member{"member", status.st_uid + 2000, {7, status.st_gid}};
  SystemUser const other{"other", status.st_uid + 3000, {7}};
  std::string const path = directory.socket(0660);
  BOOST_TEST(!find_socket_trouble(path, member));
  BOOST_TEST((find_socket_trouble(path, other) == "other may not write to " + path));
  BOOST_TEST(find_socket_trouble(path, owner).has_value());
  ::chmod(path.c_str(), 0606);
  BOOST_TEST(find_socket_trouble(path, member).has_value());
  BOOST_TEST(!find_socket_trouble(path, other));
  ::chmod(path.c_str(), 0666);
  ::chmod(directory.path.c_str(), 0750);
  BOOST_TEST(!find_socket_trouble(path, member));
  BOOST_TEST((find_socket_trouble(path, other) == "other may not enter " + directory.path));
}

BOOST_AUTO_TEST_CASE(a_file_or_nothing_is_no_socket) {
  Directory directory;
  std::string const file = directory.path + "/file";
  std::ofstream(file) << "x";
  SystemUser const root{"root", 0, {0}};
  BOOST_TEST((find_socket_trouble(file, root) == file + " is not a socket"));
  BOOST_TEST(find_socket_trouble(directory.path + "/none", root).has_value());
}

BOOST_AUTO_TEST_CASE(users_of_this_machine_are_found) {
  auto const root = find_system_user("root");
  BOOST_REQUIRE(root.has_value());
  BOOST_TEST(root->uid == 0u);
  BOOST_TEST(!root->groups.empty());
  BOOST_TEST(!find_system_user("no such user").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace mc::gateway
