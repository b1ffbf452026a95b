// rules/record.h - a decision as octets that outlive the message and the policy.
//
// A record holds what was asked and what was answered: the inputs, the version of the policy, and per
// field the winner and what lost. It names rules and types by their index in that version (versions are
// kept), so it stays small: about 80 octets, seldom 170. To render one, load the text of its version
// and hand both to make_explanation(). The layout is versioned (2; 1 is read too) and described in
// docs/policy.md.
//
// Not recorded: headers, and of messages that said their type the subject; they are the message's. Rules that
// looked at them are named all the same.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "rules/decide.h"

namespace mc::rules {

// The inputs as recorded; owns its text. Longer text is cut: type 128, amount 64, sender 254, subject 200,
// zone 64 octets, 16 groups of 64.
struct RecordedInputs {
  std::optional<std::string> type;
  std::optional<std::string> amount;
  std::optional<Time> time;
  Time arrival{};
  Submitter source = Submitter::platform;
  std::uint64_t size = 0;
  bool urgent = false;
  std::optional<Time> account_created;
  std::string zone;
  std::vector<std::string> groups;
  AddressState address = AddressState::verified;
  std::optional<std::string> sender;
  std::optional<std::string> subject;  // of plain mail only: the platform's, without a type
  bool operator==(RecordedInputs const&) const = default;

  // Views into this object, for deciding it again.
  Facts facts() const;
  Person person(std::string_view login) const;
};
RecordedInputs make_inputs(Facts const& facts, Person const& person);

struct DecisionRecord {
  RecordedInputs inputs;
  Decision decision;
  bool operator==(DecisionRecord const&) const = default;

  Choices choices(Policy const& policy) const;  // the choices that were found, for deciding it again
};

std::string write_record(DecisionRecord const& record);
// Fails: unsupported for a layout from the future, syntax for anything else it did not write.
Result<DecisionRecord> parse_record(std::string_view octets);
// Does every index in it exist in this policy? Must hold before a record is rendered with one.
bool fits(DecisionRecord const& record, Policy const& policy);

}  // namespace mc::rules
