// center/zones.h - the time zones of this machine (/usr/share/zoneinfo), for rules and timing.
//
// The only user of the date library, which reads the system's database; a name that is not in it is
// unknown, never an error. Any thread; the database is read once, each zone when first asked for.
#pragma once
#include "rules/facts.h"

namespace mc::center {

class SystemZones : public rules::Zones {
 public:
  std::optional<std::chrono::minutes> offset(std::string_view zone, Time at) const override;
};

}  // namespace mc::center
