#include "center/broadcast.h"

#include <set>

#include "core/text.h"
#include "tests/center/fixture.h"

using namespace mc;
using namespace mc::center;
using store::MailboxKind;

namespace {

constexpr std::size_t crowd = most_together + 50;

std::string news(std::string extra = {}) {
  return "From: Market <noreply@example.test>\r\nSubject: News\r\nX-MC-Type: system.maintenance\r\n" + extra +
         "\r\nNews.\r\n";
}

struct Crowd : CenterFixture {
  std::vector<UserId> users = make_users();

  static std::string login(std::size_t i) { return "member" + std::to_string(i); }

  std::vector<UserId> make_users() {
    auto op = [&](store::Transaction& tx) -> Result<std::vector<UserId>> {
      std::vector<UserId> ids;
      for (std::size_t i = 0; i < crowd; ++i) {
        store::User user;
        user.login = login(i);
        user.email = login(i) + "@ext.test";
        user.created = clock.now();
        ids.push_back(store::add_user(tx, user).value());
      }
      return ids;
    };
    return store->write_and_wait(op).value();
  }

  // Not in the order of the accounts.
  std::vector<std::string> everybody() const {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < crowd; ++i) out.push_back(login(i * 11 % crowd) + "@example.test");
    return out;
  }

  // In the order of from_platform(everybody()), with the users as a protocol finds them.
  Envelope to_everybody() {
    Envelope envelope = from_platform(everybody());
    for (Recipient& r : envelope.recipients) r.user = intake.check_recipient(envelope.submitter, r.address).value();
    return envelope;
  }

