// demo: accounts and sample mail in a directory of its own, then the ordinary server on loopback.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "center/desk.h"
#include "core/log.h"
#include "gateway/commands.h"
#include "gateway/control.h"
#include "gateway/demo_mail.h"
#include "gateway/desk.h"
#include "gateway/server.h"
#include "gateway/shipped_policy.h"
#include "net/password.h"
#include "store/accounts.h"
#include "store/teams.h"

namespace mc::gateway {

namespace {

namespace fs = std::filesystem;

constexpr char password[] = "demo";
constexpr char domain[] = "example.test";

struct DemoAccount {
  std::string_view login, name, email;
  store::Role role;
};
constexpr DemoAccount accounts[] = {
    {"jane", "Jane Moreau", "jane@ext.test", store::Role::user},
    {"tom", "Tom Bergmann", "tom@ext.test", store::Role::user},
    {"ana", "Ana (support)", "ana@support.test", store::Role::agent},
    {"bob", "Bob (support)", "bob@support.test", store::Role::agent},
    {"app", "The platform", "", store::Role::platform},
};

std::string config_text(fs::path const& directory, fs::path const& certs) {
  return "# The demo's configuration; made once, yours to change.\n"
         "[server]\nhostname = \"mc.example.test\"\ndomain   = \"" + std::string(domain) + "\"\n"
         "data     = \"" + (directory / "data").string() + "\"\n"
         "policy   = \"" + (directory / "policy.toml").string() + "\"\n\n"
         "[tls]\ncertificate = \"" + (certs / "server.crt").string() + "\"\nkey         = \"" +
         (certs / "server.key").string() + "\"\n\n"
         "[imap]\nlisten     = [\"127.0.0.1:1143\"]\nlisten_tls = [\"127.0.0.1:1993\"]\n\n"
         "[smtp]\nlisten         = [\"127.0.0.1:1025\"]\nsubmission     = [\"127.0.0.1:1587\"]\n"
         "submission_tls = [\"127.0.0.1:1465\"]\nlmtp           = [\"127.0.0.1:1024\"]\n"
         "trusted        = [\"127.0.0.1/32\"]\n\n"
         "[web]\nlisten_tls = [\"127.0.0.1:1443\"]\nurl        = \"https://localhost:1443\"\n\n"
         "[external]\n# smarthost = \"127.0.0.1:2525\"   # without one, external mail waits in the queue\n";
}

bool write_once(fs::path const& path, std::string_view text) {
  if (fs::exists(path)) return true;
  std::ofstream out(path);
  out << text;
  return static_cast<bool>(out.flush());
}

// Cases belong to the policy they were written for: an older demo's policy gets none.
bool write_policy(fs::path const& directory) {
  fs::path policy = directory / "policy.toml";
  return fs::exists(policy) ||
         (write_once(directory / "policy.tests.toml", shipped_policy_tests) && write_once(policy, shipped_policy));
}

// The accounts that are not there yet.
Result<void> add_accounts(center::Context& context) {
  for (DemoAccount const& account : accounts) {
    bool known = context.store.read(
        [&](store::Snapshot const& s) { return store::find_user_id(s, account.login).has_value(); });
    if (known) continue;
    store::User user;
    user.login = account.login;
    user.display_name = account.name;
    user.email = account.email;
    user.role = account.role;
    user.created = context.clock.now();
    user.password_hash = net::hash_password(password);
    if (auto scram = net::make_scram_sha256(password))
      user.scram = {scram->salt, scram->iterations, scram->stored_key, scram->server_key};
    auto added = context.store.write_and_wait(
        [&](store::Transaction& tx) -> Result<UserId> { return store::add_user(tx, user); });
    if (!added) return added.error();
  }
  return {};
}

constexpr std::string_view team_slug = "acme";

// The agents' desk, and a team of both users.
Result<void> set_up(center::Context& context) {
  Time const now = context.clock.now();
  auto op = [&](store::Transaction& tx) -> Result<void> {
    for (DemoAccount const& account : accounts)
      if (account.role == store::Role::agent) center::join_desk(tx, *store::find_user_id(tx, account.login), now);
    if (store::find_team(tx, team_slug)) return {};
    store::Team team;
    team.slug = team_slug;
    team.name = "Acme Design";
    team.owner = *store::find_user_id(tx, "tom");
    team.created = now;
    auto added = store::add_team(tx, team);
    if (!added) return added.error();
    return store::add_member(tx, *added, *store::find_user_id(tx, "jane"), now);
  };
  return context.store.write_and_wait(op);
}

void print_guide(fs::path const& directory, fs::path const& certs) {
  std::string config = (directory / "message-center.toml").string(), ca = (certs / "ca.crt").string();
  std::printf(R"(
Message Center is up on this machine. In your mail client:

  IMAP   127.0.0.1, port 1143 with STARTTLS (or 1993 with TLS)
  SMTP   127.0.0.1, port 1587 with STARTTLS (or 1465 with TLS)
  web    https://localhost:1443/   (links in external mail)
  users  jane, tom (marketplace users), ana, bob (support), app (the platform); password: demo
  The certificate is signed by %s

Try, in another terminal:

  curl --url 'imap://127.0.0.1:1143/Account%%20Alerts;MAILINDEX=1' --user jane:demo
  curl --cacert %s --url 'imaps://localhost:1993' --user jane:demo
  mutt -F /dev/null -e 'set ssl_starttls=no ssl_force_tls=no' -f imap://jane:demo@127.0.0.1:1143/INBOX

  curl --url 'imap://127.0.0.1:1143/Support/Unassigned;MAILINDEX=1' --user ana:demo     # jane's ticket, as the agents see it
  swaks --server 127.0.0.1:1587 --tls --auth-user tom --auth-password demo --from tom@example.test --to team-acme@example.test

  build/release/message-center ticket show T-1 --config %s
  build/release/message-center why jane --config %s
  build/release/message-center prefs set jane type:payment.sent center --config %s
  build/release/message-center queue list --config %s

Ctrl-C ends it; the data stays in %s.
)",
              ca.c_str(), ca.c_str(), config.c_str(), config.c_str(), config.c_str(), config.c_str(), directory.c_str());
  std::fflush(stdout);
}

// Once the server accepts: the samples go in the way all mail goes.
void submit_samples(Server& server, fs::path const& directory, fs::path const& certs) {
  DemoPort port;
  for (Server::Ports const& ports : server.listening())
    if (ports.service == "submission") {
      auto colon = ports.endpoints[0].rfind(':');
      port = {ports.endpoints[0].substr(0, colon), ports.endpoints[0].substr(colon + 1)};
    }
  fs::path done = directory / "samples-submitted";
  if (!fs::exists(done)) {
    auto mails = make_demo_mail(domain, SystemClock().now());
    std::printf("Submitting %zu sample messages through port %s …\n", mails.size(), port.port.c_str());
    std::fflush(stdout);
    if (std::string refused = submit_demo_mail(mails, domain, port, password); refused.empty())
      std::ofstream(done) << "once\n";
    else
      std::fprintf(stderr, "message-center: a sample message was refused: %s\n", refused.c_str());
  }
  print_guide(directory, certs);
}

}  // namespace

