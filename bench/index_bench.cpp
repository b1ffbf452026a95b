// bench/index_bench.cpp - how long the store's index takes for one large mailbox, on the
// embedded engine. Stands alone:
//
//   g++ -std=c++20 -O2 -DNDEBUG -I. -Ibuild/release bench/index_bench.cpp
//       -DBOOST_ASIO_SEPARATE_COMPILATION build/release/libmc_{store,core,pch}.a -llmdb -lcrypto -o index_bench
//   ./index_bench [messages] [directory]
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "core/crypto.h"
#include "store/bodies.h"
#include "store/decisions.h"
#include "store/messages.h"
#include "store/records.h"
#include "store/store.h"

using namespace mc;
using namespace mc::store;

namespace {

using SteadyClock = std::chrono::steady_clock;
UidSet const everything{{1, ~std::uint32_t{0}}};

double ms_since(SteadyClock::time_point start) {
  return std::chrono::duration<double, std::milli>(SteadyClock::now() - start).count();
}

// The best of several runs: warm, as a busy server has it.
template <class F>
void report(char const* what, double goal_ms, F f, int runs = 7) {
  double best = 1e9;
  for (int i = 0; i < runs; ++i) {
    auto start = SteadyClock::now();
    f();
    best = std::min(best, ms_since(start));
  }
  std::printf("%-52s %9.3f ms   goal %7.1f ms\n", what, best, goal_ms);
}

struct Sample {
  std::string octets, facts;
  Sha256 hash;
};

Sample make_sample(std::size_t i) {
  Sample s;
  s.octets = "Message-ID: <" + std::to_string(i) + "@bench.test>\r\nSubject: message " + std::to_string(i) + "\r\n\r\n";
  s.octets.append(1500, 'x');
  s.hash = sha256(s.octets);
  Builder b;
  auto envelope = b.CreateString(std::string(350, 'e')), body = b.CreateString(std::string(80, 'b'));
  auto structure = b.CreateString(std::string(200, 's')), preview = b.CreateString(std::string(150, 'p'));
  auto id = b.CreateString("<" + std::to_string(i) + "@bench.test>"), subject = b.CreateString("message");
  auto sha = octets_in(b, as_octets(s.hash));
  fb::BodyBuilder out(b);
  out.add_size(s.octets.size());
  out.add_shown_size(s.octets.size());
  out.add_envelope(envelope);
  out.add_body(body);
  out.add_bodystructure(structure);
  out.add_preview(preview);
  out.add_message_id(id);
  out.add_subject(subject);
  out.add_sha256(sha);
  b.Finish(out.Finish());
  s.facts = finished(b);
  return s;
}

void deliver(Transaction& tx, MailboxId mailbox, Sample const& sample) {
  DecisionRecord decision;
  decision.id = next_decision_id(tx);
  decision.user = UserId(1);
  decision.mail_id = "0123456789abcdef";
  decision.message_id = "<" + std::to_string(decision.id.value) + "@bench.test>";
  decision.type = "payment.sent";
  decision.record.assign(120, 'r');
  BodyId body = put_body(tx, sample.octets, sample.facts, sample.hash);
  std::string const prefix(160, 'h');
  decision.message = make_message(tx, body, prefix, UserId(1), decision.id);
  decision.size = sample.octets.size() + prefix.size();
  auto appended = append(tx, mailbox, {decision.message, static_cast<std::uint32_t>(decision.size), 0, 1'700'000'000});
  decision.mailbox = mailbox;
  decision.uid = appended->uid;
  put_decision(tx, decision);
}

void bench_delivery(Store& store, MailboxId mailbox, std::size_t count) {
  double in_operations = 0, in_commits = 0;
  std::size_t done = 0;
  while (done < count) {
    std::vector<Sample> batch;
    for (std::size_t i = 0; i < 256 && done + i < count; ++i) batch.push_back(make_sample(done + i));
    double spent = 0;
    auto start = SteadyClock::now();
    auto result = store.write_and_wait([&](Transaction& tx) -> Result<void> {
      auto began = SteadyClock::now();
      for (Sample const& sample : batch) deliver(tx, mailbox, sample);
      spent = ms_since(began);
      return {};
    });
    if (!result) std::exit((std::fprintf(stderr, "%s\n", result.error().text.c_str()), 1));
    in_operations += spent;
    in_commits += ms_since(start) - spent;
    done += batch.size();
  }
  std::printf("%-52s %9.3f us   goal %7.1f us   (+ %.3f us of its share of the commit)\n", "delivery operation, 256 a commit",
              in_operations * 1000 / static_cast<double>(count), 20.0, in_commits * 1000 / static_cast<double>(count));
}

void bench_reads(Store& store, MailboxId mailbox) {
  std::uint64_t sum = 0;
  report("walk all entries", 1, [&] {
    store.read([&](Snapshot const& s) { MailboxReader(s, mailbox).for_each(everything, [&](Entry const& e) { sum += e.flags + e.size + e.modseq.value; }); });
  });
  report("uids() from the headers", 0.3, [&] {
    store.read([&](Snapshot const& s) { sum += MailboxReader(s, mailbox).uids().size(); });
  });
  report("first_unseen()", 0.3, [&] {
    store.read([&](Snapshot const& s) { sum += MailboxReader(s, mailbox).first_unseen().has_value(); });
  });
  report("find() of every message, in order", 10, [&] {
    store.read([&](Snapshot const& s) {
      MailboxReader reader(s, mailbox);
      for (std::uint32_t uid = 1; uid < reader.state().uid_next.value; ++uid) sum += reader.find(Uid(uid)).has_value();
    });
  });
  report("changes_since(highest - 1)", 0.1, [&] {
    store.read([&](Snapshot const& s) {
      auto state = state_of(s, mailbox);
      sum += changes_since(s, mailbox, ModSeq(state.highest_modseq.value - 1), state.uid_next).flags.size();
    });
  });
  report("envelopes of all by MessageReader", 100, [&] {
    store.read([&](Snapshot const& s) {
      MessageReader messages(s);
      MailboxReader(s, mailbox).for_each(everything, [&](Entry const& e) { sum += view_of(messages.facts(e.message).envelope()).back(); });
    });
  }, 3);
  report("envelopes of all by message_record(), body_facts()", 200, [&] {
    store.read([&](Snapshot const& s) {
      MailboxReader(s, mailbox).for_each(everything, [&](Entry const& e) {
        sum += view_of(body_facts(s, BodyId(message_record(s, e.message).body())).envelope()).back();
      });
    });
  }, 3);
  report("BODY[] of all by MessageReader", 500, [&] {
    store.read([&](Snapshot const& s) {
      MessageReader messages(s);
      std::string out;
      MailboxReader(s, mailbox).for_each(everything, [&](Entry const& e) {
        out.clear();
        messages.read(e.message, {0, ~std::uint64_t{0}}, out);
        sum += out.size();
      });
    });
  }, 3);
  std::printf("(%llu)\n", static_cast<unsigned long long>(sum));
}

// The operation alone; its commit is the disk's.
template <class F>
void report_write(Store& store, char const* what, double goal_ms, F f) {
  double spent = 0, whole = 0;
  auto start = SteadyClock::now();
  auto result = store.write_and_wait([&](Transaction& tx) -> Result<void> {
    auto began = SteadyClock::now();
    f(tx);
    spent = ms_since(began);
    return {};
  });
  whole = ms_since(start);
  std::printf("%-52s %9.3f ms   goal %7.1f ms   (commit %.1f ms)%s\n", what, spent, goal_ms, whole - spent,
              result ? "" : "   FAILED");
}

void bench_writes(Store& store, MailboxId mailbox, MailboxId other) {
  for (int i = 0; i < 3; ++i) {
    report_write(store, "store_flags +\\Seen over all", 10, [&](Transaction& tx) { store_flags(tx, mailbox, everything, FlagChange::add, flag::seen); });
    report_write(store, "store_flags -\\Seen over all", 10, [&](Transaction& tx) { store_flags(tx, mailbox, everything, FlagChange::remove, flag::seen); });
  }
  UidSet every_tenth;
  for (std::uint32_t uid = 1; uid <= 100'000; uid += 10) every_tenth.add(uid);
  report_write(store, "store_flags +\\Flagged of every tenth", 10, [&](Transaction& tx) { store_flags(tx, mailbox, every_tenth, FlagChange::add, flag::flagged); });
  report_write(store, "copy_messages of all", 200, [&](Transaction& tx) { copy_messages(tx, mailbox, everything, other).value(); });
  report_write(store, "move_messages of all", 20, [&](Transaction& tx) { move_messages(tx, mailbox, everything, other).value(); });
  report_write(store, "expunge of all copies", 200, [&](Transaction& tx) { expunge(tx, other, everything, false); });
  bool more = true;
  while (more)  // first the second references, then messages and bodies
    report_write(store, "reclaim_deleted, one slice of 10,000", 200, [&](Transaction& tx) { more = reclaim_deleted(tx, 10'000); });
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t const count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 100'000;
  std::string const directory = argc > 2 ? argv[2] : "index_bench.data";
  std::filesystem::remove_all(directory);
  SystemClock clock;
  StoreOptions options;
  options.directory = directory;
  options.clock = &clock;
  auto store = Store::open(options);
  if (!store) return std::fprintf(stderr, "%s\n", store.error().text.c_str()), 1;
  MailboxId mailbox, other;
  auto made = (*store)->write_and_wait([&](Transaction& tx) -> Result<void> {
    mailbox = *create_mailbox(tx, UserId(1), "bench", MailboxKind::user, {}, tx.now());
    other = *create_mailbox(tx, UserId(1), "other", MailboxKind::user, {}, tx.now());
    return {};
  });
  if (!made) return 1;
  bench_delivery(**store, mailbox, count);
  bench_reads(**store, mailbox);
  bench_writes(**store, mailbox, other);
  store->reset();
  std::filesystem::remove_all(directory);
}
