#include "center/departure.h"

#include "center/bounces.h"
#include "center/facts.h"
#include "center/local_time.h"
#include "core/time_text.h"

namespace mc::center {

namespace {

std::string name_rule(std::string words, std::string_view rule) {
  static std::string const window = rules::write_waits(static_cast<std::uint8_t>(rules::Wait::window));
  auto at = words.find(window);
  if (at != std::string::npos && !rule.empty()) words.insert(at + window.size(), " (rule " + std::string(rule) + ')');
  return words;
}

}  // namespace

bool never_queued(store::OutboxEntry const& entry) { return entry.expires == Time{}; }

std::string make_ready(Context const& context, store::Transaction& tx, store::OutboxEntry& entry, Time now) {
  std::string const token = issue_return_token(tx, entry.user, entry.decision, entry.recipient, now);
  entry.sender = "b-" + token + '@' + context.settings.domain;
  entry.state = store::OutboxState::queued;
  entry.due = entry.ready = now;
  entry.expires = now + context.settings.queue_lifetime;
  return store::token_key(token);
}

void make_waiting(store::OutboxEntry& entry, rules::Departure const& departure) {
  entry.state = store::OutboxState::waiting;
  entry.due = departure.at;
  entry.waits |= departure.waits;
}

void note_on_all(store::Transaction& tx, DecisionId decision, store::DecisionEvent const& event) {
  if (!decision) return;
  auto first = store::find_decision(tx, decision);
  store::append_event(tx, decision, event);
  if (!first) return;
  for (DecisionId id : first->folded) store::append_event(tx, id, event);
}

Time next_room(store::Snapshot const& s, rules::Type const& type, UserId user, Time now) {
  if (!type.burst) return now;
  auto left = store::list_departures(s, user, type.name);
  std::erase_if(left, [&](Time t) { return t <= now - type.burst->within || t > now; });
  if (left.size() < type.burst->most) return now;
  return left[left.size() - type.burst->most] + type.burst->within;
}

void count_departure(store::Transaction& tx, rules::Type const& type, UserId user, Time now) {
  if (type.burst)
    store::note_departure(tx, user, type.name, now, now - type.burst->within, type.burst->most);
}

std::string write_waiting(Context const& context, store::User const& user, rules::Departure const& departure,
                          std::string_view rule, Time now) {
  std::string words = name_rule(rules::write_waits(departure.waits), rule);
  bool const only_unread = departure.waits == static_cast<std::uint8_t>(rules::Wait::unread);
  if (only_unread) return write_span(departure.at - now) + ", " + words;
  return "until " + write_users_time(context, user, departure.at) + ": " + words;
}

void queue_now(Context const& context, store::Transaction& tx, store::OutboxEntry entry, std::string_view words, Time now) {
  std::string const token = make_ready(context, tx, entry, now);
  store::update_outbox(tx, entry);
  auto record = store::find_decision(tx, entry.decision);
  if (!record) return;
  record->token += token;
  store::put_decision(tx, *record);
  store::append_event(tx, record->id, {now, store::EventKind::queued, "for " + entry.recipient + std::string(words)});
}

Result<void> send_early(Context const& context, store::Transaction& tx, store::OutboxEntry entry, Time now) {
  auto user = store::find_user(tx, entry.user);
  if (!user) return fail(Errc::not_found, "Its user is gone");
  if (auto trouble = address_trouble(context.settings, *user))
    return fail(Errc::forbidden, "The user's address takes no mail: " + *trouble);
  entry.recipient = user->email;
  queue_now(context, tx, std::move(entry), ", by an admin before its time", now);
  return {};
}

std::optional<std::string> address_trouble(Settings const& settings, store::User const& user) {
  auto const state = make_person(user, settings).address;
  if (state == rules::AddressState::verified) return std::nullopt;
  return "address-" + std::string(rules::to_string(state));
}

}  // namespace mc::center
