// queue list|status|show|retry|hold|release|drop, store stats|backup, config check
#include <map>

#include "center/departure.h"
#include "center/queue.h"
#include "center/policy_store.h"
#include "center/zones.h"
#include "core/text.h"
#include "core/time_text.h"
#include "gateway/commands.h"
#include "gateway/dkim.h"
#include "gateway/policy_file.h"
#include "net/tls.h"
#include "rules/timing.h"
#include "store/census.h"

namespace mc::gateway {

namespace {

constexpr std::size_t page_size = 1'000, most_listed = 100'000;

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

std::optional<store::OutboxState> parse_state(std::string_view word) {
  for (store::OutboxState state : {store::OutboxState::queued, store::OutboxState::held, store::OutboxState::waiting})
    if (word == word_of(state)) return state;
  return std::nullopt;
}

Result<std::string> parse_domain(std::string_view text) {
  std::string const domain = to_lower(text.starts_with('@') ? text.substr(1) : text);
  if (domain.empty() || domain.find('@') != std::string::npos || domain.size() > 255)
    return fail(Errc::syntax, "--domain wants what follows the @ of the recipients, as in ext.test");
  return domain;
}

Result<center::QueueFilter> parse_filter(Arguments const& arguments) {
  center::QueueFilter filter;
  if (arguments.has("state")) {
    filter.state = parse_state(arguments.get("state"));
    if (!filter.state) return fail(Errc::syntax, "--state wants queued, held or waiting");
  }
  if (!arguments.has("domain")) return filter;
  auto domain = parse_domain(arguments.get("domain"));
  if (!domain) return domain.error();
  filter.domain = *domain;
  return filter;
}

// Each page in a snapshot of its own: the queue may be long. `f`: go on?
template <class F>
void walk_queue(Desk& desk, center::QueueFilter const& filter, F&& f) {
  OutboxId after;
  do {
    auto page = desk.context.store.read(
        [&](store::Snapshot const& s) { return center::list_queue(s, filter, after, page_size); });
    if (!f(page.entries)) return;
    after = page.next;
  } while (after);
}

std::string seconds_of(Millis time) { return std::to_string((time.count() + 999) / 1000) + " s"; }

// What is known of the next servers, and of domains in trouble.
Listing status_of(smtp::SenderStatus const& status) {
  Listing out{{"what", "name", "state", "connections", "next try", "since", "last"}, {}};
  for (smtp::Hosts::State const& h : status.hosts)
    out.rows.push_back({"host", h.name, h.well ? "well" : "unreachable", std::to_string(h.connections),
                        h.well ? "" : seconds_of(h.retry_in), h.well ? "" : write_rfc3339(h.since),
                        printable(h.trouble, 200)});
  for (smtp::Destinations::Trouble const& d : status.domains)
    out.rows.push_back({"domain", d.domain, d.left > Millis(0) ? "left in peace" : "tried again", "",
                        d.left > Millis(0) ? seconds_of(d.left) : "", "", printable(d.words, 200)});
  return out;
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

// In slices, so that the writer is never held long.
int retry_matching(Desk& desk, center::QueueFilter filter, Output& out) {
  filter.state = store::OutboxState::queued;
  std::size_t count = 0;
  Result<std::size_t> done = 0;
  walk_queue(desk, filter, [&](std::vector<store::OutboxEntry> const& entries) {
    std::vector<OutboxId> ids;
    for (store::OutboxEntry const& entry : entries) ids.push_back(entry.id);
    done = desk.context.store.write_and_wait(
        [&](store::Transaction& tx) -> Result<std::size_t> { return center::retry_all_queued(desk.context, tx, ids); });
    if (done) count += *done;
    return done.has_value();
  });
  if (!done) return out.refuse(done.error().text);
  if (count == 0 && !filter.domain.empty()) return out.refuse("nothing is queued for " + printable(filter.domain));
  out.say("Trying " + std::to_string(count) + (count == 1 ? " mail" : " mails") + "; none that is on hold or waits for its time");
  return exit_done;
}

void say_summary(Desk& desk, std::map<std::string_view, std::size_t> const& counts, Output& out) {
  std::string line;
  for (auto const& [state, count] : counts) line += (line.empty() ? "" : ", ") + std::to_string(count) + ' ' + std::string(state);
  out.say("");
  out.say(line);
  auto const status = desk.sender ? desk.sender() : std::nullopt;
  if (!status) return;
  for (auto const& row : status_of(*status).rows)
    out.say(row[0] + ' ' + row[1] + ": " + row[2] + (row[4].empty() ? "" : ", next try in " + row[4]) +
            (row[6].empty() ? "" : " (" + row[6] + ')'));
}

}  // namespace

int queue_list(Desk& desk, Arguments const& arguments, Output& out) {
  auto filter = parse_filter(arguments);
  if (!filter) return out.refuse(filter.error().text), exit_usage;
  Listing listing{queue_columns, {}};
  std::map<std::string_view, std::size_t> counts;
  walk_queue(desk, *filter, [&](std::vector<store::OutboxEntry> const& entries) {
    for (auto const& entry : entries) {
      ++counts[word_of(entry.state)];
      if (listing.rows.size() < most_listed) listing.rows.push_back(row_of(entry));
    }
    return true;
  });
  bool const all = filter->domain.empty() && !filter->state;
  if (listing.rows.empty() && !out.json()) {
    out.say(all ? "The queue is empty." : "Nothing in the queue is like that.");
  } else {
    out.list(listing);
    say_summary(desk, counts, out);
  }
  return exit_done;
}

int queue_status(Desk& desk, Arguments const&, Output& out) {
  if (!desk.sender) return out.refuse("nothing is being sent: the server does not run, or has no way out ([external])");
  auto const status = desk.sender();
  if (!status) return out.refuse("the sender is busy; ask again");
  out.list(status_of(*status));
  out.say(std::to_string(status->connections) + " connections, " + std::to_string(status->waiting) + " mails in line");
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

// retry = ID / "all" / "--domain" D
int queue_retry(Desk& desk, Arguments const& arguments, Output& out) {
  bool const by_domain = arguments.has("domain");
  if (by_domain == !arguments.words.empty()) return out.refuse("say which: an id, all, or --domain D"), exit_usage;
  if (!by_domain && arguments.words[0] != "all") return change(desk, arguments, out, center::retry_queued, "Trying");
  auto filter = parse_filter(arguments);
  if (!filter) return out.refuse(filter.error().text), exit_usage;
  return retry_matching(desk, std::move(*filter), out);
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
  if (auto keys = net::DkimSigner::make(dkim_files(config)); !keys) return out.refuse(keys.error().text);
  if (int exit = check_policy_file(config.server.policy, out); exit != exit_done) return exit;
  out.say(file + ": no errors");
  return exit_done;
}

}  // namespace mc::gateway
