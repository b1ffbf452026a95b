#include "rules/quick.h"

#include <algorithm>
#include <limits>

#include "core/text.h"

namespace mc::rules {

namespace {

// The highest 6 bits of a product: which of the 64.
Sieve sieve_bit(std::uint32_t what) { return Sieve{1} << (what * 0x9E3779B1u >> 26); }

unsigned octet(char c) { return static_cast<unsigned char>(ascii_lower(c)); }

// What any text that this glob matches must have.
Sieve sieve_of_glob(std::string_view glob) {
  Sieve sieve = 0;
  while (!glob.empty()) {
    auto const end = std::min(glob.find_first_of("*?"), glob.size());
    sieve |= sieve_of_text(glob.substr(0, end));
    glob.remove_prefix(std::min(end + 1, glob.size()));
  }
  return sieve;
}

Sieve sieve_of_header(std::string_view name) {
  if (name.empty()) return 1;
  return sieve_bit(static_cast<std::uint32_t>(name.size()) << 16 | octet(name.front()) << 8 | octet(name.back()));
}

Sieve sieve_of_end(std::string_view name, std::string_view text) {
  if (name.empty() || text.empty()) return 0;
  unsigned const shape = octet(name.front()) << 8 | octet(name.back());
  return sieve_bit(static_cast<std::uint32_t>(name.size()) << 24 ^ shape << 8 ^ octet(text.back()));
}

// What the values of this header must have: nothing if globs end differently, or in a wildcard.
Sieve sieve_of_end(HeaderGlobs const& header) {
  Sieve sieve = ~Sieve{0};
  for (std::string const& glob : header.globs) {
    bool const open = glob.ends_with('*') || glob.ends_with('?');
    sieve &= open ? 0 : sieve_of_end(header.name, glob);
  }
  return sieve;
}

std::uint16_t bits_of(std::initializer_list<Test> tests) {
  unsigned bits = 0;
  for (Test test : tests) bits |= 1u << static_cast<unsigned>(test);
  return static_cast<std::uint16_t>(bits);
}

}  // namespace

// Folds more than case together, which only lets a little more through.
Sieve sieve_of_text(std::string_view text) {
  Sieve sieve = 0;
  unsigned before = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned const now = static_cast<unsigned char>(text[i]) | 0x20u;
    if (i > 0) sieve |= Sieve{1} << ((before * 5 + now) & 63);
    before = now;
  }
  return sieve;
}

Sieve sieve_of_subject(Facts const& facts) {
  return facts.subject ? sieve_of_text(facts.subject->substr(0, max_matched_text)) : 0;
}

Sieve sieve_of_headers(Facts const& facts) {
  Sieve sieve = 0;
  for (auto const& header : facts.headers) sieve |= sieve_of_header(header.first);
  return sieve;
}

Sieve sieve_of_ends(Facts const& facts) {
  Sieve sieve = 0;
  for (auto const& [name, value] : facts.headers) sieve |= sieve_of_end(name, value.substr(0, max_matched_text));
  return sieve;
}

void sieve_texts(Facts& facts) {
  facts.sieves = {sieve_of_subject(facts), sieve_of_headers(facts), sieve_of_ends(facts)};
}

namespace {

// More currencies than these are not looked up but asked for, so that a policy cannot make the table huge.
constexpr std::size_t most_currencies = 32;

constexpr std::size_t index_of(Test test) { return static_cast<std::size_t>(test); }

// Which of the 64.
std::size_t group_bit(std::string_view name) {
  std::uint32_t hash = 0;
  for (char c : name) hash = hash * 31 + static_cast<unsigned char>(c);
  return hash * 0x9E3779B1u >> 26;
}

std::size_t sender_of(unsigned source, bool urgent) { return source * 2 + urgent; }

bool admits_sender(Conditions const& c, unsigned source, bool urgent) {
  return (!c.asks(Test::source) || (c.sources >> source & 1)) && (!c.asks(Test::urgent) || c.urgent == urgent);
}

std::int64_t clamped(std::uint64_t size) {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(size, std::numeric_limits<std::int64_t>::max()));
}

std::vector<Currency> currencies_of(std::vector<Conditions const*> const& rules) {
  std::vector<Currency> all;
  for (Conditions const* c : rules)
    for (AmountLimits const* limits : {&c->amount_at_least, &c->amount_less_than})
      for (auto const& [currency, limit] : limits->named) all.push_back(currency);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

QuickConditions make_quick(Conditions const& c, std::uint16_t answered) {
  QuickConditions q;
  q.rest = static_cast<std::uint16_t>(c.asked & ~answered);
  if (c.asks(Test::subject)) {
    q.subject = ~Sieve{0};
    for (std::string const& glob : c.subjects) q.subject &= sieve_of_glob(glob);
  }
  if (c.asks(Test::header))
    for (HeaderGlobs const& header : c.headers) {
      q.headers |= sieve_of_header(header.name);
      q.ends |= sieve_of_end(header);
    }
  return q;
}

}  // namespace

RuleBits RuleBits::all() {
  RuleBits bits;
  bits.words_.fill(~std::uint64_t{0});
  return bits;
}

void RuleSieve::Bounds::finish(RuleBits const& open, std::size_t rules) {
  std::sort(given_.begin(), given_.end());
  idle_ = given_.empty();
  for (std::size_t i = 0; i < rules; ++i) idle_ = idle_ && open.has(i);
  from_.push_back(open);
  for (auto const& [least, rule] : given_) {
    if (least_.empty() || least_.back() != least) {
      least_.push_back(least);
      from_.push_back(from_.back());
    }
    from_.back().set(rule);
  }
  given_ = {};
}

