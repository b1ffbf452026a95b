// center/broadcast.h - a message for many: delivered in slices, so that the writer is never held long and the mail of
// others goes in between.
//
// Where each recipient has a reply of his own (LMTP) each slice is an operation and that is all. Where one reply stands
// for everybody (SMTP) the first operation stores the message with all its recipients: from then on it is accepted and
// will reach them, whatever happens to the process; the slices follow, and what is left after a crash housekeeping
// delivers. Slices go by user, so that what they write lies together.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "center/delivery.h"
#include "store/broadcasts.h"

namespace mc::center {

// Up to so many recipients one operation delivers: some 20 ms of the writer.
inline constexpr std::size_t most_together = 1000;

// To the recipients of the envelope that `which` counts, and who is to be told of it; results in the order of `which`.
std::vector<Result<Outcome>> deliver_slice(Context const& context, store::Transaction& tx, Addressed const& message,
                                           std::span<std::uint32_t const> which);
// All recipients in an order that suits the store.
std::vector<std::uint32_t> order_by_user(std::vector<Recipient> const& recipients);
// The slices of such an order.
std::vector<std::span<std::uint32_t const>> make_slices(std::vector<std::uint32_t> const& order);

// Stores the message and, in parts as `slices`, its recipients. Requires: check_delivery() let all of them pass.
MessageId begin_broadcast(store::Transaction& tx, Addressed const& message,
                          std::vector<std::span<std::uint32_t const>> const& slices);

// Delivers one part of a broadcast that was accepted a minute ago or longer and is not done, with the policy that was
// in force then. false: there is none.
Result<bool> continue_broadcasts(Context const& context, store::Transaction& tx, Time now);

}  // namespace mc::center
