#include <algorithm>
#include <boost/system/system_error.hpp>
#include <utility>

#include "core/log.h"
#include "core/text.h"
#include "smtp/sender_impl.h"

namespace mc::smtp {

namespace {

constexpr std::size_t taken_per_connection = 4;  // reported in one go when no smarthost can be reached
constexpr unsigned most_in_a_turn = 100;         // mails of one connection while other domains have none
constexpr Millis pause_of_full = std::chrono::seconds(10);
constexpr Millis longest_search = std::chrono::minutes(2);  // for a host of a domain; then the next is left for later

std::string describe(std::exception_ptr const& fault) {
  try {
    std::rethrow_exception(fault);
  } catch (boost::system::system_error const& e) {
    return e.code() == asio::error::eof ? "Connection closed by the server" : e.what();
  } catch (std::exception const& e) {
    return e.what();
  }
}

std::vector<std::string> names_of(std::vector<HostSettings> const& hosts) {
  std::vector<std::string> names;
  for (HostSettings const& host : hosts) names.push_back(host.name());
  return names;
}

}  // namespace

// A worker's place among the others, given up however it ends.
struct Sender::Impl::Place {
  Place(Impl& i, Worker& w) : impl(i), worker(w), at(i.workers.insert(i.workers.end(), &w)) {}
  Place(Place const&) = delete;
  Place& operator=(Place const&) = delete;
  ~Place() {
    impl.workers.erase(at);
    Lane& lane = impl.lanes[worker.lane];
    --lane.workers;
    if (worker.opening) --lane.opening;
    if (worker.idle) --lane.idle;
    if (!worker.host.empty()) impl.hosts.closed(worker.host);
    impl.wake();
  }
  Impl& impl;
  Worker& worker;
  std::list<Worker*>::iterator at;
};

asio::awaitable<void> Sender::Impl::work(std::string lane) {
  auto self = shared_from_this();
  Worker worker(std::move(lane));
  Place place(*this, worker);
  if (worker.lane.empty())
    co_await reach_smarthost(worker);
  else
    co_await reach_exchange(worker);
  worker.opening = false;
  --lanes[worker.lane].opening;
  if (!worker.client) co_return;
  wake();
  co_await serve(worker);
}

// --- to a host

// False: it was not reached, or is not as it should be; why is known to `hosts`.
asio::awaitable<bool> Sender::Impl::open(Worker& worker, HostSettings host) {
  std::string const name = host.name();
  bool const was_down = !hosts.state(name, steady_now()).well;
  hosts.begin(name);
  worker.client = std::make_unique<Client>(std::move(host));
  Result<void> opened = fail(Errc::unavailable, "");
  std::exception_ptr fault;
  try {
    opened = co_await worker.client->open(context);
  } catch (std::exception const&) {
    fault = std::current_exception();
  }
  if (opened) {
    hosts.opened(name);
    worker.host = name;
    if (was_down) log_info("host_reached_again", {{"host", name}});
    co_return true;
  }
  std::string const why = fault ? describe(fault) : opened.error().text;
  log_warning(worker.lane.empty() ? "smarthost_unreachable" : "host_unreachable", {{"host", name}, {"reason", why}});
  hosts.failed(name, why, steady_now(), SystemClock().now());
  worker.client.reset();
  co_return false;
}

// The first that can be had. One that has connections is only full: the others send what there is.
asio::awaitable<void> Sender::Impl::reach_smarthost(Worker& worker) {
  auto const current = settings.get();
  std::vector<std::string> const names = names_of(current->smarthosts);
  std::string trouble;
  for (std::size_t tries = 0; tries < names.size() && !stopping; ++tries) {
    auto const at = hosts.pick(names, steady_now());
    if (!at) break;
    worker.preference = *at;
    HostSettings host = current->smarthosts[*at];
    bool const reached = co_await open(worker, std::move(host));
    if (reached) co_return;
    trouble = names[*at] + ": " + hosts.state(names[*at], steady_now()).trouble;
  }
  bool const last = lanes[""].opening <= 1 && hosts.connected() == 0;
  if (last && !trouble.empty() && !hosts.pick(names, steady_now())) on_no_smarthost(trouble);
}

// Some of what is due comes back later, each at its own time.
void Sender::Impl::on_no_smarthost(std::string const& trouble) {
  std::size_t const most = settings.get()->connections * taken_per_connection;
  for (std::size_t i = 0; i < most; ++i) {
    auto turn = destinations.next();
    if (!turn) return;
    destinations.done(turn->domain, Destinations::Answer::none, {}, steady_now());
    add_report(turn->id, center::SendOutcome::temporary, trouble);
  }
}

HostSettings Sender::Impl::exchange_settings(std::string const& domain, std::string const& host) const {
  auto const current = settings.get();
  HostSettings out = current->mx;
  out.host = host;
  out.not_ourselves = true;
  bool const strict = std::any_of(current->tls_domains.begin(), current->tls_domains.end(),
                                  [&](std::string const& glob) { return glob_match(glob, domain); });
  if (!strict) return out;
  out.require_tls = true;
  out.tls = current->verifying;
  return out;
}

// The domain's servers in their order, each by its addresses in turn (RFC 5321, 5.1).
asio::awaitable<void> Sender::Impl::reach_exchange(Worker& worker) {
  auto const current = settings.get();
  std::string const domain = worker.lane;
  if (auto refused = refuse_domain(domain, current->own_domain)) co_return refuse_line(domain, refused->reply);
  auto const answer = co_await current->resolver->mx(domain);
  Exchanges exchanges = choose_exchanges(answer, domain, current->mx.helo, random);
  if (exchanges.outcome == center::SendOutcome::permanent && exchanges.hosts.empty())
    co_return refuse_line(domain, exchanges.reply);
  std::string trouble = exchanges.reply;
  auto const until = steady_now() + longest_search;
  for (std::string const& name : exchanges.hosts) {
    if (stopping) co_return;
    if (steady_now() > until) break;
    HostSettings host = exchange_settings(domain, name);
    std::string const full_name = host.name();
    std::vector<std::string> const one{full_name};
    if (!hosts.pick(one, steady_now())) {
      trouble = full_name + ": " + hosts.state(full_name, steady_now()).trouble;
      continue;
    }
    auto found = co_await current->resolver->addresses(name);
    if (found.status == net::DnsStatus::temporary) trouble = "451 4.4.3 " + found.trouble;
    if (found.status != net::DnsStatus::found) continue;
    if (found.records.size() > max_addresses) found.records.resize(max_addresses);
    host.addresses = std::move(found.records);
    bool const reached = co_await open(worker, std::move(host));
    if (reached) co_return;
    trouble = full_name + ": " + hosts.state(full_name, steady_now()).trouble;
  }
  if (trouble.empty()) co_return refuse_line(domain, without_addresses(domain).reply);
  on_domain_trouble(worker, trouble);
}

void Sender::Impl::refuse_line(std::string const& domain, std::string const& reply) {
  for (OutboxId id : destinations.take_line(domain)) add_report(id, center::SendOutcome::permanent, reply);
}

// With other connections open it is only this one too many.
void Sender::Impl::on_domain_trouble(Worker const& worker, std::string const& trouble) {
  Lane& lane = lanes[worker.lane];
  if (lane.workers > lane.opening) {
    lane.no_more_before = steady_now() + pause_of_full;
    return;
  }
  auto id = destinations.next_of(worker.lane);
  if (!id) return;
  add_report(*id, center::SendOutcome::temporary, trouble);
  settle(worker.lane, Destinations::Answer::in_trouble, trouble);
}

// --- on a connection

bool Sender::Impl::should_leave(Worker const& worker) const {
  if (stopping || worker.leave) return true;
  auto const current = settings.get();
  if (worker.lane.empty()) return hosts.is_surpassed(names_of(current->smarthosts), worker.preference, steady_now());
  if (worker.client->sent_before() < most_in_a_turn || worker.client->sent_before() % most_in_a_turn != 0) return false;
  auto const ready = destinations.ready(1);
  std::size_t total = 0;
  for (auto const& [name, lane] : lanes) total += lane.workers;
  return total >= current->connections && !ready.empty() && ready[0].first != worker.lane;
}

std::optional<Destinations::Turn> Sender::Impl::next_turn(Worker const& worker) {
  for (bool filled : {false, true}) {
    if (filled) fill();
    if (worker.lane.empty()) {
      if (auto turn = destinations.next()) return turn;
    } else if (auto id = destinations.next_of(worker.lane)) {
      return Destinations::Turn{*id, worker.lane};
    }
  }
  return std::nullopt;
}

// Absent: it is gone, or dealt with.
std::optional<center::OutgoingMail> Sender::Impl::load(Destinations::Turn const& turn) {
  std::optional<center::OutgoingMail> mail;
  std::string fault;
  try {
    mail = outbox.load(turn.id);
  } catch (std::exception const& e) {
    fault = e.what();
    log_error("mail_unreadable", {{"outbox", to_string(turn.id)}, {"why", fault}});
  }
  if (mail && !mail->suppressed) return mail;
  destinations.done(turn.domain, Destinations::Answer::none, {}, steady_now());
  if (mail) add_report(turn.id, center::SendOutcome::withheld, "The address is suppressed");
  if (!fault.empty()) add_report(turn.id, center::SendOutcome::temporary, "It cannot be read here: " + fault);
  return std::nullopt;
}

asio::awaitable<void> Sender::Impl::serve(Worker& worker) {
  while (worker.client->usable() && !should_leave(worker)) {
    if (auto turn = next_turn(worker)) {
      auto mail = load(*turn);
      if (!mail) continue;
      std::string domain = turn->domain;
      bool const goes_on = co_await send_one(worker, std::move(domain), std::move(*mail));
      if (!goes_on) co_return;
    } else {
      bool const more = co_await wait_for_mail(worker);
      if (!more) break;
    }
  }
  if (worker.client->usable()) co_await part(*worker.client);
}

// By a smarthost, what was said to MAIL or by hanging up is not the domain's doing.
Destinations::Answer Sender::Impl::answer_of(Sent const& sent, bool fault) const {
  using Answer = Destinations::Answer;
  bool const direct = settings.get()->route == Route::mx;
  if (fault) return direct ? Answer::in_trouble : Answer::none;
  if (sent.outcome == center::SendOutcome::sent) return Answer::good;
  if (sent.code / 100 == 5) return Answer::good;
  if (sent.code / 100 != 4 || (sent.to_sender && !direct)) return Answer::none;
  return direct && sent.code == 421 ? Answer::in_trouble : Answer::not_now;
}

void Sender::Impl::settle(std::string const& domain, Destinations::Answer answer, std::string_view words) {
  auto const now = steady_now();
  if (!destinations.done(domain, answer, words, now)) return;
  Millis const pause = destinations.pause(domain, now);
  log_info("domain_paused", {{"domain", domain},
                             {"seconds", std::chrono::duration_cast<std::chrono::seconds>(pause).count()},
                             {"reason", words}});
  for (OutboxId id : destinations.take_line(domain)) postpone(id, domain, pause);
}

// False: the connection broke. A server that ends a connection after some messages is met again on another
// one; only what fails on a fresh connection is reported.
asio::awaitable<bool> Sender::Impl::send_one(Worker& worker, std::string domain, center::OutgoingMail mail) {
  Client& client = *worker.client;
  ContentSource const content = [&](std::uint64_t offset, std::size_t most) {
    return outbox.content(mail.id, offset, most);
  };
  std::exception_ptr fault;
  Sent sent;
  bool sealed = false;
  try {
    co_await outbox.seal(mail);
    sealed = true;
    sent = co_await client.send(mail, content);
  } catch (std::exception const&) {
    fault = std::current_exception();
  }
  bool const reused = client.sent_before() > (fault ? 0u : 1u);
  bool const untouched = sealed && !client.answered() && reused && (fault || !client.usable());
  if (untouched && !stopping) {
    destinations.put_back(mail.id, domain);
    co_return false;
  }
  if (fault) sent.reply = describe(fault);
  if (!sealed) log_error("mail_not_sealed", {{"mail", mail.mail_id}, {"why", sent.reply}});
  settle(domain, sealed ? answer_of(sent, fault != nullptr) : Destinations::Answer::none, sent.reply);
  center::SendReport report;
  report.id = mail.id;
  report.outcome = sent.outcome;
  report.reply = std::move(sent.reply);
  report.to_recipient = sent.to_recipient;
  report.dsn_passed_on = sent.dsn_passed_on;
  add_report(std::move(report));
  co_return !fault || !sealed;
}

asio::awaitable<bool> Sender::Impl::wait_for_mail(Worker& worker) {
  worker.idle = true;
  ++lanes[worker.lane].idle;
  bool more = false;
  try {
    more = co_await worker.client->idle(settings.get()->keep_open);
  } catch (boost::system::system_error const&) {
    more = false;  // it is gone; nobody was waiting for it
  }
  worker.idle = false;
  --lanes[worker.lane].idle;
  co_return more;
}

asio::awaitable<void> Sender::Impl::part(Client& client) {
  try {
    co_await client.quit();
  } catch (boost::system::system_error const&) {
    log_debug("smarthost_left_first");
  }
}

}  // namespace mc::smtp
