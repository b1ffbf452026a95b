#include "rules/cases.h"

#include <deque>

#include "core/time_text.h"
#include "rules/case_reader.h"
#include "rules/speak.h"

namespace mc::rules {

namespace {

std::string yes_no(bool value) {
  return value ? "yes" : "no";
}

std::string joined(std::vector<std::string> const& words) {
  std::string out;
  for (std::string const& word : words) out += (out.empty() ? "" : ", ") + word;
  return out.empty() ? "nothing" : out;
}

// What became of a case's message; the text fields are made when something differs.
struct Outcome {
  Policy const& policy;
  Decision decision;
  std::optional<Departure> departure;  // absent: no email

  std::string by(Field field) const { return why_header(policy, decision, field); }
  std::string type() const { return policy.type(decision.type).name; }
  std::string leaves(Time now) const {
    if (!departure) return "no email";
    return departure->at <= now ? "now" : write_rfc3339(departure->at);
  }
  std::vector<std::string> waits() const {
    if (!departure) return {};
    auto names = names_of_waits(departure->waits);
    return {names.begin(), names.end()};
  }
};

Outcome decide_case(Policy const& policy, Case const& c, Zones const* zones) {
  Outcome out{policy, {}, {}};
  std::vector<std::pair<std::string_view, std::string_view>> headers(c.headers.begin(), c.headers.end());
  Facts facts = c.facts;
  facts.headers = headers;
  facts.arrival = c.now;
  facts.zones = zones;
  Person person = c.person;
  person.groups = c.groups;
  out.decision = decide(policy, facts, person, c.choices);
  if (!out.decision.email.value()) return out;
  Availability user = c.availability;
  user.zone = person.zone;
  out.departure = plan_departure(policy, out.decision, user, zones, c.now);
  return out;
}

// Compares one expectation after the other.
class Comparison {
 public:
  Comparison(Case const& c, Outcome const& got) : case_(c), got_(got) {}

  std::vector<std::string> run() {
    Expectations const& want = case_.expect;
    compare("type", want.type, got_.type());
    compare("tab", want.tab, std::string(to_string(got_.decision.tab)));
    compare_field("email", want.email, Field::email);
    compare_field("folder", want.folder, Field::folder);
    compare("email_by", want.email_by, got_.by(Field::email));
    compare("folder_by", want.folder_by, got_.by(Field::folder));
    compare_flag("malformed", want.malformed, got_.decision.malformed);
    compare_flag("reported", want.reported, got_.decision.report);
    compare_leaves();
    if (want.waits) compare("waits", std::optional(joined(*want.waits)), joined(got_.waits()));
    return std::move(differs_);
  }

 private:
  void differ(std::string_view what, std::string const& expected, std::string const& got) {
    differs_.push_back(std::string(what) + ": expected " + expected + ", got " + got);
  }
  void compare(std::string_view what, std::optional<std::string> const& expected, std::string const& got) {
    if (expected && *expected != got) differ(what, *expected, got);
  }
  void compare_flag(std::string_view what, std::optional<bool> expected, bool got) {
    if (expected && *expected != got) differ(what, yes_no(*expected), yes_no(got));
  }
  void compare_field(std::string_view what, std::optional<bool> expected, Field field) {
    bool got = got_.decision.get(field).value();
    if (expected && *expected != got)
      differ(what, yes_no(*expected), yes_no(got) + " (" + got_.by(field) + ")");
  }
  void compare_leaves() {
    if (!case_.expect.leaves) return;
    Time expected = std::max(*case_.expect.leaves, case_.now);
    if (got_.departure && std::max(got_.departure->at, case_.now) == expected) return;
    differ("leaves", expected == case_.now ? "now" : write_rfc3339(expected), got_.leaves(case_.now));
  }

  Case const& case_;
  Outcome const& got_;
  std::vector<std::string> differs_;
};

}  // namespace

CasesRun run_cases(Policy const& policy, std::string_view cases, std::string_view, Zones const* zones) {
  CasesRun run;
  std::deque<Case> all = read_cases(policy, cases, zones, run.problems);
  if (has_errors(run.problems)) return run;
  for (Case const& c : all) {
    auto differs = Comparison(c, decide_case(policy, c, zones)).run();
    if (differs.empty())
      ++run.passed;
    else
      run.failed.push_back({c.name, c.line, std::move(differs)});
  }
  return run;
}

std::string write_run(CasesRun const& run, std::string_view file_name, std::string_view cases) {
  std::string out = write_problems(run.problems, file_name, cases);
  if (has_errors(run.problems)) return out;
  for (CaseFailure const& failure : run.failed)
    for (std::string const& difference : failure.differs)
      out += std::string(file_name) + ':' + std::to_string(failure.line) + ": " + failure.name + ": " +
             difference + '\n';
  std::size_t all = run.passed + run.failed.size();
  out += std::string(file_name) + ": ";
  if (run.failed.empty()) return out + std::to_string(all) + (all == 1 ? " case" : " cases") + " passed\n";
  return out + std::to_string(run.failed.size()) + " of " + std::to_string(all) +
         (all == 1 ? " case" : " cases") + " failed\n";
}

}  // namespace mc::rules
