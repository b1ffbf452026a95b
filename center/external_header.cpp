#include "center/external_header.h"

#include <algorithm>
#include <array>
#include <set>

#include "center/trace.h"
#include "core/text.h"
#include "core/time_text.h"
#include "mail/compose.h"
#include "mail/decode.h"

namespace mc::center {

namespace {

constexpr std::size_t most_from = 16;        // From fields that are looked at
constexpr std::size_t most_reply_to = 5;     // addresses of a foreign From that answers go to
constexpr std::string_view nameless = "Message Center";

enum class Leaves { never, once };
struct Row {
  std::string_view name;  // lower case
  Leaves leaves;
};
// Sorted. Other fields leave as often as they are there.
constexpr auto rows = std::to_array<Row>({
    {"auto-submitted", Leaves::once},
    {"bcc", Leaves::never},
    {"cc", Leaves::once},
    {"content-length", Leaves::never},
    {"content-transfer-encoding", Leaves::once},
    {"content-type", Leaves::once},
    {"date", Leaves::once},
    {"delivered-to", Leaves::never},
    {"disposition-notification-to", Leaves::never},
    {"feedback-id", Leaves::never},
    {"from", Leaves::once},
    {"in-reply-to", Leaves::once},
    {"list-id", Leaves::once},
    {"list-unsubscribe", Leaves::once},
    {"list-unsubscribe-post", Leaves::once},
    {"message-id", Leaves::once},
    {"mime-version", Leaves::once},
    {"references", Leaves::once},
    {"reply-to", Leaves::once},
    {"resent-bcc", Leaves::never},
    {"return-path", Leaves::never},
    {"return-receipt-to", Leaves::never},
    {"sender", Leaves::once},
    {"subject", Leaves::once},
    {"to", Leaves::once},
    {"x-confirm-reading-to", Leaves::never},
    {"x-envelope-to", Leaves::never},
    {"x-mc-type", Leaves::once},
    {"x-mc-why", Leaves::once},
    {"x-original-to", Leaves::never},
});
static_assert(std::is_sorted(rows.begin(), rows.end(), [](Row const& a, Row const& b) { return a.name < b.name; }));

Row const* find_row(std::string_view name) {
  auto row = std::lower_bound(rows.begin(), rows.end(), name, [](Row const& r, std::string_view n) { return r.name < n; });
  return row != rows.end() && row->name == name ? &*row : nullptr;
}

// field-name = 1*ftext                                            RFC 5322, 3.6.8
bool is_field_name(std::string_view name) {
  return !name.empty() && name.size() <= 76 &&
         std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < 127 && c != ':'; });
}

// Would it still be one field once every CR and LF ends a line?
bool stays_one_field(std::string_view octets) {
  for (std::size_t i = 0; i < octets.size(); ++i) {
    if (octets[i] == '\0') return false;
    if (octets[i] == '\r' && (i + 1 == octets.size() || octets[i + 1] != '\n')) return false;
  }
  return true;
}

// What stands in our own lines, in lower case; trace fields are many, and ours replace none.
std::set<std::string> names_in(std::string_view lines) {
  std::set<std::string> names;
  mail::HeaderReader in(lines);
  while (auto field = in.next())
    if (!iequals(field->name, "Received")) names.insert(to_lower(field->name));
  return names;
}

class Editor {
 public:
  Editor(std::string_view header, ExternalFacts const& facts) : header_(header), facts_(facts), ours_(names_in(facts.prefix)) {}

  ExternalHeader edit() {
    find_from();
    mail::HeaderReader in(header_);
    while (auto field = in.next())
      if (leaves(*field)) keep(*field);
    if (!out_.kept.empty()) out_.needs_line_end = header_[out_.kept.back().end - 1] != '\n';
    add_missing();
    return std::move(out_);
  }

 private:
  void find_from();
  bool leaves(mail::HeaderField const& field);
  void keep(mail::HeaderField const& field);
  void add_missing();
  void add(std::string_view name, std::string_view value) { out_.added += write_field(name, value); }
  bool has(std::string_view name) const { return seen_.contains(std::string(name)); }

  std::string_view header_;
  ExternalFacts const& facts_;
  std::set<std::string> ours_, seen_;
  std::vector<mail::Address> from_;
  bool from_is_ours_ = false;
  ExternalHeader out_;
};

void Editor::find_from() {
  auto const values = mail::find_headers(header_, "From");
  for (std::size_t i = 0; i < std::min(values.size(), most_from); ++i)
    for (mail::Address& address : mail::decode_addresses(values[i])) from_.push_back(std::move(address));
  from_is_ours_ = values.size() == 1 && from_.size() == 1 && iequals(from_[0].host, facts_.domain) && !from_[0].mailbox.empty();
}

bool Editor::leaves(mail::HeaderField const& field) {
  if (!is_field_name(field.name) || !stays_one_field(mail::slice(header_, field.whole))) return false;
  std::string const name = to_lower(field.name);
  Row const* row = find_row(name);
  if (ours_.contains(name) || (row && row->leaves == Leaves::never)) return false;
  if (name.starts_with("x-mc-") && !row) return false;
  if (!from_is_ours_ && (name == "from" || name == "sender" || name == "dkim-signature")) return false;
  if (name == "date" && !mail::parse_date(field.value)) return false;
  if (name == "message-id" && mail::parse_message_ids(field.value).empty()) return false;
  if (name == "reply-to" && mail::decode_addresses(field.value).empty()) return false;
  return seen_.insert(name).second || !row;
}

void Editor::keep(mail::HeaderField const& field) {
  if (iequals(field.name, "DKIM-Signature")) out_.signed_by_author = true;
  if (!out_.kept.empty() && out_.kept.back().end == field.whole.begin)
    out_.kept.back().end = field.whole.end;
  else
    out_.kept.push_back(field.whole);
}

void Editor::add_missing() {
  add("Feedback-ID", facts_.feedback_id);
  if (facts_.automatic && !has("auto-submitted") && !ours_.contains("auto-submitted")) add("Auto-Submitted", "auto-generated");
  if (!has("date")) add("Date", write_rfc5322_date(facts_.date));
  if (!has("message-id")) add("Message-ID", facts_.message_id);
  if (has("from")) return;
  std::string name = from_.empty() || from_[0].name.find('@') != std::string::npos ? std::string() : from_[0].name;
  if (name.empty()) name = nameless;
  mail::Address const ours{printable(name, 200), std::string(facts_.from), std::string(facts_.domain)};
  out_.added += "From: " + mail::encode_addresses({ours}, 6) + "\r\n";
  std::erase_if(from_, [](mail::Address const& a) { return a.mailbox.empty() || a.host.empty(); });
  if (from_.size() > most_reply_to) from_.resize(most_reply_to);
  for (mail::Address& address : from_) address.name = printable(address.name, 200);
  if (!has("reply-to") && !from_.empty()) out_.added += "Reply-To: " + mail::encode_addresses(from_, 10) + "\r\n";
}

}  // namespace

ExternalHeader edit_header(std::string_view header, ExternalFacts const& facts) { return Editor(header, facts).edit(); }

}  // namespace mc::center
