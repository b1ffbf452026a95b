#include "bench/message.h"

#include <array>
#include <cstdint>
#include <ctime>
#include <string_view>
#include <vector>

namespace mc::bench {
namespace {

constexpr std::array<std::string_view, 32> words = {
    "payment",  "contract", "please", "review", "the",     "attached", "milestone", "and",
    "hours",    "week",     "client", "team",   "invoice", "design",   "release",   "on",
    "tomorrow", "budget",   "with",   "new",    "feature", "report",   "thanks",    "interview",
    "rate",     "proposal", "for",    "your",   "account", "support",  "answer",    "meeting"};

class Random {  // splitmix64: the same text for the same seed, on every machine
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }

 private:
  std::uint64_t state_;
};

std::string_view pick(Random& random) {
  return words[random.next() % words.size()];
}

// RFC 5322 date of now, computed once a second at most.
std::string const& date_now() {
  static std::time_t known = 0;
  static std::string text;
  std::time_t const now = std::time(nullptr);
  if (now != known) {
    char buffer[64];
    std::tm utc{};
    ::gmtime_r(&now, &utc);
    text.assign(buffer, std::strftime(buffer, sizeof buffer, "%a, %d %b %Y %H:%M:%S +0000", &utc));
    known = now;
  }
  return text;
}

void append_headers(std::string& out, MessageSpec const& spec, std::string const& run, long number,
                    Random& random) {
  std::string const digits = std::to_string(number);
  out += "From: Sender ";
  out += pick(random);
  out += " <sender" + std::to_string(number % 97) + "@platform.test>\r\nTo: <" + spec.to + ">\r\nSubject: ";
  for (int i = 0; i < 4; ++i) out.append(pick(random)).append(" ");
  out += digits + "\r\nDate: " + date_now() + "\r\nMessage-ID: <" + run + "." + digits +
         "@platform.test>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n";
  if (!spec.extra_header.empty()) out += spec.extra_header + "\r\n";
  out += "\r\n";
}

// Lines of words to cut bodies from: made once, since the generator must cost little.
struct TextPool {
  static constexpr std::size_t size = std::size_t{1} << 18U;
  std::string text;
  std::vector<std::size_t> line_starts;

  TextPool() {
    Random random(1);
    for (std::size_t line = 0; text.size() < size; line = text.size()) {
      line_starts.push_back(line);
      while (text.size() - line < 65) text.append(pick(random)).append(" ");
      text += "\r\n";
    }
  }
};

void append_body(std::string& out, std::size_t size, Random& random) {
  static TextPool const pool;
  std::size_t from = pool.line_starts[random.next() % pool.line_starts.size()];
  for (std::size_t want = size - 2; out.size() < want; from = 0)
    out.append(pool.text, from, want - out.size());
  if (out.back() == '\r') out.back() = '.';  // the cut fell between CR and LF
  if (out.back() == '\n') out[out.size() - 2] = out.back() = 'x';
  out += "\r\n";
}

}  // namespace

std::string make_message(MessageSpec const& spec, std::string const& run, long number) {
  Random random(static_cast<std::uint64_t>(number) + 1);
  std::string out;
  out.reserve(spec.size + 512);
  append_headers(out, spec, run, number, random);
  if (spec.with_needle && number % needle_every == 0) out.append(needle).append(" ");
  if (out.size() + 4 > spec.size) return out += "short\r\n";
  append_body(out, spec.size, random);
  return out;
}

}  // namespace mc::bench
