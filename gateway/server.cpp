#include "gateway/server.h"

#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include "center/delay.h"
#include "center/housekeeping.h"
#include "center/intake.h"
#include "center/outbox.h"
#include "center/schedule.h"
#include "core/crypto.h"
#include "core/log.h"
#include "core/text.h"
#include "gateway/accounts.h"
#include "gateway/alert.h"
#include "gateway/control.h"
#include "gateway/desk.h"
#include "gateway/dkim.h"
#include "gateway/policy_watch.h"
#include "gateway/server_settings.h"
#include "imap/server.h"
#include "net/io_pool.h"
#include "net/listener.h"
#include "smtp/dovecot_auth.h"
#include "smtp/sender.h"
#include "smtp/server.h"
#include "web/server.h"

namespace mc::gateway {

namespace {

constexpr Millis patience = std::chrono::seconds(10);  // for sessions and the sender when stopping

// A secret of this installation: salts for users who do not exist stay the same over restarts.
Result<std::string> load_secret(std::string const& path) {
  if (auto known = read_file(path, 1024); known && known->size() >= 32) return *known;
  int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  std::string secret = random_octets(32);
  bool written = fd >= 0 && ::write(fd, secret.data(), secret.size()) == 32 && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  if (!written) return fail(Errc::internal, "Cannot write " + path);
  return secret;
}

// As many descriptors as the system allows us: a connection is one.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// So that another mail system may connect.
Result<void> give_to_group(std::vector<std::string> const& endpoints, std::string const& name) {
  if (name.empty()) return {};
  group const* entry = ::getgrnam(name.c_str());
  if (!entry) return fail(Errc::not_found, "no group " + name);
  for (std::string const& text : endpoints) {
    auto endpoint = net::parse_endpoint(text);
    if (endpoint && ::chown(endpoint->path.c_str(), static_cast<uid_t>(-1), entry->gr_gid) != 0)
      return fail(Errc::forbidden, "cannot give " + text + " to the group " + name + ": " + std::strerror(errno));
  }
  return {};
}

unsigned worker_count() { return std::max(2u, std::thread::hardware_concurrency()); }

}  // namespace

struct Server::Impl {
  struct Bound {
    std::string service;
    std::unique_ptr<net::Listener> listener;
  };

  Impl(Config c, std::unique_ptr<Foundation> f, std::shared_ptr<net::TlsContext> t, std::unique_ptr<net::DkimSigner> d,
       std::string s)
      : config(std::move(c)),
        foundation(std::move(f)),
        tls(std::move(t)),
        secret(std::move(s)),
        limits(connection_limits(config.limits)),
        accounts(context()),
        authenticator(accounts, context().workers),
        intake(context()),
        dkim(std::move(d)),
        outbox(context()),
        desk{config, context()},
        imap_server{context().store,
                    context(),
                    authenticator,
                    accounts,
                    tls,
                    config.server.hostname,
                    secret,
                    config.imap.plaintext_login == PlaintextLogin::loopback ? imap::PlaintextLogin::loopback
                                                                            : imap::PlaintextLogin::never,
                    imap_limits(config.limits)},
        smtp_server{intake,
                    authenticator,
                    accounts,
                    accounts,
                    tls,
                    config.server.hostname,
                    secret,
                    config.imap.plaintext_login == PlaintextLogin::loopback,
                    config.smtp.trusted,
                    config.smtp.trust_unix,
                    smtp_limits(config)},
        web_server{context(), tls},
        io(static_cast<unsigned>(config.server.threads)) {}

  center::Context& context() { return foundation->context(); }

  Result<void> listen(std::string service, std::vector<std::string> const& endpoints, net::ListenerOptions options,
                      net::Session session);
  Result<void> listen_web();
  Result<void> listen_all();
  void write_listening() const;
  void report_reload(std::string const& what, Result<void> const& done);
  Result<void> reload_limits();
  Result<void> start_sender();
  Result<void> update_sender(Config const& fresh);
  Result<void> reload_dkim();

