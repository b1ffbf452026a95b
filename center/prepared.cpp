#include "center/prepared.h"

#include <flatbuffers/flatbuffers.h>

#include <chrono>
#include <utility>

#include "core/text.h"
#include "mail/headers.h"
#include "store/records.h"

namespace mc::center {

namespace fb = store::fb;

namespace {

// What is believed, and which fields of the message are not shown.
class Inspection {
 public:
  Inspection(Trust trust, std::string_view authserv_id, Unsubscribe unsubscribe)
      : trust_(trust), authserv_id_(authserv_id), unsubscribe_(unsubscribe) {}

  // Called for each field from top to bottom.
  bool hides(std::string_view name, std::string_view value) {
    if (unsubscribe_ == Unsubscribe::cut && istarts_with(name, "List-Unsubscribe")) return true;
    if (iequals(name, "X-MC-Counterpart")) return true;  // a user's login, from the platform to us
    if (trust_ == Trust::platform) return false;
    if (istarts_with(name, "X-MC-")) return true;
    bool const in_our_name =
        iequals(name, "Authentication-Results") && iequals(mail::read_authserv_id(value), authserv_id_);
    return in_our_name && !believes(value);
  }
  mail::AuthResults take_auth() { return std::move(auth_); }

 private:
  // Only the topmost was surely written by our MTA: what stands below may have come with the message.
  bool believes(std::string_view value) {
    if (trust_ != Trust::our_mta || std::exchange(seen_, true)) return false;
    auto read = mail::parse_auth_results(value);
    if (read) auth_ = std::move(*read);
    return read.has_value();
  }

  Trust trust_;
  std::string_view authserv_id_;
  Unsubscribe unsubscribe_;
  bool seen_ = false;
  mail::AuthResults auth_;
};

std::vector<store::OctetRange> find_cuts(std::string_view octets, Inspection& inspection) {
  std::vector<store::OctetRange> cuts;
  auto hides = [&](std::string_view name, std::string_view value) { return inspection.hides(name, value); };
  for (mail::Range range : mail::find_cuts(octets, hides)) cuts.push_back({range.begin, range.end});
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

using Builder = store::Builder;

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
  auto head = store::text_in(b, p.head);
  b.Finish(fb::CreateBody(b, p.source ? p.source->octets.size() : p.octets.size(), shown_size, cuts_at, envelope, body, structure, parts_at, s.header_size,
                          message_id, in_reply_to, references, subject, preview, sent,
                          static_cast<std::int32_t>(sent_day), s.date.has_value(), hash, head));
  return {reinterpret_cast<char const*>(b.GetBufferPointer()), b.GetSize()};
}

// The address of these octets with these cuts under this head: the same octets without them differ.
Sha256 content_address(Prepared const& p) {
  Sha256 hash = p.source ? p.source->hash : sha256(p.octets);
  if (p.cuts.empty() && p.head.empty()) return hash;
  std::string both(as_octets(hash));
  both += p.head;
  for (store::OctetRange cut : p.cuts) both += std::to_string(cut.begin) + '-' + std::to_string(cut.end) + ' ';
  return sha256(both);
}

// Parsing is 20 to 40 µs for 4 KiB; above this an I/O thread should not be held up.
constexpr std::size_t worth_a_worker = 64 << 10;

}  // namespace

Trust trust_in(Submitter const& submitter) {
  if (submitter.kind == SubmitterKind::platform) return Trust::platform;
  return submitter.by_our_mta ? Trust::our_mta : Trust::other;
}

Prepared prepare(std::string octets, Trust trust, std::string_view authserv_id, Unsubscribe unsubscribe) {
  Prepared p;
  p.octets = std::move(octets);
  Inspection inspection(trust, authserv_id, unsubscribe);
  p.cuts = find_cuts(p.octets, inspection);
  p.auth = inspection.take_auth();
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

Prepared derive(Prepared const& source, std::string head, std::vector<store::OctetRange> cuts, std::string header) {
  Prepared p;
  p.source = &source;
  p.octets = std::move(header);
  p.cuts = std::move(cuts);
  p.head = std::move(head);
  p.summary = mail::with_header(source.summary, p.octets);
  p.hash = content_address(p);
  p.facts = write_facts(p, p.summary.size);
  return p;
}

BodyId put_body(store::Transaction& tx, Prepared const& prepared) {
  if (!prepared.source) return store::put_body(tx, prepared.octets, prepared.facts, prepared.hash);
  BodyId const source = put_body(tx, *prepared.source);
  return store::put_derived_body(tx, source, prepared.facts, prepared.hash);
}

boost::asio::awaitable<Prepared> prepare_async(WorkerPool& workers, std::string octets, Trust trust,
                                               std::string authserv_id, Unsubscribe unsubscribe) {
  if (octets.size() <= worth_a_worker) co_return prepare(std::move(octets), trust, authserv_id, unsubscribe);
  auto job = [&] { return prepare(std::move(octets), trust, authserv_id, unsubscribe); };
  Prepared prepared = co_await workers.run(job);
  co_return prepared;
}

}  // namespace mc::center
