// center/delivery.h - places one message for its recipients, inside one store operation.
//
// Per recipient: the decision, its record, the folder copy, the outbox entry. The body is stored
// with the first copy and shared by all. Runs on the writer thread; may be run again from the start.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "center/context.h"
#include "center/facts.h"
#include "center/policy_holder.h"
#include "center/prepared.h"
#include "center/submitter.h"
#include "core/result.h"
#include "rules/decide.h"
#include "store/accounts.h"
#include "store/decisions.h"
#include "store/messages.h"
#include "store/outbox.h"

namespace mc::center {

struct Target;  // center/addresses.h

struct Addressed {       // everything about the message but the recipient
  Envelope const& envelope;
  Prepared const& prepared;
  MessageFacts const& facts;
  PolicyInForce const& policy;
  Time now;
  std::string_view sender = {};  // for the decision's record where it is not the facts' (center/relay.h); else empty
};

// What was done for one recipient: for the reply, the log and a delivery report.
struct Outcome {
  std::string text;         // "Delivered to Account Alerts"
  std::string login, type;
  bool folder = false, email = false, duplicate = false;
  bool report = false;      // the policy wants the postmaster told
  std::string why;          // X-MC-Why of what was done
  DecisionId decision;      // 0: none was needed
  MailboxId mailbox;        // of the folder copy; 0: none
  Uid uid;
  MessageId message;
};

class Delivery {
 public:
  Delivery(Context const& context, store::Transaction& tx, Addressed const& message)
      : context_(context), tx_(tx), message_(message) {}

  // Fails as Intake::accept says. A failure for one recipient has written nothing for him.
  Result<Outcome> deliver(Recipient const& recipient);
  // For a user, whatever address it was sent to: by the policy and his choices, as the message stands.
  Result<Outcome> deliver_to(store::User const& user, Recipient const& recipient);
  // Requires: called once, after the last deliver() of an operation that is to stand.
  void finish();

 private:
  struct Copy;  // one recipient's share while it is being written
  // A stored message that all recipients with the same lines before the body have in common.
  struct Shared {
    MessageId message;
    std::uint64_t size = 0, uses = 0;
  };
  Result<Outcome> deliver_mail_for(Target const& target, Recipient const& recipient);
  Result<Outcome> take_bounce(Target const& target);
  Result<Outcome> take_unsubscription(Target const& target);
  std::optional<Result<Outcome>> find_duplicate(UserId user);
  Result<void> place(Copy& copy);
  void queue_external(Copy& copy);
  void time_external(Copy& copy, store::OutboxEntry& entry, rules::Type const& type);
  void record(Copy const& copy);
  std::string prefix(Copy const& copy, rules::Field field) const;
  bool names_recipient() const;
  Shared& share(Copy const& copy, rules::Field field);
  Shared& share(std::string lines);
  store::Flags initial_flags(MailboxId mailbox, rules::Decision const& decision);
  BodyId body();

  Context const& context_;
  store::Transaction& tx_;
  Addressed const& message_;
  std::optional<BodyId> body_;
  std::unordered_map<std::string, Shared> shared_;  // by those lines
  // The same by what the lines are written from, where nothing of the recipient is: field, type, tab, malformed, and
  // who decided.
  using Written = std::tuple<rules::Field, rules::TypeIndex, rules::Tab, bool, rules::Layer, rules::Reason, rules::RuleIndex>;
  std::map<Written, Shared*> shared_as_;
};

// Would deliver() let this recipient have it? Fails: as deliver().
Result<void> check_delivery(store::Snapshot const& s, Context const& context, Addressed const& message,
                            Recipient const& recipient);

}  // namespace mc::center
