#include "center/effect.h"

#include <algorithm>
#include <array>

#include "core/time_text.h"

namespace mc::center {

namespace {

using rules::Choice;
using rules::Field;
using rules::Layer;
using rules::Reason;
using rules::Rule;
using rules::Type;
using rules::Verdict;

constexpr std::size_t most_named = 3;  // rules, or types, before "and 5 more"

std::string date_of(Time t) {
  return write_rfc3339(t).substr(0, 10);
}

// "a, b, c and 2 more"
std::string list_some(std::vector<std::string> const& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < most_named; ++i) text += (i ? ", " : "") + names[i];
  if (names.size() > most_named) text += " and " + std::to_string(names.size() - most_named) + " more";
  return text;
}

// --- An ordinary message of a type: whatever the type requires is there, nothing else.

rules::Facts ordinary_message(Type const& type, EffectAsked const& asked,
                              std::vector<std::pair<std::string_view, std::string_view>>& headers) {
  rules::Facts facts;
  facts.type = type.name;
  facts.arrival = asked.now;
  facts.zones = &asked.zones;
  for (rules::Required const& required : type.required) switch (required.what) {
      case rules::Required::What::amount:
        facts.set_amount("0.00 XTS");
        break;
      case rules::Required::What::time:
        facts.time = asked.now;
        break;
      case rules::Required::What::subject:
        facts.subject = "-";
        break;
      case rules::Required::What::header:
        headers.emplace_back(required.header, "-");
        break;
    }
  facts.headers = headers;
  return facts;
}

// What conditions may ask without looking at the message.
std::uint16_t personal_tests(Type const& type) {
  rules::Conditions tests;
  tests.ask(rules::Test::group);
  tests.ask(rules::Test::account_age);
  if (type.urgent) tests.ask(rules::Test::urgent);
  return tests.asked;
}

bool looks_at_message(Rule const& rule, Type const& type) {
  unsigned asked = rule.when.asked | (rule.unless ? rule.unless->asked : 0u);
  return asked & ~static_cast<unsigned>(personal_tests(type));
}

// Does the part of the conditions hold that asks only about this person and type?
bool holds_for_him(rules::Conditions const& conditions, Type const& type, EffectAsked const& asked) {
  unsigned const tests = conditions.asked & personal_tests(type);
  if (tests == 0) return true;
  rules::Conditions personal = conditions;
  personal.asked = static_cast<decltype(personal.asked)>(tests);
  rules::Facts facts;
  facts.arrival = asked.now;
  return rules::holds(personal, facts, asked.person, type.urgent);
}

// Could it match some message to this person?
bool may_match(Rule const& rule, bool ask_unless, Type const& type, EffectAsked const& asked) {
  if (rule.expires && asked.now >= *rule.expires) return false;
  if (!holds_for_him(rule.when, type, asked)) return false;
  bool never =
      ask_unless && !(rule.unless->asked & ~personal_tests(type)) && holds_for_him(*rule.unless, type, asked);
  return !never;
}

struct Holding {
  Type const& type;
  rules::Decision decision;
  Verdict email, folder;
  bool skipped = false;  // a rule that looks at the message was passed over

