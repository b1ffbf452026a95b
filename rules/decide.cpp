#include "rules/decide.h"

#include <algorithm>
#include <bit>

#include "core/text.h"
#include "rules/choice.h"

namespace mc::rules {

namespace {

constexpr std::size_t max_heard_rules = 3;  // of a kind and field; later ones are not even named as losers
constexpr std::size_t field_count = 2;

// What the rules of one kind say, strongest first.
struct Heard {
  struct ForField {
    std::array<RuleIndex, max_heard_rules> rules{};
    std::uint8_t count = 0;
    RuleIndex past_lock;  // the first that is even_locked
  };
  std::array<ForField, field_count> fields;
  RuleIndex window, unread;
};

// Collects one field's verdicts in the order of the layers.
class Ledger {
 public:
  explicit Ledger(FieldDecision& field) : field_(field) {}
  void say(Verdict const& verdict) {
    if (!spoken_) {
      field_.won = verdict;
      spoken_ = true;
    } else if (field_.lost_count < FieldDecision::max_lost) {
      field_.lost[field_.lost_count++] = verdict;
    }
  }
  // Safety comes last to the table and speaks first.
  void overrule(Verdict const& verdict) {
    std::size_t kept = std::min<std::size_t>(field_.lost_count, FieldDecision::max_lost - 1);
    std::copy_backward(field_.lost.begin(), field_.lost.begin() + kept, field_.lost.begin() + kept + 1);
    field_.lost[0] = field_.won;
    field_.lost_count = static_cast<std::uint8_t>(kept + 1);
    field_.won = verdict;
  }
  FieldDecision const& get() const { return field_; }

 private:
  FieldDecision& field_;
  bool spoken_ = false;
};

class Deciding {
 public:
  // Writes to `decision`, which is as it was made.
  Deciding(Policy const& policy, Facts const& facts, Person const& person, Choices const& choices, Decision& decision)
      : policy_(policy),
        facts_(facts),
        person_(person),
        choices_(choices),
        decision_(decision),
        ledgers_{Ledger(decision.email), Ledger(decision.folder)} {}

  void run() {
    classify();
    look_up_choices();
    RuleBits const may_hold = policy_.sieve().may_hold(facts_, person_, urgent_);
    asker_.emplace(facts_, person_, urgent_);
    hear(RuleKind::override_, may_hold, overrides_);
    hear(RuleKind::default_, may_hold, defaults_);
    for (Field field : both_fields) decide_field(field);
    guard_email();
    guard_rest();
    if (decision_.email.value()) plan();
  }

 private:
  Ledger& ledger(Field field) { return ledgers_[static_cast<std::size_t>(field)]; }
  Type const& type() const { return policy_.type(decision_.type); }
  // The type whose locks and defaults apply.
  Type const& standing() const { return decision_.malformed ? policy_.type(TypeIndex()) : type(); }
  bool unclassified() const { return decision_.malformed || !decision_.type; }

  void classify() {
    decision_.policy = policy_.version();
    Classified classified = rules::classify(policy_, facts_);
    decision_.type = classified.type;
    decision_.sent_as = classified.sent_as;
    decision_.classified = classified.block;
    decision_.tab = type().tab;
    urgent_ = type().urgent || facts_.urgent;
    decision_.unparsable_amount = facts_.amount_text && !facts_.amount;
    auto const& required = type().required;
    auto missing =
        std::find_if_not(required.begin(), required.end(), [&](auto const& r) { return present(r); });
    decision_.malformed = missing != required.end();
    if (decision_.malformed) decision_.missing = static_cast<std::uint8_t>(missing - required.begin());
    decision_.report = unclassified() || decision_.unparsable_amount;
  }

  bool present(Required const& required) const {
    switch (required.what) {
      case Required::What::amount:
        return facts_.amount.has_value();
      case Required::What::time:
        return facts_.time.has_value();
      case Required::What::subject:
        return facts_.subject && !trim(*facts_.subject).empty();
      case Required::What::header:
        break;
    }
    return std::any_of(facts_.headers.begin(), facts_.headers.end(), [&](auto const& header) {
      return iequals(header.first, required.header) && !trim(header.second).empty();
    });
  }

