#include "center/outbox.h"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include "center/bounce_score.h"
#include "center/departure.h"
#include "center/fallback.h"
#include "center/suppression.h"
#include "core/crypto.h"
#include "core/log.h"
#include "core/text.h"
#include "store/bodies.h"
#include "store/decisions.h"
#include "store/messages.h"
#include "store/records_generated.h"

namespace mc::center {

namespace {

OutgoingMail make_outgoing(store::Snapshot const& s, store::OutboxEntry const& entry) {
  OutgoingMail mail;
  mail.id = entry.id;
  mail.mail_id = entry.mail_id;
  mail.sender = entry.sender;
  mail.recipient = entry.recipient;
  mail.size = entry.extra_prefix.size() + store::message_record(s, entry.message).size();
  mail.smtputf8 = entry.smtputf8;
  mail.eight_bit = entry.eight_bit;
  mail.notify = entry.notify;
  mail.ret = entry.ret;
  mail.envid = entry.envid;
  mail.orcpt = entry.orcpt;
  mail.attempts = entry.attempts;
  mail.suppressed = !entry.to_suppressed && is_suppressed(s, entry.user, entry.recipient);
  return mail;
}

// Doubles from the first to the longest wait; a fifth either way, so that mail held up together
// does not come back together.
Millis back_off(Settings const& settings, std::uint32_t attempts) {
  Millis wait = settings.retry_first;
  for (std::uint32_t i = 1; i < attempts && wait < settings.retry_most; ++i) wait *= 2;
  wait = std::min(wait, settings.retry_most);
  auto dice = static_cast<unsigned char>(random_octets(1)[0]);
  return wait * (800 + 400 * dice / 255) / 1000;
}

void note(store::Transaction& tx, store::OutboxEntry const& entry, store::EventKind kind, std::string_view text,
          Time now) {
  note_on_all(tx, entry.decision, {now, kind, std::string(text)});
}

// What a refusal says of the address. Only what answered RCPT, or is about a mailbox by its status: a next server that is in
// trouble itself, or takes nothing from us, is nobody's bounce.
CountedFailure count_refusal(Context const& context, store::Transaction& tx, store::OutboxEntry const& entry,
                             SendReport const& report, Time now) {
  BounceClass const is = classify_reply(report.reply, report.to_recipient ? Asked::recipient : Asked::unknown);
  bool const hard = is.kind == BounceKind::hard && has_status(report.reply);
  if (is.kind == BounceKind::none || !(report.to_recipient || hard || is_about_mailbox(report.reply))) return {};
  return count_failure(context.settings, tx, {entry.recipient, is, report.reply, now}, now);
}

std::string count_taken(Context const& context, store::Transaction& tx, store::OutboxEntry const& entry, Time now) {
  std::string words = count_acceptance(context.settings, tx, entry.recipient, now);
  return words.empty() ? words : "; " + words;
}

// Refused, or given up. The entry is gone before the address is suppressed: what else waits for it goes then.
void bounce(Context const& context, store::Transaction& tx, store::OutboxEntry const& entry, SendReport const& report,
            Time now) {
  bool const given_up = report.outcome != SendOutcome::permanent;
  CountedFailure const counted = count_refusal(context, tx, entry, report, now);
  note(tx, entry, store::EventKind::bounced,
       (given_up ? "given up after its lifetime; last: " : "") + report.reply +
           (counted.words.empty() ? "" : "; " + counted.words), now);
  keep_in_folder(tx, entry, "the external address refused it", now);
  store::remove_outbox(tx, entry.id);
  if (counted.suppress) suppress_everywhere(context, tx, context.policy.get(), entry.recipient, report.reply, now);
}

void apply(Context const& context, store::Transaction& tx, SendReport const& report, Time now) {
  auto entry = store::find_outbox(tx, report.id);
  if (!entry) return;  // dropped by an admin meanwhile
  SendOutcome outcome = report.outcome;
  if (outcome == SendOutcome::temporary && now >= entry->expires) outcome = SendOutcome::permanent;
  entry->last_reply = report.reply;
  switch (outcome) {
    case SendOutcome::sent:
      note(tx, *entry, store::EventKind::sent, report.reply + count_taken(context, tx, *entry, now), now);
      store::remove_outbox(tx, entry->id);
      return;
    case SendOutcome::temporary:
      ++entry->attempts;
      entry->due = now + back_off(context.settings, entry->attempts);
      note(tx, *entry, store::EventKind::deferred, report.reply, now);
      store::update_outbox(tx, *entry);
      return;
    case SendOutcome::permanent:
      bounce(context, tx, *entry, report, now);
      return;
    case SendOutcome::withheld:
      withhold(tx, *entry, now);
      return;
  }
}

void log_reports(std::vector<SendReport> const& reports, std::vector<std::string> const& mail_ids) {
  static constexpr std::string_view words[] = {"sent", "deferred", "bounced", "withheld"};
  for (std::size_t i = 0; i < reports.size(); ++i)
    log_info(words[static_cast<std::size_t>(reports[i].outcome)],
             {{"mail", mail_ids[i]}, {"outbox", to_string(reports[i].id)}, {"reply", reports[i].reply}});
}

Result<store::OutboxEntry> get_queued(store::Transaction& tx, OutboxId id) {
  auto entry = store::find_outbox(tx, id);
  if (!entry) return fail(Errc::not_found, "No mail " + to_string(id) + " in the queue");
  return *entry;
}

}  // namespace

std::vector<OutgoingMail> Outbox::take_due(std::size_t most) {
  std::vector<OutboxId> busy = busy_now();
  auto taken = context_.store.read([&](store::Snapshot const& s) {
    std::vector<OutgoingMail> mails;
    for (store::OutboxEntry const& entry : store::due_outbox(s, context_.clock.now(), most, busy))
      mails.push_back(make_outgoing(s, entry));
    return mails;
  });
  for (OutgoingMail const& mail : taken) busy_.insert(mail.id);
  return taken;
}

std::optional<Time> Outbox::next_due() const {
  std::vector<OutboxId> busy = busy_now();
  return context_.store.read([&](store::Snapshot const& s) { return store::next_due(s, busy); });
}

std::vector<OutboxId> Outbox::busy_now() const { return {busy_.begin(), busy_.end()}; }

std::string Outbox::content(OutboxId id, std::uint64_t offset, std::size_t most) const {
  return context_.store.read([&](store::Snapshot const& s) {
    std::string out;
    auto entry = store::find_outbox(s, id);
    if (!entry) return out;
    std::string const& front = entry->extra_prefix;
    if (offset < front.size()) out = front.substr(offset, most);
    std::uint64_t begin = offset + out.size() - front.size();
    if (out.size() < most) store::read_message(s, entry->message, {begin, begin + most - out.size()}, out);
    return out;
  });
}

boost::asio::awaitable<void> Outbox::report(std::vector<SendReport> reports) {
  std::vector<std::string> mail_ids;
  auto operation = [&](store::Transaction& tx) -> Result<void> {
    Time now = context_.clock.now();
    mail_ids.clear();
    for (SendReport const& report : reports) {
      auto entry = store::find_outbox(tx, report.id);
      mail_ids.push_back(entry ? entry->mail_id : "");
      apply(context_, tx, report, now);
    }
    tx.publish(store::topic::outbox);
    return {};
  };
  for (;;) {
    Result<void> done = co_await context_.store.write_shrinking(operation);
    if (done) break;
    log_error("outbox_report_failed", {{"reason", done.error().text}});
    boost::asio::steady_timer pause(co_await boost::asio::this_coro::executor, std::chrono::seconds(5));
    co_await pause.async_wait(boost::asio::use_awaitable);
  }
  log_reports(reports, mail_ids);
  for (SendReport const& report : reports) busy_.erase(report.id);
}

void Outbox::release(OutboxId id) { busy_.erase(id); }

store::Watchers::Handle Outbox::watch(boost::asio::any_io_executor executor, std::function<void()> wake) {
  return context_.store.watchers().watch(store::topic::outbox, std::move(executor), std::move(wake));
}

std::vector<store::OutboxEntry> list_queue(store::Snapshot const& s, std::size_t most) {
  return store::list_outbox(s, {}, most);
}

Result<void> retry_queued(Context& c, store::Transaction& tx, std::optional<OutboxId> id) {
  std::vector<store::OutboxEntry> entries;
  if (id) {
    auto entry = get_queued(tx, *id);
    if (!entry) return entry.error();
    entries.push_back(std::move(*entry));
  } else {
    entries = store::list_outbox(tx, {}, 100'000);
  }
  for (store::OutboxEntry& entry : entries) {
    if (entry.state == store::OutboxState::held) {
      if (id) return fail(Errc::forbidden, "Mail " + to_string(entry.id) + " is on hold; release it first");
      continue;
    }
    if (entry.state == store::OutboxState::waiting) {  // with all of them nobody's quiet hours are broken
      if (id) return send_early(c, tx, std::move(entry), c.clock.now());
      continue;
    }
    entry.due = c.clock.now();
    store::update_outbox(tx, entry);
  }
  tx.publish(store::topic::outbox);
  return {};
}

Result<void> hold_queued(Context& c, store::Transaction& tx, OutboxId id) {
  auto entry = get_queued(tx, id);
  if (!entry) return entry.error();
  entry->state = store::OutboxState::held;
  store::update_outbox(tx, *entry);
  note(tx, *entry, store::EventKind::held, "by an admin", c.clock.now());
  return {};
}

Result<void> release_queued(Context& c, store::Transaction& tx, OutboxId id) {
  auto entry = get_queued(tx, id);
  if (!entry) return entry.error();
  if (entry->state != store::OutboxState::held)
    return fail(Errc::conflict, "Mail " + to_string(id) + " is not on hold");
  bool const waits = never_queued(*entry);
  entry->state = waits ? store::OutboxState::waiting : store::OutboxState::queued;
  if (!waits) entry->due = c.clock.now();
  store::update_outbox(tx, *entry);
  note(tx, *entry, store::EventKind::released, waits ? "by an admin; it waits as before" : "by an admin", c.clock.now());
  tx.publish(store::topic::outbox);
  return {};
}

Result<void> drop_queued(Context& c, store::Transaction& tx, OutboxId id) {
  auto entry = get_queued(tx, id);
  if (!entry) return entry.error();
  note(tx, *entry, store::EventKind::dropped, "by an admin", c.clock.now());
  store::remove_outbox(tx, id);
  return {};
}

}  // namespace mc::center
