#include "center/policy_store.h"

#include "core/crypto.h"
#include "core/log.h"
#include "core/text.h"
#include "rules/cases.h"
#include "store/decisions.h"
#include "store/watchers.h"

namespace mc::center {

namespace {

constexpr std::string_view stored_name = "policy.toml";

rules::PolicyLoad parse_stored(store::PolicyText const& stored) {
  rules::LoadOptions options;
  options.version = stored.version;
  return rules::parse_policy(stored.text, stored_name, options);
}

Result<void> check_words(std::string_view what, std::string_view words, std::size_t most) {
  if (words.empty()) return fail(Errc::syntax, "the " + std::string(what) + " is empty");
  if (words.size() > most)
    return fail(Errc::syntax, "the " + std::string(what) + " is longer than " + std::to_string(most) + " octets");
  if (printable(words, most) != words)
    return fail(Errc::syntax, "the " + std::string(what) + " must be one line of UTF-8");
  return {};
}

struct Stored {
  store::PolicyText text;
  bool is_new = false;
};

Stored put_if_new(store::Transaction& tx, PolicyCandidate const& candidate, Time now) {
  if (auto latest = store::latest_policy(tx);
      latest && latest->text == candidate.text && latest->tests == candidate.tests)
    return {std::move(*latest), false};
  store::PolicyText next{{}, candidate.text, candidate.author, candidate.why, now, candidate.tests};
  next.version = store::put_policy(tx, next);
  return {std::move(next), true};
}

}  // namespace

Result<PolicyInForce> load_stored_policy(store::Store const& store) {
  auto latest = store.read([](store::Snapshot const& s) { return store::latest_policy(s); });
  if (!latest) return PolicyInForce{};
  rules::PolicyLoad load = parse_stored(*latest);
  if (!load)
    return fail(Errc::internal, "The stored policy version " + to_string(latest->version) + " no longer loads:\n" +
                                    rules::write_problems(load.problems, stored_name, latest->text));
  return PolicyInForce{latest->version, load.policy};
}

Result<CheckedPolicy> check_policy(PolicyCandidate const& candidate, rules::Zones const& zones, Time now) {
  rules::LoadOptions options;
  options.now = now;
  options.zones = &zones;
  rules::PolicyLoad load = rules::parse_policy(candidate.text, candidate.file, options);
  std::string said = rules::write_problems(load.problems, candidate.file, candidate.text);
  if (!load) return fail(Errc::syntax, std::move(said));
  CheckedPolicy out;
  out.types = load.policy->types().size() - 1;
  out.rules = load.policy->rules().size();
  out.warnings = std::move(said);
  if (candidate.tests.empty()) return out;
  rules::CasesRun run = rules::run_cases(*load.policy, candidate.tests, candidate.tests_file, &zones);
  if (!run.good()) return fail(Errc::syntax, rules::write_run(run, candidate.tests_file, candidate.tests));
  out.warnings += rules::write_problems(run.problems, candidate.tests_file, candidate.tests);
  out.cases = run.passed;
  return out;
}

Result<InstalledPolicy> install_policy(store::Store& store, rules::Zones const& zones,
                                       PolicyCandidate const& candidate) {
  Time now = store.clock().now();
  if (auto ok = check_words("author", candidate.author, max_policy_author); !ok) return ok.error();
  if (auto ok = check_words("reason", candidate.why, max_policy_why); !ok) return ok.error();
  Result<CheckedPolicy> checked = check_policy(candidate, zones, now);
  if (!checked) return checked.error();
  auto install = [&](store::Transaction& tx) -> Result<Stored> {
    if (!candidate.file_mark.empty()) store::put_policy_file_marks(tx, {candidate.file_mark, {}});
    return put_if_new(tx, candidate, now);
  };
  Result<Stored> stored = store.write_and_wait(install);
  if (!stored) return stored.error();
  rules::PolicyLoad load = parse_stored(stored->text);
  if (!load) return fail(Errc::internal, "The policy was stored but does not load");
  return InstalledPolicy{{stored->text.version, load.policy}, *checked, stored->is_new};
}

Result<InstalledPolicy> apply_policy(Context const& context, PolicyCandidate const& candidate) {
  Result<InstalledPolicy> installed = install_policy(context.store, context.zones, candidate);
  if (!installed) return installed;
  context.policy.swap(*installed);
  if (installed->is_new)
    log_info("policy_in_force", {{"version", to_string(installed->version)},
                                 {"author", candidate.author},
                                 {"why", candidate.why}});
  return installed;
}

std::string make_file_mark(std::string_view text, std::string_view tests) {
  std::string all = std::to_string(text.size()) + ':';
  all.append(text).append(tests);
  return std::string(as_octets(sha256(all)));
}

rules::PolicyPtr find_policy_version(store::Snapshot const& s, PolicyVersion version) {
  auto stored = store::find_policy(s, version);
  return stored ? parse_stored(*stored).policy : nullptr;
}

std::vector<PolicyLogLine> list_policy_versions(store::Store const& store, std::size_t most) {
  auto latest = store.read([](store::Snapshot const& s) { return store::latest_policy(s); });
  std::vector<PolicyLogLine> lines;
  if (!latest) return lines;
  for (std::uint64_t version = latest->version.value; version > 0 && lines.size() < most; --version) {
    auto stored =
        store.read([&](store::Snapshot const& s) { return store::find_policy(s, PolicyVersion(version)); });
    if (!stored) continue;
    rules::PolicyPtr policy = parse_stored(*stored).policy;
    PolicyLogLine& line = lines.emplace_back();
    line.version = stored->version;
    line.at = stored->at;
    line.author = std::move(stored->author);
    line.why = std::move(stored->why);
    line.in_force = stored->version == latest->version;
    line.has_tests = !stored->tests.empty();
    line.loads = policy != nullptr;
    if (policy) line.types = policy->types().size() - 1;
    if (policy) line.rules = policy->rules().size();
  }
  return lines;
}

}  // namespace mc::center
