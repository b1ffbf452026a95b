// tests/smtp/script.h - SMTP dialogues written down, played against real sessions over real sockets.
//
//   C: text        the client says text and CRLF; neighbouring C and R lines go in one write
//   R: text        the same without CRLF
//   S: pattern     the next line of the server; * and ? match
//   S* pattern     a whole reply of several lines; its last line matches
//   TLS            the client does a TLS handshake
//   END            the server closes, having said nothing more
//   BYE            the client closes
//   DO             calls SmtpFixture::action
//   DRAIN          the client takes whatever comes until the server closes
//   # …            nothing
//
// \r \n \t \0 \\ and \xHH stand for octets. Every script is played twice: as written, and with each octet
// sent alone.
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>

#include "core/text.h"
#include "net/line_buffer.h"
#include "net/password.h"
#include "net/tls.h"
#include "smtp/server.h"
#include "smtp/session.h"
#include "tests/center/fixture.h"

namespace mc::smtp::test {

namespace asio = boost::asio;

// Accounts with a password each, beside the store's.
class Accounts final : public AccountSource, public net::CredentialSource {
 public:
  struct Account {
    net::Credentials credentials;
    center::Submitter submitter;
  };
  void add(std::string login, std::string password, center::SubmitterKind kind, UserId user) {
    Account account;
    account.credentials.password_hash = net::hash_password(password);
    account.credentials.scram = *net::make_scram_sha256(password, 4096);
    account.submitter = {kind, user, login};
    all_[login] = std::move(account);
  }
  bool broken = false;
  void disable(std::string const& login) { all_[login].credentials.enabled = false; }
  std::optional<net::Credentials> find(std::string_view login) const override {
    auto at = all_.find(std::string(login));
    return at == all_.end() ? std::nullopt : std::optional(at->second.credentials);
  }
  std::optional<center::Submitter> find_submitter(std::string_view login) const override {
    if (broken) throw std::runtime_error("the accounts cannot be read");
    auto at = all_.find(std::string(login));
    if (at == all_.end() || !at->second.credentials.enabled) return std::nullopt;
    return at->second.submitter;
  }

 private:
  std::map<std::string, Account> all_;
};

inline std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    switch (char const c = text[++i]) {
      case 'r':
        out += '\r';
        break;
      case 'n':
        out += '\n';
        break;
      case 't':
        out += '\t';
        break;
      case '0':
        out += '\0';
        break;
      case 'x':
        out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
        i += 2;
        break;
      default:
        out += c;
    }
  }
  return out;
}

// Two connected TCP sockets on loopback, or two Unix ones.
inline std::pair<int, int> connected_sockets(bool unix_socket) {
  int fds[2];
  if (unix_socket) {
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
    return {fds[0], fds[1]};
  }
  int const listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  BOOST_REQUIRE(::bind(listener, generic, length) == 0 && ::listen(listener, 1) == 0);
  BOOST_REQUIRE(::getsockname(listener, generic, &length) == 0);
  fds[0] = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  BOOST_REQUIRE(::connect(fds[0], generic, length) == 0);
  fds[1] = ::accept(listener, nullptr, nullptr);
  ::close(listener);
  return {fds[0], fds[1]};
}

inline asio::awaitable<void> let_others_run() {
  for (int i = 0; i < 4; ++i) co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
}

// The client of a script.
class Player {
 public:
  Player(std::unique_ptr<net::Stream> stream, std::size_t piece, std::shared_ptr<net::TlsContext> tls)
      : stream_(std::move(stream)), piece_(piece), tls_(std::move(tls)) {
    stream_->set_timeout(std::chrono::seconds(20));
  }

  asio::awaitable<void> play(std::string script) {
    for (std::string_view line : split(script, '\n')) {
      line = trim(line);
      BOOST_TEST_CONTEXT(line) {
        if (line.starts_with("C:") || line.starts_with("R:")) {
          to_send_ += unescape(line.substr(std::min<std::size_t>(3, line.size())));
          if (line.starts_with("C:")) to_send_ += "\r\n";
          continue;
        }
        if (!line.empty() && line[0] != '#') co_await send();
        if (line.starts_with("S:")) co_await expect(line.substr(3));
        if (line.starts_with("S*")) co_await expect_reply(line.substr(3));
        if (line == "TLS") co_await stream_->start_tls_client(*tls_, "localhost");
        if (line == "END") co_await expect_end();
        if (line == "BYE") stream_->close();
        if (line == "DRAIN") co_await drain();
        if (line == "DO") {
          action();
          co_await let_others_run();
        }
      }
    }
    co_await send();
    stream_->close();
  }
  void close() { stream_->close(); }
  std::function<void()> action;

