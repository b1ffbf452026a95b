// center/fallback.h - the folder as the last resort: what cannot go by email must not be lost.
#pragma once
#include <string_view>

#include "core/clock.h"
#include "store/outbox.h"

namespace mc::center {

// An external copy that will not be sent: if its message lies in no folder, it is put into the one its decision names,
// and `reason` recorded. Whether it lay there already. Requires: the entry still exists (it holds the message).
bool keep_in_folder(store::Transaction& tx, store::OutboxEntry const& entry, std::string_view reason, Time now);

}  // namespace mc::center
