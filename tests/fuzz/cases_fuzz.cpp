// Any octets as a cases file against the shipped policy's shape: no crash, no case run when the file is
// wrong, each case counted once. Dictionary: cases.dict.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "rules/cases.h"

using namespace mc;
using namespace mc::rules;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

constexpr std::string_view policy_text =
    "format = 1\n[type]\n"
    "\"payment.sent\" = { tab = \"alerts\", label = \"x\", requires = \"amount\" }\n"
    "\"team.message\" = { tab = \"inbox\", label = \"x\", email_if_unread_after = \"15m\" }\n"
    "\"system.news\" = { tab = \"updates\", label = \"x\", email = \"off\" }\n"
    "[alias]\n\"payment.paid\" = \"payment.sent\"\n"
    "[[classify]]\nname = \"c\"\nwhen = { sender = \"*@shop\", subject = \"*news*\" }\nset = { type = "
    "\"system.news\" }\n"
    "[[rule]]\nname = \"large\"\nkind = \"override\"\nwhy = \"x\"\nset = { email = true }\n"
    "when = { amount = { at_least = { \"*\" = \"1000\" } } }\n"
    "[[rule]]\nname = \"day\"\nkind = \"override\"\nwhy = \"x\"\nset = { send = { from = 08:00:00, until = "
    "20:00:00 } }\n"
    "when = { tab = \"updates\", header = { X-A = \"*\" } }\n";

class TwoZones : public Zones {
 public:
  std::optional<std::chrono::minutes> offset(std::string_view zone, Time at) const override {
    if (zone == "UTC") return std::chrono::minutes(0);
    if (zone != "Europe/Berlin") return std::nullopt;
    return std::chrono::minutes(at.time_since_epoch().count() / 15'778'800'000 % 2 == 0 ? 60 : 120);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static PolicyPtr const policy = parse_policy(policy_text, "policy.toml").policy;
  require(policy != nullptr);
  std::string_view text(reinterpret_cast<char const*>(data), size);
  CasesRun run = run_cases(*policy, text, "t.toml", nullptr);
  TwoZones zones;
  CasesRun zoned = run_cases(*policy, text, "t.toml", &zones);
  for (CasesRun const& r : {run, zoned}) {
    require(!has_errors(r.problems) || (r.passed == 0 && r.failed.empty()));
    require(has_errors(r.problems) || r.passed + r.failed.size() > 0);
    for (CaseFailure const& failure : r.failed) require(!failure.differs.empty() && failure.line > 0);
    require(!write_run(r, "t.toml", text).empty());
  }
  return 0;
}
