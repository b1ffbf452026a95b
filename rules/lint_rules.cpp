// rules/lint_rules.cpp - rules that can do nothing, or less than their author thinks.
#include <bitset>

#include "rules/reader.h"

namespace mc::rules {

namespace {

using TypeSet = std::bitset<max_types + 1>;

struct Reach {
  TypeSet types;      // may match messages of these
  TypeSet unguarded;  // and `unless` has no say in it
};

Reach reach_of(Draft const& draft, Rule const& rule) {
  Reach reach;
  for (std::size_t i = 0; i < draft.types.size(); ++i) {
    std::string_view name = i == 0 ? std::string_view() : std::string_view(draft.types[i].type.name);
    Tab tab = draft.types[i].type.tab;
    if (!admits(rule.when, name, tab)) continue;
    bool guarded = rule.unless && admits(*rule.unless, name, tab);
    if (guarded && rule.unless->asked == 0) continue;
    reach.types.set(i);
    reach.unguarded.set(i, !guarded);
  }
  return reach;
}

bool has_wildcard(std::string_view glob) {
  return glob.find_first_of("*?") != glob.npos;
}

void lint_type_name(Reader& r, Draft const& draft, TomlValue const& value) {
  std::string const& glob = value.text;
  auto matches = [&](DraftType const& d) { return glob_match(glob, d.type.name); };
  if (std::any_of(draft.types.begin() + 1, draft.types.end(), matches)) return;
  if (!has_wildcard(glob)) return report_unknown_type(r, draft, value.place, glob);
  auto old = std::find_if(draft.aliases.begin(), draft.aliases.end(),
                          [&](DraftAlias const& a) { return glob_match(glob, a.alias.name); });
  r.warn(value.place, "no type matches " + quoted(glob),
         old == draft.aliases.end() ? ""
                                    : quoted(old->alias.name) + " is an old name; rules ask for the new one");
}

void lint_type_names(Reader& r, Draft const& draft, DraftRule const& d) {
  for (std::string_view key : {"when", "unless"}) {
    TomlEntry const* conditions = d.source->find(key);
    TomlEntry const* type = conditions ? conditions->value.find("type") : nullptr;
    if (!type || r.full()) continue;
    if (type->value.kind == TomlValue::Kind::string) lint_type_name(r, draft, type->value);
    for (TomlValue const& item : type->value.items)
      if (item.kind == TomlValue::Kind::string && !r.full()) lint_type_name(r, draft, item);
  }
}

Place condition_place(TomlValue const& owner, std::string_view table, std::string_view key) {
  TomlEntry const* conditions = owner.find(table);
  TomlEntry const* entry = conditions ? conditions->value.find(key) : nullptr;
  return entry ? entry->place : conditions ? conditions->place : owner.place;
}

void lint_currencies(Reader& r, DraftRule const& d, std::string_view table, Conditions const& c) {
  for (AmountLimits const* limits : {&c.amount_at_least, &c.amount_less_than}) {
    if (limits->named.empty() || limits->others) continue;
    std::string names;
    for (auto const& [currency, limit] : limits->named)
      names += (names.empty() ? "" : ", ") + std::string(currency.text());
    r.warn(condition_place(*d.source, table, "amount"),
           "rule " + quoted(d.rule.name) + " covers only amounts in " + names,
           "\"*\" = \"…\" covers all other currencies");
  }
}

void lint_conditions(Reader& r, Draft const& draft, DraftRule const& d) {
  lint_type_names(r, draft, d);
  lint_currencies(r, d, "when", d.rule.when);
  lint_intervals(r, *d.source, "when", d.rule.when);
  if (!d.rule.unless) return;
  lint_currencies(r, d, "unless", *d.rule.unless);
  lint_intervals(r, *d.source, "unless", *d.rule.unless);
}

// Every type it could match locks the field.
void lint_locks(Reader& r, Draft const& draft, DraftRule const& d, Reach const& reach) {
  if (d.rule.even_locked || reach.types.none()) return;
  for (Field field : both_fields) {
    if (!d.rule.set.get(field)) continue;
    bool some_open = false;
    for (std::size_t i = 0; i < draft.types.size(); ++i)
      some_open = some_open || (reach.types[i] && !is_locked(draft.types[i].type.get(field)));
    if (!some_open)
      r.warn(d.place("set"),
             "rule " + quoted(d.rule.name) + " never changes " + std::string(to_string(field)) +
                 ": it is locked for every type the rule matches",
             "an override rule passes locks with even_locked = true");
  }
}

void lint_effect(Reader& r, DraftRule const& d) {
  RuleSet const& set = d.rule.set;
  if (set.email == false && set.folder == false)
    r.warn(d.place("set"),
           "rule " + quoted(d.rule.name) + " leaves nothing; the folder gets the message all the same");
  if (set.email == false && (set.send || set.email_if_unread_after))
    r.warn(d.place("set"),
           "rule " + quoted(d.rule.name) + " says when to send an email and that there is none");
  if (d.rule.expires && r.options().now && *d.rule.expires <= *r.options().now)
    r.warn(d.place("expires"), "rule " + quoted(d.rule.name) + " has expired");
}

constexpr std::array<bool (*)(RuleSet const&), 4> settable{
    [](RuleSet const& s) { return s.email.has_value(); },
    [](RuleSet const& s) { return s.folder.has_value(); },
    [](RuleSet const& s) { return s.send.has_value(); },
    [](RuleSet const& s) { return s.email_if_unread_after.has_value(); },
};

class Unreachable {
 public:
  Unreachable(Reader& reader, Draft const& draft, std::vector<Reach> const& reaches)
      : r_(reader), draft_(draft), reaches_(reaches) {}

