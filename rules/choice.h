// rules/choice.h - the four choices a person sees, and which of them a type allows.
//
// A choice that was once stored stays stored even when a later policy forbids it: decide() goes past
// it, and it speaks again when the lock goes. What is refused here is only making one.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "rules/policy.h"

namespace mc::rules {

// "Both", "Email", "Message Center", "Not at all", and going back to whatever the defaults say.
enum class Wish : std::uint8_t { both, email, center, none, default_ };

std::string_view to_string(Wish wish);  // the word of the command line: "both" … "default"
std::optional<Wish> parse_wish(std::string_view word);
std::string_view label_of(Wish wish);  // what a person sees: "Not at all"

// The choice to store; with neither field for Wish::default_, which removes the stored one.
Choice make_choice(Wish wish, Time at, ChoiceSource source);
// What a stored choice amounts to; absent when it says only one field.
std::optional<Wish> wish_of(Choice const& choice);

// The user's choice that counts for a type: the one under its name, else under the latest of its old names that
// he chose for (then `chosen_as` says which). Null: he made none. Lifetime: of `choices`.
struct FoundChoice {
  Choice const* choice = nullptr;
  AliasIndex chosen_as;
};
FoundChoice find_choice(Policy const& policy, Choices const& choices, TypeIndex type);
// All scopes whose choices count for this one, itself first: what going back to the defaults must remove.
std::vector<Scope> scopes_with_old_names(Policy const& policy, Scope const& scope);

// May the user choose this? A tab's choice is refused only if no type of the tab could follow it.
// Going back to the defaults is never refused, nor for a type that is gone.
// Fails: not_found when there is no such type (with a guess); forbidden, in words for the user.
Result<void> check_choice(Policy const& policy, Scope const& scope, Choice const& choice);
Result<void> check_choice(Policy const& policy, Scope const& scope, Wish wish);

// As parse_scope(), with words for the user: syntax, or not_found with a guess. An old name gives the type's.
Result<Scope> get_scope(Policy const& policy, std::string_view text);

// The wishes that check_choice() allows for a type, in the order of the enumeration.
std::vector<Wish> allowed_wishes(Policy const& policy, TypeIndex type);

}  // namespace mc::rules
