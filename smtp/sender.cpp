#include "smtp/sender.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <future>
#include <utility>

#include "core/log.h"
#include "core/text.h"
#include "smtp/sender_impl.h"

namespace mc::smtp {

namespace {

constexpr Millis longest_sleep = std::chrono::minutes(1);
constexpr Millis longest_blind = std::chrono::seconds(2);  // with mail to come: the clock may have been set
constexpr Millis shortest_sleep = std::chrono::milliseconds(10);
constexpr Millis between_looks = std::chrono::seconds(1);  // while there is enough to do
constexpr std::size_t enough = 1'000;                      // mails in line
constexpr std::size_t most_at_once = 1'000;                // named by one look
constexpr std::size_t most_reported = 500;                 // in one store operation
constexpr std::size_t most_lanes = 256;                    // domains looked at for new connections in one step
constexpr std::size_t most_told = 100;                     // hosts and domains in a status
constexpr Millis status_time = std::chrono::seconds(2);

}  // namespace

// --- tasks

void Sender::Impl::end_task() {
  std::lock_guard lock(mutex);
  --tasks;
  ended.notify_all();
}

void Sender::Impl::wake() {
  woken = true;
  timer.cancel();
}

// --- what to do next

asio::awaitable<void> Sender::Impl::dispatch() {
  auto self = shared_from_this();
  watch = outbox.watch(context.get_executor(), [weak = weak_from_this()] {
    if (auto alive = weak.lock()) alive->wake();
  });
  while (!stopping) {
    Millis const sleep = step();
    if (!std::exchange(woken, false)) {
      timer.expires_after(sleep);
      co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
      woken = false;
    }
  }
  watch = {};
  for (OutboxId id : destinations.take_all()) outbox.release(id);
}

// What can be done now; the answer is how long to sleep after it. A fault must not end the sender.
Millis Sender::Impl::step() {
  try {
    fill();
    start_workers();
    return sleep_time();
  } catch (std::exception const& fault) {
    log_error("sender_fault", {{"why", fault.what()}});
    return longest_sleep;
  }
}

// Puts in line what became due.
void Sender::Impl::fill() {
  auto const now = steady_now();
  bool const plenty = destinations.waiting() >= enough;
  if (plenty && now < looked_at + between_looks) return;
  looked_at = now;
  if (!plenty && std::exchange(passed_over, false)) outbox.look_again();
  auto const current = settings.get();
  auto const look = outbox.look(most_at_once, [&](std::string_view domain) {
    bool const wanted = destinations.wants(domain);
    passed_over = passed_over || !wanted;
    return wanted;
  });
  more_due = look.more;
  for (center::DueMail const& due : look.mails) {
    if (iequals(due.domain, current->own_domain)) {
      add_report(due.id, center::SendOutcome::permanent, refuse_domain(due.domain, current->own_domain)->reply);
      continue;
    }
    if (due.at_once) {
      destinations.forgive(due.domain);
      hosts.forgive();
    }
    if (auto pause = destinations.add(due.id, due.domain, now)) postpone(due.id, due.domain, *pause);
  }
}

void Sender::Impl::start_workers() {
  auto const current = settings.get();
  if (current->route == Route::mx)
    start_by_domain(*current);
  else
    start_for_all(*current);
}

void Sender::Impl::start_worker(std::string lane) {
  Lane& l = lanes[lane];
  ++l.workers;
  ++l.opening;
  start_task([self = shared_from_this(), lane = std::move(lane)] { return self->work(lane); });
}

// Mail waits for a connection: first for idle ones, then for new ones.
void Sender::Impl::start_for_all(SenderSettings const& current) {
  std::size_t const wanted = destinations.may_go();
  std::size_t signalled = 0;
  for (Worker* worker : workers) {
    if (signalled == wanted) break;
    if (!worker->idle) continue;
    worker->client->stream().signal();
    ++signalled;
  }
  Lane& lane = lanes[""];
  std::vector<std::string> names;
  for (HostSettings const& host : current.smarthosts) names.push_back(host.name());
  for (std::size_t coming = lane.opening + lane.idle; coming < wanted && lane.workers < current.connections; ++coming) {
    if (!hosts.pick(names, steady_now())) break;
    start_worker("");
  }
}

// The same for each domain by itself. One that has none takes the place of an idle connection of others.
void Sender::Impl::start_by_domain(SenderSettings const& current) {
  std::size_t total = 0;
  for (auto const& [name, lane] : lanes) total += lane.workers;
  for (auto const& [domain, wanted] : destinations.ready(most_lanes)) {
    Lane& lane = lanes[domain];
    for (Worker* worker : workers)
      if (worker->idle && worker->lane == domain) worker->client->stream().signal();
    if (total >= current.connections) {
      if (lane.workers == 0) make_room(domain);
      continue;
    }
    if (steady_now() < lane.no_more_before) continue;
    // One finds out whether anybody is there.
    std::size_t const most = lane.workers == lane.opening ? 1 : wanted;
    for (std::size_t coming = lane.opening + lane.idle; coming < most && total < current.connections; ++coming, ++total)
      start_worker(domain);
  }
  std::erase_if(lanes, [](auto const& entry) { return entry.second.workers == 0 && entry.second.no_more_before <= steady_now(); });
}

void Sender::Impl::make_room(std::string const& lane) {
  for (Worker* worker : workers) {
    if (!worker->idle || worker->leave || worker->lane == lane) continue;
    worker->leave = true;
    worker->client->stream().signal();
    return;
  }
}

Millis Sender::Impl::sleep_time() const {
  if (more_due && destinations.waiting() < enough) return shortest_sleep;
  Millis sleep = longest_sleep;
  if (auto due = outbox.next_due()) sleep = std::clamp(*due - SystemClock().now(), shortest_sleep, longest_blind);
  if (destinations.waiting() == 0) return sleep;
  sleep = std::min(sleep, longest_blind);
  auto const current = settings.get();
  if (current->route == Route::mx || destinations.may_go() == 0) return sleep;
  std::vector<std::string> names;
  for (HostSettings const& host : current->smarthosts) names.push_back(host.name());
  auto const now = steady_now();
  auto const next = hosts.next_try(names, now);
  if (next > now && next != net::never) sleep = std::min(sleep, std::chrono::ceil<Millis>(next - now));
  return std::max(sleep, shortest_sleep);
}

// --- reports

void Sender::Impl::add_report(OutboxId id, center::SendOutcome outcome, std::string reply) {
  center::SendReport report;
  report.id = id;
  report.outcome = outcome;
  report.reply = std::move(reply);
  add_report(std::move(report));
}

void Sender::Impl::add_report(center::SendReport report) {
  reports.push_back(std::move(report));
  if (std::exchange(reporting, true)) return;
  start_task([self = shared_from_this()] { return self->report_all(); });
}

// What gathers while one store operation is under way goes into the next.
asio::awaitable<void> Sender::Impl::report_all() {
  auto self = shared_from_this();
  while (!reports.empty()) {
    std::vector<center::SendReport> batch;
    while (!reports.empty() && batch.size() < most_reported) {
      batch.push_back(std::move(reports.front()));
      reports.pop_front();
    }
    co_await outbox.report(std::move(batch));
    wake();
  }
  reporting = false;
}

// Somewhat later than the pause ends, each at its own time.
void Sender::Impl::postpone(OutboxId id, std::string const& domain, Millis pause) {
  std::uniform_int_distribution<Millis::rep> jitter(0, pause.count() / 2);
  center::SendReport report;
  report.id = id;
  report.outcome = center::SendOutcome::postponed;
  report.reply = domain + " is left in peace for a while; last: " + destinations.trouble(domain);
  report.pause = pause + Millis(jitter(random));
  add_report(std::move(report));
}

// --- from outside

SenderStatus Sender::Impl::status() const {
  SenderStatus out;
  auto const current = settings.get();
  auto const now = steady_now();
  if (current->route == Route::mx)
    out.hosts = hosts.troubles(now, most_told);
  else
    for (HostSettings const& host : current->smarthosts) out.hosts.push_back(hosts.state(host.name(), now));
  out.domains = destinations.troubles(now, most_told);
  out.connections = hosts.connected();
  out.waiting = destinations.waiting();
  return out;
}

void Sender::Impl::begin_stop() {
  stopping = true;
  for (Worker* worker : workers)
    if (worker->idle) worker->client->stream().signal();
  wake();
}

Sender::Sender(asio::io_context& context, center::Outbox& outbox, SenderSettings settings)
    : impl_(std::make_shared<Impl>(context, outbox, std::move(settings))) {}

Sender::~Sender() = default;

void Sender::start() {
  impl_->start_task([impl = impl_] { return impl->dispatch(); });
}

void Sender::update(SenderSettings settings) {
  Destinations::Limits const limits = settings.domains;
  impl_->settings.set(std::move(settings));
  asio::post(impl_->context, [impl = impl_, limits] {
    impl->destinations.set_limits(limits);
    impl->hosts.forgive();
    impl->wake();
  });
}

std::optional<SenderStatus> Sender::status() {
  auto answer = std::make_shared<std::promise<SenderStatus>>();
  auto coming = answer->get_future();
  asio::post(impl_->context, [impl = impl_, answer] { answer->set_value(impl->status()); });
  if (coming.wait_for(status_time) != std::future_status::ready) return std::nullopt;
  return coming.get();
}

void Sender::stop_and_wait(Millis patience) {
  asio::post(impl_->context, [impl = impl_] { impl->begin_stop(); });
  std::unique_lock lock(impl_->mutex);
  if (impl_->ended.wait_for(lock, patience, [&] { return impl_->tasks == 0; })) return;
  asio::post(impl_->context, [impl = impl_] {
    for (Impl::Worker* worker : impl->workers)
      if (worker->client) worker->client->close();
  });
}

}  // namespace mc::smtp
