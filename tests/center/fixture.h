// tests/center/fixture.h - a Message Center on a temporary store with a fake clock and the shipped policy.
#pragma once
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "center/intake.h"
#include "center/outbox.h"
#include "center/policy_store.h"
#include "center/preferences.h"
#include "center/queue.h"
#include "center/zones.h"
#include "core/log.h"
#include "store/accounts.h"
#include "store/bodies.h"
#include "store/decisions.h"
#include "store/mailboxes.h"
#include "store/messages.h"
#include "store/outbox.h"

namespace mc::center {

inline std::ostream& operator<<(std::ostream& out, store::MailboxKind kind) { return out << static_cast<int>(kind); }

inline std::string read_whole(std::string const& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

struct TemporaryDirectory {
  std::string path;
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "mc-center-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path); }
};

inline constexpr Time noon = Time(std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + std::chrono::hours(12));

struct CenterFixture {
  bool const quiet = (set_log_level(LogLevel::error), true);
  TemporaryDirectory directory;
  FakeClock clock{noon};
  boost::asio::io_context io;  // outlives the threads of store and workers, which post to it
  std::unique_ptr<store::Store> store = open();
  WorkerPool workers{1};
  PolicyHolder policy{install(read_whole(MC_SOURCE_DIR "/rules/policy.toml"))};
  Settings settings = make_settings();
  SystemZones zones;
  Context context{*store, policy, clock, zones, workers, settings};
  Intake intake{context};
  UserId jane = add("jane", "jane@ext.test", store::Role::user);
  UserId bob = add("bob", "bob@elsewhere.test", store::Role::user);
  UserId admin = add("root", "root@ops.test", store::Role::admin);

  std::unique_ptr<store::Store> open() {
    store::StoreOptions options;
    options.directory = directory.path + "/store";
    options.map_octets = std::uint64_t{1} << 30;
    options.reserve_octets = 0;
    options.clock = &clock;
    auto opened = store::Store::open(options);
    BOOST_REQUIRE(opened.has_value());
    return std::move(*opened);
  }

  PolicyInForce install(std::string const& text) {
    auto installed = install_policy(*store, SystemZones(), {text, "policy.toml", {}, {}, "test", "test"});
    BOOST_REQUIRE_MESSAGE(installed.has_value(), (installed ? std::string() : installed.error().text));
    return *installed;
  }

  static Settings make_settings() {
    Settings s;
    s.hostname = "mc.example.test";
    s.domain = "example.test";
    return s;
  }

  UserId add(std::string login, std::string email, store::Role role) {
    store::User user;
    user.login = login;
    user.email = email;
    user.role = role;
    user.created = clock.now();
    auto id = store->write_and_wait([&](store::Transaction& tx) { return store::add_user(tx, user); });
    BOOST_REQUIRE(id.has_value());
    return *id;
  }

  void choose(UserId user, std::string_view scope, std::string_view choice) {
    auto done = store->write_and_wait([&](store::Transaction& tx) {
      return set_preference(tx, context, policy.get(), user, scope, choice, rules::ChoiceSource::web, clock.now());
    });
    BOOST_REQUIRE_MESSAGE(done.has_value(), (done ? std::string() : done.error().text));
  }

  static Envelope from_platform(std::vector<std::string> recipients) {
    Envelope e;
    e.submitter.kind = SubmitterKind::platform;
    e.submitter.name = "app";
    e.trace.protocol = "LMTP";
    e.trace.helo = "app.example.test";
    e.trace.peer = "127.0.0.1";
    e.mail_id = new_mail_id();
    e.reverse_path = "noreply@example.test";
    for (std::string& r : recipients) e.recipients.push_back({std::move(r)});
    return e;
  }

  std::vector<Result<Delivered>> accept(Envelope envelope, std::string octets, bool all_or_nothing = false) {
    std::optional<std::vector<Result<Delivered>>> out;
    boost::asio::co_spawn(io, intake.accept(std::move(envelope), std::move(octets), all_or_nothing),
                          [&](std::exception_ptr fault, std::vector<Result<Delivered>> results) {
                            if (fault) std::rethrow_exception(fault);
                            out = std::move(results);
                          });
    io.restart();
    io.run();
    BOOST_REQUIRE(out.has_value());
    return std::move(*out);
  }

  void report(Outbox& outbox, std::vector<SendReport> reports) {
    boost::asio::co_spawn(io, outbox.report(std::move(reports)), [](std::exception_ptr fault) {
      if (fault) std::rethrow_exception(fault);
    });
    io.restart();
    io.run();
  }

  // The messages of a folder, whole.
  std::vector<std::string> folder(UserId user, store::MailboxKind kind) {
    return store->read([&](store::Snapshot const& s) {
      std::vector<std::string> out;
      auto mailbox = store::find_mailbox_of_kind(s, user, kind);
      store::MailboxReader(s, *mailbox).for_each(UidSet{{1, 0xFFFFFFFF}}, [&](store::Entry const& entry) {
        std::string message;
        store::read_message(s, entry.message, {0, entry.size}, message);
        out.push_back(std::move(message));
        return true;
      });
      return out;
    });
  }

  std::vector<store::OutboxEntry> queue() {
    return store->read([](store::Snapshot const& s) { return store::list_outbox(s, {}, 1000); });
  }

  std::string external(store::OutboxEntry const& entry) {
    return store->read([&](store::Snapshot const& s) {
      std::string message = entry.extra_prefix;
      store::read_message(s, entry.message, {0, ~std::uint64_t{0} >> 1}, message);
      return message;
    });
  }

  std::vector<store::DecisionRecord> decisions(UserId user) {
    return store->read([&](store::Snapshot const& s) { return store::list_decisions(s, user, {}, 1000); });
  }

  std::vector<store::DecisionEvent> events(DecisionId id) {
    return store->read([&](store::Snapshot const& s) { return store::list_events(s, id); });
  }
};

inline std::string payment(std::string amount, std::string extra = {}, std::string body = "Your payment was sent.\r\n") {
  return "From: Market <noreply@example.test>\r\nTo: jane@example.test\r\nSubject: Payment sent\r\n"
         "Message-ID: <p1@app.example.test>\r\nDate: Mon, 23 Nov 2026 11:59:00 +0000\r\n"
         "X-MC-Type: payment.sent\r\n" +
         (amount.empty() ? "" : "X-MC-Amount: " + amount + "\r\n") + extra + "\r\n" + body;
}

}  // namespace mc::center
