#include "center/delay.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>

#include "center/addresses.h"
#include "center/departure.h"
#include "center/notices.h"
#include "core/log.h"
#include "core/text.h"
#include "core/time_text.h"
#include "mail/compose.h"
#include "store/bodies.h"
#include "store/records_generated.h"

namespace mc::center {

namespace {

constexpr Millis interval = std::chrono::seconds(3), interval_of_many = std::chrono::minutes(1);
constexpr std::size_t slice = 1'000, many = 20'000;   // entries looked at in one read; in one round
constexpr std::size_t most_told = 100;                // in one operation
constexpr std::size_t few = 100;                      // recipients: who wrote to more is not told of each unasked
constexpr std::size_t most_returned = 64 << 10;       // octets of the message whose header goes back
constexpr unsigned char notify_success = 2, notify_delay = 8;

Time ready_since(store::OutboxEntry const& entry) { return entry.ready == Time{} ? entry.created : entry.ready; }

bool is_late(store::OutboxEntry const& entry, Settings const& settings, Time now) {
  return !entry.delay_told && entry.state == store::OutboxState::queued &&
         now - ready_since(entry) >= settings.delay_notice;
}

// The status a reply speaks of, which names nobody: "4.7.1".
std::string status_in(std::string_view reply, std::string_view otherwise) {
  for (std::string_view word : split(reply.substr(0, 100), ' ')) {
    bool const sound = word.size() >= 5 && word.size() <= 9 && word[0] == otherwise[0] && word[1] == '.' &&
                       std::all_of(word.begin(), word.end(), [](char c) { return is_digit(c) || c == '.'; }) &&
                       std::count(word.begin(), word.end(), '.') == 2 && word.back() != '.';
    if (sound) return std::string(word);
  }
  return std::string(otherwise);
}

mail::DsnRecipient dsn_line(store::OutboxEntry const& entry, mail::DsnAction action) {
  mail::DsnRecipient line;
  line.final_recipient = entry.addressed;
  line.original_recipient = entry.orcpt;
  line.action = action;
  if (action == mail::DsnAction::delayed) {
    line.status = status_in(entry.last_reply, "4.0.0");
    line.will_retry_until = entry.expires;
  } else {
    line.status = "2.0.0";
  }
  return line;
}

// Only to a user of ours: a report never leaves, and never lands at a token's address.
bool is_user_here(store::Snapshot const& s, Settings const& settings, std::string_view address) {
  auto const target = find_target(s, settings, address);
  return target && target->kind == Target::Kind::user && target->user;
}

// `entries`: of one message and one submitter.
void send_report(Context const& context, store::Transaction& tx, std::vector<store::OutboxEntry> const& entries,
                 mail::DsnAction action, Time now) {
  store::OutboxEntry const& first = entries.front();
  if (!is_user_here(tx, context.settings, first.report_to)) return;
  std::string octets;
  store::read_body(tx, BodyId(store::message_record(tx, first.message).body()), {0, most_returned}, octets);
  mail::DsnReport report;
  report.from = {"Mail Delivery System", "postmaster", context.settings.domain};
  report.to = first.report_to;
  report.reporting_mta = context.settings.hostname;
  report.envelope_id = decode_xtext(first.envid).value_or("");
  report.arrival = first.created;
  report.date = now;
  for (store::OutboxEntry const& entry : entries) report.recipients.push_back(dsn_line(entry, action));
  report.ret = mail::DsnReturn::headers;  // as RFC 3461, 4.3 has it for what did not fail
  report.message = octets;
  send_generated(context, tx, context.policy.get(), mail::compose_delivery_status(report), first.report_to, now);
}

void note_late(store::Transaction& tx, store::OutboxEntry& entry, Time now) {
  entry.delay_told = true;
  store::update_outbox(tx, entry);
  std::string words = "to be sent since " + write_rfc3339(ready_since(entry));
  if (!entry.last_reply.empty()) words += "; last: " + printable(entry.last_reply, 300);
  note_on_all(tx, entry.decision, {now, store::EventKind::delayed, std::move(words)});
}

}  // namespace

void set_report(Settings const& settings, Envelope const& envelope, Recipient const& recipient, store::OutboxEntry& entry) {
  entry.notify = recipient.notify;
  entry.orcpt = recipient.orcpt;
  entry.ret = envelope.ret;
  entry.envid = envelope.envid;
  if (envelope.submitter.kind == SubmitterKind::outside || envelope.reverse_path.empty()) return;
  bool const asked = recipient.notify & (notify_success | notify_delay);
  bool const left_to_us = !recipient.notify && envelope.submitter.user && envelope.recipients.size() <= few;
  auto const path = asked || left_to_us ? parse_address(envelope.reverse_path) : fail(Errc::not_found, "");
  if (!path || !is_our_domain(settings, path->domain)) return;
  entry.report_to = envelope.reverse_path;
  entry.addressed = recipient.address;
}

void report_relayed(Context const& context, store::Transaction& tx, store::OutboxEntry const& entry, Time now) {
  if (entry.report_to.empty() || !(entry.notify & notify_success)) return;
  send_report(context, tx, {entry}, mail::DsnAction::relayed, now);
}

LatePage find_late(store::Snapshot const& s, Settings const& settings, Time now, store::DuePlace after) {
  LatePage page;
  std::size_t seen = 0;
  store::walk_due(s, Time::max(), after, [&](store::DuePlace place) {
    if (page.late.size() >= most_told || ++seen > slice) {
      page.more = true;
      return false;
    }
    page.next = place;
    auto entry = store::find_outbox(s, place.id);
    if (entry && is_late(*entry, settings, now)) page.late.push_back(place.id);
    return true;
  });
  return page;
}

void tell_late(Context const& context, store::Transaction& tx, std::vector<OutboxId> const& late, Time now) {
  std::map<std::pair<std::string, std::string>, std::vector<store::OutboxEntry>> reports;  // by submitter and message
  for (OutboxId id : late) {
    auto entry = store::find_outbox(tx, id);
    if (!entry || !is_late(*entry, context.settings, now)) continue;
    note_late(tx, *entry, now);
    bool const wanted = !entry->report_to.empty() && (!entry->notify || entry->notify & notify_delay);
    if (wanted) reports[{entry->report_to, entry->mail_id}].push_back(std::move(*entry));
  }
  for (auto const& [whom, entries] : reports) send_report(context, tx, entries, mail::DsnAction::delayed, now);
}

// --- the watch

struct DelayWatch::State {
  State(boost::asio::io_context& context, Context& c) : center(c), pause(context) {}
  boost::asio::awaitable<std::size_t> round();

