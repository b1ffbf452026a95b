// imap_bench.cpp - how long IMAP commands take, each one checked for a right answer.
//
// Suites: fill (APPEND messages to INBOX), bulk (commands over all of INBOX), latency (single
// small commands), count (messages in the INBOX of many users). Times are
// milliseconds from writing the command to reading its tagged OK.
#include <cstdio>
#include <functional>

#include "bench/imap_client.h"
#include "bench/imap_fill.h"
#include "bench/message.h"
#include "bench/support.h"

namespace mc::bench {
namespace {

Options::Table const option_table = {{"suite", "bulk"},  // fill | bulk | latency | count
                                     {"address", "127.0.0.1:143"},
                                     {"tls", "0"},
                                     {"user", "big"},
                                     {"users", "1"},
                                     {"password", "secret"},
                                     {"messages", "100000"},
                                     {"size", "1100"},
                                     {"rounds", "5"},
                                     {"fast-rounds", "1000"},  // single quick commands
                                     {"slow-rounds", "200"},   // APPEND, connect and login
                                     {"run", "fill"},
                                     {"append-mailbox", "BenchAppend"},
                                     {"small-user", "small"}};  // has nothing but what APPEND brings

using Times = std::vector<double>;

void require(bool ok, std::string const& what) {
  if (!ok) fail("wrong answer: " + what);
}

// Median, 99th percentile, fastest; as a member of `out`.
void add_times(JsonObject& out, std::string_view name, Times const& times) {
  JsonObject figures;
  figures.add("median", quantile(times, 0.5))
      .add("p99", quantile(times, 0.99))
      .add("min", quantile(times, 0))
      .add("samples", static_cast<double>(times.size()));
  out.add(name, figures);
}

class Bench {
 public:
  explicit Bench(Options const& options)
      : options_(options),
        address_(parse_address(options.text("address"))),
        messages_(static_cast<std::size_t>(options.number("messages"))) {}

  JsonObject fill();
  JsonObject bulk();
  JsonObject latency();
  JsonObject count();

 private:
  ImapClient logged_in() {
    ImapClient client(address_, options_.number("tls") != 0);
    client.login(options_.text("user"), options_.text("password"));
    return client;
  }
  void check_all_fetched(Tally const& tally, std::string const& command) const;
  void time_select(JsonObject& out);
  void time_fetch(JsonObject& out, std::string const& name, std::string const& items,
                  std::string const& item);
  void time_store(JsonObject& out, std::string const& name, std::string const& verb, bool silent);
  void time_search(JsonObject& out, std::string const& name, std::string const& word, std::size_t hits);
  void time_rounds(JsonObject& out, std::string const& name, long rounds,
                   std::function<void(long)> const& once);
  void time_append(JsonObject& out, std::string const& name, ImapClient& client);
  void require_flagged(std::size_t expected);

