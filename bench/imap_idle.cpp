// imap_idle.cpp - what an idle IMAP connection costs the server in memory.
//
// Opens N connections (plain or TLS) from several loopback addresses, on each: LOGIN,
// SELECT INBOX, IDLE. When all of them idle and have settled, the memory of the
// server's process tree less what it was before is divided by N. A few connections
// come and go first, so that what a server sets up once is in the baseline.
// Afterwards some of the connections end their IDLE: they must still be alive.
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>

#include "bench/process_tree.h"
#include "bench/support.h"
#include "bench/tls.h"

namespace mc::bench {
namespace {

Options::Table const option_table = {{"address", "127.0.0.1:143"},
                                     {"tls", "0"},
                                     {"connections", "5000"},
                                     {"pid", "0"},
                                     {"user", "idle%02d"},
                                     {"users", "50"},
                                     {"password", "secret"},
                                     {"sources", "50"},  // client addresses 127.0.1.1, .2, …
                                     {"at-once", "32"},  // connections being set up at a time
                                     {"warm", "50"},     // connections that come and go before the baseline
                                     {"settle", "5"},    // seconds between the last IDLE and measuring
                                     {"wake", "200"}};   // connections that end their IDLE afterwards

enum class Step { tls, greeting, login, select, idle_asked, idle, done_sent, finished };

struct Connection {
  UniqueFd fd;
  SslPtr ssl;
  Step step = Step::greeting;
  long number = 0;
  std::string input;
};

class Idle {
 public:
  explicit Idle(Options const& options)
      : options_(options),
        address_(parse_address(options.text("address"))),
        tls_(options.number("tls") != 0),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}

  // Opens connections until `count` idle.
  void open(std::size_t count);
  // Serves whatever comes for so long; a connection that ends is a failure.
  void settle(double seconds);
  // Ends IDLE on `count` of them and waits for the tagged OKs.
  void wake(std::size_t count);
  void close_all();

 private:
  void start(long number);
  void poll_once(int timeout_ms);
  void receive(Connection& c);
  void handshake(Connection& c);
  void take_line(Connection& c, std::string_view line);
  void send(Connection& c, std::string_view data);

  Options const& options_;
  sockaddr_in address_;
  bool tls_;
  UniqueFd epoll_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::size_t idle_ = 0;
  std::size_t woken_ = 0;
};

void Idle::start(long number) {
  auto c = std::make_unique<Connection>();
  c->number = number;
  auto const source = 0x7f000101U + static_cast<std::uint32_t>(number % options_.number("sources"));
  c->fd = connect_to(address_, source);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = c.get();
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, c->fd.get(), &event) != 0) fail_errno("epoll_ctl");
  connections_.push_back(std::move(c));
  if (!tls_) return;
  Connection& made = *connections_.back();
  set_nonblocking(made.fd.get());
  made.ssl = make_tls(made.fd.get());
  made.step = Step::tls;
  handshake(made);
}

