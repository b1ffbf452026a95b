// queue list|show|retry|hold|release|drop, store stats|backup, config check
#include "center/departure.h"
#include "center/outbox.h"
#include "center/policy_store.h"
#include "center/zones.h"
#include "core/text.h"
#include "core/time_text.h"
#include "gateway/commands.h"
#include "gateway/policy_file.h"
#include "net/tls.h"
#include "rules/timing.h"
#include "store/census.h"

namespace mc::gateway {

namespace {

// "due" of a waiting one: until when it waits. One that was never queued has no sender and no end of life yet.
std::vector<std::string> const queue_columns{"id",     "state",   "recipient", "sender",     "attempts", "due",
                                             "queued", "expires", "mail",      "last reply", "type",     "waits for"};

std::string_view word_of(store::OutboxState state) {
  switch (state) {
    case store::OutboxState::queued: return "queued";
    case store::OutboxState::held: return "held";
    case store::OutboxState::waiting: break;
  }
  return "waiting";
}

std::string waits_of(store::OutboxEntry const& e) {
  std::string words;
  if (!center::never_queued(e)) return words;
  for (std::string_view name : rules::names_of_waits(e.waits)) words += (words.empty() ? "" : ", ") + std::string(name);
  return words;
}

std::vector<std::string> row_of(store::OutboxEntry const& e) {
  return {to_string(e.id),
          std::string(word_of(e.state)),
          e.recipient,
          e.sender,
          std::to_string(e.attempts),
          write_rfc3339(e.due),
          write_rfc3339(e.created),
          center::never_queued(e) ? std::string() : write_rfc3339(e.expires),
          e.mail_id,
          printable(e.last_reply, 300),
          e.type,
          waits_of(e)};
}

using QueueChange = Result<void> (*)(center::Context&, store::Transaction&, OutboxId);

int change(Desk& desk, Arguments const& arguments, Output& out, QueueChange how, std::string_view done_word) {
  auto id = parse_number(arguments.words[0]);
  if (!id) return out.refuse("the id is a number: see queue list");
  auto done = desk.context.store.write_and_wait(
      [&](store::Transaction& tx) -> Result<void> { return how(desk.context, tx, OutboxId(*id)); });
  if (!done) return out.refuse(done.error().text);
  out.say(std::string(done_word) + " " + arguments.words[0]);
  return exit_done;
}

Result<void> retry_one(center::Context& c, store::Transaction& tx, OutboxId id) {
  return center::retry_queued(c, tx, id);
}

}  // namespace

int queue_list(Desk& desk, Arguments const&, Output& out) {
  Listing listing{queue_columns, {}};
  auto entries =
      desk.context.store.read([](store::Snapshot const& s) { return center::list_queue(s, 100'000); });
  for (auto const& entry : entries) listing.rows.push_back(row_of(entry));
  if (listing.rows.empty() && !out.json())
    out.say("The queue is empty.");
  else
    out.list(listing);
  return exit_done;
}

int queue_show(Desk& desk, Arguments const& arguments, Output& out) {
  auto id = parse_number(arguments.words[0]);
  if (!id) return out.refuse("the id is a number: see queue list");
  auto entry = desk.context.store.read([&](store::Snapshot const& s) { return store::find_outbox(s, OutboxId(*id)); });
  if (!entry) return out.refuse("no mail " + arguments.words[0] + " in the queue");
  out.show({queue_columns, {row_of(*entry)}});
  return exit_done;
}

int queue_retry(Desk& desk, Arguments const& arguments, Output& out) {
  if (arguments.words[0] != "all") return change(desk, arguments, out, retry_one, "Trying");
  auto done = desk.context.store.write_and_wait(
      [&](store::Transaction& tx) -> Result<void> { return center::retry_queued(desk.context, tx, std::nullopt); });
  if (!done) return out.refuse(done.error().text);
  out.say("Trying all that are not on hold");
  return exit_done;
}

int queue_hold(Desk& desk, Arguments const& arguments, Output& out) {
  return change(desk, arguments, out, center::hold_queued, "Holding");
}
int queue_release(Desk& desk, Arguments const& arguments, Output& out) {
  return change(desk, arguments, out, center::release_queued, "Released");
}
int queue_drop(Desk& desk, Arguments const& arguments, Output& out) {
  return change(desk, arguments, out, center::drop_queued, "Dropped");
}

namespace {

using Number = std::pair<std::string_view, std::uint64_t>;

std::vector<Number> numbers_of(store::Counts const& c, store::EngineStats const& engine) {
  return {
      {"messages placed", c.messages},
      {"octets of messages", c.message_octets},
      {"mailboxes", c.mailboxes},
      {"bodies", c.bodies},
      {"decisions", c.decisions},
      {"outbox queued", c.queued},
      {"outbox waiting", c.waiting},
      {"outbox held", c.held},
      {"messages noted to expire", c.to_expire},
      {"messages deleted, not yet freed", c.to_free},
      {"used octets", engine.used_octets},
      {"free octets", engine.free_octets},
      {"map octets", engine.map_octets},
      {"entries", engine.entries},
      {"readers", engine.readers},
      {"oldest reader lag", engine.oldest_reader_lag},
  };
}

}  // namespace

int store_stats(Desk& desk, Arguments const&, Output& out) {
  store::Census census;
  while (desk.context.store.read([&](store::Snapshot const& s) { return census.step(s); })) {
  }
  store::Counts const& counts = census.counts();
  Listing listing;
  listing.rows.resize(1);
  for (auto const& [name, number] : numbers_of(counts, desk.context.store.stats())) {
    listing.columns.emplace_back(name);
    listing.rows[0].push_back(std::to_string(number));
  }
  listing.columns.emplace_back("oldest decision");
  listing.rows[0].push_back(counts.oldest ? write_rfc3339(*counts.oldest) : "none");
  out.show(listing);
  return exit_done;
}

int store_backup(Desk& desk, Arguments const& arguments, Output& out) {
  if (auto done = desk.context.store.backup(arguments.words[0]); !done) return out.refuse(done.error().text);
  out.say("Backed up to " + arguments.words[0]);
  return exit_done;
}

namespace {

int check_policy_file(std::string const& file, Output& out) {
  auto read = read_policy_text(file);
  if (!read) return out.refuse(read.error().text);
  center::PolicyCandidate candidate;
  candidate.text = read->text;
  candidate.file = file;
  candidate.tests = read->tests;
  candidate.tests_file = tests_beside(file);
  auto checked = center::check_policy(candidate, center::SystemZones(), SystemClock().now());
  out.print(checked ? checked->warnings : checked.error().text);
  return checked ? exit_done : exit_refused;
}

}  // namespace

int config_check(std::string const& file, Arguments const&, Output& out) {
  auto load = load_config(file);
  if (!load) return out.refuse(load.error().text);
  out.print(rules::write_problems(load->problems, file, load->text));
  if (!*load) return exit_refused;
  Config const& config = load->config;
  if (!config.tls.certificate.empty())
    if (auto tls = net::TlsContext::make_server({config.tls.certificate, config.tls.key}); !tls)
      return out.refuse(tls.error().text);
  if (int exit = check_policy_file(config.server.policy, out); exit != exit_done) return exit;
  out.say(file + ": no errors");
  return exit_done;
}

}  // namespace mc::gateway
