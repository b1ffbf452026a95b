// tests/center/retention_fixture.h - a Message Center whose types are kept for so long, and a housekeeping by hand.
#pragma once
#include "center/notices.h"
#include "center/retention.h"
#include "store/census.h"
#include "tests/center/fixture.h"

namespace mc::center {

using namespace std::chrono_literals;
using std::chrono::days;
using store::MailboxKind;

inline bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

inline std::string policy_text(std::string types) {
  return "format = 1\n[defaults]\nemail = \"off\"\nfolder = \"on\"\nkeep = \"180d\"\n[type]\n" + std::move(types) +
         "\"system.retention_notice\" = { tab = \"inbox\", label = \"About to expire\", keep = \"forever\" }\n"
         "[unclassified]\ntab = \"updates\"\nemail = \"off\"\nfolder = \"always\"\nreport_to = \"postmaster\"\n";
}
// One type in the tab updates.
inline std::string kept_for(std::string keep, std::string name = "news", std::string more = "") {
  return "\"" + name + "\" = { tab = \"updates\", label = \"News of the day\", keep = \"" + keep + "\"" + more + " }\n";
}

inline std::string mail(std::string type, std::string subject, std::string extra = "") {
  return "From: Market <noreply@example.test>\r\nTo: jane@example.test\r\nSubject: " + subject +
         "\r\nMessage-ID: <" + subject + "@app.test>\r\nX-MC-Type: " + type + "\r\n" + extra + "\r\nText of " + subject + ".\r\n";
}

struct RetentionFixture : CenterFixture {
  RetentionFixture() { use(kept_for("30d")); }

  void use(std::string const& types) {
    policy.swap(install(policy_text(types)));
    follow();
  }

  template <class F>
  auto write(F f) {
    auto done = store->write_and_wait([&](store::Transaction& tx) { return f(tx); });
    BOOST_REQUIRE_MESSAGE(done.has_value(), (done ? std::string() : done.error().text));
    return *done;
  }
  int follow() {
    int rounds = 1;
    while (write([&](store::Transaction& tx) { return follow_policy(context, tx, policy.get(), clock.now()); })) ++rounds;
    return rounds;
  }
  bool expire_slice(std::size_t slice) {
    return write([&](store::Transaction& tx) { return expire_messages(tx, *policy.get().policy, clock.now(), slice); });
  }
  // What the housekeeping does in one round.
  void keep_house(std::size_t slice = 1000) {
    follow();
    while (expire_slice(slice)) {
    }
    while (write([&](store::Transaction& tx) { return expire_decisions(tx, *policy.get().policy, clock.now(), slice); })) {
    }
    while (write([&](store::Transaction& tx) -> Result<bool> { return store::reclaim_deleted(tx, 1000); })) {
    }
  }
  void pass(Millis time) {
    clock.advance(time);
    keep_house();
  }

  void deliver(std::string const& octets, std::string const& to = "jane@example.test") {
    auto done = accept(from_platform({to}), octets);
    BOOST_REQUIRE(done[0].has_value());
  }
  // Many at once: one operation.
  void fill(int count, std::string const& to = "jane@example.test", std::string const& more = "") {
    write([&](store::Transaction& tx) -> Result<int> {
      for (int i = 0; i < count; ++i)
        send_generated(context, tx, policy.get(), mail("news", "m" + std::to_string(++filled)) + more, to, clock.now());
      return 0;
    });
  }
  int filled = 0;

  MailboxId mailbox(UserId user, MailboxKind kind = MailboxKind::updates) {
    return store->read([&](store::Snapshot const& s) { return *store::find_mailbox_of_kind(s, user, kind); });
  }
  std::size_t count(UserId user, MailboxKind kind = MailboxKind::updates) { return folder(user, kind).size(); }
  void flag(UserId user, std::uint32_t uid, store::Flags flags, store::FlagChange how = store::FlagChange::add) {
    write([&](store::Transaction& tx) -> Result<int> {
      store::store_flags(tx, *store::find_mailbox_of_kind(tx, user, MailboxKind::updates), UidSet{{uid, uid}}, how, flags);
      return 0;
    });
  }
  std::vector<std::string> notices(UserId user) { return folder(user, MailboxKind::inbox); }
  store::KeepTerm term(std::string const& order) {
    return store->read([&](store::Snapshot const& s) { return store::find_keep_term(s, order).value(); });
  }
  store::Counts counts() {
    store::Census census;
    while (store->read([&](store::Snapshot const& s) { return census.step(s); })) {
    }
    return census.counts();
  }
};

}  // namespace mc::center