void Idle::open(std::size_t count) {
  auto const at_once = static_cast<std::size_t>(options_.number("at-once"));
  while (idle_ < count) {
    while (connections_.size() < count && connections_.size() - idle_ < at_once)
      start(static_cast<long>(connections_.size()));
    poll_once(60'000);
  }
}

void Idle::settle(double seconds) {
  auto const end = Clock::now() + std::chrono::duration<double>(seconds);
  while (Clock::now() < end) poll_once(100);
}

void Idle::wake(std::size_t count) {
  std::size_t const step = std::max<std::size_t>(1, connections_.size() / std::max<std::size_t>(1, count));
  std::size_t asked = 0;
  for (std::size_t i = 0; i < connections_.size() && asked < count; i += step, ++asked) {
    connections_[i]->step = Step::done_sent;
    send(*connections_[i], "DONE\r\n");
  }
  while (woken_ < asked) poll_once(60'000);
}

void Idle::close_all() {
  connections_.clear();
  idle_ = woken_ = 0;
}

void Idle::poll_once(int timeout_ms) {
  std::array<epoll_event, 128> events;
  int const n = ::epoll_wait(epoll_.get(), events.data(), events.size(), timeout_ms);
  if (n < 0 && errno != EINTR) fail_errno("epoll_wait");
  if (n == 0 && timeout_ms >= 60'000) fail("no answer for 60 s with " + std::to_string(idle_) + " idle");
  for (int i = 0; i < n; ++i)
    receive(*static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr));
}

// The client speaks little enough that only reading has to be waited for.
void Idle::handshake(Connection& c) {
  int const result = SSL_do_handshake(c.ssl.get());
  if (result == 1) return void(c.step = Step::greeting);
  if (SSL_get_error(c.ssl.get(), result) != SSL_ERROR_WANT_READ) fail("TLS handshake failed");
}

void Idle::send(Connection& c, std::string_view data) {
  if (!c.ssl) return send_all(c.fd.get(), data);
  if (SSL_write(c.ssl.get(), data.data(), static_cast<int>(data.size())) != static_cast<int>(data.size()))
    fail("TLS write failed");
}

void Idle::receive(Connection& c) {
  if (c.step == Step::tls) handshake(c);
  if (c.step == Step::tls) return;
  char buffer[4096];
  for (;;) {
    long const got = c.ssl ? SSL_read(c.ssl.get(), buffer, sizeof buffer)
                           : ::recv(c.fd.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (got <= 0) {
      bool const later = c.ssl ? SSL_get_error(c.ssl.get(), static_cast<int>(got)) == SSL_ERROR_WANT_READ
                               : got < 0 && (errno == EAGAIN || errno == EINTR);
      if (!later) fail("the server closed connection " + std::to_string(c.number) + ": " + c.input);
      break;
    }
    c.input.append(buffer, static_cast<std::size_t>(got));
  }
  std::size_t from = 0;
  for (std::size_t nl; (nl = c.input.find('\n', from)) != std::string::npos; from = nl + 1)
    take_line(c, std::string_view(c.input).substr(from, nl - from));
  c.input.erase(0, from);
}

// What each step waits for and says next.
struct Rule {
  Step at;
  std::string_view awaited;
  Step next;
  std::string_view say;  // "LOGIN" stands for the login command
};
constexpr std::array<Rule, 5> rules = {{
    {Step::greeting, "* OK", Step::login, "LOGIN"},
    {Step::login, "a1 OK", Step::select, "a2 SELECT INBOX\r\n"},
    {Step::select, "a2 OK", Step::idle_asked, "a3 IDLE\r\n"},
    {Step::idle_asked, "+", Step::idle, ""},
    {Step::done_sent, "a3 OK", Step::finished, ""},
}};

void Idle::take_line(Connection& c, std::string_view line) {
  for (Rule const& rule : rules) {
    if (rule.at != c.step || !line.starts_with(rule.awaited)) continue;
    c.step = rule.next;
    idle_ += c.step == Step::idle ? 1 : 0;
    woken_ += c.step == Step::finished ? 1 : 0;
    if (rule.say != "LOGIN") return rule.say.empty() ? void() : send(c, rule.say);
    std::string const user = numbered(options_.text("user"), c.number % options_.number("users"));
    return send(c, "a1 LOGIN " + user + " " + options_.text("password") + "\r\n");
  }
  if (line.starts_with("* BYE") || !line.starts_with("* ")) fail("unexpected answer: " + std::string(line));
}

JsonObject as_json(TreeMemory const& memory) {
  JsonObject out;
  out.add("rss_kib", memory.rss).add("pss_kib", memory.pss).add("pss_anon_kib", memory.pss_anon);
  return std::move(out.add("processes", static_cast<double>(memory.processes)));
}

void body(int argc, char** argv) {
  Options const options(argc, argv, option_table);
  auto const pid = static_cast<pid_t>(options.number("pid"));
  auto const count = static_cast<std::size_t>(options.number("connections"));
  double const settle = options.real("settle");
  Idle idle(options);
  idle.open(static_cast<std::size_t>(options.number("warm")));
  idle.settle(1);
  idle.close_all();
  idle.settle(settle);
  TreeMemory const before = measure_tree(pid);
  auto const from = Clock::now();
  idle.open(count);
  double const opening = ms_between(from, Clock::now()) / 1000;
  idle.settle(settle);
  TreeMemory const after = measure_tree(pid);
  idle.wake(static_cast<std::size_t>(options.number("wake")));
  auto const each = [&](double now, double then) { return (now - then) / static_cast<double>(count); };
  JsonObject out;
  out.add("connections", static_cast<double>(count))
      .add("opening_seconds", opening)
      .add("rss_kib_each", each(after.rss, before.rss))
      .add("pss_kib_each", each(after.pss, before.pss))
      .add("pss_anon_kib_each", each(after.pss_anon, before.pss_anon))
      .add("before", as_json(before))
      .add("after", as_json(after));
  std::puts(out.text().c_str());
}

}  // namespace
}  // namespace mc::bench

int main(int argc, char** argv) {
  return mc::bench::run_tool("imap_idle", mc::bench::body, argc, argv);
}
