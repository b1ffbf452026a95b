#include "rules/policy.h"

#include <set>

#include "rules/reader.h"

namespace mc::rules {

namespace {

void read_format(Reader& r, TomlEntry const& e) {
  if (e.value.kind != TomlValue::Kind::integer || e.value.number != 1)
    r.error(e.value.place, "this program reads policies of format 1 only");
}

void check_root(Reader& r, TomlValue const& root) {
  constexpr std::array<std::string_view, 8> known{"format", "defaults", "type",     "unclassified",
                                                  "alias",  "classify", "rule", "retention"};
  for (TomlEntry const& entry : root.entries)
    if (std::find(known.begin(), known.end(), entry.key) == known.end())
      r.error(entry.place, "unknown key " + quoted(entry.key) + " in a policy",
              guess(entry.key, {known.begin(), known.end()}));
  if (TomlEntry const* format = root.find("format"))
    read_format(r, *format);
  else
    r.error({}, "the policy does not say its format", "format = 1");
}

void read_decisions(Reader& r, TomlEntry const& e, Draft& draft) {
  constexpr Millis least = std::chrono::days(30);
  auto keep = r.duration(e);
  if (keep && *keep < least) return r.error(e.value.place, "\"decisions\" must be at least 30d");
  draft.keep_decisions = keep;
  draft.keep_decisions_place = e.place;
}

constexpr std::array<Key<Draft>, 1> retention_keys{{{"decisions", read_decisions}}};

void read_retention(Reader& r, TomlValue const& root, Draft& draft) {
  TomlEntry const* table = root.find("retention");
  if (!table || !r.is_table(*table)) return;
  if (table->value.entries.empty()) r.error(table->place, "[retention] says nothing", "as in decisions = \"3y\"");
  read_keys(r, table->value, "[retention]", retention_keys, draft);
}

// Reports the first rule past the limits on all rules together.
void check_volume(Reader& r, Draft const& draft) {
  std::set<Currency> currencies;
  std::size_t globs = 0;
  for (DraftRule const& d : draft.rules)
    for (Conditions const* c : {&d.rule.when, d.rule.unless ? &*d.rule.unless : nullptr}) {
      if (!c) continue;
      globs += c->type_globs.size();
      for (AmountLimits const* limits : {&c->amount_at_least, &c->amount_less_than})
        for (auto const& [currency, limit] : limits->named) currencies.insert(currency);
      if (globs > max_type_globs)
        return r.error(d.place(), "the rules list more than " + std::to_string(max_type_globs) + " types");
      if (currencies.size() > max_currencies)
        return r.error(d.place(), "the rules name more than " + std::to_string(max_currencies) + " currencies");
    }
}

void lint(Reader& r, Draft const& draft) {
  lint_types(r, draft);
  lint_classify(r, draft);
  lint_rules(r, draft);
}

}  // namespace

static_assert(max_rules <= most_sieved_rules);

// The only one to write to a Policy; hands it out const.
class PolicyBuilder {
 public:
  static PolicyPtr build(Draft&& draft, std::string_view file_name, PolicyVersion version) {
    std::shared_ptr<Policy> policy(new Policy);
    policy->version_ = version;
    policy->file_name_ = file_name;
    policy->report_to_ = std::move(draft.report_to);
    if (draft.keep_decisions) policy->keep_decisions_ = *draft.keep_decisions;
    for (DraftType& d : draft.types) policy->types_.push_back(std::move(d.type));
    for (DraftRule& d : draft.rules) policy->rules_.push_back(std::move(d.rule));
    for (DraftClassifier& d : draft.classifiers) policy->classifiers_.push_back(std::move(d.block));
    for (std::size_t i = 1; i < policy->types_.size(); ++i)
      policy->by_name_.emplace(policy->types_[i].name, Policy::Named{TypeIndex(static_cast<std::uint16_t>(i)), {}});
    add_aliases(*policy, draft);
    std::vector<Conditions const*> conditions;
    for (Rule const& rule : policy->rules_) {
      conditions.push_back(&rule.when);
      policy->speaks_.push_back(speaks_of(rule));
    }
    policy->sieve_ = RuleSieve(conditions);
    for (std::size_t i = 0; i < policy->rules_.size(); ++i)
      if (policy->sieve_.quick(i).rest == 0 && !policy->rules_[i].expires) policy->settled_.set(i);
    for (std::size_t what = 0; what < policy->speaking_.size(); ++what)
      for (std::size_t i = 0; i < policy->speaks_.size(); ++i)
        if (policy->speaks_[i] & what) policy->speaking_[what].set(i);
    policy->candidate_bits_.resize(policy->types_.size() * 2);
    for (std::size_t i = 0; i < policy->types_.size(); ++i) add_candidates(*policy, i);
    return policy;
  }

