// crowd.cpp - many accounts, or many waiting mails, put into a store without a server; and what became of a broadcast.
//
//   crowd --data D --fill 100000             makes accounts member000000 …, verified, all mailboxes; full ones with
//         [--messages 40]                    so many old messages in each Updates
//   crowd --data D --count 100000            beside a running server: what the accounts have now, and the store's size
//   crowd --data D --wait 1000000            so many external mails that wait, due from a day on, one body
//
// Opens the store itself: filling needs that no server runs.
#include <cstdio>
#include <thread>

#include "bench/message.h"
#include "bench/support.h"
#include "core/clock.h"
#include "mail/summary.h"
#include "store/accounts.h"
#include "store/bodies.h"
#include "store/mailboxes.h"
#include "store/messages.h"
#include "store/outbox.h"
#include "store/records.h"
#include "store/store.h"

namespace mc::bench {
namespace {

constexpr std::size_t slice = 500;

std::unique_ptr<store::Store> open_store(Options const& options, mc::Clock const& clock, bool read_only) {
  store::StoreOptions o;
  o.directory = options.text("data") + "/store";
  o.clock = &clock;
  o.read_only = read_only;
  auto opened = store::Store::open(o);
  if (!opened) fail(opened.error().text);
  return std::move(*opened);
}

std::string login_of(long number) { return numbered("member%06d", number); }

// One small body all old messages and waiting mails share.
BodyId put_one_body(store::Transaction& tx) {
  std::string const octets = "Subject: old\r\n\r\nold\r\n";
  Sha256 const hash = sha256(octets);
  store::Builder b;
  auto const digest = store::octets_in(b, as_octets(hash));
  store::fb::BodyBuilder body(b);
  body.add_size(octets.size());
  body.add_shown_size(octets.size());
  body.add_header_size(16);
  body.add_sha256(digest);
  b.Finish(body.Finish());
  return store::put_body(tx, octets, store::finished(b), hash);
}

void add_old_messages(store::Transaction& tx, UserId user, BodyId body, long count) {
  auto const updates = store::find_mailbox_of_kind(tx, user, store::MailboxKind::updates);
  for (long i = 0; i < count; ++i) {
    MessageId const message = store::make_message(tx, body, "", user, {});
    if (!store::append(tx, *updates, {message, 20, 0, 0})) fail("a mailbox is full");
  }
}

void add_member(store::Transaction& tx, long number, long messages) {
  store::User user;
  user.login = login_of(number);
  user.email = user.login + "@elsewhere.test";
  user.created = tx.now() - std::chrono::hours(24 * 30);
  auto const id = store::add_user(tx, user);
  if (!id) fail(user.login + ": " + id.error().text);
  if (messages > 0) add_old_messages(tx, *id, put_one_body(tx), messages);
}

// Two at a time, so that one slice is made while the other is written out.
template <class F>
void in_slices(store::Store& store, long count, F each) {
  for (long first = 0; first < count; first += slice) {
    auto op = [&](store::Transaction& tx) -> Result<bool> {
      for (long i = first; i < std::min<long>(count, first + slice); ++i) each(tx, i);
      return true;
    };
    if (auto done = store.write_and_wait(op); !done) fail(done.error().text);
  }
}

JsonObject fill(Options const& options) {
  SystemClock const clock;
  auto const store = open_store(options, clock, false);
  auto const begin = Clock::now();
  long const members = options.number("fill"), messages = options.number("messages");
  long const present = store->read([&](store::Snapshot const& s) {
    long n = 0;
    while (n < members && store::find_user_id(s, login_of(n))) ++n;
    return n;
  });
  in_slices(*store, members - present,
            [&](store::Transaction& tx, long i) { add_member(tx, present + i, messages); });
  return JsonObject().add("made", static_cast<double>(members - present)).add("seconds", ms_between(begin, Clock::now()) / 1000);
}

store::OutboxEntry waiting_entry(MessageId message, Time now, long number) {
  store::OutboxEntry entry;
  entry.message = message;
  entry.user = UserId(1 + static_cast<std::uint64_t>(number) % 1000);
  entry.sender = "b-abcdefghijklmnopqrstuvwxyz@bench.test";
  entry.recipient = login_of(number) + "@elsewhere.test";
  entry.mail_id = "aaaaaaaaaaaaaaaa";
  entry.created = now;
  entry.due = now + std::chrono::hours(24) + Millis(number);
  entry.expires = entry.due + std::chrono::hours(120);
  entry.state = store::OutboxState::waiting;
  entry.waits = 1;
  return entry;
}

JsonObject wait(Options const& options) {
  SystemClock const clock;
  auto const store = open_store(options, clock, false);
  auto const begin = Clock::now();
  Time const now = clock.now();
  in_slices(*store, options.number("wait"), [&](store::Transaction& tx, long i) {
    MessageId const message = store::make_message(tx, put_one_body(tx), "X-MC-Type: bench\r\n", {}, {});
    store::put_outbox(tx, waiting_entry(message, now, i));
  });
  auto const filled = Clock::now();
  constexpr int times = 10'000;
  for (int i = 0; i < times; ++i)
    if (!store->read([](store::Snapshot const& s) { return store::next_waiting(s); })) fail("nothing waits");
  auto const asked = Clock::now();
  for (int i = 0; i < times; ++i)
    if (!store->read([&](store::Snapshot const& s) { return store::due_waiting(s, now, 100); }).empty())
      fail("something is due");
  return JsonObject()
      .add("made", options.real("wait"))
      .add("seconds", ms_between(begin, filled) / 1000)
      .add("next_waiting_us", ms_between(filled, asked) * 1000 / times)
      .add("due_waiting_none_us", ms_between(asked, Clock::now()) * 1000 / times)
      .add("store_mib", static_cast<double>(store->stats().used_octets) / (1 << 20));
}

JsonObject count(Options const& options) {
  SystemClock const clock;
  auto const store = open_store(options, clock, true);
  double messages = 0, queued = 0, waiting = 0, decisions = 0;
  store->read([&](store::Snapshot const& s) {
    for (long i = 0; i < options.number("count"); ++i) {
      auto const user = store::find_user_id(s, login_of(i));
      if (!user) fail("there is no " + login_of(i));
      for (auto kind : {store::MailboxKind::inbox, store::MailboxKind::alerts, store::MailboxKind::updates})
        if (auto mailbox = store::find_mailbox_of_kind(s, *user, kind))
          messages += store::state_of(s, *mailbox).exists;
      s.scan(store::key::user_decisions(*user), [&](auto, auto) { return ++decisions, true; });
    }
    s.scan(store::key::table(store::Table::outbox), [&](std::string_view, std::string_view value) {
      bool const waits = store::record_of<store::fb::Outbox>(value).state() == 2;
      ++(waits ? waiting : queued);
      return true;
    });
    return 0;
  });
  double const bodies = store->read([](store::Snapshot const& s) {
    double n = 0;
    s.scan(store::key::table(store::Table::body), [&](auto, auto) { return ++n, true; });
    return n;
  });
  return JsonObject()
      .add("messages", messages)
      .add("queued", queued)
      .add("waiting", waiting)
      .add("decisions", decisions)
      .add("bodies", bodies)
      .add("store_mib", static_cast<double>(store->stats().used_octets) / (1 << 20));
}

void body(int argc, char** argv) {
  Options const options(argc, argv, {{"data", ""}, {"fill", "0"}, {"messages", "0"}, {"count", "0"}, {"wait", "0"}});
  if (options.text("data").empty()) fail("--data is missing");
  JsonObject out;
  if (options.number("fill") > 0) out.add("fill", fill(options));
  if (options.number("wait") > 0) out.add("wait", wait(options));
  if (options.number("count") > 0) out.add("count", count(options));
  std::puts(out.text().c_str());
}

}  // namespace
}  // namespace mc::bench

int main(int argc, char** argv) {
  return mc::bench::run_tool("crowd", mc::bench::body, argc, argv);
}