  Config config;
  std::unique_ptr<Foundation> foundation;
  std::shared_ptr<net::TlsContext> tls;
  std::string secret;
  net::ConnectionLimits limits;
  net::ConnectionLimits control_limits;
  StoredAccounts accounts;
  net::Authenticator authenticator;
  center::Intake intake;
  std::unique_ptr<net::DkimSigner> dkim;
  center::Outbox outbox;
  Desk desk;
  imap::ServerContext imap_server;
  smtp::ServerContext smtp_server;
  smtp::AuthService auth_service{smtp_server};
  web::ServerContext web_server;
  net::IoPool io;  // after all that suspended sessions refer to, before all that refers to it
  std::shared_ptr<net::Resolver> sender_resolver;
  std::unique_ptr<smtp::Sender> sender;
  std::unique_ptr<center::DelayWatch> delays;
  std::unique_ptr<center::Scheduler> scheduler;
  std::unique_ptr<center::Housekeeping> housekeeping;
  std::unique_ptr<PolicyWatch> policy_watch;
  std::vector<Bound> listeners;
  std::map<std::string, std::string> told;  // what did not reload, and why: postmaster knows
  bool stopped = false;
};

Result<void> Server::Impl::listen(std::string service, std::vector<std::string> const& endpoints,
                                  net::ListenerOptions options, net::Session session) {
  options.name = service;
  for (std::string const& text : endpoints) {
    auto endpoint = net::parse_endpoint(text);
    if (!endpoint) return endpoint.error();
    auto& places = service == "control" ? control_limits : limits;
    auto listener = net::Listener::make(io, places, *endpoint, options, session);
    if (!listener) return listener.error();
    listeners.push_back({service, std::move(*listener)});
  }
  return {};
}

// Before anything that writes links: they name the port that really listens.
Result<void> Server::Impl::listen_web() {
  if (config.web.listen_tls.empty()) return {};
  auto done = listen("web", config.web.listen_tls, {}, web::make_session(web_server));
  if (done) context().settings.web_url = web_url(config, listeners.back().listener->endpoint().port);
  return done;
}

Result<void> Server::Impl::listen_all() {
  net::ListenerOptions imap_options, smtp_options, silent, control, auth;
  imap_options.refusal_line = imap::refusal_line;
  smtp_options.refusal_line = [](net::Refusal) { return std::string("421 4.7.0 Too many connections, try later\r\n"); };
  control.unix_mode = 0600;
  auth.unix_mode = static_cast<int>(config.auth.mode);
  struct Row {
    std::string_view service;
    std::vector<std::string> const& endpoints;
    net::ListenerOptions const& options;
    net::Session session;
  };
  std::vector<std::string> control_endpoint{"unix:" + control_path(config)};
  auto control_session = [this](std::unique_ptr<net::Stream> stream) {
    return serve_control(std::move(stream), desk, context().workers);
  };
  Row const rows[] = {
      {"imap", config.imap.listen, imap_options, imap::make_session(imap_server, false)},
      {"imaps", config.imap.listen_tls, silent, imap::make_session(imap_server, true)},
      {"smtp", config.smtp.listen, smtp_options, smtp::make_session(smtp_server, smtp::Service::smtp, false)},
      {"submission", config.smtp.submission, smtp_options,
       smtp::make_session(smtp_server, smtp::Service::submission, false)},
      {"submissions", config.smtp.submission_tls, silent,
       smtp::make_session(smtp_server, smtp::Service::submission, true)},
      {"lmtp", config.smtp.lmtp, smtp_options, smtp::make_session(smtp_server, smtp::Service::lmtp, false)},
      {"auth", config.auth.listen, auth, smtp::make_auth_session(auth_service)},
      {"control", control_endpoint, control, control_session},
  };
  for (Row const& row : rows)
    if (auto done = listen(std::string(row.service), row.endpoints, row.options, row.session); !done) return done;
  return give_to_group(config.auth.listen, config.auth.group);
}

Result<void> Server::Impl::start_sender() {
  auto settings = sender_settings(config);
  if (!settings) return settings.error();
  if (settings->route == smtp::Route::smarthost && settings->smarthosts.empty()) return {};
  if (settings->route == smtp::Route::mx) {
    net::Resolver::Options options;
    options.servers = config.external.resolver;
    auto resolver = net::Resolver::make(io.context(0), std::move(options));
    if (!resolver) return resolver.error();
    settings->resolver = std::move(*resolver);
  }
  sender_resolver = settings->resolver;
  sender = std::make_unique<smtp::Sender>(io.context(0), outbox, std::move(*settings));
  sender->start();
  desk.sender = [this] { return sender->status(); };
  return {};
}

// Only what holds for the next connection; the route stays.
Result<void> Server::Impl::update_sender(Config const& fresh) {
  auto settings = sender_settings(fresh);
  if (!settings) return settings.error();
  bool const fits = sender && fresh.external.route == config.external.route &&
                    (fresh.external.route == ExternalRoute::mx || !settings->smarthosts.empty());
  if (!fits) return {};
  settings->resolver = sender_resolver;
  sender->update(std::move(*settings));
  return {};
}

// {"imap": [1143], "lmtp": [1024, "unix:/run/…"], …}; complete or absent.
void Server::Impl::write_listening() const {
  boost::json::object all;
  for (Bound const& bound : listeners) {
    if (bound.service == "control") continue;
    auto& entry = all[bound.service];
    if (!entry.is_array()) entry = boost::json::array();
    net::Endpoint const& where = bound.listener->endpoint();
    if (where.is_unix())
      entry.get_array().emplace_back("unix:" + where.path);
    else
      entry.get_array().emplace_back(where.port);
    log_info("listening", {{"service", bound.service}, {"endpoint", net::write_endpoint(where)}});
  }
  std::string path = config.server.data + "/listening.json";
  std::ofstream(path + ".new") << boost::json::serialize(all) << "\n";
  std::filesystem::rename(path + ".new", path);
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() { stop(); }

Result<std::unique_ptr<Server>> Server::make(Config config) {
  raise_descriptor_limit();
  std::error_code ignored;
  std::filesystem::create_directories(config.server.data, ignored);
  auto foundation = Foundation::make(config, worker_count());
  if (!foundation) return foundation.error();
  auto secret = load_secret(config.server.data + "/secret");
  if (!secret) return secret.error();
  std::shared_ptr<net::TlsContext> tls;
  if (!config.tls.certificate.empty()) {
    auto made = net::TlsContext::make_server({config.tls.certificate, config.tls.key});
    if (!made) return made.error();
    tls = *made;
  }
  auto dkim = net::DkimSigner::make(dkim_files(config));
  if (!dkim) return dkim.error();
  auto impl = std::make_unique<Impl>(std::move(config), std::move(*foundation), std::move(tls), std::move(*dkim),
                                     std::move(*secret));
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Result<void> Server::start() {
  Impl& s = *impl_;
  if (auto done = s.listen_web(); !done) return done;
  s.outbox.set_signer([&s](center::OctetSource const& mail) { return s.dkim->sign(mail); });
  if (auto done = s.start_sender(); !done) return done;
  s.delays = std::make_unique<center::DelayWatch>(s.io.context(0), s.context());
  s.scheduler = std::make_unique<center::Scheduler>(s.io.context(0), s.context());
  s.housekeeping = std::make_unique<center::Housekeeping>(s.io.context(0), s.context());
  s.policy_watch = std::make_unique<PolicyWatch>(s.io.context(0), s.context().workers, s.config.server.policy,
                                                 [&s] { s.foundation->policy_file().look_again(s.context()); });
  if (auto done = s.listen_all(); !done) return done;
  s.write_listening();
  log_info("started", {{"hostname", s.config.server.hostname},
                       {"domain", s.config.server.domain},
                       {"policy", to_string(s.context().policy.get().version)}});
  return {};
}

// The policy tells postmaster by itself (gateway/policy_file.h); of the rest he is told once for one reason.
void Server::Impl::report_reload(std::string const& what, Result<void> const& done) {
  if (done) {
    log_info("reloaded", {{"what", what}});
    told.erase(what);
    return;
  }
  log_error("reload_failed", {{"what", what}, {"reason", on_one_line(done.error().text)}, {"kept", "the running version"}});
  if (what == "policy" || std::exchange(told[what], done.error().text) == done.error().text) return;
  send_alert(context(), {"system.config_refused", "Not reloaded: " + what,
                         "The server was told to reload (SIGHUP), and its " + what + " did not load. What it has goes on to be used.\n\n" +
                             done.error().text + "\n\nTo check before the next SIGHUP: message-center config check --config " +
                             config.file + "\n"});
}

Result<void> Server::Impl::reload_limits() {
  auto fresh = load_config(config.file);
  if (!fresh) return fresh.error();
  // Without the lines themselves: they may hold a password.
  if (!*fresh) return fail(Errc::syntax, rules::write_problems(fresh->problems, config.file, {}));
  limits.set(connection_limits(fresh->config.limits));
  imap_server.limits.set(imap_limits(fresh->config.limits));
  smtp_server.limits.set(smtp_limits(fresh->config));
  return update_sender(fresh->config);
}

// Which keys there are stands in the configuration; what is wrong with that is reported with the limits.
Result<void> Server::Impl::reload_dkim() {
  auto fresh = load_config(config.file);
  return dkim->reload(dkim_files(fresh && *fresh ? fresh->config : config));
}

void Server::reload() {
  Impl& s = *impl_;
  s.report_reload("policy", s.foundation->policy_file().reload(s.context()));
  if (s.tls) s.report_reload("certificate", s.tls->reload());
  s.report_reload("limits", s.reload_limits());
  s.report_reload("DKIM keys", s.reload_dkim());
}

void Server::stop() {
  Impl& s = *impl_;
  if (std::exchange(s.stopped, true)) return;
  for (Impl::Bound& bound : s.listeners) bound.listener->stop();
  imap::stop_sessions(s.imap_server);
  smtp::stop_sessions(s.smtp_server);
  web::stop_sessions(s.web_server);
  if (s.sender) s.sender->stop_and_wait(patience);
  auto end = std::chrono::steady_clock::now() + patience;
  while (s.limits.total() > 0 && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  if (s.delays) s.delays->stop();
  if (s.scheduler) s.scheduler->stop();
  if (s.housekeeping) s.housekeeping->stop();
  if (s.policy_watch) s.policy_watch->stop();
  s.context().store.stop();
  s.io.stop();
  s.io.join();
  s.context().workers.stop();
  s.sender.reset();
  s.sender_resolver.reset();
  s.delays.reset();
  s.scheduler.reset();
  s.housekeeping.reset();
  s.policy_watch.reset();
  s.listeners.clear();
  std::error_code ignored;
  std::filesystem::remove(s.config.server.data + "/listening.json", ignored);
  log_info("stopped");
}

std::vector<Server::Ports> Server::listening() const {
  std::vector<Ports> out;
  for (Impl::Bound const& bound : impl_->listeners) {
    if (out.empty() || out.back().service != bound.service) out.push_back({bound.service, {}});
    out.back().endpoints.push_back(net::write_endpoint(bound.listener->endpoint()));
  }
  return out;
}

std::optional<Config> get_config(std::string const& file) {
  auto load = load_config(file);
  if (!load) {
    std::fprintf(stderr, "message-center: %s\n", load.error().text.c_str());
    return std::nullopt;
  }
  std::fputs(rules::write_problems(load->problems, file, load->text).c_str(), stderr);
  if (!*load) return std::nullopt;
  return std::move(load->config);
}

int run_server(Config config, std::function<void(Server&)> started) {
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGHUP, SIGTERM, SIGINT}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before any thread is made: all inherit it
  static constexpr LogLevel levels[] = {LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error};
  static constexpr std::string_view names[] = {"debug", "info", "warning", "error"};
  for (std::size_t i = 0; i < 4; ++i)
    if (config.server.log_level == names[i]) set_log_level(levels[i]);

  auto server = Server::make(std::move(config));
  Result<void> running = server ? (*server)->start() : Result<void>(server.error());
  if (!running) {
    std::fprintf(stderr, "message-center: %s\n", running.error().text.c_str());
    return 1;
  }
  std::thread then;
  if (started) then = std::thread([&] { started(**server); });
  for (;;) {
    int signal = 0;
    sigwait(&signals, &signal);
    if (signal != SIGHUP) break;
    (*server)->reload();
  }
  if (then.joinable()) then.join();
  (*server)->stop();
  return 0;
}

}  // namespace mc::gateway