 private:
  asio::awaitable<void> send() {
    std::string const octets = std::exchange(to_send_, {});
    std::string_view left = octets;
    while (!left.empty()) {
      std::string_view const piece = left.substr(0, piece_);
      co_await stream_->write(piece);
      left.remove_prefix(piece.size());
      if (piece_ < 1000) co_await let_others_run();
    }
  }
  asio::awaitable<std::optional<std::string>> read_line() {
    for (;;) {
      if (auto line = input_.take_line()) {
        BOOST_TEST(line->crlf);
        co_return std::string(line->text);
      }
      std::size_t count = 0;
      try {
        count = co_await stream_->read_some(input_.prepare());
      } catch (boost::system::system_error const& e) {
        BOOST_TEST_MESSAGE(e.what());
      }
      if (count == 0) co_return std::nullopt;
      input_.commit(count);
    }
  }
  asio::awaitable<void> drain() {
    for (;;) {
      auto const line = co_await read_line();
      if (!line) co_return;
    }
  }
  asio::awaitable<void> expect(std::string_view pattern) {
    auto const line = co_await read_line();
    BOOST_REQUIRE_MESSAGE(line, "the server has closed; expected " << pattern);
    BOOST_REQUIRE_MESSAGE(glob_match(pattern, *line), "got " << *line << ", expected " << pattern);
  }
  asio::awaitable<void> expect_reply(std::string_view pattern) {
    for (;;) {
      auto const line = co_await read_line();
      BOOST_REQUIRE_MESSAGE(line, "the server has closed; expected " << pattern);
      if (line->size() > 3 && (*line)[3] == '-') continue;
      BOOST_REQUIRE_MESSAGE(glob_match(pattern, *line), "got " << *line << ", expected " << pattern);
      co_return;
    }
  }
  asio::awaitable<void> expect_end() {
    auto const line = co_await read_line();
    BOOST_TEST(!line, "expected the end, got " << line.value_or(""));
  }

  std::unique_ptr<net::Stream> stream_;
  net::InputBuffer input_{64 * 1024};
  std::string to_send_;
  std::size_t piece_;
  std::shared_ptr<net::TlsContext> tls_;
};

struct SmtpFixture : center::CenterFixture {
  Accounts accounts;
  net::Authenticator authenticator{accounts, workers};
  ServerContext server{intake,   authenticator, accounts, accounts, nullptr, "mc.example.test",
                       "secret", true,          {},       false,    Limits{}};
  std::shared_ptr<net::TlsContext> client_tls;
  bool unix_socket = false;
  bool implicit_tls = false;
  std::function<void()> action;
  std::uint32_t fail_at = 0;  // of the server's stream

  SmtpFixture() {
    set([](Limits& l) { l.wrong_password_delay = Millis(1); });
  }

  void add_accounts() {
    accounts.add("jane", "secret", center::SubmitterKind::user, jane);
    accounts.add("app", "secret", center::SubmitterKind::platform, admin);
  }
  void set(std::function<void(Limits&)> change) {
    Limits limits = *server.limits.get();
    change(limits);
    server.limits.set(limits);
  }
  void trust(std::string_view block = "127.0.0.1/32") { server.trusted.push_back(*net::Cidr::parse(block)); }

  // Once as written, once octet by octet.
  void play(Service service, std::string const& script) {
    for (std::size_t piece : {std::size_t{100'000}, std::size_t{1}})
      BOOST_TEST_CONTEXT("octets at once: " << piece) {
        play_once(service, script, piece);
      }
  }
  // Returns when both ends have ended.
  void play_once(Service service, std::string const& script, std::size_t piece = 100'000) {
    auto const [near, far] = connected_sockets(unix_socket);
    auto client = std::make_unique<net::Stream>(io, near);
    auto theirs = std::make_unique<net::Stream>(io, far);
    theirs->fail_at(fail_at);
    auto session = make_session(server, service, implicit_tls);
    Player player(std::move(client), piece, client_tls);
    player.action = action;
    std::exception_ptr fault;
    int left = 2;
    auto ended = [&] {
      if (--left == 0) io.stop();
    };
    asio::co_spawn(io, session(std::move(theirs)), [&](std::exception_ptr e) {
      session_fault = e;
      ended();
    });
    asio::co_spawn(io, player.play(script), [&](std::exception_ptr e) {
      fault = e;
      player.close();
      ended();
    });
    io.restart();
    io.run();
    if (fault && !fail_at) std::rethrow_exception(fault);
  }
  std::exception_ptr session_fault;

  std::vector<std::string> alerts(UserId user) { return folder(user, store::MailboxKind::alerts); }
  std::vector<std::string> inbox(UserId user) { return folder(user, store::MailboxKind::inbox); }
  std::size_t stored() { return decisions(jane).size() + decisions(bob).size() + decisions(admin).size(); }
};

}  // namespace mc::smtp::test
