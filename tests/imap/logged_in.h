// tests/imap/logged_in.h - jane, or another, logged in to a server under test.
#pragma once
#include <string>
#include <string_view>

#include "test_server.h"

namespace mc::imap {

struct LoggedIn {
  explicit LoggedIn(TestServer& server, std::string const& login = "jane") : client(server.connect()) {
    client.read_line();
    client.command("l", "LOGIN " + login + " secret");
  }
  std::string operator()(std::string_view line) { return client.command("t", line); }
  TestClient client;
};

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

}  // namespace mc::imap