  Verdict const& get(Field field) const { return field == Field::email ? email : folder; }
};

// The strongest voice that does not depend on the message.
Verdict standing_verdict(rules::Policy const& policy, Type const& type, rules::FieldDecision const& field,
                         bool& skipped) {
  auto depends = [&](Verdict const& v) {
    bool message = v.rule && looks_at_message(policy.rule(v.rule), type);
    skipped = skipped || message;
    return message || (skipped && v.reason == Reason::nothing_left);
  };
  if (!depends(field.won)) return field.won;
  for (Verdict const& lost : field.losers())
    if (!depends(lost)) return lost;
  return field.won;
}

Holding what_holds(EffectAsked const& asked, rules::TypeIndex index) {
  Type const& type = asked.policy.type(index);
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  rules::Facts facts = ordinary_message(type, asked, headers);
  Holding h{type, rules::decide(asked.policy, facts, asked.person, asked.choices), {}, {}};
  h.email = standing_verdict(asked.policy, type, h.decision.email, h.skipped);
  h.folder = standing_verdict(asked.policy, type, h.decision.folder, h.skipped);
  return h;
}

// --- In words

std::string_view word_of(bool email, bool folder) {
  return to_string(email    ? folder ? rules::Wish::both : rules::Wish::email
                   : folder ? rules::Wish::center
                            : rules::Wish::none);
}

std::string safety_in_words(Reason reason) {
  switch (reason) {
    case Reason::address_suppressed:
      return "mail to your address came back";
    case Reason::address_unverified:
      return "your address is not verified";
    case Reason::address_is_ours:
      return "your address is one of ours";
    case Reason::address_missing:
      return "you have no address";
    default:
      return "nothing else remained";
  }
}

std::string source_in_words(Choice const& choice) {
  return " of " + date_of(choice.at);
}

std::string cause_of(EffectAsked const& asked, Holding const& h, Field field) {
  Verdict const& v = h.get(field);
  switch (v.layer) {
    case Layer::safety:
      return safety_in_words(v.reason);
    case Layer::type_lock:
      return "locked by the policy";
    case Layer::override_rule:
    case Layer::default_rule:
      return "rule " + asked.policy.rule(v.rule).name;
    case Layer::type_choice:
      return "your choice" + source_in_words(*h.decision.type_choice);
    case Layer::tab_choice:
      return "your choice for all of " + std::string(folder_name(h.type.tab)) +
             source_in_words(*h.decision.tab_choice);
    case Layer::type_default:
      break;
  }
  return "the default";
}

std::string holding_in_words(EffectAsked const& asked, Holding const& h) {
  std::string word(word_of(h.email.value, h.folder.value));
  if (h.email.layer == Layer::type_lock && h.folder.layer == Layer::type_lock)
    return "locked by the policy: always " + word;
  std::string email = cause_of(asked, h, Field::email), folder = cause_of(asked, h, Field::folder);
  if (email == folder) return word + ": " + email;
  return word + ": email: " + email + ", folder: " + folder;
}

// The stored choice where the policy now goes past it.
std::string masked_in_words(Holding const& h) {
  auto const& choice = h.decision.type_choice;
  if (!choice) return {};
  auto locked_away = [&](Field field) {
    auto wanted = choice->get(field);
    return wanted && is_locked(h.type.get(field)) && *wanted != value_of(h.type.get(field));
  };
  bool neither = choice->email == false && choice->folder == false;
  if (locked_away(Field::email) || locked_away(Field::folder))
    return "; your choice from " + date_of(choice->at) + " comes back when the lock goes";
  if (neither && !h.type.drop)
    return "; it cannot be switched off altogether; your choice from " + date_of(choice->at) +
           " comes back when that is allowed";
  return {};
}

// Would this rule change what holds, for a message that it matches?
bool may_change(Holding const& h, Rule const& rule, Field field) {
  auto value = rule.set.get(field);
  Verdict const& now = h.get(field);
  if (!value || *value == now.value) return false;
  if (is_locked(h.type.get(field)) && !rule.even_locked) return false;
  if (now.layer == Layer::safety) return field == Field::folder;
  return rule.kind == rules::RuleKind::override_ || now.layer >= Layer::default_rule;
}

std::string exceptions_in_words(EffectAsked const& asked, Holding const& h) {
  std::vector<std::string> names;
  for (auto kind : {rules::RuleKind::override_, rules::RuleKind::default_})
    for (rules::Candidate const& candidate : asked.policy.candidates(h.decision.type, kind)) {
      Rule const& rule = asked.policy.rule(candidate.rule);
      if (!may_change(h, rule, Field::email) && !may_change(h, rule, Field::folder)) continue;
      if (looks_at_message(rule, h.type) && may_match(rule, candidate.ask_unless, h.type, asked))
        names.push_back(rule.name);
    }
  if (names.empty()) return {};
  return std::string(names.size() == 1 ? "; for some messages rule " : "; for some messages rules ") +
         list_some(names) + (names.size() == 1 ? " says otherwise" : " say otherwise");
}

// Only where less than everything may be chosen, and more than one thing.
std::string allowed_in_words(EffectAsked const& asked, Holding const& h) {
  auto allowed = rules::allowed_wishes(asked.policy, h.decision.type);
  std::erase(allowed, rules::Wish::default_);
  if (allowed.size() < 2 || allowed.size() == 4) return {};
  std::string text = "; you may choose ";
  for (std::size_t i = 0; i < allowed.size(); ++i)
    text += (i == 0 ? "" : i + 1 == allowed.size() ? " or " : ", ") + std::string(to_string(allowed[i]));
  return text;
}

}  // namespace

TypeEffect effect_of_type(EffectAsked const& asked, rules::TypeIndex type) {
  Holding h = what_holds(asked, type);
  std::string text = holding_in_words(asked, h) + masked_in_words(h);
  text += exceptions_in_words(asked, h);
  text += allowed_in_words(asked, h);
  return {h.email.value, h.folder.value, std::move(text)};
}

std::string effect_of_tab(EffectAsked const& asked, rules::Tab tab) {
  std::string const folder(folder_name(tab));
  Choice const* choice = asked.choices.find_tab(tab);
  if (!choice) return "nothing chosen for all of " + folder;
  std::vector<std::string> own, locked;
  std::size_t types = 0;
  for (Type const& type : asked.policy.types().subspan(1)) {
    if (type.tab != tab) continue;
    ++types;
    if (rules::find_choice(asked.policy, asked.choices, asked.policy.find_type(type.name)).choice)
      own.push_back(type.name);
    else if (!rules::check_choice(asked.policy, {std::nullopt, type.name}, *choice))
      locked.push_back(type.name);
  }
  std::string text = "holds for " + std::to_string(types - own.size() - locked.size()) + " of " +
                     std::to_string(types) + " types of " + folder;
  if (!own.empty()) text += "; with a choice of their own: " + list_some(own);
  if (!locked.empty()) text += "; not quite, by the policy: " + list_some(locked);
  return text;
}

std::string effect_of_gone_type(Choice const& choice) {
  return "no type of the policy any more; your choice from " + date_of(choice.at) +
         " counts again when it comes back, until you set it to default";
}

}  // namespace mc::center
