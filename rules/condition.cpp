#include "rules/condition.h"

#include <algorithm>
#include <array>

#include "core/text.h"

namespace mc::rules {

namespace {

// Subjects and header values are looked at this far: a glob's cost stays bounded.
constexpr std::size_t max_matched_text = 4096;

bool any_glob(std::vector<std::string> const& globs, std::string_view text) {
  text = text.substr(0, max_matched_text);
  return std::any_of(globs.begin(), globs.end(),
                     [&](std::string const& glob) { return glob_match(glob, text); });
}

struct Asked {
  Conditions const& c;
  Facts const& facts;
  Person const& person;
  bool urgent;
};

bool holds_urgent(Asked const& a) {
  return a.c.urgent == a.urgent;
}

bool holds_source(Asked const& a) {
  return a.c.sources >> static_cast<unsigned>(a.facts.source) & 1;
}

bool holds_amount(Asked const& a) {
  if (!a.facts.amount) return false;
  Amount const& amount = *a.facts.amount;
  auto low = a.c.amount_at_least.find(amount.currency);
  auto high = a.c.amount_less_than.find(amount.currency);
  if (!a.c.amount_at_least.empty() && (!low || amount.units < *low)) return false;
  return a.c.amount_less_than.empty() || (high && amount.units < *high);
}

bool holds_older_than(Asked const& a) {
  return a.facts.time && a.facts.arrival - *a.facts.time > a.c.older_than;
}

bool holds_account_age(Asked const& a) {
  if (!a.person.created) return false;
  Millis age = a.facts.arrival - *a.person.created;
  return (!a.c.age_at_least || age >= *a.c.age_at_least) && (!a.c.age_less_than || age < *a.c.age_less_than);
}

bool holds_size(Asked const& a) {
  return (!a.c.size_at_least || a.facts.size >= *a.c.size_at_least) &&
         (!a.c.size_less_than || a.facts.size < *a.c.size_less_than);
}

bool holds_group(Asked const& a) {
  auto member = [&](std::string const& group) {
    return std::find(a.person.groups.begin(), a.person.groups.end(), group) != a.person.groups.end();
  };
  return std::any_of(a.c.groups.begin(), a.c.groups.end(), member);
}

bool holds_subject(Asked const& a) {
  return a.facts.subject && any_glob(a.c.subjects, *a.facts.subject);
}

bool holds_header(Asked const& a) {
  auto found = [&](HeaderGlobs const& wanted) {
    return std::any_of(a.facts.headers.begin(), a.facts.headers.end(), [&](auto const& header) {
      return iequals(header.first, wanted.name) && any_glob(wanted.globs, header.second);
    });
  };
  return std::all_of(a.c.headers.begin(), a.c.headers.end(), found);
}

bool holds_schedule(Asked const& a) {
  DayWindow const& window = a.c.schedule.window;
  std::string_view zone = window.recipient_zone() ? a.person.zone : std::string_view(window.zone);
  std::optional<std::chrono::minutes> offset;
  if (a.facts.zones) offset = a.facts.zones->offset(zone, a.facts.arrival);
  if (!offset && zone == "UTC") offset = std::chrono::minutes(0);
  if (!offset) return false;
  Time local = a.facts.arrival + *offset;
  auto day = std::chrono::floor<std::chrono::days>(local);
  unsigned weekday = std::chrono::weekday(day).iso_encoding() - 1;
  return (a.c.schedule.days >> weekday & 1) &&
         window.contains(std::chrono::floor<std::chrono::minutes>(local - day));
}

struct TestRow {
  std::string_view name;
  bool (*holds)(Asked const&);
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
  Asked asked{conditions, facts, person, urgent};
  unsigned left = conditions.asked;
  for (std::size_t i = 0; left != 0; ++i, left >>= 1)
    if ((left & 1) && !tests[i].holds(asked)) return false;
  return true;
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
  without(Test::subject, !facts.subject);
  without(Test::header, facts.headers.empty());
  return bits;
}

std::string_view to_string(Test test) {
  return tests[static_cast<std::size_t>(test)].name;
}

}  // namespace mc::rules
