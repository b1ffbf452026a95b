// tests/rules/support.h - policies and messages for the tests of rules/.
#pragma once
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <sstream>
#include <string>

#include "core/time_text.h"
#include "rules/decide.h"
#include "rules/policy.h"

namespace mc::rules::test {

inline std::string read_text(std::string const& path) {
  std::ifstream in(path, std::ios::binary);
  BOOST_REQUIRE_MESSAGE(in, path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

inline std::string shipped_text() {
  return read_text(MC_SOURCE_DIR "/rules/policy.toml");
}

// All problems as text, for messages and for matching.
inline std::string problems_of(std::string_view text, LoadOptions const& options = {}) {
  PolicyLoad load = parse_policy(text, "policy.toml", options);
  return write_problems(load.problems, "policy.toml", text);
}

inline PolicyPtr load(std::string const& text) {
  LoadOptions options;
  options.version = PolicyVersion(7);
  PolicyLoad loaded = parse_policy(text, "policy.toml", options);
  BOOST_REQUIRE_MESSAGE(loaded.policy, problems_of(text));
  return loaded.policy;
}

inline PolicyPtr shipped() {
  return load(shipped_text());
}

inline Time at(std::string_view rfc3339) {
  auto time = parse_rfc3339(rfc3339);
  BOOST_REQUIRE_MESSAGE(time, rfc3339);
  return *time;
}

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

// A message that arrives the moment it was made.
inline Facts message(std::string_view type, std::string_view amount = {}) {
  Facts facts;
  facts.type = type;
  if (!amount.empty()) facts.set_amount(amount);
  facts.arrival = at("2026-11-23T12:00:00Z");
  facts.time = facts.arrival;
  return facts;
}

inline Person jane() {
  Person person;
  person.login = "jane";
  person.created = at("2026-11-22T12:00:00Z");
  return person;
}

// Knows one zone, an hour ahead.
class Berlin : public Zones {
 public:
  std::optional<std::chrono::minutes> offset(std::string_view zone, Time) const override {
    if (zone != "Europe/Berlin") return std::nullopt;
    return std::chrono::minutes(60);
  }
};

// A small policy: `types` are lines of [type], `rest` whatever follows.
inline std::string policy_text(std::string const& types, std::string const& rest = {}) {
  return "format = 1\n[type]\n" + types + "\n" + rest;
}

}  // namespace mc::rules::test