  void look_up_choices() {
    if (decision_.type) {
      auto [choice, chosen_as] = find_choice(policy_, choices_, decision_.type);
      if (choice) decision_.type_choice = *choice;
      decision_.chosen_as = chosen_as;
    }
    if (Choice const* choice = choices_.find_tab(decision_.tab)) decision_.tab_choice = *choice;
  }

  // The texts of the message, sieved at the latest when the first rule asks for them.
  bool texts_may_match(QuickConditions const& when) {
    if ((when.subject | when.headers) == 0) return true;
    if (!sieves_)
      sieves_ = facts_.sieves ? *facts_.sieves
                              : Facts::TextSieves{sieve_of_subject(facts_), sieve_of_headers(facts_), sieve_of_ends(facts_)};
    return ((when.subject & ~sieves_->subject) | (when.headers & ~sieves_->headers) | (when.ends & ~sieves_->ends)) == 0;
  }

  bool matches(RuleIndex index, bool ask_unless) {
    QuickConditions const& when = policy_.sieve().quick(index.value - 1u);
    if (!texts_may_match(when)) return false;
    Rule const& rule = policy_.rule(index);
    if (rule.expires && facts_.arrival >= *rule.expires) return false;
    if (!asker_->holds(rule.when, when.rest)) return false;
    return !ask_unless || !asker_->holds(*rule.unless, rule.unless->asked);
  }

  // What a rule must have a word on to be worth asking, at the start. Only override rules pass locks.
  unsigned unheard(RuleKind kind) const {
    unsigned open = urgent_ ? 0u : speaks::send | speaks::unread;
    for (Field field : both_fields) {
      bool const locked = kind == RuleKind::override_ && is_locked(standing().get(field));
      open |= (speaks::field | (locked ? speaks::past_lock : 0u)) << static_cast<unsigned>(field);
    }
    return open;
  }

  void hear(RuleKind kind, RuleBits const& may_hold, Heard& heard) {
    unsigned open = unheard(kind);
    CandidateBits const& candidates = policy_.candidate_bits(decision_.type, kind);
    std::size_t const words = (policy_.rules().size() + 63) / 64;
    for (std::size_t w = 0; w < words; ++w) {
      std::uint64_t left = candidates.rules.word(w) & may_hold.word(w);
      if (left == 0) continue;
      std::uint64_t const sure = policy_.settled(w) & ~candidates.ask_unless.word(w);
      for (left &= policy_.speaking(open, w); left != 0; left &= left - 1) {
        std::size_t const i = w * 64 + static_cast<std::size_t>(std::countr_zero(left));
        RuleIndex const rule(static_cast<std::uint16_t>(i + 1));
        if (!(sure >> i % 64 & 1) && !matches(rule, candidates.ask_unless.has(i))) continue;
        unsigned const done = note(heard, rule, policy_.speaks(rule));
        if ((open & done) == 0) continue;
        open &= ~done;
        if (open == 0) return;
        left &= policy_.speaking(open, w) | std::uint64_t{1} << i % 64;
      }
    }
  }

  // What nothing more needs to be heard about.
  static unsigned note(Heard& heard, RuleIndex rule, unsigned speaks_on) {
    unsigned done = speaks_on & (speaks::send | speaks::unread);
    if (speaks_on & speaks::send && !heard.window) heard.window = rule;
    if (speaks_on & speaks::unread && !heard.unread) heard.unread = rule;
    for (std::size_t i = 0; i < field_count; ++i) {
      Heard::ForField& field = heard.fields[i];
      unsigned const said = speaks_on >> i;
      if (said & speaks::past_lock && !field.past_lock) field.past_lock = rule;
      if (said & speaks::field && field.count < field.rules.size()) field.rules[field.count++] = rule;
      done |= (said & speaks::past_lock) << i;
      if (field.count == field.rules.size()) done |= speaks::field << i;
    }
    return done;
  }

  void decide_field(Field field) {
    Ledger& out = ledger(field);
    Heard::ForField const& strong = overrides_.fields[static_cast<std::size_t>(field)];
    Setting setting = standing().get(field);
    RuleIndex past_lock = is_locked(setting) ? strong.past_lock : RuleIndex();
    if (past_lock) out.say(of_rule(past_lock, field, Layer::override_rule));
    if (is_locked(setting)) out.say(of_lock(setting));
    say_rules(out, strong, field, Layer::override_rule, past_lock);
    if (!decision_.malformed) say_choices(out, field, Reason::choice);
    say_rules(out, defaults_.fields[static_cast<std::size_t>(field)], field, Layer::default_rule, {});
    if (!is_locked(setting)) out.say(of_default(setting));
    if (decision_.malformed) say_choices(out, field, Reason::choice_ignored);
  }

