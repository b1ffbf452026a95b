// center/effect.h - what holds for a type or a tab of one user, and why, in words he may read.
//
// Answers for an ordinary message, by rules::decide() itself: rules that look at the message (its amount, its age) are
// only named as what may say otherwise. A stored choice that the policy masks is named with its date.
#pragma once
#include <string>

#include "rules/choice.h"
#include "rules/decide.h"

namespace mc::center {

struct EffectAsked {
  rules::Policy const& policy;
  rules::Person const& person;
  rules::Choices const& choices;
  rules::Zones const& zones;
  Time now;
};

struct TypeEffect {
  bool email = false, folder = false;
  std::string text;  // "locked by the policy: always both; your choice from 2026-11-23 comes back when the lock goes"
};
TypeEffect effect_of_type(EffectAsked const& asked, rules::TypeIndex type);

std::string effect_of_tab(EffectAsked const& asked, rules::Tab tab);

// Of a stored choice for a type that the policy does not have.
std::string effect_of_gone_type(rules::Choice const& choice);

}  // namespace mc::center
