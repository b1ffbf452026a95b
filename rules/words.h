// rules/words.h - the small vocabularies of policies and decisions, and their names.
//
// The names are stable: they are stored in decision records, printed by the command line and
// matched by tests. The numeric values are stored too: append, never renumber.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace mc::rules {

enum class Tab : std::uint8_t { alerts, updates, tickets, inbox };
inline constexpr std::size_t tab_count = 4;

// The two things that are decided, separately, for every message and user.
enum class Field : std::uint8_t { email, folder };
inline constexpr std::array both_fields{Field::email, Field::folder};

// A type's word on one field: `on`/`off` is a default, `always`/`never` is locked.
enum class Setting : std::uint8_t { off, on, never, always };
constexpr bool is_locked(Setting s) {
  return s == Setting::never || s == Setting::always;
}
constexpr bool value_of(Setting s) {
  return s == Setting::on || s == Setting::always;
}

// Who speaks, strongest first; the number is the layer's number in docs/policy.md.
enum class Layer : std::uint8_t {
  safety = 1,
  type_lock,
  override_rule,
  type_choice,
  tab_choice,
  default_rule,
  type_default,
};

// Why a layer said what it said.
enum class Reason : std::uint8_t {
  address_suppressed,   // safety: it bounced or complained; no mail until verified again
  address_unverified,   // safety: nobody has shown that it is the user's
  address_is_ours,      // safety: one of our own addresses is never an external recipient
  address_missing,      // safety: there is none
  nothing_left,         // safety: neither email nor folder remained, so the folder gets it
  locked_always,        // the type says "always"
  locked_never,         // the type says "never"
  unclassified_locked,  // no or an unknown type, or a malformed message: [unclassified] says "always"/"never"
  rule,                 // a rule of the policy
  choice,               // the user's choice
  choice_ignored,       // the user's choice, not asked because the message is malformed; only ever loses
  type_on,              // the type's default
  type_off,
  unclassified_default,  // [unclassified]'s default
  choice_renamed,        // the user's choice for an old name of the type; he made none for the new one
};

enum class ChoiceSource : std::uint8_t { web, unsubscribe_link, admin, import, client };

// Who handed the message in (design: "Who may submit what").
enum class Submitter : std::uint8_t { platform, user, agent, outside, system };

enum class AddressState : std::uint8_t { verified, unverified, suppressed, ours, missing };

// "email", "type_choice" is written "type-choice", and so on. `parse_word` is the inverse.
std::string_view to_string(Tab);
std::string_view to_string(Field);
std::string_view to_string(Setting);
std::string_view to_string(Layer);
std::string_view to_string(Reason);
std::string_view to_string(ChoiceSource);
std::string_view to_string(Submitter);
std::string_view to_string(AddressState);

// T: any of the enumerations above. Exact, lower case; absent when there is no such word.
template <class T>
std::optional<T> parse_word(std::string_view word);
// All words of T, in the order of their values.
template <class T>
std::vector<std::string_view> words_of();

// The IMAP folder of a tab: "Account Alerts", "Updates", "Tickets", "INBOX".
std::string_view folder_name(Tab);

}  // namespace mc::rules
