#include "center/delivery.h"

#include "center/addresses.h"
#include "center/bounces.h"
#include "center/delay.h"
#include "center/departure.h"
#include "center/folders.h"
#include "center/preferences.h"
#include "center/relay.h"
#include "center/retention.h"
#include "center/teams.h"
#include "center/tickets.h"
#include "center/trace.h"
#include "center/unsubscribe.h"
#include "core/text.h"
#include "rules/record.h"
#include "rules/speak.h"
#include "rules/timing.h"
#include "store/bodies.h"
#include "store/mailboxes.h"

namespace mc::center {

namespace {

store::SendWindow stored_window(rules::DayWindow const& window) {
  return {static_cast<std::uint16_t>(window.from.count()), static_cast<std::uint16_t>(window.until.count()), window.zone};
}

Error other_content(std::string_view event) {
  return fail(Errc::conflict,
              "5.6.0 Event id " + printable(event, 80) + " was used before with other content; nothing was stored");
}

std::int64_t seconds(Time t) { return std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count(); }

}  // namespace

struct Delivery::Copy {
  store::User const& user;
  Recipient const& recipient;
  rules::Facts facts;
  rules::Person person;
  rules::Decision decision;
  DecisionId id;
  MailboxId mailbox;
  Uid uid;
  MessageId message;
  OutboxId outbox;
  std::string tokens;  // keys of those issued for it
  store::DecisionEvent queued;  // or waiting
};

Result<Outcome> Delivery::deliver(Recipient const& recipient) {
  auto target = find_target(tx_, context_.settings, recipient.address);
  if (!target) return target.error();
  using enum Target::Kind;
  switch (target->kind) {
    case bounce: return take_bounce(*target);
    case unsubscribe: return take_unsubscription(*target);
    case support:
    case ticket:
    case note: return receive_ticket_mail(context_, tx_, message_, *target, recipient);
    case conversation: return relay_in_conversation(context_, tx_, message_, *target, recipient);
    case team: {
      auto team = store::find_team(tx_, target->team);
      if (!team) return unknown_address(recipient.address);
      return deliver_to_team(context_, tx_, message_, *team, recipient);
    }
    case postmaster: {
      auto user = get_postmaster(tx_, context_.settings, message_.now);
      if (!user) return user.error();
      target->user = *user;
      break;
    }
    case user: break;
  }
  return deliver_mail_for(*target, recipient);
}

// Mail between people is relayed, so that neither sees the other's address; the rest goes as it is.
Result<Outcome> Delivery::deliver_mail_for(Target const& target, Recipient const& recipient) {
  auto user = store::find_user(tx_, target.user);
  if (!user) return unknown_address(recipient.address);
  Submitter const& submitter = message_.envelope.submitter;
  bool const person = submitter.kind == SubmitterKind::user || submitter.kind == SubmitterKind::agent;
  if (person && target.kind == Target::Kind::user) return relay_to_user(context_, tx_, message_, *user, recipient);
  if (submitter.kind == SubmitterKind::platform)
    if (auto relayed = relay_from_platform(context_, tx_, message_, *user, recipient)) return *std::move(relayed);
  return deliver_to(*user, recipient);
}

Result<Outcome> Delivery::take_bounce(Target const& target) {
  record_bounce(context_, tx_, message_.policy, target.token, message_.envelope.reverse_path, message_.prepared, message_.now);
  return Outcome{.text = "Report taken", .type = "bounce"};
}

Result<Outcome> Delivery::take_unsubscription(Target const& target) {
  auto done = unsubscribe_by_mail(tx_, *message_.policy.policy, target.token_text, message_.envelope.reverse_path,
                                  message_.prepared, message_.now);
  if (!done) return done.error();
  return Outcome{.text = *done, .type = "unsubscribe"};
}

Result<void> check_delivery(store::Snapshot const& s, Context const& context, Addressed const& message,
                            Recipient const& recipient) {
  auto target = find_target(s, context.settings, recipient.address);
  if (!target) return target.error();
  std::string const& event = message.facts.event_id();
  if (event.empty() || !target->user) return {};
  auto seen = store::find_event_id(s, message.envelope.submitter.name, target->user, event);
  if (seen && seen->body_hash != message.facts.content_hash()) return other_content(event);
  return {};
}

Result<Outcome> Delivery::deliver_to(store::User const& user, Recipient const& recipient) {
  if (auto known = find_duplicate(user.id)) return *known;
  Copy copy{user, recipient, message_.facts.facts(), make_person(user, context_.settings), {}, {}, {}, {}, {}, {}};
  rules::Policy const& policy = *message_.policy.policy;
  copy.decision = rules::decide(policy, copy.facts, copy.person, make_choices(store::list_choices(tx_, user.id)));
  copy.id = store::next_decision_id(tx_);
  if (copy.decision.folder.value())
    if (auto placed = place(copy); !placed) return placed.error();
  if (copy.decision.email.value()) queue_external(copy);
  record(copy);

  Outcome outcome;
  outcome.login = user.login;
  outcome.type = policy.type(copy.decision.type).name;
  outcome.folder = copy.decision.folder.value();
  outcome.email = copy.decision.email.value();
  outcome.report = copy.decision.report;
  outcome.why = rules::why_header(policy, copy.decision, outcome.folder ? rules::Field::folder : rules::Field::email);
  outcome.decision = copy.id;
  outcome.mailbox = copy.mailbox;
  outcome.uid = copy.uid;
  outcome.message = copy.message;
  outcome.text = outcome.folder  ? "Delivered to " + std::string(rules::folder_name(copy.decision.tab))
                 : outcome.email ? "Queued for the external address"
                                 : "Accepted; kept nowhere by the recipient's choice";
  return outcome;
}

// Absent: go on. Else what a resubmission of the same event gets.
std::optional<Result<Outcome>> Delivery::find_duplicate(UserId user) {
  std::string const& event = message_.facts.event_id();
  if (event.empty()) return std::nullopt;
  auto seen = store::find_event_id(tx_, message_.envelope.submitter.name, user, event);
  if (!seen) return std::nullopt;
  if (seen->body_hash != message_.facts.content_hash())
    return Result<Outcome>(other_content(event));
  store::append_event(tx_, seen->decision,
                      {message_.now, store::EventKind::duplicate, "submitted again as " + message_.envelope.mail_id});
  Outcome outcome;
  outcome.duplicate = true;
  outcome.text = "Duplicate of an event delivered before; nothing was added";
  return Result<Outcome>(std::move(outcome));
}

BodyId Delivery::body() {
  if (!body_) body_ = put_body(tx_, message_.prepared);
  return *body_;
}

Delivery::Shared& Delivery::share(Copy const& copy, rules::Field field) {
  if (names_recipient()) return share(prefix(copy, field));
  rules::Decision const& d = copy.decision;
  rules::Verdict const& won = d.get(field).won;
  auto [at, fresh] = shared_as_.try_emplace({field, d.type, d.tab, d.malformed, won.layer, won.reason, won.rule});
  if (fresh) at->second = &share(prefix(copy, field));
  return *at->second;
}

Delivery::Shared& Delivery::share(std::string lines) {
  auto [at, fresh] = shared_.try_emplace(std::move(lines));
  Shared& shared = at->second;
  if (!fresh) return shared;
  shared.message = store::make_message(tx_, body(), at->first, {}, {});
  shared.size = at->first.size() + message_.prepared.summary.size;
  return shared;
}

// Each shared message has one reference from the start.
void Delivery::finish() {
  for (auto const& [lines, shared] : shared_) {
    if (shared.uses == 0) store::drop_reference(tx_, shared.message);
    if (shared.uses > 1) store::add_references(tx_, shared.message, shared.uses - 1);
  }
  shared_as_.clear();
  shared_.clear();
}

// Not who else got it (RFC 5321, 7.2); and then all copies can be one.
bool Delivery::names_recipient() const { return message_.envelope.recipients.size() == 1; }

std::string Delivery::prefix(Copy const& copy, rules::Field field) const {
  rules::Policy const& policy = *message_.policy.policy;
  rules::Type const& type = policy.type(copy.decision.type);
  Settings const& settings = context_.settings;
  std::string lines;
  if (field == rules::Field::folder) lines += write_return_path(message_.envelope.reverse_path);
  std::string const recipient = names_recipient() ? copy.recipient.address : std::string();
  lines += write_received(message_.envelope, settings.hostname, recipient, message_.now);
  lines += write_field("X-MC-Type", type.name);
  lines += write_field("X-MC-Why", rules::why_header(policy, copy.decision, field));
  bool const of_a_team = message_.prepared.source && mail::find_header(message_.prepared.octets, "List-Id");
  if (!of_a_team)
    lines += write_field("List-Id", write_list_id(type.label, type.name, rules::to_string(copy.decision.tab),
                                                  settings.domain));
  return lines;
}

store::Flags Delivery::initial_flags(MailboxId mailbox, rules::Decision const& decision) {
  std::string_view keyword = rules::keyword(decision);
  if (keyword.empty()) return 0;
  auto bit = store::keyword_bit(tx_, mailbox, keyword);
  return bit ? store::Flags{1} << *bit : 0;
}

Result<void> Delivery::place(Copy& copy) {
  auto mailbox = store::find_mailbox_of_kind(tx_, copy.user.id, folder_of(copy.decision.tab));
  if (!mailbox) return fail(Errc::internal, "The recipient has no such folder");
  Shared& shared = share(copy, rules::Field::folder);
  copy.mailbox = *mailbox;
  copy.message = shared.message;
  auto placed = store::append(tx_, *mailbox,
                              {copy.message, static_cast<std::uint32_t>(shared.size),
                               initial_flags(*mailbox, copy.decision), seconds(message_.now)});
  if (!placed) return placed.error();
  ++shared.uses;
  copy.uid = placed->uid;
  rules::Type const& type = message_.policy.policy->type(copy.decision.type);
  note_kept(tx_, type, {type.name, message_.now, copy.mailbox, copy.uid, copy.id});
  return {};
}

void Delivery::queue_external(Copy& copy) {
  Envelope const& envelope = message_.envelope;
  rules::Type const& type = message_.policy.policy->type(copy.decision.type);
  UnsubscribeFields own = unsubscribe_fields(context_, tx_, type, copy.user.id, copy.id, message_.now);
  copy.tokens = own.token_key;
  store::OutboxEntry entry;
  entry.extra_prefix = own.lines;
  Shared& shared = share(copy, rules::Field::email);
  entry.message = shared.message;
  ++shared.uses;
  entry.user = copy.user.id;
  entry.decision = copy.id;
  entry.recipient = copy.user.email;
  entry.mail_id = envelope.mail_id;
  entry.created = message_.now;
  entry.type = type.name;
  entry.smtputf8 = envelope.smtputf8;
  entry.personal = envelope.personal;
  entry.eight_bit = message_.prepared.summary.has_8bit;
  set_report(context_.settings, envelope, copy.recipient, entry);
  if (!copy.message) copy.message = entry.message;
  time_external(copy, entry, type);
  copy.outbox = store::put_outbox(tx_, std::move(entry));
}

// Now, or when?
void Delivery::time_external(Copy& copy, store::OutboxEntry& entry, rules::Type const& type) {
  Time const now = message_.now;
  rules::Policy const& policy = *message_.policy.policy;
  rules::RuleIndex const window = copy.decision.timing.window_rule;
  if (window) entry.window = stored_window(*policy.rule(window).set.send);
  auto const availability = make_availability(copy.user, context_.settings);
  rules::Departure departure = rules::plan_departure(policy, copy.decision, availability, &context_.zones, now);
  bool const urgent = copy.decision.timing.urgent;
  if (departure.at <= now && !urgent)
    if (Time room = next_room(tx_, type, copy.user.id, now); room > now)
      departure = {room, static_cast<std::uint8_t>(rules::Wait::burst)};
  if (departure.at > now) {
    make_waiting(entry, departure);
    std::string_view const rule = departure.has(rules::Wait::window) ? policy.rule(window).name : std::string_view();
    copy.queued = {now, store::EventKind::waiting, write_waiting(context_, copy.user, departure, rule, now)};
    return;
  }
  copy.tokens += make_ready(context_, tx_, entry, now);
  copy.queued = {now, store::EventKind::queued, "for " + entry.recipient};
  if (!urgent) count_departure(tx_, type, copy.user.id, now);
}

void Delivery::record(Copy const& copy) {
  store::DecisionRecord r;
  r.id = copy.id;
  r.user = copy.user.id;
  r.at = message_.now;
  r.mail_id = message_.envelope.mail_id;
  r.message_id = message_.prepared.summary.message_id;
  r.event_id = message_.facts.event_id();
  if (!r.event_id.empty())
    r.event_key = store::put_event_id(tx_, message_.envelope.submitter.name, r.user, r.event_id,
                                      {message_.facts.content_hash(), r.id, r.at});
  r.type = message_.policy.policy->type(copy.decision.type).name;
  r.subject = message_.prepared.summary.subject.substr(0, 200);
  r.from = message_.sender.empty() ? message_.facts.from() : std::string(message_.sender);
  r.policy = message_.policy.version;
  r.record = rules::write_record({rules::make_inputs(copy.facts, copy.person), copy.decision});
  r.mailbox = copy.mailbox;
  r.uid = copy.uid;
  r.message = copy.message;
  r.outbox = copy.outbox;
  r.size = message_.prepared.summary.size;
  r.token = copy.tokens;
  store::put_decision(tx_, r);
  if (copy.outbox) store::put_first_event(tx_, copy.id, copy.queued);
}

}  // namespace mc::center
