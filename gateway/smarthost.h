// gateway/smarthost.h - asks the smarthost what it would do, for the admin. Sends nothing.
#pragma once
#include <optional>
#include <string>

#include "gateway/config.h"

namespace mc::gateway {

// Connects and asks, without TLS and without logging in, whether mail for elsewhere would be taken; where the configuration
// wants either of them, only whether the smarthost is there. Absent: all is well. Else what it does, to follow its name:
// "cannot be reached: …", "refuses to relay: …". Blocks, for 10 seconds at most.
// `smarthost`: one of the configured, as written there.
std::optional<std::string> find_smarthost_trouble(Config const& config, std::string const& smarthost);

}  // namespace mc::gateway
