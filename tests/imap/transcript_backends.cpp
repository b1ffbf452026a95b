// The servers a transcript runs against: ours, in this process, and any other by TCP.
#include <netdb.h>

#include <cstdlib>
#include <stdexcept>

#include "test_client.h"
#include "test_server.h"
#include "transcript.h"

namespace mc::imap::transcript {

namespace {

class OurBackend final : public Backend {
 public:
  bool is_ours() const override { return true; }
  std::string login() const override { return "jane"; }
  std::string password() const override { return "secret"; }
  int connect() override { return server_.connect(); }
  void give(std::string const& mailbox, std::vector<GivenMessage> const& messages) override {
    if (mailbox.starts_with("Support/")) return give_ticket(mailbox, messages);
    for (auto const& m : messages) server_.append("jane", mailbox, m.octets, m.flags, m.date);
  }

 private:
  void give_ticket(std::string const& mailbox, std::vector<GivenMessage> const& messages) {
    std::vector<std::string> octets;
    for (auto const& m : messages) octets.push_back(m.octets);
    server_.open_ticket(mailbox, octets);
  }

  TestServer server_;
};

class LiveBackend final : public Backend {
 public:
  LiveBackend(std::string host, std::string port, std::string user, std::string password)
      : host_(std::move(host)),
        port_(std::move(port)),
        user_(std::move(user)),
        password_(std::move(password)) {}
  bool is_ours() const override { return false; }
  std::string login() const override { return user_; }
  std::string password() const override { return password_; }

  int connect() override {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(host_.c_str(), port_.c_str(), &hints, &found) != 0)
      throw std::runtime_error("unknown host");
    int fd = ::socket(found->ai_family, found->ai_socktype, found->ai_protocol);
    int failed = ::connect(fd, found->ai_addr, found->ai_addrlen);
    ::freeaddrinfo(found);
    if (failed) throw std::runtime_error("cannot connect to " + host_ + ":" + port_);
    return fd;
  }

  void give(std::string const& mailbox, std::vector<GivenMessage> const& messages) override {
    TestClient client(connect());
    client.read_line();
    client.command("s1", "LOGIN " + user_ + ' ' + password_);
    client.command("s2", "CREATE \"" + mailbox + '"');
    for (auto const& m : messages) {
      std::string options = (m.flags.empty() ? "" : m.flags + ' ') + (m.date.empty() ? "" : m.date + ' ');
      std::string answer = client.command("s3", "APPEND \"" + mailbox + "\" " + options + '{' +
                                                    std::to_string(m.octets.size()) + "+}\r\n" + m.octets);
      if (answer.find("s3 OK") == answer.npos) throw std::runtime_error("APPEND: " + answer);
    }
    client.command("s4", "LOGOUT");
  }

 private:
  std::string host_, port_, user_, password_;
};

std::string variable(char const* name) {
  char const* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

std::unique_ptr<Backend> make_our_backend() {
  return std::make_unique<OurBackend>();
}

std::unique_ptr<Backend> make_live_backend() {
  static int number = 0;
  std::string server = variable("MC_TRANSCRIPT_SERVER");
  std::size_t colon = server.rfind(':');
  if (colon == server.npos) return nullptr;
  std::string user = variable("MC_TRANSCRIPT_USER");
  std::string own = std::to_string(::getpid()) + "x" + std::to_string(++number);
  if (std::size_t mark = user.find('%'); mark != user.npos) user.replace(mark, 1, own);
  return std::make_unique<LiveBackend>(server.substr(0, colon), server.substr(colon + 1), user,
                                       variable("MC_TRANSCRIPT_PASSWORD"));
}

}  // namespace mc::imap::transcript
