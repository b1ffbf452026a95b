#include "center/bounces.h"

#include <optional>

#include "core/text.h"
#include "mail/headers.h"

namespace mc::center {

namespace {

// The message/delivery-status part, decoded enough to read its fields.
std::string_view find_delivery_status(Prepared const& report) {
  for (mail::Part const& part : report.summary.parts)
    if (part.type == "message" && part.subtype.ends_with("delivery-status"))
      return mail::slice(report.octets, part.body());
  return {};
}

// The first recipient's diagnosis if the report says "failed". Groups of fields are separated by
// empty lines: message fields first, then one group a recipient.           RFC 3464, 2.1
std::optional<std::string> find_failure(std::string_view status) {
  while (!status.empty()) {
    mail::HeaderReader in(status);
    std::string action, diagnosis;
    while (auto field = in.next()) {
      if (iequals(field->name, "Action")) action = to_lower(trim(field->value));
      if (iequals(field->name, "Diagnostic-Code") || (diagnosis.empty() && iequals(field->name, "Status")))
        diagnosis = mail::unfold(field->value);
    }
    if (action == "failed") return diagnosis;
    if (in.block_end() == 0) break;
    status.remove_prefix(in.block_end());
  }
  return std::nullopt;
}

}  // namespace

void record_bounce(store::Transaction& tx, store::TokenSubject const& token, Prepared const& report, Time now) {
  auto failure = report.summary.report ? find_failure(find_delivery_status(report)) : std::nullopt;
  if (!failure) return;
  store::append_event(tx, DecisionId(token.subject), {now, store::EventKind::bounced, printable(*failure, 400)});
}

}  // namespace mc::center
