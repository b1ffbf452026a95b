#include "rules/quick.h"

#include <algorithm>

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

std::uint16_t bits_of(std::initializer_list<Test> tests) {
  unsigned bits = 0;
  for (Test test : tests) bits |= 1u << static_cast<unsigned>(test);
  return static_cast<std::uint16_t>(bits);
}

std::uint16_t senders_of(Conditions const& c) {
  unsigned senders = 0;
  for (unsigned source = 0; source < 5; ++source)
    for (unsigned urgent = 0; urgent < 2; ++urgent)
      if ((!c.asks(Test::source) || (c.sources >> source & 1)) && (!c.asks(Test::urgent) || c.urgent == (urgent != 0)))
        senders |= 1u << (source * 2 + urgent);
  return static_cast<std::uint16_t>(senders);
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

Sieve sieve_of_name(std::string_view name) {
  std::uint32_t hash = 0;
  for (char c : name) hash = hash * 31 + static_cast<unsigned char>(c);
  return sieve_bit(hash);
}

Sieve sieve_of_subject(Facts const& facts) {
  return facts.subject ? sieve_of_text(facts.subject->substr(0, max_matched_text)) : 0;
}

Sieve sieve_of_headers(Facts const& facts) {
  Sieve sieve = 0;
  for (auto const& header : facts.headers) sieve |= sieve_of_header(header.first);
  return sieve;
}

QuickConditions make_quick(Conditions const& c) {
  // Those that are numbers; all others are asked again.
  std::uint16_t const decided =
      bits_of({Test::urgent, Test::source, Test::amount, Test::older_than, Test::account_age, Test::size});
  QuickConditions q;
  q.asked = c.asked;
  q.rest = c.asked & ~decided;
  q.senders = senders_of(c);
  if (c.asks(Test::older_than)) q.older_than = c.older_than.count();
  if (c.asks(Test::account_age)) {
    if (c.age_at_least) q.age_least = c.age_at_least->count();
    if (c.age_less_than) q.age_most = c.age_less_than->count() - 1;
  }
  if (c.asks(Test::size)) {
    q.size_least = c.size_at_least.value_or(0);
    if (c.size_less_than == 0u) q.size_least = 1;  // nothing is smaller than nothing
    if (c.size_less_than) q.size_most = std::max<std::uint64_t>(*c.size_less_than, 1) - 1;
  }
  if (c.asks(Test::group)) {
    q.groups = 0;
    for (std::string const& group : c.groups) q.groups |= sieve_of_name(group);
  }
  if (c.asks(Test::subject)) {
    q.subject = ~Sieve{0};
    for (std::string const& glob : c.subjects) q.subject &= sieve_of_glob(glob);
  }
  if (c.asks(Test::header))
    for (HeaderGlobs const& header : c.headers) q.headers |= sieve_of_header(header.name);
  return q;
}

void AmountTable::add(Conditions const& c) {
  rules_.push_back(&c);
  for (AmountLimits const* limits : {&c.amount_at_least, &c.amount_less_than})
    for (auto const& [currency, limit] : limits->named)
      if (std::find(currencies_.begin(), currencies_.end(), currency) == currencies_.end()) currencies_.push_back(currency);
}

namespace {

AmountTable::Range range_of(Conditions const& c, Currency currency) {
  constexpr AmountTable::Range nothing{1, 0};
  AmountTable::Range range;
  if (!c.asks(Test::amount)) return range;
  if (!c.amount_at_least.empty()) {
    auto limit = c.amount_at_least.find(currency);
    if (!limit) return nothing;
    range.least = *limit;
  }
  if (c.amount_less_than.empty()) return range;
  auto limit = c.amount_less_than.find(currency);
  if (!limit || *limit <= 0) return nothing;
  range.most = *limit - 1;
  return range;
}

}  // namespace

void AmountTable::finish() {
  auto const add_column = [&](Currency currency) {
    auto& column = columns_.emplace_back();
    for (Conditions const* c : rules_) column.push_back(range_of(*c, currency));
  };
  for (Currency currency : currencies_) add_column(currency);
  add_column(Currency{});  // is no currency's name
  rules_.clear();
}

std::span<AmountTable::Range const> AmountTable::column(std::optional<Amount> const& amount) const {
  auto found = amount ? std::find(currencies_.begin(), currencies_.end(), amount->currency) : currencies_.end();
  return columns_[static_cast<std::size_t>(found - currencies_.begin())];
}

QuickFacts::QuickFacts(Facts const& facts, Person const& person, bool urgent)
    : answerable(rules::answerable(facts, person)),
      sender(static_cast<std::uint16_t>(1u << (static_cast<unsigned>(facts.source) * 2 + urgent))),
      size(facts.size) {
  if (facts.amount) amount = facts.amount->units;
  if (facts.time) event_age = (facts.arrival - *facts.time).count();
  if (person.created) account_age = (facts.arrival - *person.created).count();
  for (std::string const& group : person.groups) groups |= sieve_of_name(group);
}

}  // namespace mc::rules