  std::size_t count(MailboxKind kind) {
    return store->read([&](store::Snapshot const& s) {
      std::size_t n = 0;
      for (UserId user : users) n += store::state_of(s, *store::find_mailbox_of_kind(s, user, kind)).exists;
      return n;
    });
  }
  bool anything_under_way() {
    return store->read([](store::Snapshot const& s) { return store::next_broadcast_part(s, Time::max()).has_value(); });
  }
  std::size_t continue_all() {
    std::size_t parts = 0;
    auto op = [&](store::Transaction& tx) -> Result<bool> { return continue_broadcasts(context, tx, clock.now()); };
    while (store->write_and_wait(op).value()) ++parts;
    return parts;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(broadcast, Crowd)

BOOST_AUTO_TEST_CASE(with_a_reply_each_only_the_unknown_miss_it) {
  Envelope envelope = to_everybody();
  envelope.recipients[3].address = "nobody@example.test";
  auto replies = accept(envelope, news());
  BOOST_REQUIRE(replies.size() == crowd);
  for (std::size_t i = 0; i < crowd; ++i) BOOST_TEST_REQUIRE(replies[i].has_value() == (i != 3));
  BOOST_TEST(replies[0]->text == "Delivered to Updates");
  BOOST_TEST(count(MailboxKind::updates) == crowd - 1);
  BOOST_TEST(!anything_under_way());
}

BOOST_AUTO_TEST_CASE(all_copies_of_a_slice_are_one_message_without_the_names_of_others) {
  for (auto const& reply : accept(to_everybody(), news())) BOOST_TEST_REQUIRE(reply.has_value());
  std::set<std::uint64_t> messages;
  std::uint64_t references = 0;
  store->read([&](store::Snapshot const& s) {
    for (UserId user : users) {
      auto mailbox = store::find_mailbox_of_kind(s, user, MailboxKind::updates);
      messages.insert(store::MailboxReader(s, *mailbox).find(Uid(1))->message.value);
    }
    for (std::uint64_t id : messages) references += store::reference_count(s, MessageId(id));
    return 0;
  });
  BOOST_TEST(messages.size() == 2u);
  BOOST_TEST(references == crowd);
  auto const mail = folder(users[0], MailboxKind::updates).at(0);
  BOOST_TEST(mail.find(" for <") == std::string::npos);
  BOOST_TEST(mail.find("X-MC-Type: system.maintenance") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(copies_that_were_decided_otherwise_say_so) {
  choose(users[3], "type:system.maintenance", "both");
  choose(users[5], "type:system.maintenance", "email");
  choose(users[7], "tab:updates", "both");
  accept(from_platform(everybody()), news());
  std::string const by_type = "X-MC-Why: your choice for system.maintenance\r\n", by_tab = "X-MC-Why: your choice for tab updates\r\n";
  BOOST_TEST(folder(users[3], MailboxKind::updates).at(0).find(by_type) != std::string::npos);
  BOOST_TEST(folder(users[5], MailboxKind::updates).empty());
  BOOST_TEST(folder(users[7], MailboxKind::updates).at(0).find(by_tab) != std::string::npos);
  for (std::size_t i : {std::size_t{2}, std::size_t{4}, crowd - 1}) {
    std::string const copy = folder(users[i], MailboxKind::updates).at(0);
    BOOST_TEST((copy.find(by_type) == std::string::npos && copy.find(by_tab) == std::string::npos));
  }
  for (store::OutboxEntry const& entry : queue()) {
    bool const chose_type = entry.user == users[3] || entry.user == users[5];
    BOOST_TEST((external(entry).find(by_type) != std::string::npos) == chose_type);
    BOOST_TEST(external(entry).find("Return-Path:") == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_copy_that_goes_leaves_the_others) {
  accept(to_everybody(), news());
  auto op = [&](store::Transaction& tx) -> Result<bool> {
    auto mailbox = store::find_mailbox_of_kind(tx, users[0], MailboxKind::updates);
    store::expunge(tx, *mailbox, UidSet{{1, 1}}, false);
    return true;
  };
  BOOST_REQUIRE(store->write_and_wait(op).has_value());
  BOOST_TEST(folder(users[0], MailboxKind::updates).empty());
  BOOST_TEST(folder(users[1], MailboxKind::updates).size() == 1u);
}

BOOST_AUTO_TEST_CASE(with_one_reply_all_get_it_or_nobody) {
  auto replies = accept(to_everybody(), news(), true);
  BOOST_TEST_REQUIRE(replies[0].has_value());
  BOOST_TEST(count(MailboxKind::updates) == crowd);
  BOOST_TEST(!anything_under_way());

  std::string const event = "X-MC-Event-Id: e\r\n";
  BOOST_REQUIRE(accept(from_platform({login(5) + "@example.test"}), news(event + "X-Other: 1\r\n"))[0].has_value());
  replies = accept(to_everybody(), news(event), true);
  for (auto const& reply : replies) BOOST_TEST_REQUIRE(!reply.has_value());
  BOOST_TEST((replies[0].error().code == Errc::conflict));
  BOOST_TEST(count(MailboxKind::updates) == crowd + 1);
  BOOST_TEST(!anything_under_way());
}

BOOST_AUTO_TEST_CASE(what_was_accepted_reaches_everybody_after_a_crash) {
  Envelope const envelope = to_everybody();
  Prepared const prepared = prepare(news(), Trust::platform, settings.hostname);
  MessageFacts const facts(envelope, prepared, clock.now(), zones);
  PolicyInForce const in_force = policy.get();
  Addressed const message{envelope, prepared, facts, in_force, clock.now()};
  auto const order = order_by_user(envelope.recipients);
  auto const slices = make_slices(order);
  auto begin = [&](store::Transaction& tx) -> Result<MessageId> { return begin_broadcast(tx, message, slices); };
  MessageId const id = store->write_and_wait(begin).value();
  auto first = [&](store::Transaction& tx) -> Result<bool> {
    BOOST_REQUIRE(store::take_broadcast_part(tx, id, 0).has_value());
    deliver_slice(context, tx, message, slices[0]);
    return true;
  };
  BOOST_REQUIRE(store->write_and_wait(first).has_value());
  BOOST_TEST(count(MailboxKind::updates) == most_together);
  BOOST_TEST(continue_all() == 0u);  // whoever accepted it may still be at it

  clock.advance(std::chrono::minutes(2));
  BOOST_TEST(continue_all() == 1u);
  BOOST_TEST(count(MailboxKind::updates) == crowd);
  BOOST_TEST(!anything_under_way());
  auto const records = decisions(users[slices.size() > 1 ? crowd - 1 : 0]);
  BOOST_REQUIRE(records.size() == 1u);
  BOOST_TEST((records[0].at == noon));
  BOOST_TEST(records[0].mail_id == envelope.mail_id);
}

BOOST_AUTO_TEST_SUITE_END()
