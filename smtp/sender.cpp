#include "smtp/sender.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <random>
#include <utility>

#include "core/current.h"
#include "core/log.h"
#include "smtp/client.h"

namespace mc::smtp {

namespace asio = net::asio;

namespace {

constexpr Millis first_pause = std::chrono::seconds(1);  // after the smarthost could not be reached; doubles
constexpr Millis longest_pause = std::chrono::minutes(1);
constexpr Millis longest_sleep = std::chrono::minutes(1);
constexpr Millis longest_blind = std::chrono::seconds(2);  // with mail to come: the clock may have been set
constexpr Millis shortest_sleep = std::chrono::milliseconds(10);
constexpr Millis busy_sleep = std::chrono::seconds(1);  // what is due is under way
constexpr std::size_t taken_per_connection = 4;

net::SteadyTime steady_now() {
  return std::chrono::steady_clock::now();
}

std::string describe(std::exception_ptr const& fault) {
  try {
    std::rethrow_exception(fault);
  } catch (boost::system::system_error const& e) {
    return e.code() == asio::error::eof ? "Connection closed by the server" : e.what();
  } catch (std::exception const& e) {
    return e.what();
  }
}

}  // namespace

// Members without a lock are used on the context's thread only.
struct Sender::Impl : std::enable_shared_from_this<Sender::Impl> {
  Impl(asio::io_context& c, center::Outbox& o, SmarthostSettings s)
      : context(c), outbox(o), settings(std::move(s)), timer(c) {}

  asio::awaitable<void> dispatch();
  asio::awaitable<void> work();
  asio::awaitable<void> report_all();
  asio::awaitable<Result<void>> open(Client& client);
  asio::awaitable<void> serve(Client& client);
  asio::awaitable<bool> send_one(Client& client, center::OutgoingMail mail);
  asio::awaitable<bool> wait_for_mail(Client& client);
  asio::awaitable<void> part(Client& client);

  struct Place;
  Millis step();
  void take_due();
  void start_workers();
  Millis sleep_time() const;
  void wake();
  std::optional<center::OutgoingMail> next_mail();
  void on_unreachable(std::string const& why);
  void add_report(OutboxId id, center::SendOutcome outcome, std::string reply, bool to_recipient = false);
  void begin_stop();
  void end_task();
  template <class Task>
  void start_task(Task task);

  asio::io_context& context;
  center::Outbox& outbox;
  Current<SmarthostSettings> settings;
  asio::steady_timer timer;
  store::Watchers::Handle watch;
  std::deque<center::OutgoingMail> ready;  // taken, not begun
  std::vector<center::SendReport> reports;
  std::list<Client*> clients;  // of the workers
  std::vector<Client*> idle;
  std::size_t workers = 0;  // connections open or being opened
  std::size_t opening = 0;
  std::size_t connected = 0;
  unsigned failures = 0;       // to reach the smarthost, in a row
  net::SteadyTime retry_at{};  // no new connection before
  bool reporting = false;
  bool woken = false;
  bool stopping = false;
  std::minstd_rand random{std::random_device{}()};

  std::mutex mutex;
  std::condition_variable ended;
  std::size_t tasks = 0;  // coroutines that have not ended; under `mutex`
};

// --- tasks

template <class Task>
void Sender::Impl::start_task(Task task) {
  {
    std::lock_guard lock(mutex);
    ++tasks;
  }
  auto self = shared_from_this();
  asio::co_spawn(context, std::move(task), [self](std::exception_ptr fault) {
    if (fault) net::log_escaped("sender", fault);
    self->end_task();
  });
}

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
  for (center::OutgoingMail const& mail : ready) outbox.release(mail.id);
  ready.clear();
}

// What can be done now; the answer is how long to sleep after it. A fault must not end the sender.
Millis Sender::Impl::step() {
  try {
    if (steady_now() >= retry_at) take_due();
    start_workers();
    return sleep_time();
  } catch (std::exception const& fault) {
    log_error("sender_fault", {{"why", fault.what()}});
    return longest_sleep;
  }
}

