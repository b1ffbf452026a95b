// rules check
#include "center/zones.h"
#include "gateway/commands.h"

namespace mc::gateway {

int rules_check(std::string const&, Arguments const& arguments, Output& out) {
  std::string const& file = arguments.words[0];
  auto text = read_file(file, rules::max_policy_octets);
  if (!text) return out.refuse(text.error().text);
  rules::LoadOptions options;
  options.now = SystemClock().now();
  center::SystemZones zones;
  options.zones = &zones;
  rules::PolicyLoad load = rules::parse_policy(*text, file, options);
  out.print(rules::write_problems(load.problems, file, *text));
  if (!load) return exit_refused;
  out.say(file + ": " + std::to_string(load.policy->types().size() - 1) + " types, " +
          std::to_string(load.policy->rules().size()) + " rules, no errors");
  return exit_done;
}

}  // namespace mc::gateway
