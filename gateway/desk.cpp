#include "gateway/desk.h"

#include "center/policy_store.h"
#include "core/log.h"

namespace mc::gateway {

namespace {

SystemClock const system_clock;

}  // namespace

center::Settings make_settings(Config const& config) {
  center::Settings s;
  s.hostname = config.server.hostname;
  s.domain = config.server.domain;
  s.time_zone = config.server.time_zone;
  s.postmaster = config.server.postmaster;
  s.web_url = web_url(config);
  s.max_message_size = config.smtp.max_message_size;
  s.max_received = static_cast<unsigned>(config.limits.received_fields);
  s.queue_lifetime = config.limits.queue_lifetime;
  s.retry_first = config.limits.retry_first;
  s.retry_most = config.limits.retry_most;
  return s;
}

Foundation::Foundation(Config const& config, std::unique_ptr<store::Store> store, center::PolicyInForce policy,
                       unsigned workers)
    : clock_(system_clock),
      store_(std::move(store)),
      workers_(workers),
      policy_(std::move(policy)),
      context_{*store_, policy_, clock_, zones_, workers_, make_settings(config)} {}

namespace {

Result<center::PolicyInForce> install_file(store::Store& store, std::string const& file) {
  auto text = read_file(file, rules::max_policy_octets + 1);
  if (!text) return text.error();
  return center::install_policy(store, center::SystemZones(),
                                {*text, file, {}, {}, "policy file", "loaded from " + file});
}

}  // namespace

Result<std::unique_ptr<Foundation>> Foundation::make(Config const& config, unsigned workers) {
  store::StoreOptions options;
  options.directory = config.server.data + "/store";
  options.reserve_octets = config.limits.disk_reserve;
  options.clock = &system_clock;
  auto store = store::Store::open(std::move(options));
  if (!store) return store.error();
  auto policy = install_file(**store, config.server.policy);
  if (!policy) {
    auto stored = center::load_stored_policy(**store);
    if (!stored || !stored->policy) return policy.error();
    log_error("policy_not_loaded", {{"file", config.server.policy},
                                    {"problems", policy.error().text},
                                    {"running_version", to_string(stored->version)}});
    policy = std::move(stored);
  }
  return std::unique_ptr<Foundation>(new Foundation(config, std::move(*store), std::move(*policy), workers));
}

Result<void> Foundation::reload_policy(Config const& config) {
  auto policy = install_file(*store_, config.server.policy);
  if (!policy) return policy.error();
  policy_.swap(std::move(*policy));
  return {};
}

}  // namespace mc::gateway
