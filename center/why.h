// center/why.h - the answer to "why did I (not) get this?": a timeline per decision.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "center/context.h"

namespace mc::center {

struct WhyEvent {
  Time at{};
  std::string kind;   // arrived, decided, placed, queued, sent, deferred, skipped, bounced, read, …
  std::string text;   // in words
};

struct WhyField {     // "email" or "folder"
  std::string field;
  bool value = false;
  std::string layer, reason, detail;        // stable names; detail cites the rule and line, or the choice and its time
  std::vector<std::string> lost;            // what spoke but lost, in words
};

struct WhyAnswer {
  std::string mail_id, message_id, type, subject, from, tab;
  std::uint64_t policy_version = 0;
  std::vector<WhyField> fields;
  std::vector<WhyEvent> events;             // by time
};

// Newest first. `message_id` empty: the latest `most`.
std::vector<WhyAnswer> why(store::Snapshot const& s, UserId user, std::string_view message_id, std::size_t most);
std::string write_why(std::vector<WhyAnswer> const& answers);  // for people

}  // namespace mc::center
