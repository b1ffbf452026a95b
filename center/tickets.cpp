#include "center/tickets.h"

namespace mc::center {

Result<Outcome> receive_ticket_mail(Context const&, store::Transaction&, Addressed const&, Target const&, Recipient const& recipient) {
  return fail(Errc::not_found, "No such address here: " + recipient.address);
}

}  // namespace mc::center
