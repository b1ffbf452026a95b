#include "store/recent.h"

#include <algorithm>
#include <array>
#include <string>

#include "core/crypto.h"
#include "store/fixed.h"
#include "store/keys.h"

namespace mc::store {

namespace {

constexpr std::array kinds{Recent::answer, Recent::answers_to, Recent::storm, Recent::code};

// Time is cut into stretches of a period: what counts lies in two of them, or in the next if the clock was set back.
std::int64_t stretch_of(Recent kind, Time at) {
  std::int64_t const ms = at.time_since_epoch().count(), length = period_of(kind).count();
  return ms < 0 ? 0 : ms / length;
}

Key key_of(Recent kind, std::int64_t stretch, std::string_view name) {
  return key::recent(static_cast<unsigned char>(kind), static_cast<std::uint32_t>(stretch), sha256(name));
}

// Of one stretch, those after `since`.
std::size_t count_in(Snapshot const& s, Recent kind, std::int64_t stretch, std::string_view name, Time since) {
  auto const value = stretch < 0 ? std::nullopt : s.get(key_of(kind, stretch, name));
  std::size_t count = 0;
  for (std::size_t at = 0; value && at + 4 <= value->size(); at += 4) {
    Time const then(period_of(kind) * stretch + Millis(load<std::uint32_t>(value->data() + at)));
    count += then > since;
  }
  return count;
}

}  // namespace

Millis period_of(Recent kind) {
  return kind == Recent::storm ? Millis(std::chrono::hours(1)) : Millis(std::chrono::hours(24));
}

std::size_t count_recent(Snapshot const& s, Recent kind, std::string_view name, Time now) {
  std::int64_t const last = stretch_of(kind, now);
  std::size_t count = 0;
  for (std::int64_t stretch = last - 1; stretch <= last + 1; ++stretch)
    count += count_in(s, kind, stretch, name, now - period_of(kind));
  return count;
}

// The value: milliseconds since the stretch began, u32 each.
void note_recent(Transaction& tx, Recent kind, std::string_view name, Time at) {
  std::int64_t const stretch = stretch_of(kind, at);
  Key const key = key_of(kind, stretch, name);
  std::string value(tx.get(key).value_or(std::string_view()));
  value.resize(value.size() + 4);
  auto const offset = at.time_since_epoch() - period_of(kind) * stretch;
  save(value.data() + value.size() - 4, static_cast<std::uint32_t>(std::max<std::int64_t>(offset.count(), 0)));
  tx.put(key, value);
}

bool forget_recent(Transaction& tx, Time now, std::size_t most) {
  std::size_t left = most;
  for (Recent kind : kinds) {
    auto const octet = static_cast<unsigned char>(kind);
    std::string const old(key::recent(octet, static_cast<std::uint32_t>(std::max<std::int64_t>(stretch_of(kind, now) - 1, 0))));
    Key const first = key::recent(octet);
    auto cursor = tx.cursor();
    while (cursor->seek(first) && cursor->key().starts_with(first.view()) && cursor->key() < old) {
      if (left-- == 0) return true;
      tx.del(std::string(cursor->key()));
    }
  }
  return false;
}

}  // namespace mc::store
