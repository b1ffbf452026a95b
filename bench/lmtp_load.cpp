// lmtp_load.cpp - durable deliveries a second over LMTP (or acceptances over SMTP).
//
// N connections, one message in flight on each: MAIL, RCPT and DATA in one write
// (RFC 2920), the content when all three are answered, the next message after the
// final 250. Recipients go round. Counted are final 250s inside the measured window;
// latency runs from writing MAIL to reading that 250. Any other answer is a failure.
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>

#include "bench/message.h"
#include "bench/support.h"

namespace mc::bench {
namespace {

Options::Table const option_table = {{"address", "127.0.0.1:24"},
                                     {"protocol", "lmtp"},  // lmtp | smtp
                                     {"connections", "10"},
                                     {"warmup", "1"},  // seconds, not counted
                                     {"seconds", "5"},
                                     {"messages", "0"},  // >0: exactly so many, no window
                                     {"size", "4096"},
                                     {"recipients", "50"},
                                     {"recipient", "user%02d@bench.test"},
                                     {"sender", "sender@platform.test"},
                                     {"header", ""},  // one more header line
                                     {"run", "r"}};   // goes into every Message-ID

enum class Step { greeting, hello, envelope, content, quit, done };

// What answers a step waits for: how many replies, and how each must begin.
struct Awaited {
  int replies;
  std::array<char, 3> first_digits;
};
constexpr std::array<Awaited, 5> awaited_table = {{
    {1, {'2'}},            // greeting
    {1, {'2'}},            // hello
    {3, {'2', '2', '3'}},  // envelope: MAIL, RCPT, DATA
    {1, {'2'}},            // content
    {1, {'2'}},            // quit
}};

struct Connection {
  UniqueFd fd;
  Step step = Step::greeting;
  int replies = 0;  // complete replies seen in this step
  bool pipelining = false;
  std::string input;
  std::string output;
  std::string recipient;
  long number = 0;
  Clock::time_point begun;
};

class Load {
 public:
  explicit Load(Options const& options)
      : options_(options),
        smtp_(options.text("protocol") == "smtp"),
        limit_(options.number("messages")),
        recipients_(options.number("recipients")),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    spec_.size = static_cast<std::size_t>(options.number("size"));
    spec_.extra_header = options.text("header");
  }

  void run();
  JsonObject report() const;

 private:
  void open_all();
  void poll_once();
  void receive(Connection& c);
  void take_line(Connection& c, std::string_view line);
  void finish_step(Connection& c);
  void begin_message(Connection& c);
  void send_content(Connection& c);
  void count(Connection const& c);
  void enter(Connection& c, Step step) {
    c.step = step;
    c.replies = 0;
  }
  bool over() const { return limit_ > 0 ? started_ >= limit_ : Clock::now() >= end_; }

  Options const& options_;
  bool smtp_;
  long limit_;
  long recipients_;
  MessageSpec spec_;
  UniqueFd epoll_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> ready_;
  std::size_t live_ = 0;
  bool holding_ = true;  // greeted connections wait for the others
  long started_ = 0;
  long accepted_ = 0;  // all final 250s, those of the warm-up too
  std::vector<double> latencies_;
  Clock::time_point begin_, end_, last_;
};

void Load::open_all() {
  sockaddr_in const address = parse_address(options_.text("address"));
  for (long i = 0; i < options_.number("connections"); ++i) {
    auto c = std::make_unique<Connection>();
    c->fd = connect_to(address);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = c.get();
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, c->fd.get(), &event) != 0) fail_errno("epoll_ctl");
    connections_.push_back(std::move(c));
  }
  live_ = connections_.size();
}

void Load::run() {
  open_all();
  while (ready_.size() < connections_.size()) poll_once();
  holding_ = false;
  auto const seconds = [](double s) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(s));
  };
  begin_ = Clock::now() + seconds(limit_ > 0 ? 0.0 : options_.real("warmup"));
  end_ = begin_ + seconds(options_.real("seconds"));
  for (Connection* c : ready_) begin_message(*c);
  while (live_ > 0) poll_once();
}

