// rules/policy.h - the admins' catalogue of types and their rules, as one immutable value.
//
// A policy is loaded whole or not at all: parse_policy() either yields one or says everything that is
// wrong. After that it is shared read-only among all threads; a decision is made wholly by one
// Policy. Type 0 is [unclassified]; rules are numbered from 1 in the order of the file.
//
// Pure: no files, no clock. docs/policy.md is the reference for what admins write.
#pragma once
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/clock.h"
#include "core/ids.h"
#include "rules/condition.h"
#include "rules/problem.h"
#include "rules/quick.h"
#include "rules/units.h"
#include "rules/words.h"

namespace mc::rules {

using TypeIndex = Id<struct TypeIndexTag, std::uint16_t>;  // 0: [unclassified]
using RuleIndex = Id<struct RuleIndexTag, std::uint16_t>;  // 0: none
using AliasIndex = Id<struct AliasIndexTag, std::uint16_t>;            // 0: none
using ClassifierIndex = Id<struct ClassifierIndexTag, std::uint16_t>;  // 0: none

// The largest policy that is accepted; far above any real one, so that a load stays short.
inline constexpr std::size_t max_policy_octets = 1 << 20;
inline constexpr std::size_t max_types = 1000;
inline constexpr std::size_t max_rules = 1000;
inline constexpr std::size_t max_aliases = 1000;
inline constexpr std::size_t max_classifiers = 1000;
// Of all rules together: what is asked of every type, and compared for every pair of rules.
inline constexpr std::size_t max_type_globs = 10'000;
inline constexpr std::size_t max_currencies = 256;

// How long decision records stay when the policy does not say.
inline constexpr Millis default_keep_decisions = std::chrono::days(3 * 365);

// A field that a type may demand of its messages.
struct Required {
  enum class What : std::uint8_t { amount, time, subject, header };
  What what = What::amount;
  std::string header;  // its name, for What::header
};
std::string write_required(Required const& required);  // "amount", "header:List-Id"

// At most so many external mails of a type to one user within this time; the rest comes folded into one at the end.
struct Burst {
  std::uint32_t most = 0;  // 1 to 1000
  Millis within{};
  bool operator==(Burst const&) const = default;
};

std::string write_burst(Burst const& burst);  // "at most 3 within 10m, then the rest as one"

struct Type {
  std::string name;  // dotted, lower case; "unclassified" for type 0
  Tab tab = Tab::updates;
  std::string label;
  Setting email = Setting::on;
  Setting folder = Setting::on;
  bool drop = true;  // may the user choose neither?
  bool urgent = false;
  Keep keep;
  std::optional<Millis> email_if_unread_after;
  Millis fold = std::chrono::minutes(1);  // waiting mails to one user due within this time go as one; zero: never
  std::optional<Burst> burst;             // urgent messages ignore both
  std::vector<Required> required;
  bool unsubscribe = false;
  bool commercial = false;
  std::string footer;  // of external copies, lines of text with the placeholders of rules/footer.h; empty: none
  std::uint32_t line = 0;

  Setting get(Field field) const { return field == Field::email ? email : folder; }
};

// An old name of a type. Messages sent under it are of the type, and choices made for it still count.
struct Alias {
  std::string name;
  TypeIndex type;  // where the chain of old names ends
  std::uint32_t line = 0;
};

// A [[classify]] block: the type of plain mail, which the platform sent without one.
struct Classifier {
  std::string name;
  Conditions when;  // sender, subject, header and size only
  std::optional<Conditions> unless;
  TypeIndex type;
  bool enabled = true;
  std::optional<Time> expires;  // from then on it matches nothing
  std::uint32_t line = 0;       // of its [[classify]]
};

enum class RuleKind : std::uint8_t { override_, default_ };
std::string_view to_string(RuleKind kind);  // "override", "default"

// What a rule sets; absent fields are left to the others.
struct RuleSet {
  std::optional<bool> email;
  std::optional<bool> folder;
  std::optional<DayWindow> send;
  std::optional<Millis> email_if_unread_after;

