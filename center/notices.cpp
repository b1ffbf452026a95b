#include "center/notices.h"

#include "center/addresses.h"
#include "center/own_mail.h"
#include "center/trace.h"
#include "core/text.h"
#include "mail/compose.h"
#include "store/bodies.h"
#include "store/outbox.h"

namespace mc::center {

namespace {

constexpr unsigned char notify_success = 2;

std::string write_report(Context const& context, Addressed const& message, Outcome const& outcome) {
  mail::Draft draft = begin_mail(context.settings, our_address(context.settings), message.now);
  bool malformed = outcome.type != "unclassified";
  auto given = message.facts.facts().type;
  draft.subject = malformed ? "Malformed message of type " + outcome.type
                            : "Message without a known type" + (given ? ": " + printable(*given, 100) : std::string());
  auto amount = message.facts.facts().amount_text;
  draft.text = "A message needs your attention; it was delivered all the same, by the rules for unclassified mail.\n\n"
               "Submitter:  " + message.envelope.submitter.name + "\n"
               "Mail id:    " + message.envelope.mail_id + "\n"
               "Message-ID: " + printable(message.prepared.summary.message_id) + "\n"
               "Type:       " + (given ? printable(*given, 100) : std::string("(none)")) + "\n"
               "Amount:     " + (amount ? printable(*amount, 100) : std::string("(none)")) + "\n"
               "Subject:    " + printable(message.prepared.summary.subject) + "\n\n"
               "Further messages of this kind within the hour are not reported.\n";
  return mail::compose(draft);
}

void tell_postmaster(Context const& context, store::Transaction& tx, Addressed const& message,
                     Outcome const& outcome) {
  // Nothing of our own making is ever reported on.
  if (message.envelope.submitter.name == "message-center") return;
  auto hour = std::chrono::floor<std::chrono::hours>(message.now).time_since_epoch().count();
  auto given = message.facts.facts().type;
  std::string id = "report " + outcome.type + ' ' + std::string(given.value_or("")) + ' ' + std::to_string(hour);
  auto postmaster = get_postmaster(tx, context.settings, message.now);
  if (!postmaster || store::find_event_id(tx, "message-center", *postmaster, id)) return;
  store::put_event_id(tx, "message-center", *postmaster, id, {{}, {}, message.now});
  send_generated(context, tx, message.policy, write_report(context, message, outcome),
                 "postmaster@" + context.settings.domain, message.now);
}

void report_success(Context const& context, store::Transaction& tx, Addressed const& message,
                    Recipient const& recipient, Outcome const& outcome) {
  Envelope const& envelope = message.envelope;
  bool asked = recipient.notify & notify_success && !envelope.reverse_path.empty();
  if (!asked || envelope.submitter.kind == SubmitterKind::outside || outcome.duplicate) return;
  mail::DsnRecipient line;
  line.final_recipient = recipient.address;
  line.original_recipient = recipient.orcpt;
  line.action = mail::DsnAction::delivered;
  line.status = "2.1.5";
  mail::DsnReport report;
  report.from = {"Mail Delivery System", "postmaster", context.settings.domain};
  report.to = envelope.reverse_path;
  report.reporting_mta = context.settings.hostname;
  report.envelope_id = decode_xtext(envelope.envid).value_or("");
  report.arrival = message.now;
  report.date = message.now;
  report.recipients = {line};
  report.ret = mail::DsnReturn::headers;  // a success report never returns the whole (RFC 3461, 4.3)
  report.message = message.prepared.octets;
  send_generated(context, tx, message.policy, mail::compose_delivery_status(report), envelope.reverse_path,
                 message.now);
}

void queue_elsewhere(Context const& context, store::Transaction& tx, Prepared const& prepared,
                     Envelope const& envelope, Time now, Reach reach) {
  store::OutboxEntry entry;
  BodyId body = put_body(tx, prepared);
  entry.message = store::make_message(
      tx, body, write_received(envelope, context.settings.hostname, envelope.recipients[0].address, now), {}, {});
  entry.recipient = envelope.recipients[0].address;
  entry.mail_id = envelope.mail_id;
  entry.created = entry.due = now;
  entry.expires = now + context.settings.queue_lifetime;
  entry.eight_bit = prepared.summary.has_8bit;
  entry.to_suppressed = reach == Reach::suppressed_too;
  store::put_outbox(tx, std::move(entry));
}

}  // namespace

void send_generated(Context const& context, store::Transaction& tx, PolicyInForce const& policy, std::string octets,
                    std::string_view recipient, Time now, Reach reach) {
  Envelope envelope = own_envelope(recipient);
  Prepared prepared = prepare(std::move(octets), Trust::platform, context.settings.hostname);
  auto address = parse_address(recipient);
  if (!address) return;
  if (!address->domain.empty() && !is_our_domain(context.settings, address->domain)) {
    queue_elsewhere(context, tx, prepared, envelope, now, reach);
    return;
  }
  MessageFacts facts(envelope, prepared, now, context.zones);
  Addressed message{envelope, prepared, facts, policy, now};
  // An address that is gone by now: there is nobody to tell, and a report on a report is never made.
  Delivery delivery(context, tx, message);
  (void)delivery.deliver(envelope.recipients[0]).has_value();
  delivery.finish();
}

void notify(Context const& context, store::Transaction& tx, Addressed const& message, Recipient const& recipient,
            Outcome const& outcome) {
  if (outcome.report) tell_postmaster(context, tx, message, outcome);
  report_success(context, tx, message, recipient, outcome);
}

}  // namespace mc::center
