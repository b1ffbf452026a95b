#include "center/bounce_report.h"

#include <algorithm>
#include <vector>

#include "center/automatic.h"
#include "center/part_octets.h"
#include "core/text.h"
#include "mail/headers.h"

namespace mc::center {

namespace {

constexpr std::size_t max_text = 64 << 10;  // of a part that is looked at
constexpr std::size_t max_groups = 100;     // recipients of one report
constexpr std::size_t max_diagnosis = 400;

std::string_view looked_at(Prepared const& report, mail::Range range) { return part_octets(report, range).substr(0, max_text); }

// Does it lie in a message that is attached?
bool is_enclosed(mail::Summary const& summary, mail::Part const& part) {
  for (std::int32_t up = part.parent; up != mail::Part::no_parent; up = summary.parts[static_cast<std::size_t>(up)].parent)
    if (summary.parts[static_cast<std::size_t>(up)].kind == mail::PartKind::message) return true;
  return false;
}

bool has_part(mail::Summary const& summary, std::string_view type, std::string_view subtype) {
  return std::any_of(summary.parts.begin(), summary.parts.end(), [&](mail::Part const& part) {
    return part.type == type && part.subtype == subtype && !is_enclosed(summary, part);
  });
}

// --- reports for machines

// message/delivery-status, message/global-delivery-status                                   RFC 3464, 6533
bool is_status_part(mail::Part const& part) {
  return part.type == "message" && (part.subtype == "delivery-status" || part.subtype == "global-delivery-status");
}

// The one of the message itself, else one in a message attached.
mail::Part const* find_status_part(mail::Summary const& summary) {
  mail::Part const* enclosed = nullptr;
  for (mail::Part const& part : summary.parts) {
    if (!is_status_part(part)) continue;
    if (!is_enclosed(summary, part)) return &part;
    if (!enclosed) enclosed = &part;
  }
  return enclosed;
}

// Fields of one recipient.                                                                  RFC 3464, 2.3
struct Group {
  std::string action, status, diagnosis;
  bool named = false;  // the address the mail went to
};

// field-value = type ";" address
std::string_view address_in(std::string_view value) {
  value = trim(value.substr(value.find(';') == std::string_view::npos ? 0 : value.find(';') + 1));
  if (value.starts_with('<') && value.ends_with('>')) value = value.substr(1, value.size() - 2);
  return trim(value);
}

void read_field(Group& group, mail::HeaderField const& field, AddressTest const& sent_to) {
  std::string const value = mail::unfold(field.value);
  if (iequals(field.name, "Action")) group.action = to_lower(trim(value.substr(0, value.find_first_of("( "))));
  if (iequals(field.name, "Status")) group.status = value;
  if (iequals(field.name, "Diagnostic-Code")) group.diagnosis = value;
  if (iequals(field.name, "Final-Recipient") || iequals(field.name, "Original-Recipient"))
    group.named |= sent_to(address_in(value));
}

// Groups of fields are separated by empty lines: message fields first, then one group a recipient.      RFC 3464, 2.1
std::vector<Group> read_groups(std::string_view part, AddressTest const& sent_to) {
  std::vector<Group> groups;
  while (!part.empty() && groups.size() < max_groups) {
    mail::HeaderReader in(part);
    Group group;
    while (auto field = in.next()) read_field(group, *field, sent_to);
    if (in.block_end() == 0) break;
    part.remove_prefix(in.block_end());
    if (!group.action.empty()) groups.push_back(std::move(group));
  }
  return groups;
}

bool got_it(Group const& group) {
  return group.action == "delivered" || group.action == "relayed" || group.action == "expanded";
}

std::optional<Failure> find_in_status_part(Prepared const& report, mail::Part const& part, AddressTest const& sent_to) {
  std::string_view octets = looked_at(report, part.body());
  bool const encoded = part.encoding == mail::TransferEncoding::base64 || part.encoding == mail::TransferEncoding::quoted_printable;
  auto decoded = encoded ? mail::decode_transfer(octets, part.encoding) : Result<std::string>(std::string());
  if (encoded && decoded) octets = *decoded;
  return find_failed_recipient(octets, sent_to, is_enclosed(report.summary, part));
}

// --- reports for people

std::string without_tags(std::string_view html) {
  std::string out;
  bool tag = false;
  for (char c : html) {
    if (c == '<') tag = true;
    if (!tag) out += c;
    if (c == '>') tag = false, out += ' ';
  }
  return out;
}

// The first text of the message itself.
std::string find_text(Prepared const& report) {
  auto const& parts = report.summary.parts;
  auto part = std::find_if(parts.begin(), parts.end(),
                           [&](mail::Part const& p) { return p.is_text() && !is_enclosed(report.summary, p); });
  if (part == parts.end()) return {};
  std::string text = mail::decode_text(looked_at(report, part->body()), part->encoding, part->charset, max_text);
  return part->subtype == "html" ? without_tags(text) : text;
}

// Reports that are none of failure: receipts (RFC 8098), complaints (RFC 5965).
bool is_other_report(mail::Summary const& summary) {
  return has_part(summary, "message", "disposition-notification") ||
         has_part(summary, "message", "global-disposition-notification") || has_part(summary, "message", "feedback-report");
}

}  // namespace

std::optional<Failure> find_failed_recipient(std::string_view part, AddressTest const& sent_to, bool must_be_named) {
  std::vector<Group> const groups = read_groups(part, sent_to);
  bool const named = std::any_of(groups.begin(), groups.end(), [](Group const& g) { return g.named; });
  if (must_be_named && !named) return std::nullopt;
  auto failed = std::find_if(groups.begin(), groups.end(),
                             [&](Group const& g) { return g.action == "failed" && g.named == named; });
  if (failed == groups.end()) return std::nullopt;
  Failure failure{classify_status(failed->status, failed->diagnosis),
                  printable(trim(failed->diagnosis.empty() ? failed->status : failed->diagnosis), max_diagnosis)};
  if (failure.is.kind == BounceKind::none) return std::nullopt;
  if (!named && std::any_of(groups.begin(), groups.end(), got_it))
    failure.is = {BounceKind::soft, "failed for one of several", failure.is.weight > 0 ? failure.is.weight : 1};
  return failure;
}

std::optional<Failure> find_failure(Prepared const& report, std::string_view reverse_path, AddressTest const& sent_to) {
  if (mail::Part const* part = find_status_part(report.summary)) {
    auto failure = find_in_status_part(report, *part, sent_to);
    if (failure || !is_enclosed(report.summary, *part)) return failure;
  }
  if (!reverse_path.empty() || is_other_report(report.summary)) return std::nullopt;
  std::string_view const header = std::string_view(report.octets).substr(0, max_text);
  bool const known = is_failure_subject(report.summary.subject) || mail::find_header(header, "X-Failed-Recipients");
  return find_failure_in_words(find_text(report), known);
}

}  // namespace mc::center
