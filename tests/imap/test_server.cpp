#include "test_server.h"

#include <sys/socket.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "center/desk.h"
#include "center/prepared.h"
#include "center/zones.h"
#include "core/time_text.h"
#include "imap/cursor.h"
#include "imap/stored.h"
#include "net/password.h"
#include "store/accounts.h"
#include "store/bodies.h"
#include "store/messages.h"
#include "store/thread_ids.h"
#include "store/tickets.h"

namespace mc::imap {

namespace {

constexpr std::string_view start_time = "2026-11-23T10:00:00Z";

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    auto name = (std::filesystem::temp_directory_path() / "mc-imap-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("mkdtemp failed");
    path_ = name;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string const& path() const { return path_; }

 private:
  std::string path_;
};

store::StoreOptions options_for(std::string directory, Clock const& clock) {
  store::StoreOptions options;
  options.directory = std::move(directory);
  options.map_octets = std::uint64_t{1} << 30;
  options.reserve_octets = 0;
  options.clock = &clock;
  return options;
}

std::unique_ptr<store::Store> open_store(store::StoreOptions options) {
  auto store = store::Store::open(std::move(options));
  if (!store) throw std::runtime_error(store.error().text);
  return std::move(*store);
}

class StoreCredentials final : public net::CredentialSource {
 public:
  explicit StoreCredentials(store::Store& store) : store_(store) {}
  std::optional<net::Credentials> find(std::string_view login) const override {
    auto user = store_.read([&](store::Snapshot const& s) { return store::find_user(s, login); });
    if (!user) return std::nullopt;
    net::ScramVerifier scram{user->scram.salt, user->scram.iterations, user->scram.stored_key,
                             user->scram.server_key};
    return net::Credentials{user->password_hash, scram, user->enabled};
  }

 private:
  store::Store& store_;
};

void put_password(store::User& user, std::string_view password) {
  user.password_hash = net::hash_password(password);
  auto scram = net::make_scram_sha256(password, 4096).value();
  user.scram = {scram.salt, scram.iterations, scram.stored_key, scram.server_key};
}

center::PolicyInForce shipped_policy() {
  std::ifstream in(MC_SOURCE_DIR "/rules/policy.toml", std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  rules::PolicyLoad load = rules::parse_policy(text, "policy.toml");
  if (!load) throw std::runtime_error("the shipped policy has errors");
  return {PolicyVersion(1), load.policy};
}

store::User const& sample_user() {
  static store::User const user = [] {
    store::User u;
    put_password(u, "secret");
    return u;
  }();
  return user;
}

}  // namespace

struct TestServer::Impl {
  explicit Impl(Limits limits)
      : store(open_store(options_for(directory.path() + "/store", clock))),
        credentials(*store),
        policy(shipped_policy()),
        center{*store, policy, clock, zones, workers, {}},
        authenticator(credentials, workers),
        context{*store, center, authenticator, credentials, nullptr, "mc.example.test", "a secret"} {
    context.limits.set(limits);
    center.settings.hostname = "mc.example.test";
    center.settings.domain = "example.test";
    for (char const* login : {"jane", "joe"}) add(login, store::Role::user);
    for (char const* login : {"ana", "bob"}) add(login, store::Role::agent);
  }
  // What is still being written is settled while the contexts it resumes on are there.
  ~Impl() {
    pool.stop();
    pool.join();
    store->stop();
  }

  void add(std::string const& login, store::Role role) {
    auto added = store->write_and_wait([&](store::Transaction& tx) {
      store::User user = sample_user();
      user.login = login;
      user.role = role;
      user.email = login + "@elsewhere.test";
      user.created = clock.now();
      return store::add_user(tx, user);
    });
    if (!added) throw std::runtime_error(added.error().text);
  }

  void put(std::string_view login, std::string_view mailbox, std::string_view prefix,
           center::Prepared const& prepared, Flags const& flags, Time date) {
    auto done = store->write_and_wait([&](store::Transaction& tx) -> Result<void> {
      UserId user = store::find_user_id(tx, login).value();
      if (!store::find_mailbox(tx, user, mailbox)) {
        auto made = store::create_mailbox(tx, user, mailbox, store::MailboxKind::user, {}, clock.now());
        if (!made) return made.error();
      }
      MailboxId id = store::find_mailbox(tx, user, mailbox)->id;
      auto bits = make_flag_bits(tx, id, flags);
      if (!bits) return bits.error();
      auto appended = place(tx, user, id, prefix, prepared, *bits, date);
      if (!appended) return appended.error();
      return {};
    });
    if (!done) throw std::runtime_error(done.error().text);
  }

  static Result<store::Appended> place(store::Transaction& tx, UserId owner, MailboxId mailbox, std::string_view prefix,
                                       center::Prepared const& prepared, store::Flags flags, Time date) {
    BodyId body = store::put_body(tx, prepared.octets, prepared.facts, prepared.hash);
    store::NewMessage message;
    message.message = store::make_message(tx, body, prefix, owner, DecisionId{});
    message.size = static_cast<std::uint32_t>(prefix.size() + prepared.summary.size);
    message.flags = flags;
    message.date = date.time_since_epoch().count() / 1000;
    return store::append(tx, mailbox, message);
  }

