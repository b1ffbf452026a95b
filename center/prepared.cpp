#include "center/prepared.h"

#include <flatbuffers/flatbuffers.h>

#include <chrono>

#include "core/text.h"
#include "mail/headers.h"
#include "store/records_generated.h"

namespace mc::center {

namespace fb = store::fb;

namespace {

// authserv-id at the front of an Authentication-Results value: [CFWS] value   RFC 8601, 2.2
std::string_view authserv_id(std::string_view value) {
  for (;;) {
    value = trim(value);
    if (!value.starts_with('(')) break;
    auto close = value.find(')');
    if (close == std::string_view::npos) return {};
    value.remove_prefix(close + 1);
  }
  if (value.starts_with('"')) return value.substr(1, value.find('"', 1) - 1);
  return value.substr(0, value.find_first_of(" \t\r\n;("));
}

std::vector<store::OctetRange> find_cuts(std::string_view octets, Trust trust, std::string_view hostname,
                                         Unsubscribe unsubscribe) {
  auto hidden = [&](std::string_view name, std::string_view value) {
    if (unsubscribe == Unsubscribe::cut && istarts_with(name, "List-Unsubscribe")) return true;
    return trust == Trust::other &&
           (istarts_with(name, "X-MC-") ||
            (iequals(name, "Authentication-Results") && iequals(authserv_id(value), hostname)));
  };
  std::vector<store::OctetRange> cuts;
  if (trust == Trust::platform && unsubscribe == Unsubscribe::keep) return cuts;
  for (mail::Range range : mail::find_cuts(octets, hidden)) cuts.push_back({range.begin, range.end});
  return cuts;
}

std::string without(std::string_view octets, std::vector<store::OctetRange> const& cuts) {
  std::string shown;
  shown.reserve(octets.size());
  std::uint64_t at = 0;
  for (store::OctetRange cut : cuts) {
    shown += octets.substr(at, cut.begin - at);
    at = cut.end;
  }
  shown += octets.substr(at);
  return shown;
}

using Builder = flatbuffers::FlatBufferBuilder;

flatbuffers::Offset<fb::Part> write_part(Builder& b, mail::Part const& part) {
  auto type = b.CreateSharedString(part.type), subtype = b.CreateSharedString(part.subtype),
       charset = b.CreateSharedString(part.charset);
  return fb::CreatePart(b, part.parent, part.number, part.header_begin, part.header_end, part.body_begin,
                        part.body_end, static_cast<std::uint32_t>(part.lines),
                        static_cast<std::uint8_t>(part.encoding), static_cast<std::uint8_t>(part.kind), type, subtype,
                        charset);
}

std::string write_facts(Prepared const& p, std::uint64_t shown_size) {
  Builder b(2048);
  std::vector<flatbuffers::Offset<fb::Part>> parts;
  for (mail::Part const& part : p.summary.parts) parts.push_back(write_part(b, part));
  std::vector<flatbuffers::Offset<fb::Cut>> cuts;
  for (store::OctetRange cut : p.cuts) cuts.push_back(fb::CreateCut(b, cut.begin, cut.end));
  auto const& s = p.summary;
  auto cuts_at = b.CreateVector(cuts);
  auto envelope = b.CreateString(s.envelope), body = b.CreateString(s.body),
       structure = b.CreateString(s.bodystructure);
  auto parts_at = b.CreateVector(parts);
  auto message_id = b.CreateString(s.message_id);
  auto in_reply_to = b.CreateVectorOfStrings(s.in_reply_to), references = b.CreateVectorOfStrings(s.references);
  auto subject = b.CreateString(s.subject), preview = b.CreateString(s.preview);
  auto hash = b.CreateVector(p.hash.data(), p.hash.size());
  std::int64_t sent = s.date ? s.date->time.time_since_epoch().count() : 0;
  auto sent_day = s.date ? std::chrono::sys_days(s.date->day).time_since_epoch().count() : 0;
  b.Finish(fb::CreateBody(b, p.octets.size(), shown_size, cuts_at, envelope, body, structure, parts_at, s.header_size,
                          message_id, in_reply_to, references, subject, preview, sent,
                          static_cast<std::int32_t>(sent_day), s.date.has_value(), hash));
  return {reinterpret_cast<char const*>(b.GetBufferPointer()), b.GetSize()};
}

// The address of these octets with these cuts: the same octets without cuts differ.
Sha256 content_address(Prepared const& p) {
  Sha256 hash = sha256(p.octets);
  if (p.cuts.empty()) return hash;
  std::string both(as_octets(hash));
  for (store::OctetRange cut : p.cuts) both += std::to_string(cut.begin) + '-' + std::to_string(cut.end) + ' ';
  return sha256(both);
}

// Parsing is 20 to 40 µs for 4 KiB; above this an I/O thread should not be held up.
constexpr std::size_t worth_a_worker = 64 << 10;

}  // namespace

Prepared prepare(std::string octets, Trust trust, std::string_view hostname, Unsubscribe unsubscribe) {
  Prepared p;
  p.octets = std::move(octets);
  p.cuts = find_cuts(p.octets, trust, hostname, unsubscribe);
  std::uint64_t shown_size = p.octets.size();
  if (p.cuts.empty()) {
    p.summary = mail::summarize(p.octets);
  } else {
    std::string shown = without(p.octets, p.cuts);
    shown_size = shown.size();
    p.summary = mail::summarize(shown);
  }
  p.hash = content_address(p);
  p.facts = write_facts(p, shown_size);
  return p;
}

boost::asio::awaitable<Prepared> prepare_async(WorkerPool& workers, std::string octets, Trust trust,
                                               std::string hostname, Unsubscribe unsubscribe) {
  if (octets.size() <= worth_a_worker) co_return prepare(std::move(octets), trust, hostname, unsubscribe);
  auto job = [&] { return prepare(std::move(octets), trust, hostname, unsubscribe); };
  Prepared prepared = co_await workers.run(job);
  co_return prepared;
}

}  // namespace mc::center
