// rules/policy_rules.cpp - the [[rule]] tables of a policy file.
#include "rules/reader.h"

namespace mc::rules {

namespace {

constexpr std::size_t max_why = 300;

void read_name(Reader& r, TomlEntry const& e, Rule& rule) {
  if (auto name = r.name(e, "a rule's name")) rule.name = *name;  // it appears in X-MC-Why
}

void read_kind(Reader& r, TomlEntry const& e, Rule& rule) {
  auto word = r.string(e, 64);
  if (!word) return;
  if (*word != "override" && *word != "default")
    return r.error(e.value.place, quoted(*word) + " is not a kind of rule (override, default)",
                   guess(*word, {"override", "default"}));
  rule.kind = *word == "override" ? RuleKind::override_ : RuleKind::default_;
}

void read_when(Reader& r, TomlEntry const& e, Rule& rule) {
  read_conditions(r, e, rule.when);
}

void read_unless(Reader& r, TomlEntry const& e, Rule& rule) {
  rule.unless.emplace();
  read_conditions(r, e, *rule.unless);
  if (e.value.kind == TomlValue::Kind::table && e.value.entries.empty())
    r.error(e.place, "an empty \"unless\" always holds: the rule would never match");
}

template <auto Member>
void read_set_flag(Reader& r, TomlEntry const& e, RuleSet& set) {
  if (auto value = r.boolean(e)) set.*Member = value;
}

void read_send(Reader& r, TomlEntry const& e, RuleSet& set) {
  set.send = read_window(r, e);
}

void read_unread(Reader& r, TomlEntry const& e, RuleSet& set) {
  auto delay = r.duration(e);
  if (delay && (delay->count() == 0 || *delay > std::chrono::days(30)))
    r.error(e.value.place, quoted(e.key) + " must be more than nothing and at most 30d");
  else
    set.email_if_unread_after = delay;
}

constexpr std::array<Key<RuleSet>, 4> set_keys{{
    {"email", read_set_flag<&RuleSet::email>},
    {"folder", read_set_flag<&RuleSet::folder>},
    {"send", read_send},
    {"email_if_unread_after", read_unread},
}};

void read_set(Reader& r, TomlEntry const& e, Rule& rule) {
  if (!r.is_table(e)) return;
  if (e.value.entries.empty()) r.error(e.place, "the rule sets nothing");
  read_keys(r, e.value, "\"set\"", set_keys, rule.set);
}

void read_why(Reader& r, TomlEntry const& e, Rule& rule) {
  if (auto why = r.string(e, max_why)) rule.why = *why;
}

template <auto Member>
void read_flag(Reader& r, TomlEntry const& e, Rule& rule) {
  if (auto value = r.boolean(e)) rule.*Member = *value;
}

void read_expires(Reader& r, TomlEntry const& e, Rule& rule) {
  rule.expires = r.date_time(e);
}

constexpr std::array<Key<Rule>, 9> rule_keys{{
    {"name", read_name},
    {"kind", read_kind},
    {"when", read_when},
    {"unless", read_unless},
    {"set", read_set},
    {"why", read_why},
    {"even_locked", read_flag<&Rule::even_locked>},
    {"enabled", read_flag<&Rule::enabled>},
    {"expires", read_expires},
}};

void check_rule(Reader& r, TomlValue const& table, Rule const& rule) {
  for (std::string_view key : {"name", "kind", "set"})
    if (!table.find(key)) r.error(table.place, "the rule has no " + std::string(key));
  if (!table.find("when"))
    r.error(table.place, "the rule has no when", "a rule for every message says so: when = {}");
  if (!table.find("why")) r.warn(table.place, "rule " + quoted(rule.name) + " does not say why to users");
  if (rule.even_locked && table.find("kind") && rule.kind == RuleKind::default_)
    r.error(table.place, "only an override rule can pass a lock (even_locked)");
}

DraftRule read_rule(Reader& r, TomlValue const& table) {
  DraftRule draft{{}, &table, false};
  draft.rule.line = table.place.line;
  std::size_t before = r.errors();
  if (table.kind != TomlValue::Kind::table) {
    r.error(table.place, "a rule must be a table, begun by [[rule]]");
  } else {
    read_keys(r, table, "a rule", rule_keys, draft.rule);
    check_rule(r, table, draft.rule);
  }
  draft.broken = r.errors() > before;
  return draft;
}

void check_names(Reader& r, Draft const& draft) {
  std::unordered_map<std::string_view, std::uint32_t> lines;
  for (DraftRule const& d : draft.rules) {
    if (d.rule.name.empty()) continue;
    auto [first, fresh] = lines.emplace(d.rule.name, d.rule.line);
    if (!fresh)
      r.error(d.place("name"), "rule " + quoted(d.rule.name) + " has the name of the rule in line " +
                                   std::to_string(first->second));
  }
}

}  // namespace

void read_rules(Reader& r, TomlValue const& root, Draft& draft) {
  TomlEntry const* rules = root.find("rule");
  if (!rules) return;
  if (rules->value.kind != TomlValue::Kind::array)
    return r.error(rules->place, "rules are written [[rule]], with two brackets");
  if (rules->value.items.empty()) r.warn(rules->place, "the list of rules is empty");
  if (rules->value.items.size() > max_rules)
    return r.error(rules->place, "there are more than " + std::to_string(max_rules) + " rules");
  for (TomlValue const& table : rules->value.items)
    if (!r.full()) draft.rules.push_back(read_rule(r, table));
  check_names(r, draft);
}

}  // namespace mc::rules
