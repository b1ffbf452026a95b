#include "center/post.h"

#include "center/addresses.h"
#include "center/departure.h"
#include "center/own_mail.h"
#include "center/retention.h"
#include "center/trace.h"
#include "store/bodies.h"
#include "store/outbox.h"

namespace mc::center {

namespace {

Envelope envelope_of(Posting const& posting, std::string_view recipient) {
  Envelope e = own_envelope(recipient);
  if (!posting.mail_id.empty()) e.mail_id = posting.mail_id;
  e.reverse_path = posting.reverse_path;
  e.type = posting.type;
  e.smtputf8 = posting.smtputf8;
  e.personal = posting.personal;
  return e;
}

std::int64_t seconds(Time t) { return std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count(); }

}  // namespace

Result<Outcome> post_to_user(Context const& context, store::Transaction& tx, PolicyInForce const& policy,
                             Posting const& posting, Prepared const& prepared, store::User const& user, Time now) {
  Envelope const envelope = envelope_of(posting, address_of(context.settings, user.login));
  MessageFacts const facts(envelope, prepared, now, context.zones);
  Addressed const message{envelope, prepared, facts, policy, now};
  Delivery delivery(context, tx, message);
  Result<Outcome> done = delivery.deliver_to(user, envelope.recipients[0]);
  delivery.finish();
  return done;
}

OutboxId post_outside(Context const& context, store::Transaction& tx, Posting const& posting, Prepared const& prepared,
                      std::string_view address, Time now) {
  auto parsed = parse_address(address);
  if (!parsed || parsed->domain.empty() || is_our_domain(context.settings, parsed->domain)) return {};
  Envelope const envelope = envelope_of(posting, address);
  store::OutboxEntry entry;
  entry.message = store::make_message(tx, put_body(tx, prepared),
                                      write_received(envelope, context.settings.hostname, address, now), {}, {});
  entry.recipient = address;
  entry.mail_id = envelope.mail_id;
  entry.type = posting.type;
  entry.created = now;
  entry.smtputf8 = posting.smtputf8;
  entry.personal = posting.personal;
  entry.eight_bit = prepared.summary.has_8bit;
  make_ready(context, tx, entry, now);
  return store::put_outbox(tx, std::move(entry));
}

Result<Filed> file_copy(store::Transaction& tx, PolicyInForce const& policy, MailboxId mailbox, Prepared const& prepared,
                        std::string_view prefix, store::Flags flags, std::string_view type, Time now) {
  BodyId const body = put_body(tx, prepared);
  Filed filed;
  filed.message = store::make_message(tx, body, prefix, {}, {});
  auto const size = static_cast<std::uint32_t>(prefix.size() + prepared.summary.size);
  auto placed = store::append(tx, mailbox, {filed.message, size, flags, seconds(now)});
  if (!placed) return placed.error();
  filed.uid = placed->uid;
  if (auto const known = policy.policy->find_type(type))
    note_kept(tx, policy.policy->type(known), {std::string(type), now, mailbox, filed.uid, {}});
  return filed;
}

}  // namespace mc::center
