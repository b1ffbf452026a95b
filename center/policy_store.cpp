#include "center/policy_store.h"

#include "core/text.h"
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

Result<PolicyInForce> install_policy(store::Store& store, rules::Zones const& zones,
                                     PolicyCandidate const& candidate) {
  Time now = store.clock().now();
  rules::LoadOptions check;
  check.now = now;
  check.zones = &zones;
  rules::PolicyLoad checked = rules::parse_policy(candidate.text, candidate.file, check);
  if (!checked) return fail(Errc::syntax, rules::write_problems(checked.problems, candidate.file, candidate.text));
  auto install = [&](store::Transaction& tx) -> Result<store::PolicyText> {
    if (auto latest = store::latest_policy(tx); latest && latest->text == candidate.text) return *latest;
    store::PolicyText next{{}, candidate.text, candidate.author, candidate.why, now, candidate.tests};
    next.version = store::put_policy(tx, next);
    tx.publish(store::topic::policy);
    return next;
  };
  Result<store::PolicyText> stored = store.write_and_wait(install);
  if (!stored) return stored.error();
  return PolicyInForce{stored->version, parse_stored(*stored).policy};
}

rules::PolicyPtr find_policy_version(store::Snapshot const& s, PolicyVersion version) {
  auto stored = store::find_policy(s, version);
  return stored ? parse_stored(*stored).policy : nullptr;
}

}  // namespace mc::center