  void say_rules(Ledger& out, Heard::ForField const& heard, Field field, Layer layer, RuleIndex said) const {
    for (std::size_t i = 0; i < heard.count; ++i)
      if (heard.rules[i] != said) out.say(of_rule(heard.rules[i], field, layer));
  }

  void say_choices(Ledger& out, Field field, Reason reason) const {
    Reason own = decision_.chosen_as && reason == Reason::choice ? Reason::choice_renamed : reason;
    if (auto value = wanted(decision_.type_choice, field)) out.say({*value, Layer::type_choice, own, {}});
    if (auto value = wanted(decision_.tab_choice, field)) out.say({*value, Layer::tab_choice, reason, {}});
  }

  static std::optional<bool> wanted(std::optional<Choice> const& choice, Field field) {
    return choice ? choice->get(field) : std::nullopt;
  }

  Verdict of_rule(RuleIndex index, Field field, Layer layer) const {
    return {*policy_.rule(index).set.get(field), layer, Reason::rule, index};
  }

  Verdict of_lock(Setting setting) const {
    Reason reason = setting == Setting::always ? Reason::locked_always : Reason::locked_never;
    return {value_of(setting), Layer::type_lock, unclassified() ? Reason::unclassified_locked : reason, {}};
  }

  Verdict of_default(Setting setting) const {
    Reason reason = setting == Setting::on ? Reason::type_on : Reason::type_off;
    return {
        value_of(setting), Layer::type_default, unclassified() ? Reason::unclassified_default : reason, {}};
  }

  void guard_email() {
    // In the order of AddressState, from unverified on.
    constexpr std::array reasons{Reason::address_unverified, Reason::address_suppressed,
                                 Reason::address_is_ours, Reason::address_missing};
    if (person_.address == AddressState::verified) return;
    Reason reason = reasons[static_cast<std::size_t>(person_.address) - 1];
    ledger(Field::email).overrule({false, Layer::safety, reason, {}});
  }

  void guard_rest() {
    if (ledger(Field::email).get().value() || ledger(Field::folder).get().value()) return;
    if (chose_not_at_all()) return;
    ledger(Field::folder).overrule({true, Layer::safety, Reason::nothing_left, {}});
  }

  // The user himself wants neither, and the type lets him.
  bool chose_not_at_all() const {
    if (unclassified() || !type().drop) return false;
    return std::all_of(both_fields.begin(), both_fields.end(), [&](Field field) {
      auto value = wanted(decision_.type_choice, field);
      return (value ? value : wanted(decision_.tab_choice, field)) == false;
    });
  }

  void plan() {
    Timing& timing = decision_.timing;
    timing.urgent = urgent_;
    if (urgent_) return;
    timing.window_rule = overrides_.window ? overrides_.window : defaults_.window;
    if (!decision_.folder.value()) return;
    timing.unread_rule = overrides_.unread ? overrides_.unread : defaults_.unread;
    if (timing.unread_rule)
      timing.unread_delay = *policy_.rule(timing.unread_rule).set.email_if_unread_after;
    else
      timing.unread_delay = standing().email_if_unread_after.value_or(Millis(0));
  }

  Policy const& policy_;
  Facts const& facts_;
  Person const& person_;
  Choices const& choices_;
  Decision& decision_;
  bool urgent_ = false;
  std::optional<Asker> asker_;
  std::optional<Facts::TextSieves> sieves_;
  Heard overrides_, defaults_;
  std::array<Ledger, field_count> ledgers_;
};

}  // namespace

Decision decide(Policy const& policy, Facts const& facts, Person const& person, Choices const& choices) {
  Decision decision;
  Deciding(policy, facts, person, choices, decision).run();
  return decision;
}

std::string const& type_choice_name(Policy const& policy, Decision const& decision) {
  return decision.chosen_as ? policy.alias(decision.chosen_as).name : policy.type(decision.type).name;
}

std::string_view keyword(Decision const& decision) {
  return decision.malformed ? "$Malformed" : "";
}

}  // namespace mc::rules