 private:
  // The nearer to its type, the later a name was given up; of equals the first in the file.
  static void add_aliases(Policy& policy, Draft& draft) {
    std::stable_sort(draft.aliases.begin(), draft.aliases.end(),
                     [](DraftAlias const& a, DraftAlias const& b) { return a.steps < b.steps; });
    policy.old_names_.resize(policy.types_.size());
    for (DraftAlias& d : draft.aliases) policy.aliases_.push_back(std::move(d.alias));
    for (std::size_t i = 0; i < policy.aliases_.size(); ++i) {
      Alias const& alias = policy.aliases_[i];
      AliasIndex index(static_cast<std::uint16_t>(i + 1));
      policy.by_name_.emplace(alias.name, Policy::Named{alias.type, index});
      policy.old_names_[alias.type.value].push_back(index);
    }
  }

  static void add_candidates(Policy& policy, std::size_t type_index) {
    Type const& type = policy.types_[type_index];
    std::string_view name = type_index == 0 ? std::string_view() : std::string_view(type.name);
    for (std::size_t i = 0; i < policy.rules_.size(); ++i) {
      Rule const& rule = policy.rules_[i];
      if (!rule.enabled || !admits(rule.when, name, type.tab)) continue;
      bool guarded = rule.unless && admits(*rule.unless, name, type.tab);
      if (guarded && rule.unless->asked == 0) continue;
      std::size_t const list = type_index * 2 + static_cast<std::size_t>(rule.kind);
      policy.candidate_bits_[list].rules.set(i);
      if (guarded) policy.candidate_bits_[list].ask_unless.set(i);
    }
  }

  static std::uint8_t speaks_of(Rule const& rule) {
    unsigned bits = (rule.set.send ? speaks::send : 0u) | (rule.set.email_if_unread_after ? speaks::unread : 0u);
    for (Field field : both_fields)
      if (rule.set.get(field))
        bits |= (speaks::field | (rule.even_locked ? speaks::past_lock : 0u)) << static_cast<unsigned>(field);
    return static_cast<std::uint8_t>(bits);
  }
};

std::string_view to_string(RuleKind kind) {
  return kind == RuleKind::override_ ? "override" : "default";
}

std::string write_required(Required const& required) {
  constexpr std::array<std::string_view, 4> names{"amount", "time", "subject", "header:"};
  return std::string(names[static_cast<std::size_t>(required.what)]) + required.header;
}

std::string write_burst(Burst const& burst) {
  return "at most " + std::to_string(burst.most) + " within " + write_duration(burst.within) + ", then the rest as one";
}

std::vector<Candidate> Policy::candidates(TypeIndex type, RuleKind kind) const {
  CandidateBits const& bits = candidate_bits(type, kind);
  std::vector<Candidate> out;
  for (std::size_t i = 0; i < rules_.size(); ++i)
    if (bits.rules.has(i)) out.push_back({RuleIndex(static_cast<std::uint16_t>(i + 1)), bits.ask_unless.has(i)});
  return out;
}

Policy::Named Policy::find_name(std::string_view name) const {
  auto found = by_name_.find(name);
  return found == by_name_.end() ? Named{} : found->second;
}

PolicyLoad parse_policy(std::string_view text, std::string_view file_name, LoadOptions const& options) {
  TomlLoad toml = parse_toml(text, max_policy_octets);
  if (!toml.root) return {nullptr, std::move(toml.problems)};
  Reader reader(options);
  Draft draft;
  check_root(reader, *toml.root);
  read_types(reader, *toml.root, draft);
  read_retention(reader, *toml.root, draft);
  read_aliases(reader, *toml.root, draft);
  read_classifiers(reader, *toml.root, draft);
  read_rules(reader, *toml.root, draft);
  std::size_t before = reader.errors();
  check_volume(reader, draft);
  if (reader.errors() == before) lint(reader, draft);
  bool good = reader.errors() == 0;
  PolicyLoad load{nullptr, reader.take()};
  if (good) load.policy = PolicyBuilder::build(std::move(draft), file_name, options.version);
  return load;
}

}  // namespace mc::rules
