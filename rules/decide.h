// rules/decide.h - one message, one user: by email, in the folder, both or neither, and why.
//
// The precedence is that of docs/policy.md, for each field by itself, first that speaks wins:
// safety, type lock, override rules, the user's choice for the type, for the tab, default rules,
// the type's default. Pure and free of allocation; any thread.
#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "rules/facts.h"
#include "rules/policy.h"

namespace mc::rules {

// What one layer said about one field.
struct Verdict {
  bool value = false;
  Layer layer = Layer::type_default;
  Reason reason = Reason::type_off;
  RuleIndex rule;  // for the two layers of rules
  bool operator==(Verdict const&) const = default;
};

struct FieldDecision {
  static constexpr std::size_t max_lost = 10;

  Verdict won;
  std::uint8_t lost_count = 0;
  std::array<Verdict, max_lost> lost{};  // strongest first; of the rules of a kind at most three

  bool value() const { return won.value; }
  std::span<Verdict const> losers() const { return {lost.data(), lost_count}; }
  bool operator==(FieldDecision const& o) const {
    return won == o.won && std::equal(losers().begin(), losers().end(), o.losers().begin(), o.losers().end());
  }
};

// When the email goes. Timing delays, it never drops; the caller carries it out.
struct Timing {
  bool urgent = false;    // at once: neither window nor quiet hours nor waiting
  RuleIndex window_rule;  // its `set.send`; none: no window
  Millis unread_delay{};  // wait this long and skip if read; zero: do not wait. Only with a folder copy
  RuleIndex unread_rule;  // who asked for the delay; none: the type
  bool operator==(Timing const&) const = default;
};

// What kind of message it is, and how that came out.
struct Classified {
  TypeIndex type;         // 0: unclassified
  AliasIndex sent_as;     // it was sent under this old name
  ClassifierIndex block;  // it came without a type and this block gave it one
  bool operator==(Classified const&) const = default;
};
// By the type it says; if it says none and is the platform's, by the first [[classify]] block that matches.
Classified classify(Policy const& policy, Facts const& facts);

struct Decision {
  PolicyVersion policy;
  TypeIndex type;              // 0: unclassified
  AliasIndex sent_as;          // as in Classified
  ClassifierIndex classified;  // Classified::block
  Tab tab = Tab::updates;
  bool malformed = false;          // a required field is missing or unparsable: keyword $Malformed
  std::uint8_t missing = 0;        // which of the type's required fields, when malformed
  bool unparsable_amount = false;  // an amount was given and makes no sense
  bool report = false;             // tell Policy::report_to()
  FieldDecision email;
  FieldDecision folder;
  Timing timing;                      // all zero when there is no email
  std::optional<Choice> type_choice;  // the choices as they stood, whether they won or lost
  std::optional<Choice> tab_choice;
  AliasIndex chosen_as;  // type_choice was made for this old name of the type

  FieldDecision const& get(Field field) const { return field == Field::email ? email : folder; }
  bool operator==(Decision const&) const = default;
};

Decision decide(Policy const& policy, Facts const& facts, Person const& person, Choices const& choices);

// The name under which Decision::type_choice is stored: the type's, or an old one.
std::string const& type_choice_name(Policy const& policy, Decision const& decision);

// IMAP keywords that the folder copy starts with; empty or "$Malformed".
std::string_view keyword(Decision const& decision);

}  // namespace mc::rules
