// tests/center/schedule_fixture.h - a Message Center at noon whose waiting mail is released by hand.
#pragma once
#include "center/external_form.h"
#include "center/schedule.h"
#include "tests/center/fixture.h"

namespace mc::center {

struct ScheduleFixture : CenterFixture {
  int made = 0;

  // One message of a type from the platform to jane; its decision.
  DecisionId send(std::string const& type, std::string const& subject = {}, std::string const& more = {},
                  std::string const& from = "Bob Builder <bob@elsewhere.test>") {
    std::string const number = std::to_string(++made);
    std::string octets = "From: " + from + "\r\nTo: jane@example.test\r\nSubject: " +
                         (subject.empty() ? "Message " + number : subject) + "\r\nMessage-ID: <" + number +
                         "@app>\r\nX-MC-Type: " + type + "\r\n" + more + "\r\nThe text.\r\n";
    auto done = accept(from_platform({"jane@example.test"}), octets);
    BOOST_REQUIRE(done[0].has_value());
    return newest().id;
  }
  store::DecisionRecord newest() {
    return store->read([&](store::Snapshot const& s) { return store::list_decisions(s, jane, {}, 1).at(0); });
  }
  store::DecisionRecord record(DecisionId id) {
    return store->read([&](store::Snapshot const& s) { return *store::find_decision(s, id); });
  }

  bool release_once(std::size_t most = 100) {
    auto more = store->write_and_wait(
        [&](store::Transaction& tx) { return release_due(context, tx, clock.now(), most); });
    BOOST_REQUIRE(more.has_value());
    return *more;
  }
  void release() {
    for (int slices = 0; release_once(); ++slices) BOOST_REQUIRE(slices < 100);
  }
  // The clock moves by minutes, as the scheduler would see it.
  void pass(Millis time) {
    Time const end = clock.now() + time;
    for (;;) {
      auto next = store->read([](store::Snapshot const& s) { return store::next_waiting(s); });
      if (!next || *next > end) break;
      if (*next > clock.now()) clock.set(*next);
      release();
    }
    clock.set(end);
  }

  std::vector<store::OutboxEntry> outbox(store::OutboxState state) {
    auto all = store->read([](store::Snapshot const& s) { return store::list_outbox(s, {}, 1000); });
    std::erase_if(all, [&](auto const& e) { return e.state != state; });
    return all;
  }
  std::vector<store::OutboxEntry> queued() { return outbox(store::OutboxState::queued); }
  std::vector<store::OutboxEntry> waiting() { return outbox(store::OutboxState::waiting); }
  std::string text_of(store::OutboxEntry const& entry) {
    return store->read([&](store::Snapshot const& s) {
      std::string out;
      make_external_form(context, s, entry).read(s, 0, 1 << 20, out);
      return out;
    });
  }

  // "waiting 15 minutes, …; skipped read: …"
  std::string events(DecisionId id) {
    auto list = store->read([&](store::Snapshot const& s) { return store::list_events(s, id); });
    std::string out;
    for (store::DecisionEvent const& e : list)
      out += (out.empty() ? "" : "; ") + std::string(store::to_string(e.kind)) + ' ' + e.text;
    return out;
  }
  void flag(DecisionId id, store::FlagChange how, store::Flags flags) {
    auto r = record(id);
    auto done = store->write_and_wait([&](store::Transaction& tx) -> Result<void> {
      store::store_flags(tx, r.mailbox, UidSet{{r.uid.value, r.uid.value}}, how, flags);
      return {};
    });
    BOOST_REQUIRE(done.has_value());
  }
  void read(DecisionId id) { flag(id, store::FlagChange::add, store::flag::seen); }

  template <class F>
  void change_jane(F&& f) {
    auto done = store->write_and_wait([&](store::Transaction& tx) -> Result<void> {
      auto user = *store::find_user(tx, jane);
      f(user);
      return store::update_user(tx, user);
    });
    BOOST_REQUIRE_MESSAGE(done.has_value(), (done ? std::string() : done.error().text));
  }
  void use_policy(std::string const& types, std::string const& rest = {}) {
    policy.swap(install("format = 1\n[type]\n" + types + "\n" + rest));
  }
  void sent(store::OutboxEntry const& entry, SendOutcome outcome = SendOutcome::sent, std::string reply = "250 2.0.0 Ok") {
    Outbox box(context);
    report(box, {{entry.id, outcome, std::move(reply)}});
  }
};

inline bool has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }
inline std::size_t count(std::string_view text, std::string_view part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++n;
  return n;
}

}  // namespace mc::center
