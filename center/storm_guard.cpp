#include "center/storm_guard.h"

#include "core/text.h"
#include "store/recent.h"

namespace mc::center {

Result<void> check_storm(Settings const& settings, store::Transaction& tx, std::string_view sender, std::uint64_t thread,
                         Time now) {
  if (settings.storm_limit == 0) return {};
  std::string const name = to_lower(sender) + '\0' + std::to_string(thread);
  if (store::count_recent(tx, store::Recent::storm, name, now) >= settings.storm_limit)
    return fail(Errc::unavailable, "4.7.1 Too many messages to one thread within the hour; try again later");
  store::note_recent(tx, store::Recent::storm, name, now);
  return {};
}

}  // namespace mc::center
