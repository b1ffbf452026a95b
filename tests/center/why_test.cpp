#include "center/why.h"

#include "tests/center/fixture.h"

namespace mc::center {
namespace {

using namespace std::chrono_literals;
using store::EventKind;
using store::MailboxKind;

struct WhyFixture : CenterFixture {
  template <class F>
  void write(F f) {
    auto done = store->write_and_wait([&](store::Transaction& tx) -> Result<void> { return f(tx), Result<void>(); });
    BOOST_REQUIRE(done.has_value());
  }
  void tell(EventKind kind, std::string text) {
    clock.advance(1min);
    DecisionId const id = decisions(jane)[0].id;
    write([&](store::Transaction& tx) { store::append_event(tx, id, {clock.now(), kind, text}); });
  }
  WhyAnswer answer() {
    auto all = store->read([&](store::Snapshot const& s) { return why(s, jane, {}, 1); });
    BOOST_REQUIRE_EQUAL(all.size(), 1u);
    return all[0];
  }
  std::vector<std::string> kinds() {
    std::vector<std::string> out;
    for (WhyEvent const& e : answer().events) out.push_back(e.kind);
    return out;
  }
  std::size_t count(std::string_view kind) {
    auto const all = kinds();
    return static_cast<std::size_t>(std::count(all.begin(), all.end(), kind));
  }
};

BOOST_FIXTURE_TEST_SUITE(timeline, WhyFixture)

BOOST_AUTO_TEST_CASE(every_event_reads_as_a_sentence) {
  accept(from_platform({"jane@example.test"}), payment("40.00 USD"));
  struct Row {
    EventKind kind;
    std::string text, wanted;
  };
  for (Row const& row : {Row{EventKind::waiting, "until noon", "waiting: the external mail waits: until noon"},
                         Row{EventKind::deferred, "451 busy", "deferred: not taken yet, will be tried again: 451 busy"},
                         Row{EventKind::held, "by an admin", "held: kept back by an admin"},
                         Row{EventKind::released, "by an admin", "released: no longer kept back, by an admin"},
                         Row{EventKind::sent, "250 ok", "sent: the next mail server took it: 250 ok"},
                         Row{EventKind::bounced, "550 no", "bounced: could not be delivered: 550 no"},
                         Row{EventKind::skipped, "read: …", "skipped: no external mail was sent: read"},
                         Row{EventKind::dropped, "by an admin", "dropped: taken out of the queue by an admin"},
                         Row{EventKind::duplicate, "submitted again as x", "duplicate: submitted again as x"},
                         Row{EventKind::expired, "left its folder", "expired: left its folder"}}) {
    tell(row.kind, row.text);
    std::string const text = write_why({answer()});
    BOOST_TEST(text.find(row.wanted) != std::string::npos, row.wanted << " in\n" << text);
  }
}

BOOST_AUTO_TEST_CASE(events_stand_in_the_order_of_time_from_arrival_on) {
  accept(from_platform({"jane@example.test"}), payment("40.00 USD"));
  tell(EventKind::sent, "250 ok");
  auto const events = answer().events;
  BOOST_TEST(events.front().kind == "arrived");
  BOOST_TEST(events.back().kind == "sent");
  auto earlier = [](WhyEvent const& a, WhyEvent const& b) { return a.at < b.at; };
  BOOST_TEST(std::is_sorted(events.begin(), events.end(), earlier));
  BOOST_TEST(count("placed") == 1u);
}

BOOST_AUTO_TEST_CASE(a_copy_that_came_to_the_folder_later_is_not_said_to_have_been_there_at_once) {
  choose(jane, "type:payment.sent", "email");
  accept(from_platform({"jane@example.test"}), payment("40.00 USD"));
  Outbox box(context);
  clock.advance(1h);
  report(box, {{box.take_due(1).at(0).id, SendOutcome::permanent, "550 5.7.1 not from you"}});
  BOOST_TEST(count("placed") == 0u);
  BOOST_TEST(count("placed after failure") == 1u);
}

BOOST_AUTO_TEST_CASE(what_was_read_is_told_once_and_what_the_user_removed_as_well) {
  accept(from_platform({"jane@example.test"}), payment("40.00 USD"));
  auto alerts = [&](store::Snapshot const& s) { return *store::find_mailbox_of_kind(s, jane, MailboxKind::alerts); };
  clock.advance(1h);
  write([&](store::Transaction& tx) {
    store::store_flags(tx, alerts(tx), UidSet{{1, 1}}, store::FlagChange::add, store::flag::seen);
  });
  BOOST_TEST(kinds().back() == "read");
  clock.advance(1h);
  write([&](store::Transaction& tx) { store::expunge(tx, alerts(tx), UidSet{{1, 1}}, false); });
  BOOST_TEST(kinds().back() == "removed");
  BOOST_TEST((answer().events.back().at == noon + 2h));
  tell(EventKind::read, "marked as read in a mail client");  // kept with the decision, as expiry does
  BOOST_TEST(count("read") == 1u);
}

BOOST_AUTO_TEST_CASE(an_expired_message_was_not_removed_by_the_user) {
  accept(from_platform({"jane@example.test"}), payment("40.00 USD"));
  write([&](store::Transaction& tx) {
    store::expunge(tx, *store::find_mailbox_of_kind(tx, jane, MailboxKind::alerts), UidSet{{1, 1}}, false);
  });
  tell(EventKind::expired, "left its folder");
  BOOST_TEST(count("removed") == 0u);
  BOOST_TEST(count("expired") == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace mc::center
