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
  s.authserv_id = config.smtp.authserv_id;
  s.delay_notice = config.external.delay_notice;
  s.time_zone = config.server.time_zone;
  s.postmaster = config.server.postmaster;
  s.web_url = web_url(config);
  s.external_from = config.external.from;
  s.settings_url = config.web.settings;
  s.max_message_size = config.smtp.max_message_size;
  s.max_received = static_cast<unsigned>(config.limits.received_fields);
  s.user_messages_per_hour = static_cast<unsigned>(config.limits.user_messages_per_hour);
  s.user_recipients_per_day = static_cast<unsigned>(config.limits.user_recipients_per_day);
  s.queue_lifetime = config.limits.queue_lifetime;
  s.retry_first = config.limits.retry_first;
  s.retry_most = config.limits.retry_most;
  s.bounce_score = static_cast<unsigned>(config.limits.bounce_score);
  s.bounce_half_life = config.limits.bounce_half_life;
  s.storm_limit = static_cast<unsigned>(config.limits.thread_messages);
  s.strangers = config.tickets.strangers;
  s.agents_at_a2 = config.tickets.agents_at_a2;
  s.first_answer = config.tickets.first_answer;
  return s;
}

Foundation::Foundation(Config const& config, std::unique_ptr<store::Store> store, center::PolicyInForce policy,
                       unsigned workers)
    : clock_(system_clock),
      store_(std::move(store)),
      workers_(workers),
      policy_(std::move(policy)),
      context_{*store_, policy_, clock_, zones_, workers_, make_settings(config)},
      policy_file_(config.server.policy) {}

Result<std::unique_ptr<store::Store>> Foundation::open_store(Config const& config, bool read_only) {
  store::StoreOptions options;
  options.directory = config.server.data + "/store";
  options.reserve_octets = config.limits.disk_reserve;
  options.read_only = read_only;
  options.clock = &system_clock;
  return store::Store::open(std::move(options));
}

namespace {

struct First {
  center::PolicyInForce policy;
  std::optional<PolicyFile::Refused> refused;  // the file was; the stored version runs
};

Result<First> find_first(store::Store& store, Config const& config, FirstPolicy from) {
  auto stored = center::load_stored_policy(store);
  bool runs = stored && stored->policy;
  if (runs && from == FirstPolicy::stored) return First{std::move(*stored), {}};
  auto take = runs ? PolicyFile::Take::if_new : PolicyFile::Take::always;
  PolicyFile::Attempt file = PolicyFile(config.server.policy).install(store, center::SystemZones(), take);
  if (file.installed) return First{std::move(*file.installed), {}};
  if (!runs) return file.refused ? file.refused->error : stored.error();
  if (file.refused)
    log_error("policy_not_loaded", {{"file", config.server.policy},
                                    {"problems", on_one_line(file.refused->error.text)},
                                    {"running_version", to_string(stored->version)}});
  return First{std::move(*stored), std::move(file.refused)};
}

}  // namespace

Result<std::unique_ptr<Foundation>> Foundation::make(Config const& config, unsigned workers, FirstPolicy from) {
  auto store = open_store(config, false);
  if (!store) return store.error();
  auto first = find_first(**store, config, from);
  if (!first) return first.error();
  std::unique_ptr<Foundation> made(new Foundation(config, std::move(*store), std::move(first->policy), workers));
  if (first->refused) made->policy_file_.tell_refused(made->context_, *first->refused);
  return made;
}

Result<std::unique_ptr<Foundation>> Foundation::make_reader(Config const& config) {
  auto store = open_store(config, true);
  if (!store) return store.error();
  auto stored = center::load_stored_policy(**store);
  if (!stored) return stored.error();
  if (!stored->policy) return fail(Errc::not_found, "No policy is in force yet");
  return std::unique_ptr<Foundation>(new Foundation(config, std::move(*store), std::move(*stored), 1));
}

}  // namespace mc::gateway