  TemporaryDirectory directory;
  FakeClock clock{parse_rfc3339(start_time).value()};
  WorkerPool workers{1};
  std::unique_ptr<store::Store> store;
  StoreCredentials credentials;
  center::PolicyHolder policy;
  center::SystemZones zones;
  center::Context center;
  net::Authenticator authenticator;
  ServerContext context;
  net::IoPool pool{1};
};

TestServer::TestServer(Limits limits) : impl_(std::make_unique<Impl>(limits)) {}
TestServer::~TestServer() = default;

FakeClock& TestServer::clock() {
  return impl_->clock;
}
ServerContext& TestServer::context() {
  return impl_->context;
}

int TestServer::connect(bool implicit_tls) {
  int fds[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) throw std::runtime_error("socketpair");
  boost::asio::io_context& context = impl_->pool.context(0);
  net::Session session = make_session(impl_->context, implicit_tls);
  boost::asio::post(context, [&context, session, fd = fds[0]] {
    auto stream = std::make_shared<std::unique_ptr<net::Stream>>(std::make_unique<net::Stream>(context, fd));
    net::spawn(context, "imap", [session, stream] { return session(std::move(*stream)); });
  });
  return fds[1];
}

int TestServer::connect_failing_at(std::uint32_t nth) {
  int fds[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) throw std::runtime_error("socketpair");
  boost::asio::io_context& context = impl_->pool.context(0);
  net::Session session = make_session(impl_->context, false);
  boost::asio::post(context, [&context, session, nth, fd = fds[0]] {
    auto stream = std::make_shared<std::unique_ptr<net::Stream>>(std::make_unique<net::Stream>(context, fd));
    (*stream)->fail_at(nth);
    net::spawn(context, "imap", [session, stream] { return session(std::move(*stream)); });
  });
  return fds[1];
}

void TestServer::deliver(std::string_view login, std::string_view mailbox, std::string_view prefix,
                         std::string octets) {
  auto prepared = center::prepare(std::move(octets), center::Trust::platform, "mc.example.test");
  impl_->put(login, mailbox, prefix, prepared, {}, impl_->clock.now());
}

void TestServer::append(std::string_view login, std::string_view mailbox, std::string octets,
                        std::string_view flags, std::string_view date) {
  auto prepared = center::prepare(std::move(octets), center::Trust::other, "mc.example.test");
  Flags parsed;
  if (!flags.empty()) {
    Cursor in(flags);
    parsed = in.finish(in.flag_list()).value();
  }
  Time when = impl_->clock.now();
  if (!date.empty()) {
    Cursor in(date);
    when = in.finish(in.date_time()).value();
  }
  impl_->put(login, mailbox, {}, prepared, parsed, when);
}

namespace {

// In the state that its place says.
store::Ticket make_ticket(store::Snapshot const& s, std::string_view place, Time now) {
  store::Ticket ticket;
  ticket.subject = "Message 1";
  ticket.opened = ticket.changed = now;
  store::Participant jane;
  jane.user = store::find_user_id(s, "jane").value();
  jane.accepted = true;
  ticket.participants.push_back(jane);
  if (place == center::name_of(center::DeskPlace::mine)) ticket.assignee = store::find_user_id(s, "ana").value();
  if (place == center::name_of(center::DeskPlace::waiting)) ticket.status = store::TicketStatus::waiting;
  if (place == center::name_of(center::DeskPlace::solved)) ticket.status = store::TicketStatus::solved;
  return ticket;
}

}  // namespace

void TestServer::open_ticket(std::string_view place, std::vector<std::string> const& messages) {
  Time const now = impl_->clock.now();
  auto done = impl_->store->write_and_wait([&](store::Transaction& tx) -> Result<void> {
    store::Ticket ticket = make_ticket(tx, place, now);
    ticket.mailbox = center::get_place_for(tx, ticket, now);
    ticket.id = store::add_ticket(tx, ticket);
    for (std::string const& octets : messages) {
      auto prepared = center::prepare(octets, center::Trust::other, "mc.example.test");
      auto placed = Impl::place(tx, center::desk_owner, ticket.mailbox, {}, prepared, 0, now);
      if (!placed) return placed.error();
      store::TicketEntry entry;
      entry.at = now;
      entry.author = ticket.participants.front().user;
      entry.message_id = prepared.summary.message_id;
      entry.mailbox = ticket.mailbox;
      entry.uid = placed->uid;
      store::add_entry(tx, ticket.id, entry);
      store::put_thread_message(tx, {{store::Thread::Kind::ticket, ticket.id.value},
                                     entry.number,
                                     entry.author,
                                     entry.message_id,
                                     entry.message_id,
                                     now});
    }
    return {};
  });
  if (!done) throw std::runtime_error(done.error().text);
}

void TestServer::set_role(std::string_view login, store::Role role) {
  auto done = impl_->store->write_and_wait([&](store::Transaction& tx) -> Result<void> {
    store::User user = store::find_user(tx, login).value();
    user.role = role;
    return store::update_user(tx, user);
  });
  if (!done) throw std::runtime_error(done.error().text);
}

void TestServer::set_password(std::string_view login, std::string_view password) {
  auto done = impl_->store->write_and_wait([&](store::Transaction& tx) {
    store::User user = store::find_user(tx, login).value();
    put_password(user, password);
    return store::update_user(tx, user);
  });
  if (!done) throw std::runtime_error(done.error().text);
}

void TestServer::delete_user(std::string_view login) {
  auto done =
      impl_->store->write_and_wait([&](store::Transaction& tx) { return store::delete_user(tx, login); });
  if (!done) throw std::runtime_error(done.error().text);
}

}  // namespace mc::imap
