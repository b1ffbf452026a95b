#include "center/delay.h"

#include "center/queue.h"
#include "tests/center/fixture.h"

using namespace mc;
using namespace mc::center;

namespace {

struct LateFixture : CenterFixture {
  UserId app = add("app", "app@ext.test", store::Role::platform);

  Envelope from_app(std::string reverse_path = "app@example.test", unsigned char notify = 0) {
    Envelope e = from_platform({"jane@example.test"});
    e.submitter.user = app;
    e.reverse_path = std::move(reverse_path);
    e.recipients[0].notify = notify;
    return e;
  }
  void submit(Envelope envelope) {
    auto done = accept(std::move(envelope), payment("10.00 USD"));
    BOOST_REQUIRE(done.size() == 1u && done[0]);
  }
  LatePage find(store::DuePlace after = {}) {
    return store->read([&](store::Snapshot const& s) { return find_late(s, settings, clock.now(), after); });
  }
  void tell() {
    auto const late = find().late;
    store->write_and_wait([&](store::Transaction& tx) -> Result<void> {
      tell_late(context, tx, late, clock.now());
      return {};
    }).value();
  }
  // Delivery reports with this action in any folder of the platform's account.
  std::vector<std::string> reports(std::string const& action) {
    std::vector<std::string> out;
    for (auto kind : {store::MailboxKind::inbox, store::MailboxKind::updates, store::MailboxKind::alerts})
      for (std::string& message : folder(app, kind))
        if (message.find("Action: " + action) != std::string::npos) out.push_back(std::move(message));
    return out;
  }
  int told(UserId user) {
    int count = 0;
    for (auto const& decision : decisions(user))
      for (auto const& event : events(decision.id)) count += event.kind == store::EventKind::delayed;
    return count;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(delay_test, LateFixture)

BOOST_AUTO_TEST_CASE(a_mail_is_late_after_the_time_set_and_is_told_once) {
  submit(from_app());
  clock.advance(std::chrono::hours(4) - Millis(1));
  BOOST_TEST(find().late.empty());
  clock.advance(Millis(1));
  BOOST_TEST(find().late.size() == 1u);
  tell();
  BOOST_TEST(told(jane) == 1);
  BOOST_TEST(find().late.empty());
  clock.advance(std::chrono::hours(40));
  tell();
  BOOST_TEST(told(jane) == 1);
  BOOST_TEST(reports("delayed").size() == 1u);
}

BOOST_AUTO_TEST_CASE(who_is_told) {
  struct Row {
    std::string path;
    unsigned char notify;
    SubmitterKind kind;
    bool account;
    std::size_t expected;
  };
  Row const rows[] = {
      {"app@example.test", 0, SubmitterKind::platform, true, 1},      {"app@example.test", 8, SubmitterKind::platform, true, 1},
      {"app@example.test", 8, SubmitterKind::platform, false, 1},     {"app@example.test", 0, SubmitterKind::platform, false, 0},
      {"app@example.test", 1, SubmitterKind::platform, true, 0},      {"app@example.test", 2, SubmitterKind::platform, true, 0},
      {"app@example.test", 4, SubmitterKind::platform, true, 0},      {"", 8, SubmitterKind::platform, true, 0},
      {"app@elsewhere.test", 8, SubmitterKind::platform, true, 0},    {"nobody@example.test", 8, SubmitterKind::platform, true, 0},
      {"support@example.test", 8, SubmitterKind::platform, true, 0},
  };
  for (Row const& row : rows) BOOST_TEST_CONTEXT(row.path << ' ' << int{row.notify} << ' ' << row.account) {
      LateFixture one;
      Envelope e = one.from_app(row.path, row.notify);
      e.submitter.kind = row.kind;
      if (!row.account) e.submitter.user = UserId();
      one.submit(std::move(e));
      one.clock.advance(std::chrono::hours(5));
      std::size_t const before = one.queue().size();
      one.tell();
      BOOST_TEST(one.told(one.jane) == 1);
      BOOST_TEST(one.reports("delayed").size() == row.expected);
      for (store::OutboxEntry const& entry : one.queue())
        BOOST_TEST((entry.recipient == "jane@ext.test" || entry.recipient == "app@ext.test"), entry.recipient);
      BOOST_TEST(one.queue().size() >= before);
    }
}

BOOST_AUTO_TEST_CASE(a_report_names_whom_it_was_written_to_and_not_where_it_goes) {
  Envelope e = from_app();
  e.envid = "QQ+2B1";
  submit(std::move(e));
  auto entry = queue().at(0);
  entry.last_reply = "451 4.7.1 <jane@ext.test> later, says mx.ext.test";
  store->write_and_wait([&](store::Transaction& tx) -> Result<void> {
    store::update_outbox(tx, entry);
    return {};
  }).value();
  clock.advance(std::chrono::hours(5));
  tell();
  auto const got = reports("delayed");
  BOOST_REQUIRE(got.size() == 1u);
  BOOST_TEST(got[0].find("ext.test") == std::string::npos);
  for (char const* part : {"Final-Recipient: rfc822; jane@example.test", "Status: 4.7.1", "Original-Envelope-Id: QQ+1",
                           "Will-Retry-Until: ", "Auto-Submitted: auto-replied"})
    BOOST_TEST(got[0].find(part) != std::string::npos, part);
}

BOOST_AUTO_TEST_CASE(one_report_for_all_recipients_of_a_message) {
  Envelope e = from_app();
  e.recipients.push_back({"bob@example.test"});
  auto done = accept(std::move(e), payment("10.00 USD"));
  BOOST_REQUIRE(done.size() == 2u && done[0] && done[1]);
  clock.advance(std::chrono::hours(5));
  tell();
  auto const got = reports("delayed");
  BOOST_REQUIRE(got.size() == 1u);
  BOOST_TEST(got[0].find("rfc822; jane@example.test") != std::string::npos);
  BOOST_TEST(got[0].find("rfc822; bob@example.test") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_an_admin_holds_or_what_waits_is_not_late) {
  submit(from_app());
  store->write_and_wait([&](store::Transaction& tx) { return hold_queued(context, tx, queue().at(0).id); }).value();
  clock.advance(std::chrono::hours(5));
  BOOST_TEST(find().late.empty());
}

BOOST_AUTO_TEST_CASE(the_queue_is_looked_at_in_slices) {
  for (int i = 0; i < 250; ++i) submit(from_platform({"jane@example.test"}));
  clock.advance(std::chrono::hours(5));
  std::size_t seen = 0, pages = 0;
  store::DuePlace after;
  for (bool more = true; more; ++pages) {
    LatePage const page = find(after);
    seen += page.late.size();
    after = page.next;
    more = page.more;
  }
  BOOST_TEST(seen == 250u);
  BOOST_TEST(pages == 3u);
}

BOOST_AUTO_TEST_CASE(relayed_is_told_where_the_next_server_takes_over_no_reports) {
  for (bool passed_on : {false, true}) {
    LateFixture one;
    one.submit(one.from_app("app@example.test", 2 | 4));
    Outbox box(one.context);
    SendReport sent;
    for (auto const& mail : box.take_due(10))
      if (mail.recipient == "jane@ext.test") sent.id = mail.id;
    sent.outcome = SendOutcome::sent;
    sent.reply = "250 ok jane@ext.test";
    sent.dsn_passed_on = passed_on;
    one.report(box, {sent});
    auto const got = one.reports("relayed");
    BOOST_REQUIRE(got.size() == (passed_on ? 0u : 1u));
    if (!passed_on) BOOST_TEST(got[0].find("jane@ext.test") == std::string::npos);
  }
}

BOOST_AUTO_TEST_SUITE_END()