void Load::poll_once() {
  std::array<epoll_event, 64> events;
  int const n = ::epoll_wait(epoll_.get(), events.data(), events.size(), 60'000);
  if (n < 0 && errno != EINTR) fail_errno("epoll_wait");
  if (n == 0) fail("no answer for 60 s");
  for (int i = 0; i < n; ++i)
    receive(*static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr));
}

void Load::receive(Connection& c) {
  char buffer[4096];
  ssize_t const got = ::recv(c.fd.get(), buffer, sizeof buffer, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) fail("the server closed a connection");
  c.input.append(buffer, static_cast<std::size_t>(got));
  std::size_t from = 0;
  for (std::size_t nl; c.step != Step::done && (nl = c.input.find('\n', from)) != std::string::npos;
       from = nl + 1)
    take_line(c, std::string_view(c.input).substr(from, nl - from));
  c.input.erase(0, from);
}

void Load::take_line(Connection& c, std::string_view line) {
  if (line.size() < 4) fail("bad reply: " + std::string(line));
  if (c.step == Step::hello && line.substr(4).starts_with("PIPELINING")) c.pipelining = true;
  if (line[3] == '-') return;
  Awaited const& awaited = awaited_table[static_cast<std::size_t>(c.step)];
  if (line[0] != awaited.first_digits[static_cast<std::size_t>(c.replies)])
    fail("unexpected reply: " + std::string(line));
  if (++c.replies == awaited.replies) finish_step(c);
}

void Load::finish_step(Connection& c) {
  switch (c.step) {
    case Step::greeting:
      enter(c, Step::hello);
      return send_all(c.fd.get(), smtp_ ? "EHLO bench.test\r\n" : "LHLO bench.test\r\n");
    case Step::hello:
      if (!c.pipelining) fail("the server does not offer PIPELINING");
      if (holding_) return ready_.push_back(&c);
      return begin_message(c);
    case Step::envelope:
      return send_content(c);
    case Step::content:
      count(c);
      return begin_message(c);
    case Step::quit:
      --live_;
      ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, c.fd.get(), nullptr);
      return enter(c, Step::done);
    case Step::done:
      return;
  }
}

void Load::begin_message(Connection& c) {
  if (over()) {
    enter(c, Step::quit);
    return send_all(c.fd.get(), "QUIT\r\n");
  }
  c.number = started_++;
  c.recipient = numbered(options_.text("recipient"), c.number % recipients_);
  c.output = "MAIL FROM:<" + options_.text("sender") + ">\r\nRCPT TO:<" + c.recipient + ">\r\nDATA\r\n";
  enter(c, Step::envelope);
  c.begun = Clock::now();
  send_all(c.fd.get(), c.output);
}

void Load::send_content(Connection& c) {
  spec_.to = c.recipient;
  c.output = make_message(spec_, options_.text("run"), c.number) + ".\r\n";
  enter(c, Step::content);
  send_all(c.fd.get(), c.output);
}

void Load::count(Connection const& c) {
  Clock::time_point const now = Clock::now();
  ++accepted_;
  last_ = now;
  if (now >= begin_ && (limit_ > 0 || now < end_)) latencies_.push_back(ms_between(c.begun, now));
}

JsonObject Load::report() const {
  double const window = ms_between(begin_, limit_ > 0 ? last_ : end_) / 1000;
  JsonObject out;
  out.add("accepted", static_cast<double>(accepted_))
      .add("counted", static_cast<double>(latencies_.size()))
      .add("seconds", window)
      .add("per_second", window > 0 ? static_cast<double>(latencies_.size()) / window : 0)
      .add("p50_ms", quantile(latencies_, 0.5))
      .add("p99_ms", quantile(latencies_, 0.99))
      .add("client_cpu_seconds", own_cpu_seconds());
  return out;
}

void body(int argc, char** argv) {
  Options const options(argc, argv, option_table);
  Load load(options);
  load.run();
  std::puts(load.report().text().c_str());
}

}  // namespace
}  // namespace mc::bench

int main(int argc, char** argv) {
  return mc::bench::run_tool("lmtp_load", mc::bench::body, argc, argv);
}