int demo(std::string const&, Arguments const& arguments, Output& out) {
  fs::path directory = fs::absolute(arguments.get("dir", "demo-data"));
  fs::path certs = fs::absolute(arguments.get("certs", "certs"));
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) return out.refuse("cannot make " + directory.string() + ": " + error.message());
  if (!fs::exists(certs / "server.crt"))
    return out.refuse("no certificate in " + certs.string() + ": run certs/make-certs");
  fs::path config_file = directory / "message-center.toml";
  if (!write_once(config_file, config_text(directory, certs)) ||
      !write_policy(directory))
    return out.refuse("cannot write to " + directory.string());
  auto config = get_config(config_file.string());
  if (!config) return exit_refused;
  fs::create_directories(config->server.data, error);
  config->server.log_level = "warning";
  {
    set_log_level(LogLevel::warning);
    auto foundation = Foundation::make(*config, 1);
    if (!foundation) return out.refuse(foundation.error().text);
    if (auto added = add_accounts((*foundation)->context()); !added) return out.refuse(added.error().text);
    if (auto done = set_up((*foundation)->context()); !done) return out.refuse(done.error().text);
  }
  return run_server(*config, [&](Server& server) { submit_samples(server, directory, certs); });
}

int serve(std::string const& config_file, Arguments const&, Output&) {
  auto config = get_config(config_file);
  return config ? run_server(std::move(*config)) : exit_refused;
}

}  // namespace mc::gateway
