// core/ids.h - strong ids. A bare integer never crosses a header.
#pragma once
#include <compare>
#include <cstdint>
#include <functional>
#include <string>

namespace mc {

// An integer that only compares with its own kind. 0 means "none" for all of them.
template <class Tag, class Rep>
struct Id {
  Rep value = 0;
  constexpr Id() = default;
  constexpr explicit Id(Rep v) : value(v) {}
  constexpr auto operator<=>(Id const&) const = default;
  constexpr explicit operator bool() const { return value != 0; }
  constexpr Id next() const { return Id(static_cast<Rep>(value + 1)); }
};

using UserId = Id<struct UserIdTag, std::uint64_t>;
using MailboxId = Id<struct MailboxIdTag, std::uint64_t>;
using MessageId = Id<struct MessageIdTag, std::uint64_t>;    // a stored message: prefix + body
using BodyId = Id<struct BodyIdTag, std::uint64_t>;          // octets as received, stored once
using OutboxId = Id<struct OutboxIdTag, std::uint64_t>;      // one external delivery
using DecisionId = Id<struct DecisionIdTag, std::uint64_t>;  // one (message, user)
using PolicyVersion = Id<struct PolicyVersionTag, std::uint64_t>;
using Uid = Id<struct UidTag, std::uint32_t>;                // RFC 9051, 2.3.1.1
using UidValidity = Id<struct UidValidityTag, std::uint32_t>;
using SeqNum = Id<struct SeqNumTag, std::uint32_t>;          // RFC 9051, 2.3.1.2
using ModSeq = Id<struct ModSeqTag, std::uint64_t>;          // RFC 7162, 3.1

template <class Tag, class Rep>
std::string to_string(Id<Tag, Rep> id) {
  return std::to_string(id.value);
}

}  // namespace mc

template <class Tag, class Rep>
struct std::hash<mc::Id<Tag, Rep>> {
  std::size_t operator()(mc::Id<Tag, Rep> id) const noexcept { return std::hash<Rep>{}(id.value); }
};
