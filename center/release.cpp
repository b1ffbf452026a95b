#include "center/release.h"

#include <algorithm>

#include "center/departure.h"
#include "center/digest.h"
#include "center/facts.h"
#include "center/fallback.h"
#include "center/local_time.h"
#include "center/preferences.h"
#include "center/prepared.h"
#include "center/submitter.h"
#include "center/unsubscribe.h"
#include "rules/choice.h"
#include "rules/record.h"
#include "rules/timing.h"
#include "store/bodies.h"
#include "store/mailboxes.h"
#include "store/messages.h"

namespace mc::center {

namespace {

constexpr std::size_t most_gathered = 1000;               // messages in one mail, and how many are looked through for it
constexpr Millis lateness = std::chrono::minutes(10);     // so much after its time it still is its time
constexpr Millis try_again = std::chrono::hours(1);       // where a mail can neither be sent nor kept

constexpr std::uint8_t bit(rules::Wait wait) { return static_cast<std::uint8_t>(wait); }
// Who waits for one of these is not sent what he has read meanwhile; a time of day or a pause only delays.
constexpr std::uint8_t until_read = bit(rules::Wait::unread) | bit(rules::Wait::digest) | bit(rules::Wait::burst);

// May the user's present choice take the mail back? Not what safety, a lock or an override wanted sent.
bool was_his_to_choose(rules::Decision const& decision) {
  using enum rules::Layer;
  rules::Layer const layer = decision.email.won.layer;
  return !decision.malformed && (layer == type_choice || layer == tab_choice || layer == default_rule || layer == type_default);
}

std::optional<rules::DayWindow> window_of(store::OutboxEntry const& entry) {
  if (!entry.window) return std::nullopt;
  return rules::DayWindow{std::chrono::minutes(entry.window->from), std::chrono::minutes(entry.window->until),
                          entry.window->zone};
}

}  // namespace

Release::Release(Context const& context, store::Transaction& tx, Time now)
    : context_(context), tx_(tx), now_(now), policy_(context.policy.get()) {}

void Release::settle(store::OutboxEntry entry) {
  Waiting w = load(std::move(entry));
  if (w.in_folder() && w.has(bit(rules::Wait::digest))) return settle_digest(std::move(w));
  if (rules::Type const* type = type_of(w)) return settle_by_type(std::move(w), *type);
  if (may_go(w, false)) leave(std::move(w));
}

// --- what is known

Release::Recipient const& Release::recipient(UserId id) {
  auto [at, is_new] = recipients_.try_emplace(id);
  if (is_new) {
    at->second.user = store::find_user(tx_, id);
    if (at->second.user) at->second.choices = make_choices(store::list_choices(tx_, id));
  }
  return at->second;
}

Release::Waiting Release::load(store::OutboxEntry entry) const {
  auto record = store::find_decision(tx_, entry.decision);
  return {std::move(entry), std::move(record)};
}

rules::Type const* Release::type_of(Waiting const& w) const {
  rules::TypeIndex const index = policy_.policy->find_type(w.entry.type);
  rules::Type const& type = policy_.policy->type(index);
  return index || type.name == w.entry.type ? &type : nullptr;
}

// --- may it go?

// false: it is settled otherwise.
bool Release::may_go(Waiting& w, bool gathered) {
  ++settled_;
  Recipient const& to = recipient(w.entry.user);
  if (!to.user) {  // deleted; what was his goes
    store::remove_outbox(tx_, w.entry.id);
    return false;
  }
  if (auto trouble = address_trouble(context_.settings, *to.user)) {
    keep_from_sending(w, *trouble);
    return false;
  }
  if (auto reason = why_not_wanted(w, to, gathered)) {
    skip(w, std::move(*reason));
    return false;
  }
  w.entry.recipient = to.user->email;
  return !waits_for_hours(w, *to.user);
}

std::optional<std::string> Release::why_not_wanted(Waiting const& w, Recipient const& to, bool gathered) const {
  if (!w.in_folder()) return std::nullopt;
  if (gathered || w.has(until_read))
    if (auto reason = why_read(w)) return reason;
  return why_switched_off(w, to.choices);
}

std::optional<std::string> Release::why_read(Waiting const& w) const {
  if (!store::find_mailbox(tx_, w.record->mailbox)) return "deleted: its folder is gone";
  auto placed = store::MailboxReader(tx_, w.record->mailbox).find(w.record->uid);
  if (!placed) return "deleted: no longer in its folder";
  if (placed->flags & store::flag::seen) return "read: marked as read in a mail client";
  if (placed->flags & store::flag::deleted) return "deleted: marked as deleted in a mail client";
  return std::nullopt;
}

std::optional<std::string> Release::why_switched_off(Waiting const& w, rules::Choices const& choices) const {
  auto parsed = rules::parse_record(w.record->record);
  if (!parsed || !was_his_to_choose(parsed->decision)) return std::nullopt;
  rules::TypeIndex const type = policy_.policy->find_type(w.record->type);
  rules::Choice const* of_type =
      type ? rules::find_choice(*policy_.policy, choices, type).choice : choices.find_type(w.record->type);
  rules::Choice const* of_tab = choices.find_tab(parsed->decision.tab);
  bool const by_type = of_type && of_type->email;
  rules::Choice const* choice = by_type ? of_type : of_tab;
  if (!choice || choice->email != false || choice->at <= w.record->at) return std::nullopt;
  return "switched-off: no email any more for " +
         (by_type ? w.record->type : "the tab " + std::string(rules::to_string(parsed->decision.tab)));
}

// Quiet hours, a pause or a zone set meanwhile; or the server was away when its time came.
bool Release::waits_for_hours(Waiting& w, store::User const& user) {
  Time const at = now_ - w.entry.due < lateness ? w.entry.due : now_;
  auto const window = window_of(w.entry);
  auto const availability = make_availability(user, context_.settings);
  auto next = rules::next_allowed(window ? &*window : nullptr, availability, &context_.zones, at);
  if (next.at <= now_) return false;
  postpone(w, next.at, next.waits);
  return true;
}

// Nothing may be sent to the address: the folder has the message, or gets it now.
void Release::keep_from_sending(Waiting const& w, std::string const& trouble) {
  std::string const reason = trouble + ": no mail goes to the external address";
  bool kept = keep_in_folder(tx_, w.entry, reason, now_);
  if (!kept) {
    auto record = store::find_decision(tx_, w.entry.decision);
    kept = record && record->mailbox;
  }
  if (kept) return skip(w, reason);
  Waiting again = w;
  again.entry.due = now_ + try_again;
  store::update_outbox(tx_, again.entry);
}

void Release::skip(Waiting const& w, std::string reason) {
  store::append_event(tx_, w.entry.decision, {now_, store::EventKind::skipped, std::move(reason)});
  store::remove_outbox(tx_, w.entry.id);
}

void Release::postpone(Waiting& w, Time until, std::uint8_t waits, std::string_view words) {
  make_waiting(w.entry, {until, waits});
  store::update_outbox(tx_, w.entry);
  Recipient const& to = recipient(w.entry.user);
  if (!to.user) return;
  std::string text = words.empty() ? write_waiting(context_, *to.user, {until, waits}, {}, now_)
                                   : "until " + write_users_time(context_, *to.user, until) + ": " + std::string(words);
  store::append_event(tx_, w.entry.decision, {now_, store::EventKind::waiting, std::move(text)});
}

// --- alone or together?

void Release::settle_digest(Waiting first) {
  Group group;
  for (store::OutboxEntry& entry : store::list_waiting(tx_, first.entry.user, now_, most_gathered)) {
    if (!(entry.waits & bit(rules::Wait::digest))) continue;
    Waiting w = load(std::move(entry));
    if (w.in_folder()) group.push_back(std::move(w));
  }
  group = still_going(std::move(group));
  if (group.empty()) return;
  if (group.size() == 1) return leave(std::move(group.front()));
  sort_by_arrival(group);
  store::User const& user = *recipient(group.front().entry.user).user;
  std::string octets = compose_digest(context_, user, name_all(group), now_);
  leave_together(std::move(group), std::move(octets), nullptr);
}

void Release::settle_by_type(Waiting first, rules::Type const& type) {
  Time const opened = first.entry.together_until != Time{} ? first.entry.together_until : first.entry.due + type.fold;
  Group others = others_like(first, type, std::max(now_, opened));
  Group due;
  for (Waiting const& other : others)
    if (other.entry.due <= now_) due.push_back(other);
  if (!may_go(first, !due.empty())) return;
  if (wait_for_more(first, opened, others)) return;
  Group group = still_going(std::move(due));
  group.push_back(std::move(first));
  if (wait_for_room(group, type)) return;
  count_departure(tx_, type, group.front().entry.user, now_);
  if (group.size() == 1) return leave(std::move(group.front()));
  sort_by_arrival(group);
  store::User const& user = *recipient(group.front().entry.user).user;
  std::string octets = compose_fold(context_, user, type, name_all(group), now_);
  leave_together(std::move(group), std::move(octets), &type);
}

bool Release::wait_for_room(Group& group, rules::Type const& type) {
  Time const room = next_room(tx_, type, group.front().entry.user, now_);
  if (room == now_) return false;
  for (Waiting& w : group) postpone(w, room, bit(rules::Wait::burst));
  return true;
}

// The first to be due waits for the last that is due within the type's time of folding; all of them then go at once.
bool Release::wait_for_more(Waiting const& first, Time until, Group const& others) {
  Time last = now_;
  for (Waiting const& other : others)
    if (!why_read(other)) last = std::max(last, other.entry.due);
  if (last == now_) return false;
  auto join = [&](Waiting w) {
    ++settled_;
    w.entry.together_until = until;
    if (w.entry.due == last) return store::update_outbox(tx_, w.entry);
    postpone(w, last, 0, "others of its kind, to come as one mail");
  };
  join(first);
  for (Waiting const& other : others)
    if (other.entry.due <= last) join(other);
  return true;
}

// Without a time of folding only what the limit held back comes together.
Release::Group Release::others_like(Waiting const& first, rules::Type const& type, Time until) const {
  constexpr int burst = bit(rules::Wait::burst), digest = bit(rules::Wait::digest);
  Group group;
  if (!first.in_folder() || (type.fold <= Millis(0) && !first.has(burst))) return group;
  for (store::OutboxEntry& entry : store::list_waiting(tx_, first.entry.user, until, most_gathered)) {
    if (entry.id == first.entry.id || entry.type != first.entry.type || (entry.waits & digest)) continue;
    if (type.fold <= Millis(0) && !(entry.waits & burst)) continue;
    Waiting w = load(std::move(entry));
    if (w.in_folder() && group.size() + 1 < most_gathered) group.push_back(std::move(w));
  }
  return group;
}

Release::Group Release::still_going(Group group) {
  Group going;
  for (Waiting& w : group)
    if (may_go(w, true)) going.push_back(std::move(w));
  return going;
}

void Release::sort_by_arrival(Group& group) {
  std::sort(group.begin(), group.end(),
            [](Waiting const& a, Waiting const& b) { return a.entry.decision < b.entry.decision; });
}

// --- it goes

void Release::leave(Waiting w) { queue_now(context_, tx_, std::move(w.entry), {}, now_); }

// `type`: of a fold; null for a digest.
void Release::leave_together(Group group, std::string octets, rules::Type const* type) {
  store::DecisionRecord& first = *group.front().record;
  UnsubscribeFields own;
  if (type) own = unsubscribe_fields(context_, tx_, *type, first.user, first.id, now_);
  Prepared prepared = prepare(std::move(octets), Trust::platform, context_.settings.hostname);
  BodyId const body = put_body(tx_, prepared);
  store::OutboxEntry mail;
  mail.user = first.user;
  mail.decision = first.id;
  mail.message = store::make_message(tx_, body, own.lines, mail.user, mail.decision);
  mail.recipient = group.front().entry.recipient;
  mail.mail_id = new_mail_id();
  mail.created = now_;
  mail.type = type ? type->name : "digest";
  mail.eight_bit = prepared.summary.has_8bit;
  first.token += own.token_key + make_ready(context_, tx_, mail, now_);
  for (std::size_t i = 1; i < group.size(); ++i) first.folded.push_back(group[i].record->id);
  mail.id = store::put_outbox(tx_, mail);
  for (Waiting& w : group) {
    store::remove_outbox(tx_, w.entry.id);
    w.record->outbox = mail.id;
    store::put_decision(tx_, *w.record);
  }
  note_on_all(tx_, mail.decision, {now_, store::EventKind::queued,
                          "folded into one mail (" + mail.mail_id + ") that names " + std::to_string(group.size()) +
                              " messages, for " + mail.recipient});
}

std::vector<NamedMessage> Release::name_all(Group const& group) const {
  std::vector<NamedMessage> out;
  for (Waiting const& w : group) out.push_back(describe(tx_, *policy_.policy, *w.record));
  return out;
}

}  // namespace mc::center
