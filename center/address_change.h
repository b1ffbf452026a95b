// center/address_change.h - how an external address becomes a user's: by the code that was mailed to it, or by an
// admin's word.
//
// Until the code is shown the address in use stays in use. The code is six digits, kept only as a hash bound to user and
// address; it lasts 24 hours and five wrong guesses; three may be asked for an hour, and three a day to an address that is suppressed,
// to which nothing else goes. All within one store operation.
#pragma once
#include <string>
#include <string_view>

#include "center/context.h"
#include "center/policy_holder.h"
#include "core/result.h"
#include "store/accounts.h"

namespace mc::center {

constexpr unsigned max_code_tries = 5, max_codes_an_hour = 3, max_codes_a_day_if_suppressed = 3;
constexpr Millis code_lifetime = std::chrono::hours(24);

// Mails a code to `address`, which then waits in user.pending. The verified address in use again: ends any such waiting.
// Fails: syntax, forbidden (one of ours), limit (too many codes).
Result<void> ask_for_address(Context const& context, store::Transaction& tx, PolicyInForce const& policy,
                             store::User user, std::string_view address, Time now);

// The pending address becomes the user's, verified. Fails: syntax (not six digits); forbidden (nothing waits, too late,
// the wrong one: that counts, also though the operation fails); limit (too many wrong ones).
Result<void> confirm_address(Context const& context, store::Transaction& tx, PolicyInForce const& policy,
                             store::User user, std::string_view code, Time now);

// `address` is the user's from now on, in this state, and nothing waits for a code any more. If it is another one: the old
// address, if it was verified, and the user himself are told. Requires: the address was checked. Fails: as update_user().
Result<void> change_address(Context const& context, store::Transaction& tx, PolicyInForce const& policy,
                            store::User user, std::string address, store::AddressState state, Time now);

// When the code that waits is no good any more; also if it is past.
inline Time code_expiry(store::PendingAddress const& pending) { return pending.sent + code_lifetime; }

}  // namespace mc::center
