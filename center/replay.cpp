#include "center/replay.h"

#include <algorithm>
#include <deque>

#include "center/facts.h"
#include "center/policy_store.h"
#include "center/replay_tally.h"
#include "core/text.h"
#include "mail/headers.h"
#include "rules/record.h"
#include "store/accounts.h"
#include "store/bodies.h"
#include "store/decisions.h"
#include "store/records.h"

namespace mc::center {

namespace {

constexpr auto slice_time = std::chrono::milliseconds(50);
constexpr std::size_t max_cached = 64;  // policy versions, parsed
// Records are in the order in which they were stored; their times may stand a little out of it.
constexpr Millis out_of_order = std::chrono::hours(1);
constexpr std::size_t recorded_subject = 200;  // octets; longer ones are cut (center/delivery.cpp)

// What the rules for a type ask of the message itself.
struct Asks {
  bool subject = false, headers = false;
  bool anything() const { return subject || headers; }
};

void add_asked(Asks& asks, rules::Conditions const& conditions) {
  asks.subject |= conditions.asks(rules::Test::subject);
  asks.headers |= conditions.asks(rules::Test::header);
}

// Of the platform's mail without a type: its blocks, and whatever they can make of it.
Asks asks_of_plain(rules::Policy const& policy, std::vector<Asks> const& by_type) {
  Asks asks = by_type[0];
  for (rules::Classifier const& block : policy.classifiers()) {
    add_asked(asks, block.when);
    if (block.unless) add_asked(asks, *block.unless);
    asks.subject |= by_type[block.type.value].subject;
    asks.headers |= by_type[block.type.value].headers;
  }
  return asks;
}

Asks asks_of(rules::Policy const& policy, rules::TypeIndex type) {
  Asks asks;
  for (rules::RuleKind kind : {rules::RuleKind::override_, rules::RuleKind::default_})
    for (rules::Candidate const& candidate : policy.candidates(type, kind)) {
      rules::Rule const& rule = policy.rule(candidate.rule);
      add_asked(asks, rule.when);
      if (candidate.ask_unless) add_asked(asks, *rule.unless);
    }
  for (rules::Required const& required : policy.type(type).required) {
    asks.subject |= required.what == rules::Required::What::subject;
    asks.headers |= required.what == rules::Required::What::header;
  }
  return asks;
}

// Subject and headers of a stored message, as center/facts.h read them on arrival.
class Content {
 public:
  Content(store::Snapshot const& s, store::DecisionRecord const& record, bool platform) : subject_(record.subject) {
    whole_subject_ = subject_.size() < recorded_subject;
    if (!record.message || !store::has_message(s, record.message)) return;
    found_ = true;
    BodyId body(store::message_record(s, record.message).body());
    store::fb::Body const& facts = store::body_facts(s, body);
    subject_ = store::string_of(facts.subject());
    store::read_body(s, body, {0, facts.header_size()}, block_);
    read_headers(platform);
  }
  Content(Content const&) = delete;
  Content& operator=(Content const&) = delete;

  bool holds(Asks const& asks) const {
    return found_ || !(asks.headers || (asks.subject && !whole_subject_));
  }
  void add_to(rules::Facts& facts) const {
    facts.subject = subject_;
    facts.headers = headers_;
  }

 private:
  void read_headers(bool platform) {
    mail::HeaderReader in(block_);
    while (auto field = in.next()) {
      if (field->name.empty() || (!platform && istarts_with(field->name, "X-MC-"))) continue;
      headers_.emplace_back(field->name, value_of(*field, unfolded_));
    }
  }

  std::string subject_, block_;
  bool found_ = false, whole_subject_ = true;
  std::deque<std::string> unfolded_;
  std::vector<std::pair<std::string_view, std::string_view>> headers_;
};

class Replayer {
 public:
  Replayer(rules::Policy const& policy, rules::Zones const& zones, ReplayReport& report, std::size_t samples)
      : policy_(policy), zones_(zones), report_(report), tally_(policy, report, samples) {
    for (std::size_t i = 0; i < policy.types().size(); ++i)
      asks_.push_back(asks_of(policy, rules::TypeIndex(static_cast<std::uint16_t>(i))));
    plain_asks_ = asks_of_plain(policy, asks_);
  }

  // How many entries of the store were read, about.
  std::size_t look_at(store::Snapshot const& s, store::DecisionRecord const& record);
  void finish() { tally_.finish(); }

 private:
  rules::PolicyPtr old_policy(store::Snapshot const& s, PolicyVersion version);
  void take_type_choices(rules::Choices const& from, rules::TypeIndex type, rules::Choices& into) const;
  rules::Choices choices_of(store::Snapshot const& s, store::DecisionRecord const& stored,
                            rules::DecisionRecord const& record, rules::Policy const& old, rules::TypeIndex type);

