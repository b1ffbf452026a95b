// tests/imap/test_server.h - the real server on a temporary store: users jane and joe, agents ana and bob, all
// with the password "secret", the shipped policy, a clock that stands still, one I/O thread.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "imap/server.h"
#include "net/io_pool.h"
#include "store/accounts.h"

namespace mc::imap {

class TestServer {
 public:
  explicit TestServer(Limits limits = {});
  ~TestServer();

  int connect(bool implicit_tls = false);  // the client's end of a new connection
  // The same, the server's end failing at its nth read or write (net::Stream::fail_at).
  int connect_failing_at(std::uint32_t nth);
  FakeClock& clock();
  ServerContext& context();
  // A message of the platform: delivered with a prefix of ours, as center/ does it.
  void deliver(std::string_view login, std::string_view mailbox, std::string_view prefix, std::string octets);
  // One put there by a client.
  void append(std::string_view login, std::string_view mailbox, std::string octets, std::string_view flags,
              std::string_view date);
  // A ticket of jane's with these messages, in a place of the desk ("Support/Waiting"; Mine is ana's).
  void open_ticket(std::string_view place, std::vector<std::string> const& messages);
  void set_role(std::string_view login, store::Role role);
  void set_password(std::string_view login, std::string_view password);
  void delete_user(std::string_view login);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mc::imap
