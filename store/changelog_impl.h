// store/changelog_impl.h - the template of changelog.h.
#pragma once
#include "store/changelog.h"
#include "store/keys.h"

namespace mc::store {

template <class F>
void scan_log(Snapshot const& s, MailboxId id, ModSeq since, F&& f) {
  s.scan(
      key::change_log(id),
      [&](std::string_view key, std::string_view value) { return f(parse_log_record(key, value)); },
      key::change_log(id, since.next()));
}

}  // namespace mc::store
