#include "rules/policy.h"

#include "rules/reader.h"

namespace mc::rules {

namespace {

void read_format(Reader& r, TomlEntry const& e) {
  if (e.value.kind != TomlValue::Kind::integer || e.value.number != 1)
    r.error(e.value.place, "this program reads policies of format 1 only");
}

void check_root(Reader& r, TomlValue const& root) {
  constexpr std::array<std::string_view, 5> known{"format", "defaults", "type", "unclassified", "rule"};
  for (TomlEntry const& entry : root.entries)
    if (std::find(known.begin(), known.end(), entry.key) == known.end())
      r.error(entry.place, "unknown key " + quoted(entry.key) + " in a policy",
              guess(entry.key, {known.begin(), known.end()}));
  if (TomlEntry const* format = root.find("format"))
    read_format(r, *format);
  else
    r.error({}, "the policy does not say its format", "format = 1");
}

}  // namespace

// The only one to write to a Policy; hands it out const.
class PolicyBuilder {
 public:
  static PolicyPtr build(Draft&& draft, std::string_view file_name, PolicyVersion version) {
    std::shared_ptr<Policy> policy(new Policy);
    policy->version_ = version;
    policy->file_name_ = file_name;
    policy->report_to_ = std::move(draft.report_to);
    for (DraftType& d : draft.types) policy->types_.push_back(std::move(d.type));
    for (DraftRule& d : draft.rules) policy->rules_.push_back(std::move(d.rule));
    for (std::size_t i = 1; i < policy->types_.size(); ++i)
      policy->by_name_.emplace(policy->types_[i].name, TypeIndex(static_cast<std::uint16_t>(i)));
    policy->candidates_.resize(policy->types_.size() * 2);
    for (std::size_t i = 0; i < policy->types_.size(); ++i) add_candidates(*policy, i);
    return policy;
  }

 private:
  static void add_candidates(Policy& policy, std::size_t type_index) {
    Type const& type = policy.types_[type_index];
    std::string_view name = type_index == 0 ? std::string_view() : std::string_view(type.name);
    for (std::size_t i = 0; i < policy.rules_.size(); ++i) {
      Rule const& rule = policy.rules_[i];
      if (!rule.enabled || !admits(rule.when, name, type.tab)) continue;
      bool guarded = rule.unless && admits(*rule.unless, name, type.tab);
      if (guarded && rule.unless->asked == 0) continue;
      auto& list = policy.candidates_[type_index * 2 + static_cast<std::size_t>(rule.kind)];
      list.push_back({RuleIndex(static_cast<std::uint16_t>(i + 1)), guarded, rule.when.asked});
    }
  }
};

std::string_view to_string(RuleKind kind) {
  return kind == RuleKind::override_ ? "override" : "default";
}

std::string write_required(Required const& required) {
  constexpr std::array<std::string_view, 4> names{"amount", "time", "subject", "header:"};
  return std::string(names[static_cast<std::size_t>(required.what)]) + required.header;
}

TypeIndex Policy::find_type(std::string_view name) const {
  auto found = by_name_.find(name);
  return found == by_name_.end() ? TypeIndex() : found->second;
}

PolicyLoad parse_policy(std::string_view text, std::string_view file_name, LoadOptions const& options) {
  TomlLoad toml = parse_toml(text, max_policy_octets);
  if (!toml.root) return {nullptr, std::move(toml.problems)};
  Reader reader(options);
  Draft draft;
  check_root(reader, *toml.root);
  read_types(reader, *toml.root, draft);
  read_rules(reader, *toml.root, draft);
  lint_types(reader, draft);
  lint_rules(reader, draft);
  bool good = reader.errors() == 0;
  PolicyLoad load{nullptr, reader.take()};
  if (good) load.policy = PolicyBuilder::build(std::move(draft), file_name, options.version);
  return load;
}

}  // namespace mc::rules
