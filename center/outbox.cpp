#include "center/outbox.h"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include "center/bounce_score.h"
#include "center/delay.h"
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

constexpr std::size_t most_looked_at = 10'000;           // entries in one read
constexpr Millis start_over = std::chrono::seconds(30);  // how often look() begins from the start
constexpr Millis late_commits = std::chrono::minutes(2);

OutgoingMail make_outgoing(store::Snapshot const& s, store::OutboxEntry const& entry) {
  OutgoingMail mail;
  mail.id = entry.id;
  mail.mail_id = entry.mail_id;
  mail.sender = entry.sender;
  mail.recipient = entry.recipient;
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

bool is_given_up(store::OutboxEntry const& entry, SendOutcome outcome, Time now) {
  bool const goes_on = outcome == SendOutcome::temporary || outcome == SendOutcome::postponed;
  return goes_on && now >= entry.expires;
}

void apply(Context const& context, store::Transaction& tx, SendReport const& report, Time now) {
  auto entry = store::find_outbox(tx, report.id);
  if (!entry) return;  // dropped by an admin meanwhile
  SendOutcome outcome = report.outcome;
  if (outcome == SendOutcome::postponed && entry->at_once && !report.known_at_once) return;
  if (is_given_up(*entry, outcome, now)) outcome = SendOutcome::permanent;
  entry->last_reply = report.reply;
  switch (outcome) {
    case SendOutcome::sent:
      note(tx, *entry, store::EventKind::sent, report.reply + count_taken(context, tx, *entry, now), now);
      if (!report.dsn_passed_on) report_relayed(context, tx, *entry, now);
      store::remove_outbox(tx, entry->id);
      return;
    case SendOutcome::temporary:
      ++entry->attempts;
      entry->at_once = false;
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
    case SendOutcome::postponed:
      entry->at_once = false;
      entry->due = now + report.pause;
      store::update_outbox(tx, *entry);
      return;
  }
}

void log_reports(std::vector<SendReport> const& reports, std::vector<std::string> const& mail_ids) {
  static constexpr std::string_view words[] = {"sent", "deferred", "bounced", "withheld", "postponed"};
  for (std::size_t i = 0; i < reports.size(); ++i) {
    LogLevel const level = reports[i].outcome == SendOutcome::postponed ? LogLevel::debug : LogLevel::info;
    log(level, words[static_cast<std::size_t>(reports[i].outcome)],
        {{"mail", mail_ids[i]}, {"outbox", to_string(reports[i].id)}, {"reply", reports[i].reply}});
  }
}

}  // namespace

std::string domain_of(std::string_view address) {
  auto const at = address.rfind('@');
  return at == std::string_view::npos ? std::string() : to_lower(address.substr(at + 1));
}

Outbox::Look Outbox::look(std::size_t most, std::function<bool(std::string_view)> const& wanted) {
  Time const now = context_.clock.now();
  if (now < looked_until_.due || now > started_over_ + start_over) {
    looked_until_ = {};
    started_over_ = now;
  }
  Look out;
  context_.store.read([&](store::Snapshot const& s) {
    std::size_t seen = 0;
    store::walk_due(s, now, looked_until_, [&](store::DuePlace place) {
      if (out.mails.size() >= most || ++seen > most_looked_at) {
        out.more = true;
        return false;
      }
      looked_until_ = place;
      auto const head = busy_.count(place.id) ? std::nullopt : store::find_outbox_head(s, place.id);
      if (!head) return true;
      std::string domain = domain_of(head->recipient);
      if (head->at_once || wanted(domain)) out.mails.push_back({place.id, std::move(domain), head->at_once});
      return true;
    });
  });
  // What is committed a little late may stand a little before what was seen.
  if (!out.more) looked_until_ = {std::min(looked_until_.due, now - late_commits), {}};
  for (DueMail const& mail : out.mails) busy_.try_emplace(mail.id).first->second.at_once = mail.at_once;
  return out;
}

std::optional<OutgoingMail> Outbox::load(OutboxId id) {
  auto mail = context_.store.read([&](store::Snapshot const& s) -> std::optional<OutgoingMail> {
    auto entry = store::find_outbox(s, id);
    bool const goes = entry && entry->state == store::OutboxState::queued && entry->due <= context_.clock.now();
    if (!goes) return std::nullopt;
    auto form = std::make_shared<ExternalForm>(make_external_form(context_, s, *entry));
    OutgoingMail loaded = make_outgoing(s, *entry);
    loaded.size = form->size();
    loaded.eight_bit = loaded.eight_bit || form->has_8bit();
    Taken& taken = busy_[id];
    taken.form = std::move(form);
    taken.sealed = false;
    return loaded;
  });
  if (!mail) release(id);
  return mail;
}

std::vector<OutgoingMail> Outbox::take_due(std::size_t most) {
  std::vector<OutgoingMail> mails;
  for (DueMail const& due : look(most, [](std::string_view) { return true; }).mails)
    if (auto mail = load(due.id)) mails.push_back(std::move(*mail));
  return mails;
}

boost::asio::awaitable<void> Outbox::seal(OutgoingMail& mail) {
  auto taken = busy_.find(mail.id);
  if (!signer_ || taken == busy_.end() || !taken->second.form || taken->second.sealed) co_return;
  std::shared_ptr<ExternalForm> const form = taken->second.form;
  OctetSource const source = [&](std::uint64_t offset, std::size_t most) { return read_form(mail.id, *form, offset, most); };
  auto job = [&] { return signer_(source); };
  std::string lines = co_await context_.workers.run(job);
  taken = busy_.find(mail.id);
  if (taken == busy_.end() || taken->second.form != form) co_return;
  form->put_first(std::move(lines));
  taken->second.sealed = true;
  mail.size = form->size();
}

std::optional<Time> Outbox::next_due() const {
  return context_.store.read([&](store::Snapshot const& s) {
    std::optional<Time> first;
    store::DuePlace const now{context_.clock.now(), OutboxId(~std::uint64_t{0} - 1)};
    store::walk_due(s, Time::max(), now, [&](store::DuePlace place) {
      first = place.due;
      return false;
    });
    return first;
  });
}

std::string Outbox::content(OutboxId id, std::uint64_t offset, std::size_t most) const {
  auto taken = busy_.find(id);
  return taken == busy_.end() || !taken->second.form ? std::string() : read_form(id, *taken->second.form, offset, most);
}

// The body may be gone with its entry.
std::string Outbox::read_form(OutboxId id, ExternalForm const& form, std::uint64_t offset, std::size_t most) const {
  return context_.store.read([&](store::Snapshot const& s) {
    std::string out;
    if (store::find_outbox(s, id)) form.read(s, offset, most, out);
    return out;
  });
}

boost::asio::awaitable<void> Outbox::report(std::vector<SendReport> reports) {
  for (SendReport& report : reports)
    if (auto taken = busy_.find(report.id); taken != busy_.end()) report.known_at_once = taken->second.at_once;
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

void Outbox::release(OutboxId id) {
  busy_.erase(id);
  look_again();
}

store::Watchers::Handle Outbox::watch(boost::asio::any_io_executor executor, std::function<void()> wake) {
  return context_.store.watchers().watch(store::topic::outbox, std::move(executor), std::move(wake));
}

}  // namespace mc::center
