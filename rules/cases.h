// rules/cases.h - an admin's own tests of a policy: what must become of which message.
//
// A cases file is TOML (docs/policy.md has the reference):
//
//   [[test]]
//   name = "large payments are emailed whatever the user chose"
//   now  = 2026-11-23T12:00:00Z                                      # the clock of this case
//   user = { zone = "Europe/Berlin", choices = { "type:payment.sent" = "none" } }
//   message = { type = "payment.sent", amount = "1000.00 USD" }
//   expect  = { email = true, folder = false, email_by = "rule large-amounts-always-email" }
//
// Each is decided by the real decide() and plan_departure(). Pure; any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "rules/policy.h"

namespace mc::rules {

inline constexpr std::size_t max_cases_octets = 1 << 20;
inline constexpr std::size_t max_cases = 5000;

struct CaseFailure {
  std::string name;
  std::uint32_t line = 0;            // of its [[test]]
  std::vector<std::string> differs;  // "email: expected yes, got no (your choice for payment.sent)"
};

struct CasesRun {
  std::size_t passed = 0;
  std::vector<CaseFailure> failed;
  std::vector<Problem> problems;  // what is wrong with the file itself; nothing was run if any is an error
  bool good() const { return failed.empty() && !has_errors(problems); }
};

// Any octets are safe. A file without cases is an error.
CasesRun run_cases(Policy const& policy, std::string_view cases, std::string_view file_name, Zones const* zones);
// For people: "policy.tests.toml:12: large payments …: email: expected yes, got no (…)", a line each, then the sum.
std::string write_run(CasesRun const& run, std::string_view file_name, std::string_view cases);

}  // namespace mc::rules