void Sender::Impl::take_due() {
  std::size_t const most = settings.get()->connections * taken_per_connection;
  if (ready.size() >= most) return;
  for (center::OutgoingMail& mail : outbox.take_due(most - ready.size())) {
    if (mail.suppressed)
      add_report(mail.id, center::SendOutcome::withheld, "The address is suppressed");
    else
      ready.push_back(std::move(mail));
  }
}

// Mail waits for a connection: first for idle ones, then for new ones. A smarthost that was not there the
// last time is tried with one.
void Sender::Impl::start_workers() {
  for (std::size_t i = 0; i < std::min(idle.size(), ready.size()); ++i) idle[i]->stream().signal();
  std::size_t const most = failures > 0 ? 1 : settings.get()->connections;
  std::size_t coming = opening + idle.size();
  while (workers < most && coming < ready.size() && steady_now() >= retry_at) {
    ++workers;
    ++opening;
    ++coming;
    start_task([self = shared_from_this()] { return self->work(); });
  }
}

Millis Sender::Impl::sleep_time() const {
  Millis sleep = longest_sleep;
  if (auto due = outbox.next_due()) {
    sleep = std::min(longest_blind, *due - SystemClock().now());
    if (sleep <= Millis(0)) sleep = busy_sleep;
  }
  auto const pause = std::chrono::ceil<Millis>(retry_at - steady_now());
  if (pause > Millis(0)) sleep = std::max(sleep, std::min(pause, longest_pause));
  return std::max(sleep, shortest_sleep);
}

std::optional<center::OutgoingMail> Sender::Impl::next_mail() {
  if (stopping) return std::nullopt;
  if (ready.empty() && steady_now() >= retry_at) take_due();
  if (ready.empty()) return std::nullopt;
  center::OutgoingMail mail = std::move(ready.front());
  ready.pop_front();
  return mail;
}

// --- one connection

// A worker's place among the others, given up however it ends.
struct Sender::Impl::Place {
  Place(Impl& i, Client& client) : impl(i), at(i.clients.insert(i.clients.end(), &client)) {}
  Place(Place const&) = delete;
  Place& operator=(Place const&) = delete;
  ~Place() {
    impl.clients.erase(at);
    impl.opening -= stage == Stage::opening;
    impl.connected -= stage == Stage::connected;
    --impl.workers;
    impl.wake();
  }
  void open_ended(bool well) {
    --impl.opening;
    impl.connected += well;
    stage = well ? Stage::connected : Stage::neither;
  }

  enum class Stage : std::uint8_t { opening, connected, neither };
  Impl& impl;
  std::list<Client*>::iterator at;
  Stage stage = Stage::opening;
};

asio::awaitable<void> Sender::Impl::work() {
  auto self = shared_from_this();
  Client client(*settings.get());
  Place place(*this, client);
  auto opened = co_await open(client);
  place.open_ended(opened.has_value());
  if (opened) {
    failures = 0;
    wake();
    co_await serve(client);
  } else {
    on_unreachable(opened.error().text);
  }
}

asio::awaitable<Result<void>> Sender::Impl::open(Client& client) {
  std::exception_ptr fault;
  try {
    co_return co_await client.open(context);
  } catch (std::exception const&) {
    fault = std::current_exception();
  }
  co_return fail(Errc::unavailable, describe(fault));
}

// With other connections open it is only this one too many: what is ready is left to them. Else what was
// taken comes back later, each at its own time, and the host is left in peace for a while.
void Sender::Impl::on_unreachable(std::string const& why) {
  auto const current = settings.get();
  std::string const text = current->host + ':' + std::to_string(current->port) + ": " + why;
  log_warning("smarthost_unreachable", {{"host", current->host}, {"reason", why}});
  Millis const whole = std::min(longest_pause, first_pause * (1u << std::min(failures, 6u)));
  ++failures;
  std::uniform_int_distribution<Millis::rep> jitter(whole.count() / 2, whole.count());
  retry_at = steady_now() + Millis(jitter(random));
  if (connected > 0) return;
  while (!ready.empty()) {
    add_report(ready.front().id, center::SendOutcome::temporary, text);
    ready.pop_front();
  }
}

