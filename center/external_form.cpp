#include "center/external_form.h"

#include <algorithm>

#include "center/external_header.h"
#include "center/footer.h"
#include "core/crypto.h"
#include "core/text.h"
#include "mail/headers.h"
#include "rules/footer.h"
#include "rules/record.h"
#include "store/decisions.h"
#include "store/records_generated.h"

namespace mc::center {

namespace {

constexpr std::uint64_t most_header = 1 << 20;

std::string_view view(flatbuffers::String const* text) {
  return text ? std::string_view(text->data(), text->size()) : std::string_view();
}

bool is_8bit(char c) { return static_cast<unsigned char>(c) >= 0x80; }

// A message on its way: what is known of it besides its octets.
struct Source {
  store::OutboxEntry const& entry;
  PolicyInForce policy;             // in force now
  rules::Type const* type;          // of the message; null for what the policy has no type for
  std::uint64_t policy_version = 0; // that decided
  bool automatic = true;
};

bool is_program(rules::Submitter who) { return who == rules::Submitter::platform || who == rules::Submitter::system; }

Source look_up(Context const& context, store::Snapshot const& s, store::OutboxEntry const& entry) {
  Source source{entry, context.policy.get(), nullptr};
  rules::Policy const& policy = *source.policy.policy;
  rules::TypeIndex const index = policy.find_type(entry.type);
  if (index || policy.type(index).name == entry.type) source.type = &policy.type(index);
  source.policy_version = source.policy.version.value;
  source.automatic = !entry.personal;
  auto record = store::find_decision(s, entry.decision);
  if (!record) return source;
  source.policy_version = record->policy.value;
  auto parsed = rules::parse_record(record->record);
  if (parsed && record->folded.empty()) source.automatic = !entry.personal && is_program(parsed->inputs.source);
  return source;
}

// "payment.sent:alerts:12:example.test": what complaints are counted by, from the narrowest to the sender.
std::string write_feedback_id(Settings const& settings, Source const& source) {
  std::string_view const type = source.entry.type.empty() ? std::string_view("report") : source.entry.type;
  std::string_view const tab = source.type ? rules::to_string(source.type->tab) : std::string_view("system");
  return std::string(type) + ':' + std::string(tab) + ':' + std::to_string(source.policy_version) + ':' + settings.domain;
}

// The same at every attempt, and telling nothing.
std::string write_message_id(Settings const& settings, store::OutboxEntry const& entry) {
  std::string const what = settings.hostname + ' ' + entry.mail_id + ' ' + to_string(entry.id);
  return '<' + base32_lower(as_octets(sha256(what)).substr(0, 20)) + '@' + settings.hostname + '>';
}

// The https link in our own List-Unsubscribe; empty if it has none.
std::string find_link(std::string_view prefix) {
  auto const value = mail::find_header(prefix, "List-Unsubscribe");
  if (!value) return {};
  auto const begin = value->find("<https://");
  auto const end = value->find('>', begin == std::string_view::npos ? 0 : begin);
  if (begin == std::string_view::npos || end == std::string_view::npos) return {};
  return std::string(value->substr(begin + 1, end - begin - 1));
}

// The fields that stand whole in what was read of a header.
std::string_view whole_fields(std::string_view header) {
  auto end = header.rfind('\n');
  while (end != std::string_view::npos && end > 0) {
    bool const goes_on = end + 1 == header.size() || header[end + 1] == ' ' || header[end + 1] == '\t';
    if (!goes_on) return header.substr(0, end + 1);
    end = header.rfind('\n', end - 1);
  }
  return {};
}

std::string write_footer(Settings const& settings, Source const& source, std::string_view prefix) {
  if (!source.type || source.type->footer.empty()) return {};
  return rules::fill_footer(source.type->footer, [&](rules::Placeholder p) {
    return p == rules::Placeholder::unsubscribe ? find_link(prefix) : settings.settings_url;
  });
}

mail::Part read_part(store::fb::Part const& stored) {
  mail::Part part;
  part.parent = stored.parent();
  part.header_begin = stored.header_begin();
  part.header_end = stored.header_end();
  part.body_begin = stored.body_begin();
  part.body_end = stored.body_end();
  part.kind = static_cast<mail::PartKind>(stored.kind());
  part.encoding = static_cast<mail::TransferEncoding>(stored.encoding());
  part.type = view(stored.type());
  part.subtype = view(stored.subtype());
  part.charset = view(stored.charset());
  return part;
}

std::vector<mail::Part> read_parts(store::fb::Body const& facts) {
  std::vector<mail::Part> parts;
  if (facts.parts())
    for (store::fb::Part const* stored : *facts.parts()) parts.push_back(read_part(*stored));
  return parts;
}

ReadOctets body_reader(store::Snapshot const& s, BodyId body) {
  return [&s, body](mail::Range range) {
    std::string out;
    store::read_body(s, body, {range.begin, range.end}, out);
    return out;
  };
}

void add_body(ExternalForm& form, mail::Range body, std::vector<Splice> const& splices) {
  std::uint64_t at = body.begin;
  for (Splice const& splice : splices) {
    form.add_range({at, splice.range.begin});
    form.add_text(splice.text);
    at = splice.range.end;
  }
  form.add_range({at, body.end});
}

}  // namespace

void ExternalForm::add_text(std::string text) {
  if (text.empty()) return;
  has_8bit_ = has_8bit_ || std::any_of(text.begin(), text.end(), is_8bit);
  std::uint64_t const size = text.size();
  pieces_.push_back({size_, size, 0, std::move(text)});
  size_ += size;
}

void ExternalForm::add_range(store::OctetRange range) {
  if (range.begin >= range.end) return;
  pieces_.push_back({size_, range.end - range.begin, range.begin, {}});
  size_ += range.end - range.begin;
}

void ExternalForm::put_first(std::string lines) {
  if (lines.empty()) return;
  std::uint64_t const size = lines.size();
  for (Piece& piece : pieces_) piece.begin += size;
  pieces_.insert(pieces_.begin(), {0, size, 0, std::move(lines)});
  size_ += size;
}

void ExternalForm::read(store::Snapshot const& s, std::uint64_t offset, std::size_t most, std::string& out) const {
  auto piece = std::upper_bound(pieces_.begin(), pieces_.end(), offset,
                                [](std::uint64_t at, Piece const& p) { return at < p.begin + p.size; });
  for (; piece != pieces_.end() && most > 0; ++piece) {
    std::uint64_t const skip = offset - piece->begin;
    auto const count = static_cast<std::size_t>(std::min<std::uint64_t>(most, piece->size - skip));
    if (piece->text.empty())
      store::read_body(s, body_, {piece->from + skip, piece->from + skip + count}, out);
    else
      out.append(piece->text, skip, count);
    offset += count;
    most -= count;
  }
}

ExternalForm make_external_form(Context const& context, store::Snapshot const& s, store::OutboxEntry const& entry) {
  Settings const& settings = context.settings;
  store::fb::Message const& message = store::message_record(s, entry.message);
  BodyId const body(message.body());
  store::fb::Body const& stored = store::body_facts(s, body);
  std::string const prefix = std::string(view(message.prefix())) + entry.extra_prefix;
  Source const source = look_up(context, s, entry);
  ReadOctets const read = body_reader(s, body);
  std::string const octets = read({0, std::min<std::uint64_t>(stored.header_size(), most_header)});
  std::string_view const header = stored.header_size() > most_header ? whole_fields(octets) : octets;

  ExternalFacts facts{settings.domain, settings.external_from, prefix, write_feedback_id(settings, source),
                      write_message_id(settings, entry), entry.created, source.automatic};
  ExternalHeader const edited = edit_header(header, facts);
  ExternalForm form(body);
  form.add_text(prefix + edited.added);
  for (mail::Range kept : edited.kept) form.add_range({kept.begin, kept.end});
  form.add_text(edited.needs_line_end ? "\r\n\r\n" : "\r\n");

  std::vector<Splice> splices;
  if (std::string const footer = write_footer(settings, source, prefix); !footer.empty() && !edited.signed_by_author)
    splices = place_footer(read_parts(stored), read, footer);
  add_body(form, {stored.header_size(), stored.shown_size()}, splices);
  return form;
}

}  // namespace mc::center
