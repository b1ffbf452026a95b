// rules/classify.cpp - which type a message has: the one it says, or that of a [[classify]] block.
#include "rules/decide.h"

namespace mc::rules {

namespace {

bool matches(Classifier const& block, Facts const& facts, Person const& nobody) {
  if (!block.enabled || (block.expires && facts.arrival >= *block.expires)) return false;
  if (!holds(block.when, facts, nobody, facts.urgent)) return false;
  return !block.unless || !holds(*block.unless, facts, nobody, facts.urgent);
}

}  // namespace

Classified classify(Policy const& policy, Facts const& facts) {
  if (facts.type) {
    auto [type, alias] = policy.find_name(*facts.type);
    return {type, alias, {}};
  }
  if (facts.source != Submitter::platform) return {};
  Person const nobody;  // blocks ask nothing of the recipient
  auto const blocks = policy.classifiers();
  for (std::size_t i = 0; i < blocks.size(); ++i)
    if (matches(blocks[i], facts, nobody))
      return {blocks[i].type, {}, ClassifierIndex(static_cast<std::uint16_t>(i + 1))};
  return {};
}

}  // namespace mc::rules