  std::optional<bool> get(Field field) const { return field == Field::email ? email : folder; }
};

struct Rule {
  std::string name;
  RuleKind kind = RuleKind::override_;
  Conditions when;
  std::optional<Conditions> unless;
  RuleSet set;
  std::string why;
  bool even_locked = false;
  bool enabled = true;
  std::optional<Time> expires;  // from then on it matches nothing
  std::uint32_t line = 0;       // of its [[rule]]
};

// A rule that may apply to a type, with everything answered that depends on the type alone.
struct Candidate {
  RuleIndex rule;
  bool ask_unless = false;  // `unless` is still to be asked
};

// The same for all candidates of a type and kind.
struct CandidateBits {
  RuleBits rules, ask_unless;
};

// What a rule has a word on, a bit each; a field's are shifted by its number.
namespace speaks {
constexpr std::uint8_t field = 1, send = 4, unread = 8, past_lock = 16;
}

class Policy {
 public:
  PolicyVersion version() const { return version_; }
  std::string const& file_name() const { return file_name_; }
  std::string const& report_to() const { return report_to_; }  // who is told of malformed messages
  Millis keep_decisions() const { return keep_decisions_; }    // how long decision records stay; at least 30 days

  // All types; [0] is [unclassified], the others in the order of the file.
  std::span<Type const> types() const { return types_; }
  Type const& type(TypeIndex index) const { return types_[index.value]; }
  // By its name or an old name. TypeIndex 0 for a name that is neither. Exact: names are lower case.
  TypeIndex find_type(std::string_view name) const { return find_name(name).type; }
  struct Named {
    TypeIndex type;
    AliasIndex alias;  // when it is an old name
  };
  Named find_name(std::string_view name) const;

  // All old names; alias 1 is [0]. Those of one type: the latest first.
  std::span<Alias const> aliases() const { return aliases_; }
  Alias const& alias(AliasIndex index) const { return aliases_[index.value - 1u]; }
  std::span<AliasIndex const> old_names(TypeIndex type) const { return old_names_[type.value]; }

  // All blocks in order; block 1 is [0].
  std::span<Classifier const> classifiers() const { return classifiers_; }
  Classifier const& classifier(ClassifierIndex index) const { return classifiers_[index.value - 1u]; }

  // All rules; rule 1 is [0].
  std::span<Rule const> rules() const { return rules_; }
  Rule const& rule(RuleIndex index) const { return rules_[index.value - 1u]; }
  RuleSieve const& sieve() const { return sieve_; }  // of every `when`
  // The enabled rules of a kind that may apply to this type, top to bottom.
  std::vector<Candidate> candidates(TypeIndex type, RuleKind kind) const;
  // The same as sets, for decide().
  CandidateBits const& candidate_bits(TypeIndex type, RuleKind kind) const {
    return candidate_bits_[type.value * 2u + static_cast<unsigned>(kind)];
  }
  // Of word `word` of all rules those whose `when` sieve() answers wholly and which never expire.
  std::uint64_t settled(std::size_t word) const { return settled_.word(word); }
  std::uint8_t speaks(RuleIndex index) const { return speaks_[index.value - 1u]; }
  // Of word `word` of all rules those that have a word on any of `what`.
  std::uint64_t speaking(unsigned what, std::size_t word) const {
    return speaking_[what].word(word);
  }

 private:
  friend class PolicyBuilder;
  Policy() = default;

  PolicyVersion version_;
  std::string file_name_;
  std::string report_to_;
  Millis keep_decisions_ = default_keep_decisions;
  std::vector<Type> types_;
  std::vector<Rule> rules_;
  RuleSieve sieve_;
  RuleBits settled_;
  std::vector<std::uint8_t> speaks_;                // by rule
  std::array<RuleBits, 64> speaking_;               // by any of its bits
  std::vector<CandidateBits> candidate_bits_;       // type * 2 + kind
  std::vector<Alias> aliases_;
  std::vector<std::vector<AliasIndex>> old_names_;  // by type
  std::vector<Classifier> classifiers_;
  std::unordered_map<std::string_view, Named> by_name_;
};

using PolicyPtr = std::shared_ptr<Policy const>;

struct PolicyLoad {
  PolicyPtr policy;               // null exactly when has_errors(problems)
  std::vector<Problem> problems;  // by line; at most 100, the last then says so

  explicit operator bool() const { return policy != nullptr; }
};

struct LoadOptions {
  PolicyVersion version;
  std::optional<Time> now;       // for warnings about rules that have expired
  Zones const* zones = nullptr;  // for errors about time zones that do not exist
};

// `text` is a whole policy file (TOML 1.0, UTF-8); `file_name` is used in messages only.
// Any octets are safe. Never throws on account of the text.
PolicyLoad parse_policy(std::string_view text, std::string_view file_name, LoadOptions const& options = {});

}  // namespace mc::rules