  void lint(std::size_t b) const {
    DraftRule const& d = draft_.rules[b];
    if (reaches_[b].types.none())
      return r_.warn(d.place("when"),
                     "rule " + quoted(d.rule.name) + " can never fire: no type satisfies its conditions");
    if (d.rule.unless && !(reaches_[b].unguarded.any()) && implies(d.rule.when, *d.rule.unless))
      return r_.warn(d.place("unless"),
                     "rule " + quoted(d.rule.name) + " can never fire: unless holds whenever when does");
    DraftRule const* by = nullptr;
    for (auto sets : settable) {
      if (!sets(d.rule.set)) continue;
      DraftRule const* covering = find_covering(b, sets);
      if (!covering) return;
      if (!by) by = covering;
    }
    if (by) report(d, *by);
  }

 private:
  void report(DraftRule const& d, DraftRule const& by) const {
    r_.warn(d.place(), "rule " + quoted(d.rule.name) + " in line " + std::to_string(d.rule.line) +
                           " can never decide anything: rule " + quoted(by.rule.name) + " in line " +
                           std::to_string(by.rule.line) + " always speaks before it");
  }

  // A stronger rule that sets this field whenever rule `b` matches.
  DraftRule const* find_covering(std::size_t b, bool (*sets)(RuleSet const&)) const {
    for (std::size_t a = 0; a < draft_.rules.size(); ++a)
      if (a != b && sets(draft_.rules[a].rule.set) && covers(a, b)) return &draft_.rules[a];
    return nullptr;
  }

  bool covers(std::size_t a, std::size_t b) const {
    Rule const& strong = draft_.rules[a].rule;
    Rule const& weak = draft_.rules[b].rule;
    bool before = strong.kind == weak.kind ? a < b : strong.kind == RuleKind::override_;
    if (!before || draft_.rules[a].broken || !strong.enabled || strong.expires) return false;
    if (weak.even_locked && !strong.even_locked) return false;
    if ((reaches_[b].types & ~reaches_[a].unguarded).any()) return false;
    return implies(weak.when, strong.when);
  }

  Reader& r_;
  Draft const& draft_;
  std::vector<Reach> const& reaches_;
};

}  // namespace

// at_least not below less_than: no value is both.
void lint_intervals(Reader& r, TomlValue const& owner, std::string_view table, Conditions const& c) {
  auto empty = [](auto const& low, auto const& high) { return low && high && *low >= *high; };
  auto report = [&](std::string_view key) {
    r.error(condition_place(owner, table, key),
            quoted(key) + " can never hold: at_least is not below less_than");
  };
  if (empty(c.age_at_least, c.age_less_than)) report("account_age");
  if (empty(c.size_at_least, c.size_less_than)) report("size");
  bool amounts = empty(c.amount_at_least.others, c.amount_less_than.others);
  for (auto const& [currency, low] : c.amount_at_least.named)
    amounts = amounts || empty(std::optional(low), c.amount_less_than.find(currency));
  for (auto const& [currency, high] : c.amount_less_than.named)
    amounts = amounts || empty(c.amount_at_least.find(currency), std::optional(high));
  if (amounts) report("amount");
}

void lint_rules(Reader& r, Draft const& draft) {
  std::vector<Reach> reaches;
  for (DraftRule const& d : draft.rules) reaches.push_back(reach_of(draft, d.rule));
  Unreachable unreachable(r, draft, reaches);
  for (std::size_t i = 0; i < draft.rules.size() && !r.full(); ++i) {
    DraftRule const& d = draft.rules[i];
    if (d.broken) continue;
    lint_conditions(r, draft, d);
    lint_effect(r, d);
    if (!d.rule.enabled) continue;
    lint_locks(r, draft, d, reaches[i]);
    unreachable.lint(i);
  }
}

}  // namespace mc::rules
