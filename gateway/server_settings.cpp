#include "gateway/server_settings.h"

#include <algorithm>

#include "core/text.h"
#include "net/tls.h"

namespace mc::gateway {

namespace {

constexpr Millis mx_connect_time = std::chrono::seconds(15);  // there may be many addresses

Result<smtp::HostSettings> smarthost_settings(Config const& config, std::string const& text) {
  auto parsed = parse_smarthost(text);
  if (!parsed) return parsed.error();
  smtp::HostSettings s;
  s.host = parsed->host;
  s.port = parsed->port;
  s.implicit_tls = parsed->implicit_tls;
  s.user = parsed->user;
  s.password = parsed->password;
  s.helo = config.server.hostname;
  return s;
}

}  // namespace

net::ConnectionLimits::Config connection_limits(LimitsConfig const& limits) {
  return {limits.connections, limits.connections_per_address, limits.connections_per_loopback};
}

imap::Limits imap_limits(LimitsConfig const& config) {
  imap::Limits l;
  l.login_time = config.login_time;
  l.idle_time = config.idle_time;
  l.heartbeat = config.heartbeat;
  l.literals_in_flight = config.memory_in_flight;
  l.wrong_passwords = static_cast<unsigned>(config.wrong_passwords);
  l.bad_commands = static_cast<unsigned>(config.bad_commands);
  return l;
}

smtp::Limits smtp_limits(Config const& config) {
  smtp::Limits l;
  l.max_message_size = config.smtp.max_message_size;
  l.recipients = config.limits.recipients_per_message;
  l.broadcast_recipients = config.limits.recipients_per_broadcast;
  l.memory_in_flight = config.limits.memory_in_flight;
  l.login_time = config.limits.login_time;
  l.command_time = config.limits.command_time;
  l.data_time = config.limits.data_time;
  l.bad_commands = static_cast<unsigned>(config.limits.bad_commands);
  l.wrong_passwords = static_cast<unsigned>(config.limits.wrong_passwords);
  return l;
}

Result<smtp::SenderSettings> sender_settings(Config const& config) {
  bool const required = config.external.tls == SmarthostTls::required;
  auto trusting = net::TlsContext::make_client({net::Verify::none, {}});
  if (!trusting) return trusting.error();
  auto verifying = trusting;
  if (required || !config.external.tls_domains.empty())
    verifying = net::TlsContext::make_client({net::Verify::required, config.external.ca_file});
  if (!verifying) return verifying.error();
  smtp::SenderSettings s;
  s.route = config.external.route == ExternalRoute::mx ? smtp::Route::mx : smtp::Route::smarthost;
  for (std::string const& text : config.external.smarthosts) {
    auto host = smarthost_settings(config, text);
    if (!host) return host.error();
    host->require_tls = required;
    host->tls = required ? *verifying : *trusting;
    s.smarthosts.push_back(std::move(*host));
  }
  s.mx.port = config.external.mx_port;
  s.mx.helo = config.server.hostname;
  s.mx.connect_time = mx_connect_time;
  s.mx.require_tls = required;
  s.mx.tls = required ? *verifying : *trusting;
  s.verifying = *verifying;
  s.tls_domains = config.external.tls_domains;
  s.own_domain = to_lower(config.server.domain);
  s.connections = static_cast<unsigned>(std::max<std::uint64_t>(1, config.limits.smarthost_connections));
  s.domains.at_once = static_cast<unsigned>(std::max<std::uint64_t>(1, config.limits.connections_per_domain));
  s.domains.first_pause = config.limits.retry_first;
  s.domains.longest_pause = std::max(config.limits.retry_first, config.limits.retry_most);
  return s;
}

}  // namespace mc::gateway