  Context& center;
  boost::asio::steady_timer pause;
  std::atomic<bool> stopping{false};
};

// How many slices there were.
boost::asio::awaitable<std::size_t> DelayWatch::State::round() {
  store::DuePlace after;
  std::size_t slices = 0;
  for (bool more = true; more && !stopping; ++slices) {
    LatePage const page = center.store.read(
        [&](store::Snapshot const& s) { return find_late(s, center.settings, center.clock.now(), after); });
    auto operation = [&](store::Transaction& tx) -> Result<void> {
      tell_late(center, tx, page.late, center.clock.now());
      return {};
    };
    Result<void> told;
    if (!page.late.empty()) told = co_await center.store.write(operation);
    if (!told) {
      log_warning("delay_watch_failed", {{"reason", told.error().text}});
      break;
    }
    after = page.next;
    more = page.more;
    co_await boost::asio::post(pause.get_executor(), boost::asio::use_awaitable);  // others on this thread
  }
  co_return slices;
}

DelayWatch::DelayWatch(boost::asio::io_context& context, Context& center)
    : state_(std::make_shared<State>(context, center)) {
  if (center.settings.delay_notice <= Millis(0)) return;
  auto run = [state = state_]() -> boost::asio::awaitable<void> {
    while (!state->stopping) {
      std::size_t const slices = co_await state->round();
      if (slices * slice > many)
        state->pause.expires_after(interval_of_many);
      else
        state->pause.expires_after(interval);
      boost::system::error_code cancelled;
      if (!state->stopping)
        co_await state->pause.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
    }
  };
  boost::asio::co_spawn(context, std::move(run), boost::asio::detached);
}

DelayWatch::~DelayWatch() { stop(); }

void DelayWatch::stop() {
  if (state_->stopping.exchange(true)) return;
  boost::asio::post(state_->pause.get_executor(), [state = state_] { state->pause.cancel(); });
}

}  // namespace mc::center
