// center/storm_guard.h - a loop that nothing else noticed ends here: one sender may write to one thread only so often.
//
// Kept in the store for two hours; within the store operation that takes the message. What fails is not counted.
#pragma once
#include <cstdint>
#include <string_view>

#include "center/context.h"
#include "core/result.h"
#include "store/engine.h"

namespace mc::center {

// One more message of `sender` (an address, or a login) to `thread` (a ticket's or conversation's number; the caller puts kinds
// apart). Fails: unavailable, "4.7.1 …", if settings.storm_limit were taken in the hour that ends now; else it is counted.
Result<void> check_storm(Settings const& settings, store::Transaction& tx, std::string_view sender, std::uint64_t thread,
                         Time now);

}  // namespace mc::center