asio::awaitable<void> Sender::Impl::serve(Client& client) {
  while (client.usable()) {
    if (auto mail = next_mail()) {
      bool const goes_on = co_await send_one(client, std::move(*mail));
      if (!goes_on) co_return;
    } else if (stopping) {
      break;
    } else {
      bool const more = co_await wait_for_mail(client);
      if (!more) break;
    }
  }
  if (client.usable()) co_await part(client);
}

// False: the connection broke. A server that ends a connection after some messages is met again on another
// one; only what fails on a fresh connection is reported.
asio::awaitable<bool> Sender::Impl::send_one(Client& client, center::OutgoingMail mail) {
  ContentSource const content = [&](std::uint64_t offset, std::size_t most) {
    return outbox.content(mail.id, offset, most);
  };
  std::exception_ptr fault;
  Sent sent;
  try {
    sent = co_await client.send(mail, content);
  } catch (std::exception const&) {
    fault = std::current_exception();
  }
  bool const reused = client.sent_before() > (fault ? 0u : 1u);
  bool const untouched = !client.answered() && reused && (fault || !client.usable());
  if (untouched && !stopping) {
    ready.push_front(std::move(mail));
    co_return false;
  }
  if (fault) sent.reply = describe(fault);
  add_report(mail.id, sent.outcome, std::move(sent.reply), sent.to_recipient);
  co_return !fault;
}

asio::awaitable<bool> Sender::Impl::wait_for_mail(Client& client) {
  idle.push_back(&client);
  bool more = false;
  try {
    more = co_await client.idle(settings.get()->keep_open);
  } catch (boost::system::system_error const&) {
    more = false;  // it is gone; nobody was waiting for it
  }
  std::erase(idle, &client);
  co_return more;
}

asio::awaitable<void> Sender::Impl::part(Client& client) {
  try {
    co_await client.quit();
  } catch (boost::system::system_error const&) {
    log_debug("smarthost_left_first");
  }
}

// --- reports

void Sender::Impl::add_report(OutboxId id, center::SendOutcome outcome, std::string reply, bool to_recipient) {
  center::SendReport report;
  report.to_recipient = to_recipient;
  report.id = id;
  report.outcome = outcome;
  report.reply = std::move(reply);
  reports.push_back(std::move(report));
  if (std::exchange(reporting, true)) return;
  start_task([self = shared_from_this()] { return self->report_all(); });
}

// What gathers while one store operation is under way goes into the next.
asio::awaitable<void> Sender::Impl::report_all() {
  auto self = shared_from_this();
  while (!reports.empty()) {
    auto batch = std::exchange(reports, {});
    co_await outbox.report(std::move(batch));
    wake();
  }
  reporting = false;
}

// --- the end

void Sender::Impl::begin_stop() {
  stopping = true;
  for (Client* client : idle) client->stream().signal();
  wake();
}

Sender::Sender(asio::io_context& context, center::Outbox& outbox, SmarthostSettings settings)
    : impl_(std::make_shared<Impl>(context, outbox, std::move(settings))) {}

Sender::~Sender() = default;

void Sender::start() {
  impl_->start_task([impl = impl_] { return impl->dispatch(); });
}

void Sender::update(SmarthostSettings settings) {
  impl_->settings.set(std::move(settings));
  asio::post(impl_->context, [impl = impl_] {
    impl->retry_at = {};
    impl->wake();
  });
}

void Sender::stop_and_wait(Millis patience) {
  asio::post(impl_->context, [impl = impl_] { impl->begin_stop(); });
  std::unique_lock lock(impl_->mutex);
  if (impl_->ended.wait_for(lock, patience, [&] { return impl_->tasks == 0; })) return;
  asio::post(impl_->context, [impl = impl_] {
    for (Client* client : impl->clients) client->close();
  });
}

}  // namespace mc::smtp
