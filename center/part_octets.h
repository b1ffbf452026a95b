// center/part_octets.h - the octets of a part of a message that was made ready. Pure.
#pragma once
#include <string_view>

#include "center/prepared.h"

namespace mc::center {

// Offsets of parts count without the fields that intake hid, all of which stand before any part.
// Lifetime: of `mail`, which must not be derived.
inline std::string_view part_octets(Prepared const& mail, mail::Range range) {
  std::uint64_t const hidden = mail.octets.size() - mail.summary.size;
  return mail::slice(mail.octets, {range.begin + hidden, range.end + hidden});
}

}  // namespace mc::center
