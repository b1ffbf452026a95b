// center/counterparts.h - how one user appears to another: a name, and an address that works for that one alone.
//
// Everything that shows a user to another user goes through here, so that neither learns the other's address or login.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "center/context.h"
#include "core/result.h"
#include "mail/decode.h"
#include "store/accounts.h"
#include "store/conversations.h"

namespace mc::center {

constexpr std::string_view ordinary_type = "user.message";  // of the policy: what users write to each other

// The account's name; else what his client wrote (`written`), if neither his login nor his address is in it; else
// "A user". Never an address.
std::string shown_name(store::User const& user, std::string_view written = {});

// "Jane Doe" <c-token@…>: `other` as `reader` sees and reaches him in this conversation. Requires: it is of these two.
mail::Address counterpart_address(Settings const& settings, store::Conversation conversation, UserId reader,
                                  std::string name);
// … in the ordinary conversation of the two, which is made if need be.
mail::Address counterpart_address(Settings const& settings, store::Transaction& tx, UserId reader,
                                  store::User const& other, Time now);

// Whom `user` means by `text`: a c-<token>@ of his, a login or its address here, or the name (of one alone) among those he
// has conversations with; "Name <address>" is the address. Fails: not_found, conflict (several have the name), forbidden
// (himself).
Result<UserId> find_counterpart(store::Snapshot const& s, Settings const& settings, UserId user, std::string_view text);

// Fails: forbidden, in words that say no more than that `to` does not take mail of `sender`.
Result<void> check_takes_mail(store::Snapshot const& s, UserId sender, UserId to);

// Blocks or unblocks whom `user` means by `text`. A blocked one stays known by his c-<token>@, so that the list can be
// shown to the user. Fails: as find_counterpart(); exists, not_found (nothing to change), limit.
Result<void> block_counterpart(store::Transaction& tx, Settings const& settings, UserId user, std::string_view text,
                               Time now);
Result<void> unblock_counterpart(store::Transaction& tx, Settings const& settings, UserId user, std::string_view text);

}  // namespace mc::center
