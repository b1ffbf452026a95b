#include "center/relay.h"

namespace mc::center {

Result<Outcome> relay_to_user(Context const& context, store::Transaction& tx, Addressed const& mail, store::User const& to,
                              Recipient const& recipient) {
  Delivery delivery(context, tx, mail);
  auto done = delivery.deliver_to(to, recipient);
  delivery.finish();
  return done;
}

Result<Outcome> relay_in_conversation(Context const&, store::Transaction&, Addressed const&, Target const&, Recipient const& recipient) {
  return fail(Errc::not_found, "No such address here: " + recipient.address);
}

std::optional<Result<Outcome>> relay_from_platform(Context const&, store::Transaction&, Addressed const&, store::User const&,
                                                   Recipient const&) {
  return std::nullopt;
}

}  // namespace mc::center
