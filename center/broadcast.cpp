#include "center/broadcast.h"

#include <algorithm>
#include <numeric>

#include "center/notices.h"
#include "center/policy_store.h"
#include "center/unsubscribe.h"
#include "store/bodies.h"

namespace mc::center {

namespace {

constexpr Millis left_alone = std::chrono::minutes(1);  // whoever accepted it is still at it

store::Broadcast stored_form(Addressed const& message) {
  Envelope const& e = message.envelope;
  store::Broadcast b;
  b.at = message.now;
  b.policy = message.policy.version;
  b.submitter = static_cast<unsigned char>(e.submitter.kind);
  b.user = e.submitter.user;
  b.submitter_name = e.submitter.name;
  b.helo = e.trace.helo;
  b.peer = e.trace.peer;
  b.protocol = e.trace.protocol;
  b.tls = e.trace.tls;
  b.mail_id = e.mail_id;
  b.reverse_path = e.reverse_path;
  b.ret = e.ret;
  b.envid = e.envid;
  b.smtputf8 = e.smtputf8;
  b.eight_bit = e.eight_bit;
  return b;
}

Envelope envelope_of(store::Broadcast const& b, std::vector<store::BroadcastRecipient> const& recipients) {
  Envelope e;
  e.submitter = {static_cast<SubmitterKind>(b.submitter), b.user, b.submitter_name};
  e.trace = {b.helo, b.peer, b.protocol, b.tls};
  e.mail_id = b.mail_id;
  e.reverse_path = b.reverse_path;
  for (store::BroadcastRecipient const& r : recipients) e.recipients.push_back({r.address, r.notify, r.orcpt, {}});
  e.ret = b.ret;
  e.envid = b.envid;
  e.smtputf8 = b.smtputf8;
  e.eight_bit = b.eight_bit;
  return e;
}

PolicyInForce policy_of(Context const& context, store::Snapshot const& s, PolicyVersion version) {
  PolicyInForce now = context.policy.get();
  if (now.version == version) return now;
  auto then = find_policy_version(s, version);
  return then ? PolicyInForce{version, then} : now;
}

}  // namespace

std::vector<Result<Outcome>> deliver_slice(Context const& context, store::Transaction& tx, Addressed const& message,
                                           std::span<std::uint32_t const> which) {
  Delivery delivery(context, tx, message);
  std::vector<Result<Outcome>> outcomes;
  outcomes.reserve(which.size());
  for (std::uint32_t index : which) outcomes.push_back(delivery.deliver(message.envelope.recipients[index]));
  delivery.finish();
  for (std::size_t i = 0; i < which.size(); ++i)
    if (outcomes[i]) notify(context, tx, message, message.envelope.recipients[which[i]], *outcomes[i]);
  return outcomes;
}

std::vector<std::uint32_t> order_by_user(std::vector<Recipient> const& recipients) {
  std::vector<std::uint32_t> order(recipients.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return recipients[a].user < recipients[b].user;
  });
  return order;
}

std::vector<std::span<std::uint32_t const>> make_slices(std::vector<std::uint32_t> const& order) {
  std::vector<std::span<std::uint32_t const>> slices;
  for (std::span<std::uint32_t const> rest = order; !rest.empty(); rest = rest.subspan(slices.back().size()))
    slices.push_back(rest.first(std::min(rest.size(), most_together)));
  return slices;
}

MessageId begin_broadcast(store::Transaction& tx, Addressed const& message,
                          std::vector<std::span<std::uint32_t const>> const& slices) {
  Prepared const& prepared = message.prepared;
  store::Broadcast broadcast = stored_form(message);
  BodyId const body = put_body(tx, prepared);
  broadcast.message = store::make_message(tx, body, {}, {}, {});
  store::put_broadcast(tx, broadcast);
  for (std::uint32_t number = 0; number < slices.size(); ++number) {
    std::vector<store::BroadcastRecipient> part;
    for (std::uint32_t index : slices[number]) {
      Recipient const& r = message.envelope.recipients[index];
      part.push_back({r.address, r.notify, r.orcpt});
    }
    store::put_broadcast_part(tx, broadcast.message, number, part);
  }
  return broadcast.message;
}

Result<bool> continue_broadcasts(Context const& context, store::Transaction& tx, Time now) {
  auto const place = store::next_broadcast_part(tx, now - left_alone);
  if (!place) return false;
  auto const broadcast = store::find_broadcast(tx, place->message);
  PolicyInForce const policy = policy_of(context, tx, broadcast->policy);
  std::string octets;
  store::read_received(tx, place->message, octets);
  auto const recipients = store::take_broadcast_part(tx, place->message, place->part);
  Envelope const envelope = envelope_of(*broadcast, *recipients);
  Trust const trust = trust_in(envelope.submitter);
  bool const own = trust == Trust::platform && has_own_unsubscribe(*policy.policy, octets);
  Prepared const prepared = prepare(std::move(octets), trust, context.settings.authserv(),
                                    own ? Unsubscribe::cut : Unsubscribe::keep);
  MessageFacts const facts(envelope, prepared, broadcast->at, context.zones);
  Addressed const message{envelope, prepared, facts, policy, broadcast->at};
  deliver_slice(context, tx, message, order_by_user(envelope.recipients));
  return true;
}

}  // namespace mc::center