// How many of the bounds `value` passes, found by halving without a branch on it: no processor could guess.
std::size_t RuleSieve::Bounds::passed(std::int64_t value) const {
  std::size_t first = 0, left = least_.size();
  for (; left > 1; left -= left / 2) first += least_[first + left / 2 - 1] <= value ? left / 2 : 0;
  return first + (left == 1 && least_[first] <= value);
}

void RuleSieve::Bounds::narrow(RuleBits& bits, std::int64_t value) const {
  if (idle_) return;
  bits &= from_[passed(value)];
}

void RuleSieve::Ends::finish(std::size_t rules) {
  least.finish(no_least, rules);
  most.finish(no_most, rules);
}

void RuleSieve::Ends::narrow(RuleBits& bits, std::int64_t value) const {
  least.narrow(bits, value);
  most.narrow(bits, -value);
}

RuleSieve::RuleSieve(std::vector<Conditions const*> const& rules) {
  for (std::size_t i = 0; i < rules.size(); ++i) {
    Conditions const& c = *rules[i];
    for (std::size_t test = 0; test < test_count; ++test) {
      asked_[test] |= c.asks(static_cast<Test>(test));
      if (!c.asks(static_cast<Test>(test))) without_[test].set(i);
    }
    for (unsigned source = 0; source < 5; ++source)
      for (bool urgent : {false, true})
        if (admits_sender(c, source, urgent)) senders_[sender_of(source, urgent)].set(i);
    for (std::string const& group : c.groups) groups_[group_bit(group)].set(i);
    if (c.asks(Test::older_than))
      event_age_.least.add(i, c.older_than.count() + 1);
    else
      event_age_.no_least.set(i);
    event_age_.no_most.set(i);
    bool const age = c.asks(Test::account_age), size = c.asks(Test::size);
    if (age && c.age_at_least)
      account_age_.least.add(i, c.age_at_least->count());
    else
      account_age_.no_least.set(i);
    if (age && c.age_less_than)
      account_age_.most.add(i, 1 - c.age_less_than->count());
    else
      account_age_.no_most.set(i);
    if (size && c.size_at_least)
      size_.least.add(i, clamped(*c.size_at_least));
    else
      size_.no_least.set(i);
    if (size && c.size_less_than)
      size_.most.add(i, 1 - clamped(*c.size_less_than));
    else
      size_.no_most.set(i);
  }
  for (Ends* ends : {&event_age_, &account_age_, &size_}) ends->finish(rules.size());
  add_amounts(rules);
  std::uint16_t answered = bits_of({Test::urgent, Test::source, Test::older_than, Test::account_age, Test::size});
  if (!amounts_.empty()) answered = static_cast<std::uint16_t>(answered | bits_of({Test::amount}));
  for (Conditions const* c : rules) quick_.push_back(make_quick(*c, answered));
}

void RuleSieve::add_amounts(std::vector<Conditions const*> const& rules) {
  currencies_ = currencies_of(rules);
  if (currencies_.size() > most_currencies) return;
  for (std::size_t column = 0; column <= currencies_.size(); ++column) {
    Currency const currency = column < currencies_.size() ? currencies_[column] : Currency{};  // which is nobody's name
    Ends& ends = amounts_.emplace_back();
    for (std::size_t i = 0; i < rules.size(); ++i) {
      Conditions const& c = *rules[i];
      bool const asks = c.asks(Test::amount);
      auto const low = c.amount_at_least.find(currency), high = c.amount_less_than.find(currency);
      if (asks && low) ends.least.add(i, *low);  // without a limit for this currency it does not hold
      if (!asks || c.amount_at_least.empty()) ends.no_least.set(i);
      if (asks && high) ends.most.add(i, 1 - *high);
      if (!asks || c.amount_less_than.empty()) ends.no_most.set(i);
    }
    ends.finish(rules.size());
  }
}

// Who is in no group cannot answer; that is seen to already.
void RuleSieve::narrow_groups(RuleBits& bits, Person const& person) const {
  RuleBits pass = without_[index_of(Test::group)];
  for (std::string const& group : person.groups) pass |= groups_[group_bit(group)];
  bits &= pass;
}

RuleBits RuleSieve::may_hold(Facts const& facts, Person const& person, bool urgent) const {
  RuleBits bits = senders_[sender_of(static_cast<unsigned>(facts.source), urgent)];
  std::uint16_t const there = answerable(facts, person);
  for (std::size_t test = 0; test < test_count; ++test)
    if (asked_[test] && !(there >> test & 1)) bits &= without_[test];
  if (facts.time && asked_[index_of(Test::older_than)])
    event_age_.narrow(bits, (facts.arrival - *facts.time).count());
  if (person.created && asked_[index_of(Test::account_age)])
    account_age_.narrow(bits, (facts.arrival - *person.created).count());
  if (!person.groups.empty() && asked_[index_of(Test::group)]) narrow_groups(bits, person);
  if (asked_[index_of(Test::size)]) size_.narrow(bits, clamped(facts.size));
  if (facts.amount && asked_[index_of(Test::amount)] && !amounts_.empty()) {
    auto const at = std::lower_bound(currencies_.begin(), currencies_.end(), facts.amount->currency);
    bool const named = at != currencies_.end() && *at == facts.amount->currency;
    amounts_[named ? static_cast<std::size_t>(at - currencies_.begin()) : currencies_.size()].narrow(bits, facts.amount->units);
  }
  return bits;
}

}  // namespace mc::rules
