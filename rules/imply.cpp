// rules/imply.cpp - whether one set of conditions is a special case of another.
#include <limits>

#include "rules/reader.h"

namespace mc::rules {

namespace {

// [low, high) of ten-thousandths, octets or milliseconds.
struct Interval {
  std::int64_t low = std::numeric_limits<std::int64_t>::min();
  std::int64_t high = std::numeric_limits<std::int64_t>::max();
  bool within(Interval const& outer) const { return empty() || (low >= outer.low && high <= outer.high); }
  bool empty() const { return low >= high; }
};

template <class T>
std::int64_t number(T const& value) {
  if constexpr (std::is_integral_v<T>)
    return static_cast<std::int64_t>(value);
  else
    return value.count();
}

template <class T>
Interval make_interval(std::optional<T> const& at_least, std::optional<T> const& less_than) {
  Interval interval;
  if (at_least) interval.low = number(*at_least);
  if (less_than) interval.high = number(*less_than);
  return interval;
}

// What amounts of one currency hold. A currency that a list does not cover holds for none.
Interval amounts(Conditions const& c, Currency currency) {
  auto low = c.amount_at_least.find(currency), high = c.amount_less_than.find(currency);
  bool uncovered = (!c.amount_at_least.empty() && !low) || (!c.amount_less_than.empty() && !high);
  return uncovered ? Interval{0, 0} : make_interval(low, high);
}

bool amount_implies(Conditions const& b, Conditions const& a) {
  auto within = [&](Currency currency) { return amounts(b, currency).within(amounts(a, currency)); };
  for (Conditions const* c : {&a, &b})
    for (AmountLimits const* limits : {&c->amount_at_least, &c->amount_less_than})
      for (auto const& [currency, limit] : limits->named)
        if (!within(currency)) return false;
  return within(Currency{});  // stands for every currency that neither names
}

bool subset(std::vector<std::string> const& inner, std::vector<std::string> const& outer) {
  return std::includes(outer.begin(), outer.end(), inner.begin(), inner.end());
}

// Does `outer` match whatever `inner` matches? Without "?" in it, it does if it matches `inner` as a text.
bool covers(std::string_view outer, std::string_view inner) {
  return outer == inner || (outer.find('?') == outer.npos && glob_match(outer, inner));
}

bool globs_imply(std::vector<std::string> const& inner, std::vector<std::string> const& outer) {
  constexpr std::size_t most = 16;  // comparisons: every rule is held against every other
  if (subset(inner, outer)) return true;
  if (inner.size() * outer.size() > most) return false;
  return std::all_of(inner.begin(), inner.end(), [&](std::string const& i) {
    return std::any_of(outer.begin(), outer.end(), [&](std::string const& o) { return covers(o, i); });
  });
}

bool header_implies(Conditions const& b, Conditions const& a) {
  return std::all_of(a.headers.begin(), a.headers.end(), [&](HeaderGlobs const& wanted) {
    return std::any_of(b.headers.begin(), b.headers.end(), [&](HeaderGlobs const& given) {
      return iequals(given.name, wanted.name) && globs_imply(given.globs, wanted.globs);
    });
  });
}

bool age_implies(Conditions const& b, Conditions const& a) {
  return make_interval(b.age_at_least, b.age_less_than)
      .within(make_interval(a.age_at_least, a.age_less_than));
}

bool size_implies(Conditions const& b, Conditions const& a) {
  return make_interval(b.size_at_least, b.size_less_than)
      .within(make_interval(a.size_at_least, a.size_less_than));
}

// In the order of Test.
constexpr std::array<bool (*)(Conditions const& b, Conditions const& a), test_count> implications{
    [](Conditions const& b, Conditions const& a) { return b.urgent == a.urgent; },
    [](Conditions const& b, Conditions const& a) { return (b.sources & ~a.sources) == 0; },
    amount_implies,
    [](Conditions const& b, Conditions const& a) { return b.older_than >= a.older_than; },
    age_implies,
    size_implies,
    [](Conditions const& b, Conditions const& a) { return subset(b.groups, a.groups); },
    [](Conditions const& b, Conditions const& a) { return globs_imply(b.senders, a.senders); },
    [](Conditions const& b, Conditions const& a) { return globs_imply(b.subjects, a.subjects); },
    header_implies,
    [](Conditions const& b, Conditions const& a) {
      return b.schedule.days == a.schedule.days && b.schedule.window == a.schedule.window;
    },
};

}  // namespace

bool implies(Conditions const& b, Conditions const& a) {
  for (std::size_t i = 0; i < test_count; ++i) {
    if (!a.asks(static_cast<Test>(i))) continue;
    if (!b.asks(static_cast<Test>(i)) || !implications[i](b, a)) return false;
  }
  return true;
}

}  // namespace mc::rules
