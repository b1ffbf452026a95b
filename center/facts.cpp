#include "center/facts.h"

#include <algorithm>
#include <array>

#include "center/addresses.h"
#include "center/counterparts.h"
#include "core/text.h"
#include "core/time_text.h"
#include "mail/headers.h"
#include "rules/quick.h"

namespace mc::center {

namespace {

rules::Submitter source_of(SubmitterKind kind) {
  switch (kind) {
    case SubmitterKind::user: return rules::Submitter::user;
    case SubmitterKind::agent: return rules::Submitter::agent;
    case SubmitterKind::platform: return rules::Submitter::platform;
    case SubmitterKind::outside: break;
  }
  return rules::Submitter::outside;
}

// Differ from one submission of the same event to the next.
bool is_volatile(std::string_view name) {
  static constexpr std::array<std::string_view, 6> names = {"Date",           "Message-ID",  "Received",
                                                            "DKIM-Signature", "Return-Path", "Authentication-Results"};
  return std::any_of(names.begin(), names.end(), [&](std::string_view n) { return iequals(n, name); });
}

std::string write_addresses(std::vector<mail::Address> const& addresses) {
  return addresses.empty() ? std::string() : addresses.front().spec();
}

}  // namespace

MessageFacts::MessageFacts(Envelope const& envelope, Prepared const& prepared, Time now,
                           rules::Zones const& zones) {
  facts_.zones = &zones;
  facts_.arrival = now;
  facts_.source = source_of(envelope.submitter.kind);
  facts_.size = prepared.summary.size;
  facts_.subject = prepared.summary.subject;
  from_ = write_addresses(prepared.summary.from);
  if (!from_.empty()) facts_.sender = from_;
  if (!envelope.type.empty())
    facts_.type = envelope.type;
  else if (facts_.source != rules::Submitter::platform)
    facts_.type = ordinary_type;
  read_fields(prepared.octets);
  facts_.headers = headers_;
  rules::sieve_texts(facts_);
}

std::string_view MessageFacts::keep(std::string text) { return texts_.emplace_back(std::move(text)); }

void MessageFacts::read_fields(std::string_view octets) {
  mail::HeaderReader in(octets);
  std::string content;
  while (auto field = in.next()) {
    if (!is_volatile(field->name)) content += mail::slice(octets, field->whole);
    if (field->name.empty()) continue;
    std::string_view const value = value_of(*field, texts_);
    bool ours = istarts_with(field->name, "X-MC-");
    bool platform = facts_.source == rules::Submitter::platform;
    if (ours && platform) read_platform_field(field->name, value);
    if (!ours || platform) headers_.emplace_back(field->name, value);
  }
  if (event_id_.empty()) return;
  content += '\n';
  content += octets.substr(in.block_end());
  content_hash_ = sha256(content);
}

// The first field of a name counts.
void MessageFacts::read_platform_field(std::string_view name, std::string_view value) {
  if (iequals(name, "X-MC-Type") && !facts_.type)
    facts_.type = keep(to_lower(value));
  else if (iequals(name, "X-MC-Event-Id") && event_id_.empty())
    event_id_ = value.substr(0, 512);
  else if (iequals(name, "X-MC-Amount") && !facts_.amount_text)
    facts_.set_amount(value);
  else if (iequals(name, "X-MC-Time") && !facts_.time)
    facts_.time = parse_rfc3339(value);
}

std::string_view value_of(mail::HeaderField const& field, std::deque<std::string>& texts) {
  bool const folded = field.value.find('\n') != std::string_view::npos;
  return folded ? std::string_view(texts.emplace_back(mail::unfold(field.value))) : trim(field.value);
}

rules::Person make_person(store::User const& user, Settings const& settings) {
  rules::Person person;
  person.login = user.login;
  person.created = user.created;
  person.groups = user.groups;
  person.zone = user.time_zone.empty() ? std::string_view(settings.time_zone) : std::string_view(user.time_zone);
  auto const address = parse_address(user.email);
  using enum rules::AddressState;
  if (user.email.empty())
    person.address = missing;
  else if (address && is_our_domain(settings, address->domain))
    person.address = ours;
  else if (user.email_state == store::AddressState::verified)
    person.address = verified;
  else
    person.address = user.email_state == store::AddressState::suppressed ? suppressed : unverified;
  return person;
}

rules::Choices make_choices(std::vector<store::StoredChoice> const& stored) {
  rules::Choices choices;
  for (store::StoredChoice const& c : stored)
    if (auto scope = rules::parse_scope(c.scope))
      choices.set(*scope, {c.email, c.folder, c.at, static_cast<rules::ChoiceSource>(c.source)});
  return choices;
}

}  // namespace mc::center
