// Any octets as a policy: no crash, a policy exactly when there is no error, and whatever loads must
// decide, explain, show and record without losing a message. Dictionary: policy.dict.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "rules/choice.h"
#include "rules/record.h"
#include "rules/speak.h"

using namespace mc;
using namespace mc::rules;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void decide_all(Policy const& policy) {
  Facts facts;
  facts.set_amount("1000.00 USD");
  facts.arrival = Time(Millis(1'800'000'000'000));
  facts.time = facts.arrival - std::chrono::hours(72);
  facts.subject = "hello";
  facts.sender = "jo@shop.test";
  Person person;
  person.created = facts.arrival - std::chrono::hours(24);
  Choices choices;
  for (Alias const& alias : policy.aliases()) {
    facts.type = alias.name;
    choices.set({std::nullopt, alias.name}, make_choice(Wish::center, {}, ChoiceSource::web));
    Decision decision = decide(policy, facts, person, choices);
    require(decision.type == alias.type && decision.sent_as && decision.type_choice.has_value());
    explain(policy, decision);
  }
  facts.type.reset();
  Decision plain = decide(policy, facts, person, choices);
  require(!plain.classified || plain.type);
  explain(policy, plain);
  for (Type const& type : policy.types()) {
    facts.type = type.name;
    choices.set({std::nullopt, type.name}, make_choice(Wish::email, {}, ChoiceSource::web));
    Decision decision = decide(policy, facts, person, choices);
    require(decision.email.value() || decision.folder.value());
    explain(policy, decision);
    auto record = parse_record(write_record({make_inputs(facts, person), decision}));
    require(record.has_value() && record->decision == decision && fits(*record, policy));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view text(reinterpret_cast<char const*>(data), size);
  LoadOptions options;
  options.now = Time(Millis(1'800'000'000'000));
  PolicyLoad load = parse_policy(text, "policy.toml", options);
  require((load.policy == nullptr) == has_errors(load.problems));
  write_problems(load.problems, "policy.toml", text);
  if (load.policy) {
    show(*load.policy);
    decide_all(*load.policy);
  }
  if (auto record = parse_record(text); record.has_value()) write_record(*record);
  return 0;
}