  rules::Policy const& policy_;
  rules::Zones const& zones_;
  ReplayReport& report_;
  ReplayTally tally_;
  std::vector<Asks> asks_;  // by type
  Asks plain_asks_;
  std::map<PolicyVersion, rules::PolicyPtr> old_;
};

rules::PolicyPtr Replayer::old_policy(store::Snapshot const& s, PolicyVersion version) {
  if (auto known = old_.find(version); known != old_.end()) return known->second;
  if (old_.size() >= max_cached) old_.erase(std::prev(old_.end()));  // going back, the newest is done with
  return old_.emplace(version, find_policy_version(s, version)).first->second;
}

// Under the type's name and its old ones.
void Replayer::take_type_choices(rules::Choices const& from, rules::TypeIndex type, rules::Choices& into) const {
  auto take = [&](std::string const& name) {
    if (auto const* choice = from.find_type(name)) into.set({std::nullopt, name}, *choice);
  };
  take(policy_.type(type).name);
  for (rules::AliasIndex old : policy_.old_names(type)) take(policy_.alias(old).name);
}

// Those of the record; for another type or tab than then, which it does not hold, those of today.
rules::Choices Replayer::choices_of(store::Snapshot const& s, store::DecisionRecord const& stored,
                                    rules::DecisionRecord const& record, rules::Policy const& old,
                                    rules::TypeIndex type) {
  rules::Choices choices = record.choices(old);
  rules::Type const& now = policy_.type(type);
  bool other_type = type && policy_.find_type(old.type(record.decision.type).name) != type;
  bool other_tab = now.tab != record.decision.tab;
  if (!other_type && !other_tab) return choices;
  ++report_.choices_of_today;
  rules::Choices today = make_choices(store::list_choices(s, stored.user));
  if (other_type) take_type_choices(today, type, choices);
  if (auto const* choice = other_tab ? today.find_tab(now.tab) : nullptr) choices.set({now.tab, {}}, *choice);
  return choices;
}

std::size_t Replayer::look_at(store::Snapshot const& s, store::DecisionRecord const& stored) {
  ++report_.records;
  auto record = rules::parse_record(stored.record);
  rules::PolicyPtr old = record ? old_policy(s, stored.policy) : nullptr;
  if (!old || !rules::fits(*record, *old)) return ++report_.unreadable, 1;
  rules::Facts facts = record->inputs.facts();
  facts.zones = &zones_;
  facts.subject = stored.subject;
  if (!facts.sender && !stored.from.empty()) facts.sender = stored.from;
  bool plain = !facts.type && facts.source == rules::Submitter::platform;
  // By what is recorded: whether the message itself is needed depends on it.
  Asks const& asks = plain ? plain_asks_ : asks_[rules::classify(policy_, facts).type.value];
  std::optional<Content> content;
  if (asks.anything()) {
    content.emplace(s, stored, facts.source == rules::Submitter::platform);
    content->add_to(facts);
    if (!content->holds(asks)) ++report_.without_content;
  }
  rules::Decision now = rules::decide(policy_, facts, record->inputs.person({}),
                                      choices_of(s, stored, *record, *old, rules::classify(policy_, facts).type));
  ++report_.decided;
  tally_.compare(s, stored, *old, record->decision, now);
  return content ? 4 : 1;
}

}  // namespace

ReplayReport replay(store::Store const& store, rules::Policy const& policy, rules::Zones const& zones,
                    ReplayOptions const& options) {
  using Steady = std::chrono::steady_clock;
  Steady::time_point const began = Steady::now();
  ReplayReport report;
  report.since = options.since;
  Replayer replayer(policy, zones, report, options.samples);
  DecisionId before;
  Time reached = Time::max();
  for (bool more = true; more;) {
    Steady::time_point const slice_began = Steady::now();
    std::size_t entries = 0;
    store.read([&](store::Snapshot const& s) {
      more = false;
      store::walk_decisions_back(s, before, [&](store::DecisionRecord const& record) {
        if (record.at < options.since - out_of_order) return more = false;
        if (record.at >= options.since) entries += replayer.look_at(s, record);
        before = record.id;
        reached = std::min(reached, record.at);
        more = ++entries >= options.slice_entries || Steady::now() - slice_began >= slice_time;
        return !more;
      });
    });
    if (options.progress) options.progress({report.decided, report.changed, reached});
  }
  replayer.finish();
  report.took = std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now() - began);
  return report;
}

}  // namespace mc::center
