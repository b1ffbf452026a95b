// rules diff: what a file would have decided otherwise. Reads the store as a second process beside the server.
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>

#include "center/replay.h"
#include "core/log.h"
#include "core/time_text.h"
#include "gateway/commands.h"
#include "gateway/desk.h"
#include "gateway/server.h"
#include "rules/units.h"

namespace mc::gateway {

namespace {

namespace json = boost::json;

json::object count_object(std::map<std::string, std::uint64_t> const& counts) {
  json::object object;
  for (auto const& [name, count] : counts) object[name] = count;
  return object;
}

json::object to_json(center::ReplayChange const& c) {
  return {{"field", c.field}, {"from", c.from}, {"to", c.to}, {"count", c.count}, {"types", count_object(c.types)},
          {"causes", count_object(c.causes)}};
}

json::object to_json(center::ReplaySample const& s) {
  return {{"at", write_rfc3339(s.at)}, {"login", s.login}, {"type", s.type}, {"subject", s.subject},
          {"message_id", s.message_id}, {"field", s.field}, {"from", s.from}, {"to", s.to}, {"was_why", s.was_why},
          {"is_why", s.is_why}};
}

json::object to_json(center::ReplayReport const& r) {
  json::array changes, samples;
  for (auto const& change : r.changes) changes.push_back(to_json(change));
  for (auto const& sample : r.samples) samples.push_back(to_json(sample));
  return {{"since", write_rfc3339(r.since)}, {"records", r.records}, {"decided", r.decided}, {"changed", r.changed},
          {"unreadable", r.unreadable}, {"without_content", r.without_content},
          {"choices_of_today", r.choices_of_today}, {"changes", changes}, {"samples", samples},
          {"milliseconds", r.took.count()}, {"per_second", static_cast<std::uint64_t>(r.per_second())}};
}

// To standard error: on a terminal one line that changes, elsewhere a line now and then.
class Progress {
 public:
  void show(center::ReplayProgress const& p) {
    auto now = std::chrono::steady_clock::now();
    if (now - shown_ < (terminal_ ? std::chrono::milliseconds(200) : std::chrono::milliseconds(10'000))) return;
    shown_ = now;
    std::fprintf(stderr, "%s%llu decided again, %llu differ, back to %s%s", terminal_ ? "\r" : "",
                 static_cast<unsigned long long>(p.decided), static_cast<unsigned long long>(p.changed),
                 write_rfc3339(p.reached).c_str(), terminal_ ? "" : "\n");
    any_ = true;
  }
  ~Progress() {
    if (any_ && terminal_) std::fputs("\r\033[K", stderr);
  }

 private:
  bool const terminal_ = ::isatty(STDERR_FILENO) != 0;
  bool any_ = false;
  std::chrono::steady_clock::time_point shown_ = std::chrono::steady_clock::now();
};

center::ReplayReport replay(Desk& desk, rules::Policy const& policy, Millis span) {
  Progress progress;
  center::ReplayOptions options;
  options.since = desk.context.clock.now() - span;
  options.progress = [&](center::ReplayProgress const& p) { progress.show(p); };
  return center::replay(desk.context.store, policy, desk.context.zones, options);
}

}  // namespace

int rules_diff(std::string const& config_file, Arguments const& arguments, Output& out) {
  auto span = rules::parse_duration(arguments.get("replay", "7d"));
  if (!span || *span <= Millis{}) return out.refuse("--replay wants how far back: 7d, 36h, 90m");
  std::string const& file = arguments.words[0];
  auto text = read_file(file, rules::max_policy_octets);
  if (!text) return out.refuse(text.error().text);
  center::SystemZones zones;
  rules::LoadOptions load_options;
  load_options.zones = &zones;
  rules::PolicyLoad load = rules::parse_policy(*text, file, load_options);
  if (!load) {
    out.print(rules::write_problems(load.problems, file, *text));
    return out.refuse(file + " does not load: nothing was decided again");
  }
  auto config = get_config(config_file);
  if (!config) return exit_refused;
  set_log_level(LogLevel::warning);
  auto foundation = Foundation::make_reader(*config);
  if (!foundation) return out.refuse(foundation.error().text);
  Desk desk{*config, (*foundation)->context()};
  center::ReplayReport report = replay(desk, *load.policy, *span);
  out.print(out.json() ? json::serialize(to_json(report)) + "\n" : center::write_report(report));
  return exit_done;
}

}  // namespace mc::gateway
