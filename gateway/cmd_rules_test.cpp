// rules test: an admin's cases, run against a policy file or the policy in force
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>

#include "core/log.h"
#include "gateway/commands.h"
#include "gateway/desk.h"
#include "gateway/policy_file.h"
#include "gateway/server.h"
#include "rules/cases.h"

namespace mc::gateway {

namespace {

namespace json = boost::json;

bool exists(std::string const& file) {
  std::error_code ignored;
  return std::filesystem::exists(file, ignored);
}

struct Files {
  std::string cases, policy;  // policy empty: the one in force
};

// `rules test policy.toml` is asked for the cases beside it.
Files find_files(Arguments const& arguments) {
  std::string const& file = arguments.words[0];
  if (arguments.has("policy")) return {file, arguments.get("policy")};
  auto policy = policy_beside(file);
  if (policy) return {file, exists(*policy) ? *policy : std::string()};
  if (exists(tests_beside(file))) return {tests_beside(file), file};
  return {file, {}};
}

json::object to_json(rules::Problem const& p) {
  return {{"severity", p.severity == rules::Severity::error ? "error" : "warning"}, {"line", p.line},
          {"column", p.column}, {"message", p.message}, {"hint", p.hint}};
}

json::object to_json(rules::CasesRun const& run, Files const& files, std::string const& policy) {
  json::array failed, problems;
  for (rules::CaseFailure const& f : run.failed)
    failed.push_back(json::object{{"name", f.name}, {"line", f.line},
                                  {"differs", json::array(f.differs.begin(), f.differs.end())}});
  for (rules::Problem const& p : run.problems) problems.push_back(to_json(p));
  return {{"cases", files.cases}, {"policy", policy}, {"passed", run.passed}, {"failed", failed}, {"problems", problems}};
}

int run(Files const& files, rules::Policy const& policy, std::string const& name, rules::Zones const& zones, Output& out) {
  auto cases = read_file(files.cases, rules::max_cases_octets);
  if (!cases) return out.refuse(cases.error().text);
  rules::CasesRun done = rules::run_cases(policy, *cases, files.cases, &zones);
  if (out.json())
    out.print(json::serialize(to_json(done, files, name)) + "\n");
  else
    out.print(rules::write_run(done, files.cases, *cases));
  if (has_errors(done.problems) && !policy_beside(files.cases))
    return out.refuse(files.cases + " is no cases file; those of policy.toml are in policy.tests.toml");
  if (!done.good()) return exit_refused;
  out.say("policy: " + name);
  return exit_done;
}

int run_in_force(Files const& files, std::string const& config_file, Output& out) {
  auto config = get_config(config_file);
  if (!config) return exit_refused;
  set_log_level(LogLevel::warning);
  auto foundation = Foundation::make_reader(*config);
  if (!foundation) return out.refuse(foundation.error().text + " (--policy FILE names another policy)");
  center::Context const& context = (*foundation)->context();
  auto policy = context.policy.get();
  return run(files, *policy.policy, "version " + to_string(policy.version) + ", in force", context.zones, out);
}

}  // namespace

int rules_test(std::string const& config_file, Arguments const& arguments, Output& out) {
  Files files = find_files(arguments);
  if (!exists(files.cases)) return out.refuse("there is no " + files.cases);
  if (files.policy.empty()) return run_in_force(files, config_file, out);
  auto text = read_file(files.policy, rules::max_policy_octets);
  if (!text) return out.refuse(text.error().text);
  center::SystemZones zones;
  rules::LoadOptions options;
  options.zones = &zones;
  rules::PolicyLoad load = rules::parse_policy(*text, files.policy, options);
  if (load) return run(files, *load.policy, files.policy, zones, out);
  out.print(rules::write_problems(load.problems, files.policy, *text));
  return out.refuse(files.policy + " does not load: no case was run");
}

}  // namespace mc::gateway
