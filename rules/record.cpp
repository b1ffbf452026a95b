#include "rules/record.h"

#include <algorithm>
#include <limits>

namespace mc::rules {

namespace {

constexpr std::uint8_t layout = 2;
constexpr std::size_t max_type = 128, max_amount = 64, max_sender = 254, max_subject = 200, max_zone = 64,
                      max_groups = 16, max_group = 64;

// What is present; the order of the bits is the order of the fields in the record.
using Bits = std::uint64_t;
constexpr Bits has_type = 1 << 0, has_amount = 1 << 1, has_time = 1 << 2, is_urgent = 1 << 3,
               has_created = 1 << 4, is_malformed = 1 << 5, bad_amount = 1 << 6, reported = 1 << 7,
               has_type_choice = 1 << 8, has_tab_choice = 1 << 9, timing_urgent = 1 << 10,
               all_of_layout_1 = (1 << 11) - 1;
// New in layout 2.
constexpr Bits has_sender = 1 << 11, has_subject = 1 << 12, by_alias = 1 << 13, by_block = 1 << 14,
               choice_by_alias = 1 << 15, all_of_layout_2 = (1 << 16) - 1;

class Writer {
 public:
  void number(std::uint64_t n) {  // LEB128
    for (; n >= 0x80; n >>= 7) out_ += static_cast<char>(n | 0x80);
    out_ += static_cast<char>(n);
  }
  void octet(unsigned n) { out_ += static_cast<char>(n); }
  void integer(std::int64_t n) {  // zigzag
    number(static_cast<std::uint64_t>(n) << 1 ^ static_cast<std::uint64_t>(n >> 63));
  }
  void time(Time t) { integer(t.time_since_epoch().count()); }
  void text(std::string_view s) {
    number(s.size());
    out_ += s;
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

// Sticky: after the first failure everything reads as zero.
class Parser {
 public:
  explicit Parser(std::string_view in) : in_(in) {}
  bool ok() const { return ok_; }
  bool at_end() const { return in_.empty(); }
  void fail() {
    ok_ = false;
    in_ = {};
  }

  unsigned octet() {
    if (in_.empty()) return fail(), 0;
    unsigned n = static_cast<unsigned char>(in_[0]);
    in_.remove_prefix(1);
    return n;
  }
  std::uint64_t number() {
    std::uint64_t n = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      unsigned o = octet();
      if (shift == 63 && o > 1) break;
      n |= static_cast<std::uint64_t>(o & 0x7f) << shift;
      if (o < 0x80) return n;
    }
    return fail(), 0;
  }
  std::int64_t integer() {
    std::uint64_t n = number();
    return static_cast<std::int64_t>(n >> 1) ^ -static_cast<std::int64_t>(n & 1);
  }
  Time time() { return Time(Millis(integer())); }
  std::string text(std::size_t limit) {
    std::uint64_t size = number();
    if (size > limit || size > in_.size()) return fail(), std::string();
    std::string s(in_.substr(0, size));
    in_.remove_prefix(size);
    return s;
  }
  template <class T>
  T word(unsigned lowest, unsigned highest) {
    return in_range<T>(octet(), lowest, highest);
  }
  template <class T>
  T in_range(unsigned n, unsigned lowest, unsigned highest) {
    if (n < lowest || n > highest) fail(), n = lowest;
    return static_cast<T>(n);
  }
  template <class Index>
  Index index() {
    std::uint64_t n = number();
    if (n > std::numeric_limits<std::uint16_t>::max()) fail(), n = 0;
    return Index(static_cast<std::uint16_t>(n));
  }

 private:
  std::string_view in_;
  bool ok_ = true;
};

std::string cut(std::string_view text, std::size_t limit) {
  return std::string(text.substr(0, limit));
}

// ---- one verdict: an octet of value and layer, an octet of reason, the rule if a rule spoke

bool of_rule(Layer layer) {
  return layer == Layer::override_rule || layer == Layer::default_rule;
}

void put_verdict(Writer& w, Verdict const& v) {
  w.octet(static_cast<unsigned>(v.layer) << 1 | (v.value ? 1u : 0u));
  w.octet(static_cast<unsigned>(v.reason));
  if (of_rule(v.layer)) w.number(v.rule.value);
}

Verdict get_verdict(Parser& p) {
  Verdict v;
  unsigned head = p.octet();
  v.value = head & 1;
  v.layer = p.in_range<Layer>(head >> 1, static_cast<unsigned>(Layer::safety),
                              static_cast<unsigned>(Layer::type_default));
  v.reason = p.word<Reason>(0, static_cast<unsigned>(Reason::choice_renamed));
  if (of_rule(v.layer)) v.rule = p.index<RuleIndex>();
  if (of_rule(v.layer) && !v.rule) p.fail();
  return v;
}

void put_field(Writer& w, FieldDecision const& field) {
  put_verdict(w, field.won);
  w.octet(field.lost_count);
  for (Verdict const& v : field.losers()) put_verdict(w, v);
}

FieldDecision get_field(Parser& p) {
  FieldDecision field;
  field.won = get_verdict(p);
  field.lost_count = p.word<std::uint8_t>(0, FieldDecision::max_lost);
  for (std::size_t i = 0; i < field.lost_count; ++i) field.lost[i] = get_verdict(p);
  return field;
}

// ---- a choice: an octet of source and twice {absent, no, yes}, then its time

unsigned tristate(std::optional<bool> value) {
  return value ? (*value ? 2u : 1u) : 0u;
}

void put_choice(Writer& w, Choice const& choice) {
  w.octet(static_cast<unsigned>(choice.source) << 4 | tristate(choice.email) << 2 | tristate(choice.folder));
  w.time(choice.at);
}

std::optional<bool> get_tristate(Parser& p, unsigned n) {
  if (n > 2) p.fail();
  return n == 0 ? std::nullopt : std::optional(n == 2);
}

Choice get_choice(Parser& p) {
  Choice choice;
  unsigned head = p.octet();
  choice.source = p.in_range<ChoiceSource>(head >> 4, 0, static_cast<unsigned>(ChoiceSource::client));
  choice.email = get_tristate(p, head >> 2 & 3);
  choice.folder = get_tristate(p, head & 3);
  choice.at = p.time();
  return choice;
}

// ---- the two halves

Bits presence(DecisionRecord const& record) {
  RecordedInputs const& in = record.inputs;
  Decision const& d = record.decision;
  std::array<std::pair<bool, Bits>, 16> const bits{{
      {in.type.has_value(), has_type},
      {in.amount.has_value(), has_amount},
      {in.time.has_value(), has_time},
      {in.urgent, is_urgent},
      {in.account_created.has_value(), has_created},
      {d.malformed, is_malformed},
      {d.unparsable_amount, bad_amount},
      {d.report, reported},
      {d.type_choice.has_value(), has_type_choice},
      {d.tab_choice.has_value(), has_tab_choice},
      {d.timing.urgent, timing_urgent},
      {in.sender.has_value(), has_sender},
      {in.subject.has_value(), has_subject},
      {static_cast<bool>(d.sent_as), by_alias},
      {static_cast<bool>(d.classified), by_block},
      {static_cast<bool>(d.chosen_as), choice_by_alias},
  }};
  Bits present = 0;
  for (auto const& [is, bit] : bits) present |= is ? bit : 0;
  return present;
}

void put_inputs(Writer& w, RecordedInputs const& in) {
  w.time(in.arrival);
  if (in.type) w.text(cut(*in.type, max_type));
  if (in.amount) w.text(cut(*in.amount, max_amount));
  if (in.time) w.time(*in.time);
  w.octet(static_cast<unsigned>(in.source) << 4 | static_cast<unsigned>(in.address));
  w.number(in.size);
  if (in.account_created) w.time(*in.account_created);
  w.text(cut(in.zone, max_zone));
  std::size_t groups = std::min(in.groups.size(), max_groups);
  w.octet(static_cast<unsigned>(groups));
  for (std::size_t i = 0; i < groups; ++i) w.text(cut(in.groups[i], max_group));
  if (in.sender) w.text(cut(*in.sender, max_sender));
  if (in.subject) w.text(cut(*in.subject, max_subject));
}

RecordedInputs get_inputs(Parser& p, Bits present) {
  RecordedInputs in;
  in.urgent = present & is_urgent;
  in.arrival = p.time();
  if (present & has_type) in.type = p.text(max_type);
  if (present & has_amount) in.amount = p.text(max_amount);
  if (present & has_time) in.time = p.time();
  unsigned who = p.octet();
  in.source = p.in_range<Submitter>(who >> 4, 0, static_cast<unsigned>(Submitter::system));
  in.address = p.in_range<AddressState>(who & 15, 0, static_cast<unsigned>(AddressState::missing));
  in.size = p.number();
  if (present & has_created) in.account_created = p.time();
  in.zone = p.text(max_zone);
  in.groups.resize(p.word<std::uint8_t>(0, max_groups));
  for (std::string& group : in.groups) group = p.text(max_group);
  if (present & has_sender) in.sender = p.text(max_sender);
  if (present & has_subject) in.subject = p.text(max_subject);
  return in;
}

void put_decision(Writer& w, Decision const& d) {
  w.number(d.policy.value);
  w.number(d.type.value);
  w.octet(static_cast<unsigned>(d.tab));
  if (d.malformed) w.octet(d.missing);
  put_field(w, d.email);
  put_field(w, d.folder);
  w.number(d.timing.window_rule.value);
  w.number(d.timing.unread_rule.value);
  w.integer(d.timing.unread_delay.count());
  if (d.type_choice) put_choice(w, *d.type_choice);
  if (d.tab_choice) put_choice(w, *d.tab_choice);
  if (d.sent_as) w.number(d.sent_as.value);
  if (d.classified) w.number(d.classified.value);
  if (d.chosen_as) w.number(d.chosen_as.value);
}

Decision get_decision(Parser& p, Bits present) {
  Decision d;
  d.malformed = present & is_malformed;
  d.unparsable_amount = present & bad_amount;
  d.report = present & reported;
  d.timing.urgent = present & timing_urgent;
  d.policy = PolicyVersion(p.number());
  d.type = p.index<TypeIndex>();
  d.tab = p.word<Tab>(0, tab_count - 1);
  if (d.malformed) d.missing = p.word<std::uint8_t>(0, 255);
  d.email = get_field(p);
  d.folder = get_field(p);
  d.timing.window_rule = p.index<RuleIndex>();
  d.timing.unread_rule = p.index<RuleIndex>();
  d.timing.unread_delay = Millis(p.integer());
  if (present & has_type_choice) d.type_choice = get_choice(p);
  if (present & has_tab_choice) d.tab_choice = get_choice(p);
  if (present & by_alias) d.sent_as = p.index<AliasIndex>();
  if (present & by_block) d.classified = p.index<ClassifierIndex>();
  if (present & choice_by_alias) d.chosen_as = p.index<AliasIndex>();
  return d;
}

}  // namespace

RecordedInputs make_inputs(Facts const& facts, Person const& person) {
  RecordedInputs in;
  if (facts.type) in.type = cut(*facts.type, max_type);
  if (facts.amount_text) in.amount = cut(*facts.amount_text, max_amount);
  in.time = facts.time;
  in.arrival = facts.arrival;
  in.source = facts.source;
  in.size = facts.size;
  in.urgent = facts.urgent;
  in.account_created = person.created;
  in.zone = cut(person.zone, max_zone);
  for (std::string const& group : person.groups)
    if (in.groups.size() < max_groups) in.groups.push_back(cut(group, max_group));
  in.address = person.address;
  if (facts.sender) in.sender = cut(*facts.sender, max_sender);
  bool plain = !facts.type && facts.source == Submitter::platform;
  if (plain && facts.subject) in.subject = cut(*facts.subject, max_subject);
  return in;
}

Facts RecordedInputs::facts() const {
  Facts facts;
  if (type) facts.type = *type;
  if (amount) facts.set_amount(*amount);
  facts.time = time;
  facts.arrival = arrival;
  facts.source = source;
  facts.size = size;
  facts.urgent = urgent;
  if (sender) facts.sender = *sender;
  if (subject) facts.subject = *subject;
  return facts;
}

Person RecordedInputs::person(std::string_view login) const {
  return {login, account_created, groups, zone, address};
}

Choices DecisionRecord::choices(Policy const& policy) const {
  Choices choices;
  if (decision.type_choice)
    choices.set({std::nullopt, type_choice_name(policy, decision)}, *decision.type_choice);
  if (decision.tab_choice) choices.set({decision.tab, {}}, *decision.tab_choice);
  return choices;
}

std::string write_record(DecisionRecord const& record) {
  Writer w;
  w.octet(layout);
  w.number(presence(record));
  put_inputs(w, record.inputs);
  put_decision(w, record.decision);
  return w.take();
}

Result<DecisionRecord> parse_record(std::string_view octets) {
  Parser p(octets);
  unsigned version = p.octet();
  if (p.ok() && version > layout)
    return fail(Errc::unsupported, "The decision record has layout " + std::to_string(version) +
                                       ", which is newer than this program");
  Bits present = p.number();
  if (version == 0 || present > (version == 1 ? all_of_layout_1 : all_of_layout_2)) p.fail();
  DecisionRecord record;
  record.inputs = get_inputs(p, present);
  record.decision = get_decision(p, present);
  if (!p.ok() || !p.at_end()) return fail(Errc::syntax, "The decision record is damaged");
  return record;
}

bool fits(DecisionRecord const& record, Policy const& policy) {
  Decision const& d = record.decision;
  auto rule_fits = [&](RuleIndex rule) { return rule.value <= policy.rules().size(); };
  if (d.type.value >= policy.types().size()) return false;
  if (d.sent_as.value > policy.aliases().size() || d.chosen_as.value > policy.aliases().size()) return false;
  if (d.classified.value > policy.classifiers().size()) return false;
  if (d.malformed && d.missing >= policy.type(d.type).required.size()) return false;
  for (Field field : both_fields) {
    FieldDecision const& decided = d.get(field);
    if (!rule_fits(decided.won.rule)) return false;
    for (Verdict const& v : decided.losers())
      if (!rule_fits(v.rule)) return false;
  }
  if (!rule_fits(d.timing.window_rule) || !rule_fits(d.timing.unread_rule)) return false;
  return !d.timing.window_rule || policy.rule(d.timing.window_rule).set.send.has_value();
}

}  // namespace mc::rules
