#include "rules/condition.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "core/text.h"

namespace mc::rules {

namespace {

bool any_glob(std::vector<std::string> const& globs, std::string_view text) {
  text = text.substr(0, max_matched_text);
  return std::any_of(globs.begin(), globs.end(),
                     [&](std::string const& glob) { return glob_match(glob, text); });
}

bool holds_urgent(Conditions const& c, Asker& a) {
  return c.urgent == a.urgent();
}

bool holds_source(Conditions const& c, Asker& a) {
  return c.sources >> static_cast<unsigned>(a.facts().source) & 1;
}

bool holds_amount(Conditions const& c, Asker& a) {
  if (!a.facts().amount) return false;
  Amount const& amount = *a.facts().amount;
  auto low = c.amount_at_least.find(amount.currency);
  auto high = c.amount_less_than.find(amount.currency);
  if (!c.amount_at_least.empty() && (!low || amount.units < *low)) return false;
  return c.amount_less_than.empty() || (high && amount.units < *high);
}

bool holds_older_than(Conditions const& c, Asker& a) {
  return a.facts().time && a.facts().arrival - *a.facts().time > c.older_than;
}

bool holds_account_age(Conditions const& c, Asker& a) {
  if (!a.person().created) return false;
  Millis age = a.facts().arrival - *a.person().created;
  return (!c.age_at_least || age >= *c.age_at_least) && (!c.age_less_than || age < *c.age_less_than);
}

bool holds_size(Conditions const& c, Asker& a) {
  return (!c.size_at_least || a.facts().size >= *c.size_at_least) &&
         (!c.size_less_than || a.facts().size < *c.size_less_than);
}

bool holds_group(Conditions const& c, Asker& a) {
  auto member = [&](std::string const& group) {
    return std::find(a.person().groups.begin(), a.person().groups.end(), group) != a.person().groups.end();
  };
  return std::any_of(c.groups.begin(), c.groups.end(), member);
}

bool holds_sender(Conditions const& c, Asker& a) {
  return a.facts().sender && any_glob(c.senders, *a.facts().sender);
}

bool holds_subject(Conditions const& c, Asker& a) {
  return a.facts().subject && any_glob(c.subjects, *a.facts().subject);
}

bool holds_header(Conditions const& c, Asker& a) {
  auto found = [&](HeaderGlobs const& wanted) {
    return std::any_of(a.facts().headers.begin(), a.facts().headers.end(), [&](auto const& header) {
      return iequals(header.first, wanted.name) && any_glob(wanted.globs, header.second);
    });
  };
  return std::all_of(c.headers.begin(), c.headers.end(), found);
}

bool holds_schedule(Conditions const& c, Asker& a) {
  DayWindow const& window = c.schedule.window;
  std::optional<std::chrono::minutes> offset = a.offset(window.zone);
  if (!offset) return false;
  Time local = a.facts().arrival + *offset;
  auto day = std::chrono::floor<std::chrono::days>(local);
  unsigned weekday = std::chrono::weekday(day).iso_encoding() - 1;
  return (c.schedule.days >> weekday & 1) &&
         window.contains(std::chrono::floor<std::chrono::minutes>(local - day));
}

struct TestRow {
  std::string_view name;
  bool (*holds)(Conditions const&, Asker&);
};

// In the order of the enumeration.
constexpr std::array<TestRow, test_count> tests{{
    {"urgent", holds_urgent},
    {"source", holds_source},
    {"amount", holds_amount},
    {"older_than", holds_older_than},
    {"account_age", holds_account_age},
    {"size", holds_size},
    {"group", holds_group},
    {"sender", holds_sender},
    {"subject", holds_subject},
    {"header", holds_header},
    {"schedule", holds_schedule},
}};

}  // namespace

std::optional<std::int64_t> AmountLimits::find(Currency currency) const {
  for (auto const& [name, limit] : named)
    if (name == currency) return limit;
  return others;
}

bool admits(Conditions const& c, std::string_view type_name, Tab tab) {
  if (c.tabs != 0 && !(c.tabs >> static_cast<unsigned>(tab) & 1)) return false;
  return c.type_globs.empty() || (!type_name.empty() && any_glob(c.type_globs, type_name));
}

bool holds(Conditions const& conditions, Facts const& facts, Person const& person, bool urgent) {
  return Asker(facts, person, urgent).holds(conditions, conditions.asked);
}

bool Asker::holds(Conditions const& conditions, std::uint16_t wanted) {
  for (unsigned left = conditions.asked & wanted; left != 0; left &= left - 1)
    if (!tests[static_cast<std::size_t>(std::countr_zero(left))].holds(conditions, *this)) return false;
  return true;
}

std::optional<std::chrono::minutes> Asker::find_offset(std::string_view zone) const {
  std::optional<std::chrono::minutes> offset;
  if (facts_.zones) offset = facts_.zones->offset(zone, facts_.arrival);
  if (!offset && zone == "UTC") offset = std::chrono::minutes(0);
  return offset;
}

std::optional<std::chrono::minutes> Asker::offset(std::string_view zone) {
  if (!zone.empty()) return find_offset(zone);
  if (!std::exchange(person_offset_known_, true)) person_offset_ = find_offset(person_.zone);
  return person_offset_;
}

std::uint16_t answerable(Facts const& facts, Person const& person) {
  std::uint16_t bits = (1u << test_count) - 1;
  auto without = [&](Test test, bool missing) {
    if (missing) bits = static_cast<std::uint16_t>(bits & ~(1u << static_cast<unsigned>(test)));
  };
  without(Test::amount, !facts.amount);
  without(Test::older_than, !facts.time);
  without(Test::account_age, !person.created);
  without(Test::group, person.groups.empty());
  without(Test::sender, !facts.sender);
  without(Test::subject, !facts.subject);
  without(Test::header, facts.headers.empty());
  return bits;
}

std::string_view to_string(Test test) {
  return tests[static_cast<std::size_t>(test)].name;
}

}  // namespace mc::rules
