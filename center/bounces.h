// center/bounces.h - what comes back to the return path of external mail.
#pragma once
#include "center/prepared.h"
#include "store/decisions.h"

namespace mc::center {

// Notes a failure report (RFC 3464) on the decision whose external copy it is about. Anything else sent
// to a return path (out-of-office, delay, receipt) changes nothing.
void record_bounce(store::Transaction& tx, store::TokenSubject const& token, Prepared const& report, Time now);

}  // namespace mc::center
