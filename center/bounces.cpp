#include "center/bounces.h"

#include <algorithm>
#include <array>

#include "center/departure.h"
#include "center/suppression.h"
#include "core/crypto.h"
#include "core/text.h"
#include "mail/headers.h"
#include "store/accounts.h"

namespace mc::center {

namespace {

constexpr std::size_t max_bounced_events = 5;  // of one decision: who holds the token may send for ever
constexpr std::size_t max_text = 64 << 10;     // of a bounce in words that is looked at

// What tells one address from another in a token; never 0.
std::uint64_t mark_of(std::string_view address) {
  Sha256 const hash = sha256(to_lower(address));
  std::uint64_t mark = 0;
  for (std::size_t i = 0; i < 8; ++i) mark = mark << 8 | static_cast<unsigned char>(hash[i]);
  return mark | 1;
}

// A part's octets. Offsets of parts count without the fields that intake hid, all of which stand before any part.
std::string_view part_octets(Prepared const& report, mail::Range range) {
  std::uint64_t const hidden = report.octets.size() - report.summary.size;
  return mail::slice(report.octets, {range.begin + hidden, range.end + hidden});
}

bool speaks_of_unknown_user(std::string_view text) {
  static constexpr std::array<std::string_view, 18> words{
      "user unknown",      "unknown user",      "no such user",    "no such mailbox",   "no such address",   "no such recipient",
      "no mailbox here",   "mailbox not found", "user not found",  "address not found", "mailbox unavailable", "does not exist",
      "doesn't exist",     "invalid recipient", "unknown address", "recipient unknown", "unknown recipient", "no such account"};
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return ifind(text, word) != std::string_view::npos; });
}

// Nobody says to which command such a reply came: a bare code is believed only with words that say it.
bool is_hard_quote(std::string_view reply) {
  return is_hard_failure(reply) && (has_status(reply) || speaks_of_unknown_user(reply));
}

// --- reports for machines

// The message/delivery-status part, as it is.
std::string_view find_delivery_status(Prepared const& report) {
  for (mail::Part const& part : report.summary.parts)
    if (part.type == "message" && part.subtype.ends_with("delivery-status")) return part_octets(report, part.body());
  return {};
}

// The first recipient that failed. Groups of fields are separated by empty lines: message fields first, then one
// group a recipient.                                               RFC 3464, 2.1
std::optional<Failure> find_failed_recipient(std::string_view report) {
  while (!report.empty()) {
    mail::HeaderReader in(report);
    std::string action, status, diagnosis;
    while (auto field = in.next()) {
      if (iequals(field->name, "Action")) action = to_lower(trim(field->value));
      if (iequals(field->name, "Status")) status = trim(mail::unfold(field->value));
      if (iequals(field->name, "Diagnostic-Code")) diagnosis = mail::unfold(field->value);
    }
    if (action == "failed") {
      bool const hard = has_status(status) ? is_hard_failure(status) : is_hard_quote(diagnosis);
      return Failure{printable(diagnosis.empty() ? status : diagnosis, 400), hard};
    }
    if (in.block_end() == 0) break;
    report.remove_prefix(in.block_end());
  }
  return std::nullopt;
}

// --- reports for people

// How servers begin that write no machine-readable part, and where the copy of our own mail begins in it.
struct Wording {
  std::string_view says, copy;
};
constexpr std::array<Wording, 6> wordings{{
    {"This is the qmail-send program", "--- Below this line is a copy of the message"},
    {"created automatically by mail delivery software", "------ This is a copy of"},  // Exim
    {"had permanent fatal errors", "----- Original message follows"},                 // Sendmail
    {"This is the Postfix program at host", "------ Forwarded Message"},
    {"This is the mail system at host", "------ Forwarded Message"},
    {"This is the Sendmail program", "----- Original message follows"},
}};

// Does a word begin here that is a reply's code ("550 …") or status ("5.1.1")?
bool begins_reply(std::string_view text, std::size_t at) {
  bool const word = at == 0 || std::string_view(" \t\r\n(<:#").find(text[at - 1]) != std::string_view::npos;
  if (!word || text[at] != '5' || at + 4 > text.size()) return false;
  bool const code = is_digit(text[at + 1]) && is_digit(text[at + 2]) && (text[at + 3] == ' ' || text[at + 3] == '-');
  bool const status = text[at + 1] == '.' && is_digit(text[at + 2]);
  return code || status;
}

// The first reply quoted that is hard, else the first.
std::optional<Failure> find_quoted_reply(std::string_view text) {
  std::optional<Failure> first;
  for (std::size_t at = text.find('5'); at != std::string_view::npos; at = text.find('5', at + 1)) {
    if (!begins_reply(text, at)) continue;
    std::string const reply = printable(text.substr(at, 200), 200);
    bool const hard = is_hard_quote(reply);
    if (hard || !first) first = Failure{reply, hard};
    if (hard) break;
  }
  return first;
}

std::optional<Failure> find_failure_in_words(Prepared const& report) {
  auto const& parts = report.summary.parts;
  auto part = std::find_if(parts.begin(), parts.end(), [](mail::Part const& p) { return p.is_text(); });
  if (part == parts.end()) return std::nullopt;
  auto decoded = mail::decode_transfer(part_octets(report, part->body()).substr(0, max_text), part->encoding);
  if (!decoded) return std::nullopt;
  std::string_view text = *decoded;
  for (Wording const& wording : wordings) {
    if (ifind(text, wording.says) == std::string_view::npos) continue;
    return find_quoted_reply(text.substr(0, ifind(text, wording.copy)));
  }
  return std::nullopt;
}

}  // namespace

std::string issue_return_token(store::Transaction& tx, UserId user, DecisionId decision, std::string_view recipient,
                               Time now) {
  return store::issue_token(tx, {'b', user, decision.value, mark_of(recipient), now, false});
}

std::optional<Failure> find_failure(Prepared const& report, std::string_view reverse_path) {
  if (report.summary.report) return find_failed_recipient(find_delivery_status(report));
  return reverse_path.empty() ? find_failure_in_words(report) : std::nullopt;
}

void record_bounce(Context const& context, store::Transaction& tx, PolicyInForce const& policy,
                   store::TokenSubject const& token, std::string_view reverse_path, Prepared const& report, Time now) {
  auto failure = find_failure(report, reverse_path);
  DecisionId const id(token.subject);
  auto decision = failure ? store::find_decision(tx, id) : std::nullopt;
  if (!decision || decision->user != token.user) return;
  auto events = store::list_events(tx, id);
  auto bounced = std::count_if(events.begin(), events.end(),
                               [](store::DecisionEvent const& e) { return e.kind == store::EventKind::bounced; });
  if (static_cast<std::size_t>(bounced) < max_bounced_events)
    note_on_all(tx, id, {now, store::EventKind::bounced, failure->diagnosis});
  auto user = failure->hard ? store::find_user(tx, token.user) : std::nullopt;
  if (user && mark_of(user->email) == token.sequence)
    suppress_address(context, tx, policy, user->id, user->email, failure->diagnosis, now);
}

}  // namespace mc::center
