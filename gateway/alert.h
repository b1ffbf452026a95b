// gateway/alert.h - mail to postmaster about this server itself: what an admin must see even if nobody reads the log.
#pragma once
#include <string>
#include <string_view>

#include "center/context.h"

namespace mc::gateway {

struct Alert {
  std::string type;  // of the message, for the policy: "system.policy_refused"; one it does not know is unclassified
  std::string subject, text;
};

// As part of an operation: to postmaster@ by the rules of the policy in force.
void put_alert(center::Context const& context, store::Transaction& tx, Alert const& alert);
// As an operation of its own; what goes wrong is logged. Blocks: not on an I/O thread.
void send_alert(center::Context const& context, Alert const& alert);

}  // namespace mc::gateway
