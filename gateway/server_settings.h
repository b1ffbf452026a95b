// gateway/server_settings.h - from the configuration to what each part of the server is set up with. Pure, but for reading CAs.
#pragma once
#include "core/result.h"
#include "gateway/config.h"
#include "imap/server.h"
#include "net/listener.h"
#include "smtp/sender.h"
#include "smtp/server.h"

namespace mc::gateway {

net::ConnectionLimits::Config connection_limits(LimitsConfig const& limits);
imap::Limits imap_limits(LimitsConfig const& config);
smtp::Limits smtp_limits(Config const& config);
// Without a resolver: it stays as it is.
Result<smtp::SenderSettings> sender_settings(Config const& config);

}  // namespace mc::gateway
