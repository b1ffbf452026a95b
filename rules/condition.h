// rules/condition.h - one `when` or `unless` table: all that it names must hold.
//
// A condition on data that is missing or unparsable does not hold, in `when` and in `unless`
// alike. `type` and `tab` depend on the type alone, so they are answered once, when the policy is
// loaded (Policy::candidates), and not here. Immutable after loading; any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rules/facts.h"
#include "rules/units.h"

namespace mc::rules {

// Limits per currency; `others` ("*") is for every currency not named, without conversion.
struct AmountLimits {
  std::vector<std::pair<Currency, std::int64_t>> named;
  std::optional<std::int64_t> others;

  std::optional<std::int64_t> find(Currency currency) const;
  bool empty() const { return named.empty() && !others; }
};

// Subjects and header values are looked at this far: a glob's cost stays bounded.
inline constexpr std::size_t max_matched_text = 4096;

struct HeaderGlobs {
  std::string name;
  std::vector<std::string> globs;  // sorted; any of them, on any header of this name
};

struct Schedule {
  std::uint8_t days = 0x7f;  // bit 0 Monday … bit 6 Sunday, of the day on which it is looked at
  DayWindow window;
};

// The kinds of condition beside `type` and `tab`, in the order in which they are asked (cheap first).
enum class Test : std::uint8_t {
  urgent,
  source,
  amount,
  older_than,
  account_age,
  size,
  group,
  sender,
  subject,
  header,
  schedule,
};
inline constexpr std::size_t test_count = 11;

struct Conditions {
  std::vector<std::string> type_globs;  // empty: any type, also an unknown one
  std::uint8_t tabs = 0;                // bit per Tab; 0: any

  std::uint16_t asked = 0;  // bit per Test
  bool urgent = false;
  std::uint8_t sources = 0;  // bit per Submitter
  AmountLimits amount_at_least, amount_less_than;
  Millis older_than{};
  std::optional<Millis> age_at_least, age_less_than;
  std::optional<std::uint64_t> size_at_least, size_less_than;
  std::vector<std::string> groups, senders, subjects;  // sorted
  std::vector<HeaderGlobs> headers;
  Schedule schedule;

  bool asks(Test test) const { return asked >> static_cast<unsigned>(test) & 1; }
  void ask(Test test) { asked = static_cast<std::uint16_t>(asked | 1u << static_cast<unsigned>(test)); }
  bool nothing_asked() const { return asked == 0 && type_globs.empty() && tabs == 0; }
};

// Do `type` and `tab` admit this type? An unknown type (empty name) matches no glob.
bool admits(Conditions const& conditions, std::string_view type_name, Tab tab);
// Does everything else hold? `urgent`: the message's or its type's.
bool holds(Conditions const& conditions, Facts const& facts, Person const& person, bool urgent);

// One message and person asked about many conditions: what costs is found out once. Lifetime: of what it is made from.
class Asker {
 public:
  Asker(Facts const& facts, Person const& person, bool urgent) : facts_(facts), person_(person), urgent_(urgent) {}
  // Do those of `tests` (a bit each) that are asked hold?
  bool holds(Conditions const& conditions, std::uint16_t tests);

  Facts const& facts() const { return facts_; }
  Person const& person() const { return person_; }
  bool urgent() const { return urgent_; }
  // Local time minus UTC, where the recipient lives if `zone` is empty.
  std::optional<std::chrono::minutes> offset(std::string_view zone);

 private:
  std::optional<std::chrono::minutes> find_offset(std::string_view zone) const;

  Facts const& facts_;
  Person const& person_;
  bool urgent_;
  bool person_offset_known_ = false;
  std::optional<std::chrono::minutes> person_offset_;
};

// The tests that could hold at all, a bit each, because their data is there. Asked once a decision,
// so that most rules are passed by without a look at them.
std::uint16_t answerable(Facts const& facts, Person const& person);

std::string_view to_string(Test test);  // the key in the policy file
// "amount at least 1000.00 USD or 900.00 of any other currency and older than 48h"; "always" if empty.
std::string write_conditions(Conditions const& conditions);

}  // namespace mc::rules
