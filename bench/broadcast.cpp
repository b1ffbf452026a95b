// broadcast.cpp - one message to many: how long from the first RCPT to the last reply, and what it cost the server.
//
//   broadcast --address 127.0.0.1:1024 --protocol lmtp|smtp --recipients 100000 --pid SERVER
//             [--type bench.broadcast] [--domain bench.test] [--size 4096] [--run r] [--order given|shuffled]
//
// RCPTs are sent in pipelined groups (RFC 2920), each group's replies awaited before the next. The content follows the
// 354; LMTP then answers for each recipient, SMTP once. Any other answer than 250 ends the tool. Memory is the server's
// resident set: before, at its highest, and after.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <numeric>
#include <random>
#include <sstream>

#include "bench/message.h"
#include "bench/support.h"

namespace mc::bench {
namespace {

Options::Table const option_table = {{"address", ""},          {"protocol", "lmtp"},     {"recipients", "1000"},
                                     {"pid", "0"},             {"type", "bench.broadcast"}, {"domain", "bench.test"},
                                     {"size", "4096"},         {"run", "r"},             {"order", "given"},
                                     {"pipeline", "500"}};

class Peer {
 public:
  explicit Peer(sockaddr_in const& address) : fd_(connect_to(address)) {}
  void say(std::string_view text) { send_all(fd_.get(), text); }

  // The replies to `count` commands, each of which must begin with `digit`.
  void hear(std::size_t count, char digit) {
    while (count > 0) {
      std::string_view const line = next_line();
      if (line.size() < 4 || line[0] != digit) fail("unexpected reply: " + std::string(line));
      if (line[3] != '-') --count;
    }
  }

 private:
  std::string_view next_line() {
    std::size_t end = 0;
    while ((end = input_.find('\n', at_)) == std::string::npos) {
      input_.erase(0, at_);
      at_ = 0;
      char buffer[65536];
      ssize_t const got = ::read(fd_.get(), buffer, sizeof buffer);
      if (got <= 0) fail("the server closed the connection");
      input_.append(buffer, static_cast<std::size_t>(got));
    }
    std::string_view const line = std::string_view(input_).substr(at_, end - at_);
    at_ = end + 1;
    return line;
  }

  UniqueFd fd_;
  std::string input_;
  std::size_t at_ = 0;
};

// A value in KiB of /proc/PID/status.
double status_kib(long pid, std::string const& name) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(name + ":")) return std::stod(line.substr(name.size() + 1));
  return 0;
}

// Seconds of processor time, of all threads.
double cpu_seconds(long pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(in)), {});
  if (text.empty()) return 0;
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

std::vector<long> order_of(Options const& options) {
  std::vector<long> order(static_cast<std::size_t>(options.number("recipients")));
  std::iota(order.begin(), order.end(), 0L);
  if (options.text("order") == "shuffled") std::shuffle(order.begin(), order.end(), std::mt19937(7));
  return order;
}

void name_recipients(Peer& peer, Options const& options) {
  auto const group = static_cast<std::size_t>(options.number("pipeline"));
  std::vector<long> const order = order_of(options);
  for (std::size_t first = 0; first < order.size(); first += group) {
    std::size_t const last = std::min(order.size(), first + group);
    std::string commands;
    for (std::size_t i = first; i < last; ++i)
      commands += "RCPT TO:<" + numbered("member%06d", order[i]) + '@' + options.text("domain") + ">\r\n";
    peer.say(commands);
    peer.hear(last - first, '2');
  }
}

void body(int argc, char** argv) {
  Options const options(argc, argv, option_table);
  bool const smtp = options.text("protocol") == "smtp";
  long const pid = options.number("pid");
  Peer peer(parse_address(options.text("address")));
  peer.hear(1, '2');
  peer.say(smtp ? "EHLO bench.test\r\n" : "LHLO bench.test\r\n");
  peer.hear(1, '2');
  if (pid > 0) std::ofstream("/proc/" + std::to_string(pid) + "/clear_refs") << "5";  // forget the highest so far
  double const rss = status_kib(pid, "VmRSS"), cpu = cpu_seconds(pid);

  auto const begin = Clock::now();
  peer.say("MAIL FROM:<sender@platform.test>\r\n");
  peer.hear(1, '2');
  name_recipients(peer, options);
  auto const named = Clock::now();
  peer.say("DATA\r\n");
  peer.hear(1, '3');
  MessageSpec spec;
  spec.size = static_cast<std::size_t>(options.number("size"));
  spec.to = "everybody@" + options.text("domain");
  spec.extra_header = "X-MC-Type: " + options.text("type");
  peer.say(make_message(spec, options.text("run"), 1) + ".\r\n");
  peer.hear(smtp ? 1 : static_cast<std::size_t>(options.number("recipients")), '2');
  auto const end = Clock::now();

  JsonObject out;
  out.add("recipients", options.real("recipients"))
      .add("protocol", options.text("protocol"))
      .add("type", options.text("type"))
      .add("order", options.text("order"))
      .add("seconds", ms_between(begin, end) / 1000)
      .add("rcpt_seconds", ms_between(begin, named) / 1000)
      .add("server_cpu_seconds", cpu_seconds(pid) - cpu)
      .add("client_cpu_seconds", own_cpu_seconds())
      .add("rss_before_mib", rss / 1024)
      .add("rss_peak_mib", status_kib(pid, "VmHWM") / 1024)
      .add("rss_after_mib", status_kib(pid, "VmRSS") / 1024)
      .add("rss_anon_after_mib", status_kib(pid, "RssAnon") / 1024);
  std::puts(out.text().c_str());
}

}  // namespace
}  // namespace mc::bench

int main(int argc, char** argv) {
  return mc::bench::run_tool("broadcast", mc::bench::body, argc, argv);
}