  Options const& options_;
  sockaddr_in address_;
  std::size_t messages_;
  ImapClient* client_ = nullptr;      // the session of the bulk suite, INBOX selected
  std::uint64_t mailbox_octets_ = 0;  // sum of all RFC822.SIZE
};

JsonObject Bench::fill() {
  ImapClient client = logged_in();
  long const have = client.run("SELECT INBOX").exists;
  MessageSpec spec;
  spec.size = static_cast<std::size_t>(options_.number("size"));
  spec.to = options_.text("user") + "@bench.test";
  spec.with_needle = true;
  auto const from = Clock::now();
  auto const last = static_cast<long>(messages_);
  std::string const way = fill_mailbox(client, "INBOX", spec, options_.text("run"), have, last);
  require(client.run("STATUS INBOX (MESSAGES)").status_messages == last, "messages after filling");
  JsonObject out;
  out.add("way", way).add("appended", static_cast<double>(last - have));
  return out.add("seconds", ms_between(from, Clock::now()) / 1000);
}

// Every message exactly once: as many responses as messages, their numbers adding up.
void Bench::check_all_fetched(Tally const& tally, std::string const& command) const {
  require(
      tally.fetches == messages_ && tally.items == messages_,
      command + ": " + std::to_string(tally.items) + " of " + std::to_string(tally.fetches) + " responses");
  require(tally.sequence_sum == std::uint64_t{messages_} * (messages_ + 1) / 2,
          command + ": sequence numbers");
}

void Bench::time_rounds(JsonObject& out, std::string const& name, long rounds,
                        std::function<void(long)> const& once) {
  Times times;
  for (long i = 0; i < rounds; ++i) {
    auto const from = Clock::now();
    once(i);
    times.push_back(ms_between(from, Clock::now()));
  }
  add_times(out, name, times);
}

// The first SELECT of a new connection, and SELECT of the mailbox already selected.
void Bench::time_select(JsonObject& out) {
  Times first, again;
  for (long i = 0; i <= options_.number("rounds"); ++i) {
    ImapClient client = logged_in();
    for (Times* times : {&first, &again}) {
      auto const from = Clock::now();
      Tally const tally = client.run("SELECT INBOX");
      if (i > 0) times->push_back(ms_between(from, Clock::now()));  // round 0 warms
      require(tally.exists == static_cast<long>(messages_), "EXISTS of SELECT");
    }
  }
  add_times(out, "select_first_ms", first);
  add_times(out, "select_again_ms", again);
}

void Bench::time_fetch(JsonObject& out, std::string const& name, std::string const& items,
                       std::string const& item) {
  std::string const command = "UID FETCH 1:* (" + items + ")";
  bool const bodies = items.starts_with("BODY");
  auto const once = [&](long) {
    Tally const tally = client_->run(command, item);
    check_all_fetched(tally, command);
    require(!bodies || tally.literal_octets == mailbox_octets_, command + ": octets of the bodies");
  };
  once(0);
  time_rounds(out, name, options_.number("rounds"), once);
}

void Bench::require_flagged(std::size_t expected) {
  require(client_->run("UID SEARCH FLAGGED").hits == expected, "number of flagged messages");
}

// Sets or clears \Flagged everywhere; each timed round really changes every message.
void Bench::time_store(JsonObject& out, std::string const& name, std::string const& verb, bool silent) {
  bool const add = verb.front() == '+';
  std::string const undo = std::string(add ? "-" : "+") + "FLAGS.SILENT";
  Times times;
  for (long i = 0; i <= options_.number("rounds"); ++i) {
    client_->run("UID STORE 1:* " + undo + " (\\Flagged)");
    require_flagged(add ? 0 : messages_);
    auto const from = Clock::now();
    Tally const tally = client_->run("UID STORE 1:* " + verb + " (\\Flagged)", "FLAGS (");
    if (i > 0) times.push_back(ms_between(from, Clock::now()));
    if (silent) require(tally.items == 0, "FETCH responses to a silent STORE");
    if (!silent) check_all_fetched(tally, "UID STORE");
    require_flagged(add ? messages_ : 0);
  }
  add_times(out, name, times);
}

void Bench::time_search(JsonObject& out, std::string const& name, std::string const& word, std::size_t hits) {
  auto const once = [&](long) {
    std::size_t const found = client_->run("UID SEARCH TEXT \"" + word + "\"").hits;
    require(found == hits, "SEARCH TEXT found " + std::to_string(found) + " of " + std::to_string(hits));
  };
  once(0);
  time_rounds(out, name, options_.number("rounds"), once);
}

JsonObject Bench::bulk() {
  JsonObject out;
  time_select(out);
  ImapClient client = logged_in();
  client_ = &client;
  client.run("SELECT INBOX");
  client.run("UID STORE 1:* -FLAGS.SILENT (\\Flagged)");
  Tally const sizes = client.run("UID FETCH 1:* (RFC822.SIZE)", "RFC822.SIZE ");
  check_all_fetched(sizes, "RFC822.SIZE");
  mailbox_octets_ = sizes.size_sum;
  require(mailbox_octets_ >= messages_ * static_cast<std::size_t>(options_.number("size")), "mailbox size");
  time_fetch(out, "fetch_flags_ms", "FLAGS", "FLAGS (");
  time_fetch(out, "fetch_envelope_ms", "ENVELOPE", "@platform.test>");
  time_fetch(out, "fetch_body_ms", "BODY.PEEK[]", "BODY[] {");
  time_store(out, "store_silent_ms", "+FLAGS.SILENT", true);
  time_store(out, "store_ms", "+FLAGS", false);
  client.run("UID STORE 1:* -FLAGS.SILENT (\\Flagged)");
  auto const hits = (messages_ + needle_every - 1) / needle_every;
  time_search(out, "search_text_ms", needle, hits);
  time_search(out, "search_absent_ms", "nosuchwordanywhere", 0);
  return out;
}

// APPEND of one message at a time to a mailbox made for it.
void Bench::time_append(JsonObject& out, std::string const& name, ImapClient& client) {
  std::string const& mailbox = options_.text("append-mailbox");
  if (client.run("LIST \"\" " + mailbox).lists == 0) client.run("CREATE " + mailbox);
  std::string const status = "STATUS " + mailbox + " (MESSAGES)";
  long const before = client.run(status).status_messages;
  MessageSpec spec;
  spec.size = static_cast<std::size_t>(options_.number("size"));
  spec.to = options_.text("user") + "@bench.test";
  bool const unasked = may_send_unasked(client, spec.size);
  std::string const run = options_.text("run") + "." + name;
  auto const append = [&](long i) { append_one(client, mailbox, make_message(spec, run, i), unasked); };
  long const rounds = options_.number("slow-rounds");
  long const warm = rounds / 10;
  for (long i = 0; i < warm; ++i) append(i);
  time_rounds(out, name, rounds, [&](long i) { append(warm + i); });
  require(client.run(status).status_messages - before == rounds + warm, "messages after APPEND");
}

JsonObject Bench::latency() {
  JsonObject out;
  ImapClient client = logged_in();
  client.run("SELECT INBOX");
  long const fast = options_.number("fast-rounds"), slow = options_.number("slow-rounds");
  auto const noop = [&](long) { client.run("NOOP"); };
  auto const fetch = [&](long i) {
    auto const seq = static_cast<std::size_t>(i) * 7919 % messages_ + 1;
    Tally const tally = client.run("FETCH " + std::to_string(seq) + " (BODY.PEEK[])", "BODY[] {");
    require(tally.items == 1 && tally.sequence_sum == seq && tally.literal_octets > 0, "FETCH of one body");
  };
  for (long i = 0; i < fast / 10; ++i) noop(i), fetch(i);
  time_rounds(out, "noop_ms", fast, noop);
  time_rounds(out, "fetch_one_ms", fast, fetch);

  time_append(out, "append_large_ms", client);
  ImapClient small(address_, options_.number("tls") != 0);
  small.login(options_.text("small-user"), options_.text("password"));
  time_append(out, "append_ms", small);
  auto const login = [&](long) { logged_in(); };
  for (long i = 0; i < slow / 10; ++i) login(i);
  time_rounds(out, "login_ms", slow, login);
  return out;
}

JsonObject Bench::count() {
  double sum = 0;
  for (long i = 0; i < options_.number("users"); ++i) {
    ImapClient client(address_, options_.number("tls") != 0);
    client.login(numbered(options_.text("user"), i), options_.text("password"));
    long const messages = client.run("STATUS INBOX (MESSAGES)").status_messages;
    require(messages >= 0, "STATUS without MESSAGES");
    sum += static_cast<double>(messages);
  }
  return std::move(JsonObject().add("messages", sum));
}

void body(int argc, char** argv) {
  Options const options(argc, argv, option_table);
  Bench bench(options);
  std::string const& suite = options.text("suite");
  JsonObject out;
  if (suite == "fill")
    out = bench.fill();
  else if (suite == "bulk")
    out = bench.bulk();
  else if (suite == "latency")
    out = bench.latency();
  else if (suite == "count")
    out = bench.count();
  else
    fail("no suite " + suite);
  out.add("client_cpu_seconds", own_cpu_seconds());
  std::puts(out.text().c_str());
}

}  // namespace
}  // namespace mc::bench

int main(int argc, char** argv) {
  return mc::bench::run_tool("imap_bench", mc::bench::body, argc, argv);
}
