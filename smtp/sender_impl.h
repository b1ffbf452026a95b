// smtp/sender_impl.h - the inside of the sender: sender.cpp (whose turn it is, reports, the end) and sender_work.cpp (one
// connection). Nobody else's.
#pragma once
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <list>
#include <map>
#include <mutex>
#include <random>

#include "core/current.h"
#include "smtp/client.h"
#include "smtp/mx.h"
#include "smtp/sender.h"

namespace mc::smtp {

namespace asio = net::asio;

inline net::SteadyTime steady_now() { return std::chrono::steady_clock::now(); }

// Members without a lock are used on the context's thread only.
struct Sender::Impl : std::enable_shared_from_this<Sender::Impl> {
  // One connection, open or being opened.
  struct Worker {
    explicit Worker(std::string l) : lane(std::move(l)) {}
    std::string lane;                // the domain it serves; empty: all
    std::unique_ptr<Client> client;  // null between hosts
    std::string host;                // HostSettings::name() of the one it is connected to
    std::size_t preference = 0;      // its place among the smarthosts
    bool opening = true, idle = false;
    bool leave = false;              // its place is wanted
  };
  // The connections of one domain.
  struct Lane {
    std::size_t workers = 0, opening = 0, idle = 0;
    net::SteadyTime no_more_before{};  // a further one was refused
  };
  struct Place;

  Impl(asio::io_context& c, center::Outbox& o, SenderSettings s)
      : context(c), outbox(o), settings(std::move(s)), timer(c), destinations(settings.get()->domains) {}

  // whose turn it is
  asio::awaitable<void> dispatch();
  Millis step();
  void fill();
  void start_workers();
  void start_for_all(SenderSettings const& current);
  void start_by_domain(SenderSettings const& current);
  void start_worker(std::string lane);
  void make_room(std::string const& lane);
  Millis sleep_time() const;
  void wake();
  SenderStatus status() const;

  // one connection
  asio::awaitable<void> work(std::string lane);
  asio::awaitable<void> reach_smarthost(Worker& worker);
  asio::awaitable<void> reach_exchange(Worker& worker);
  asio::awaitable<bool> open(Worker& worker, HostSettings host);
  asio::awaitable<void> serve(Worker& worker);
  asio::awaitable<bool> send_one(Worker& worker, std::string domain, center::OutgoingMail mail);
  asio::awaitable<bool> wait_for_mail(Worker& worker);
  asio::awaitable<void> part(Client& client);
  bool should_leave(Worker const& worker) const;
  std::optional<Destinations::Turn> next_turn(Worker const& worker);
  std::optional<center::OutgoingMail> load(Destinations::Turn const& turn);
  Destinations::Answer answer_of(Sent const& sent, bool fault) const;
  HostSettings exchange_settings(std::string const& domain, std::string const& host) const;

  // what became of it
  void on_no_smarthost(std::string const& trouble);
  void refuse_line(std::string const& domain, std::string const& reply);
  void on_domain_trouble(Worker const& worker, std::string const& trouble);
  void settle(std::string const& domain, Destinations::Answer answer, std::string_view words);
  void postpone(OutboxId id, std::string const& domain, Millis pause);
  void add_report(OutboxId id, center::SendOutcome outcome, std::string reply);
  void add_report(center::SendReport report);
  asio::awaitable<void> report_all();

  void begin_stop();
  void end_task();
  template <class Task>
  void start_task(Task task);

  asio::io_context& context;
  center::Outbox& outbox;
  Current<SenderSettings> settings;
  asio::steady_timer timer;
  store::Watchers::Handle watch;
  Destinations destinations;
  Hosts hosts;
  std::list<Worker*> workers;
  std::map<std::string, Lane> lanes;
  std::deque<center::SendReport> reports;
  net::SteadyTime looked_at{};   // when it was last asked what is due
  bool more_due = false;         // the last look did not see all
  bool passed_over = false;      // … or left some where they are, as their domain's line was full
  bool reporting = false;
  bool woken = false;
  bool stopping = false;
  std::minstd_rand random{std::random_device{}()};

  std::mutex mutex;
  std::condition_variable ended;
  std::size_t tasks = 0;  // coroutines that have not ended; under `mutex`
};

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

}  // namespace mc::smtp
