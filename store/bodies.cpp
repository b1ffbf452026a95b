#include "store/bodies.h"

#include <algorithm>
#include <stdexcept>

#include "store/crc32c.h"
#include "store/fixed.h"
#include "store/keys.h"
#include "store/place.h"
#include "store/reclaim.h"
#include "store/records.h"

namespace mc::store {

namespace {

constexpr std::size_t crc_octets = 4;

std::string_view get_value(Snapshot const& s, Key const& key, char const* what) {
  auto value = s.get(key);
  if (!value) throw std::logic_error(std::string("no such ") + what);
  return *value;
}

using Cuts = flatbuffers::Vector<flatbuffers::Offset<fb::Cut>>;

bool same_cuts(Cuts const* a, Cuts const* b) {
  std::size_t n = a ? a->size() : 0;
  if (n != (b ? b->size() : 0)) return false;
  for (flatbuffers::uoffset_t i = 0; i < n; ++i)
    if (a->Get(i)->begin() != b->Get(i)->begin() || a->Get(i)->end() != b->Get(i)->end()) return false;
  return true;
}

// The stored body of this hash and these cuts.
std::optional<BodyId> find_same(Snapshot const& s, Sha256 const& hash, fb::Body const& facts) {
  std::optional<BodyId> found;
  Key const prefix = key::body_hash(hash);
  s.scan(prefix, [&](std::string_view key, std::string_view) {
    BodyId id(number_in_key<std::uint64_t>(key, prefix.view().size()));
    fb::Body const& other = body_facts(s, id);
    if (other.size() == facts.size() && same_cuts(other.cuts(), facts.cuts())) found = id;
    return !found;
  });
  return found;
}

void put_chunks(Transaction& tx, BodyId id, std::string_view octets) {
  for (std::uint32_t number = 0; !octets.empty(); ++number) {
    std::string_view data = octets.substr(0, chunk_octets);
    char* at = tx.put_reserve(key::body_chunk(id, number), crc_octets + data.size());
    save(at, crc32c(data));
    std::memcpy(at + crc_octets, data.data(), data.size());
    octets.remove_prefix(data.size());
  }
}

void put_count(Transaction& tx, Key const& key, std::uint64_t count) {
  save(tx.put_reserve(key, sizeof count), count);
}

// Counts stand only where they are not 1.
std::uint64_t count_of(Snapshot const& s, Key const& key) {
  auto value = s.get(key);
  return value && value->size() == 8 ? load<std::uint64_t>(value->data()) : 1;
}

void set_count(Transaction& tx, Key const& key, std::uint64_t count) {
  if (count == 1)
    tx.del(key);
  else
    put_count(tx, key, count);
}

std::string_view chunk_data(Place& chunks, BodyId id, std::uint64_t number) {
  auto value = chunks.find(key::body_chunk(id, static_cast<std::uint32_t>(number)));
  if (!value || value->size() < crc_octets)
    throw StorageBroken("a chunk of message body " + to_string(id) + " is missing");
  std::string_view data = value->substr(crc_octets);
  if (crc32c(data) != load<std::uint32_t>(value->data()))
    throw StorageBroken("a chunk of message body " + to_string(id) + " is damaged");
  return data;
}

// Octets [begin, end) as received.
void read_received(Place& chunks, BodyId id, std::uint64_t begin, std::uint64_t end, std::string& out) {
  while (begin < end) {
    std::string_view data = chunk_data(chunks, id, begin / chunk_octets);
    std::uint64_t const from = begin % chunk_octets;
    std::uint64_t const n = std::min<std::uint64_t>(end - begin, chunk_octets - from);
    if (from + n > data.size()) throw StorageBroken("message body " + to_string(id) + " is too short");
    out.append(data.substr(from, n));
    begin += n;
  }
}

// Octets [begin, end) of what is shown: pieces of what was received, between the cuts.
void read_shown(Place& chunks, BodyId id, fb::Body const& facts, OctetRange range, std::string& out) {
  std::uint64_t received = 0, shown = 0;
  auto piece = [&](std::uint64_t end) {  // received octets from `received` to `end` are shown next
    std::uint64_t const size = end > received ? end - received : 0;
    std::uint64_t const from = std::clamp(range.begin, shown, shown + size);
    std::uint64_t const to = std::clamp(range.end, shown, shown + size);
    read_received(chunks, id, received + (from - shown), received + (to - shown), out);
    shown += size;
  };
  for (flatbuffers::uoffset_t i = 0; facts.cuts() && i < facts.cuts()->size(); ++i) {
    if (shown >= range.end) return;
    fb::Cut const& cut = *facts.cuts()->Get(i);
    piece(std::min(cut.begin(), facts.size()));
    received = std::max(received, std::min(cut.end(), facts.size()));
  }
  piece(facts.size());
}

// A body whose octets are another's: that one.
BodyId octets_of(Snapshot const& s, BodyId id, fb::Body const& facts) {
  if (!facts.head()) return id;
  auto const value = s.get(key::body_source(id));
  if (!value || value->size() != sizeof(std::uint64_t))
    throw StorageBroken("message body " + to_string(id) + " does not say whose octets it shows");
  return BodyId(load<std::uint64_t>(value->data()));
}

OctetRange past(std::size_t size, OctetRange range) {
  auto beyond = [&](std::uint64_t v) { return v > size ? v - size : 0; };
  return {beyond(range.begin), beyond(range.end)};
}

void read_text(std::string_view text, OctetRange range, std::string& out) {
  std::uint64_t const begin = std::min<std::uint64_t>(range.begin, text.size());
  std::uint64_t const end = std::clamp<std::uint64_t>(range.end, begin, text.size());
  out.append(text.substr(begin, end - begin));
}

void read_whole(Snapshot const& s, Place& chunks, BodyId id, fb::Body const& facts, OctetRange range, std::string& out) {
  std::string_view const head = view_of(facts.head());
  read_text(head, range, out);
  OctetRange const rest = past(head.size(), range);
  if (rest.begin < rest.end) read_shown(chunks, octets_of(s, id, facts), facts, rest, out);
}

void read_prefixed(Snapshot const& s, Place& chunks, fb::Message const& message, fb::Body const& facts, OctetRange range,
                   std::string& out) {
  std::string_view const prefix = view_of(message.prefix());
  read_text(prefix, range, out);
  OctetRange const rest = past(prefix.size(), range);
  if (rest.begin < rest.end) read_whole(s, chunks, BodyId(message.body()), facts, rest, out);
}

}  // namespace

namespace {

// One that nobody refers to yet.
BodyId put_facts(Transaction& tx, std::string_view facts, Sha256 const& hash) {
  BodyId const id(tx.next_id(Counter::body));
  tx.put(key::body(id), facts);
  put_count(tx, key::body_refs(id), 0);
  tx.put(key::body_hash(hash, id), {});
  return id;
}

void check_facts(fb::Body const& given, std::uint64_t size, Sha256 const& hash) {
  if (view_of(given.sha256()) != as_octets(hash) || given.size() != size)
    throw std::logic_error("the facts of a body are not of its octets");
}

}  // namespace

BodyId put_body(Transaction& tx, std::string_view octets, std::string_view facts, Sha256 const& hash) {
  fb::Body const& given = record_of<fb::Body>(facts);
  check_facts(given, octets.size(), hash);
  if (auto same = find_same(tx, hash, given)) return *same;
  BodyId const id = put_facts(tx, facts, hash);
  put_chunks(tx, id, octets);
  return id;
}

BodyId put_derived_body(Transaction& tx, BodyId source, std::string_view facts, Sha256 const& hash) {
  fb::Body const& given = record_of<fb::Body>(facts);
  fb::Body const& theirs = body_facts(tx, source);
  check_facts(given, theirs.size(), hash);
  if (!given.head() || theirs.head()) throw std::logic_error("a body cannot be derived so");
  if (auto same = find_same(tx, hash, given)) return *same;
  BodyId const id = put_facts(tx, facts, hash);
  save(tx.put_reserve(key::body_source(id), sizeof source.value), source.value);
  Key const refs = key::body_refs(source);
  set_count(tx, refs, count_of(tx, refs) + 1);
  return id;
}

std::optional<BodyId> find_body(Snapshot const& s, Sha256 const& hash) {
  std::optional<BodyId> found;
  s.scan(key::body_hash(hash), [&](std::string_view key, std::string_view) {
    found = BodyId(number_in_key<std::uint64_t>(key, 1 + hash.size()));
    return false;
  });
  return found;
}

fb::Body const& body_facts(Snapshot const& s, BodyId id) {
  return record_of<fb::Body>(get_value(s, key::body(id), "body"));
}

MessageId make_message(Transaction& tx, BodyId body, std::string_view prefix, UserId owner, DecisionId decision) {
  Key const refs = key::body_refs(body);
  std::uint64_t const shown = body_facts(tx, body).shown_size();
  set_count(tx, refs, count_of(tx, refs) + 1);
  MessageId const id(tx.next_id(Counter::message));
  Builder b(256 + prefix.size());
  auto text = b.CreateString(prefix.data(), prefix.size());
  b.Finish(fb::CreateMessage(b, body.value, text, prefix.size() + shown, decision.value, owner.value));
  tx.put(key::message(id), finished(b));
  return id;
}

std::uint64_t reference_count(Snapshot const& s, MessageId id) { return count_of(s, key::message_refs(id)); }

bool has_message(Snapshot const& s, MessageId id) { return s.get(key::message(id)).has_value(); }

void add_references(Transaction& tx, MessageId id, std::uint64_t count) {
  Key const refs = key::message_refs(id);
  set_count(tx, refs, count_of(tx, refs) + count);
}

void drop_reference(Transaction& tx, MessageId id) { release(tx, id); }

namespace {

std::uint64_t release_body(Transaction& tx, BodyId id) {
  Key const refs = key::body_refs(id);
  if (std::uint64_t count = count_of(tx, refs); count > 1) {
    set_count(tx, refs, count - 1);
    return 0;
  }
  fb::Body const& facts = body_facts(tx, id);
  std::uint64_t const size = facts.size();
  BodyId const source = octets_of(tx, id, facts);
  Sha256 hash{};
  std::string_view const stored = view_of(facts.sha256());
  std::copy_n(stored.begin(), std::min(stored.size(), hash.size()), hash.begin());
  tx.del(key::body_hash(hash, id));
  if (source != id) {
    tx.del(key::body_source(id));
    tx.del(key::body(id));
    return release_body(tx, source);
  }
  for (std::uint64_t number = 0; number * chunk_octets < size; ++number)
    tx.del(key::body_chunk(id, static_cast<std::uint32_t>(number)));
  tx.del(key::body(id));
  return size;
}

}  // namespace

std::uint64_t release(Transaction& tx, MessageId id) {
  Key const refs = key::message_refs(id);
  if (std::uint64_t count = count_of(tx, refs); count > 1) {
    set_count(tx, refs, count - 1);
    return 0;
  }
  BodyId const body(message_record(tx, id).body());
  tx.del(key::message(id));
  return release_body(tx, body);
}

fb::Message const& message_record(Snapshot const& s, MessageId id) {
  return record_of<fb::Message>(get_value(s, key::message(id), "message"));
}

void read_body(Snapshot const& s, BodyId id, OctetRange range, std::string& out) {
  Place chunks(s);
  read_whole(s, chunks, id, body_facts(s, id), range, out);
}

void read_received(Snapshot const& s, MessageId id, std::string& out) {
  BodyId const body(message_record(s, id).body());
  fb::Body const& facts = body_facts(s, body);
  Place chunks(s);
  read_received(chunks, octets_of(s, body, facts), 0, facts.size(), out);
}

void read_message(Snapshot const& s, MessageId id, OctetRange range, std::string& out) {
  fb::Message const& message = message_record(s, id);
  Place chunks(s);
  read_prefixed(s, chunks, message, body_facts(s, BodyId(message.body())), range, out);
}

// --- MessageReader ---------------------------------------------------------------------

struct MessageReader::Impl {
  explicit Impl(Snapshot const& s) : snapshot(s), messages(s), bodies(s), chunks(s) {}
  Snapshot const& snapshot;
  Place messages, bodies, chunks;
};

MessageReader::MessageReader(Snapshot const& s) : impl_(std::make_unique<Impl>(s)) {}
MessageReader::~MessageReader() = default;
MessageReader::MessageReader(MessageReader&&) noexcept = default;
MessageReader& MessageReader::operator=(MessageReader&&) noexcept = default;

fb::Message const& MessageReader::record(MessageId id) {
  auto value = impl_->messages.find(key::message(id));
  if (!value) throw std::logic_error("no such message");
  return record_of<fb::Message>(*value);
}

fb::Body const& MessageReader::facts(MessageId id) {
  auto value = impl_->bodies.find(key::body(BodyId(record(id).body())));
  if (!value) throw std::logic_error("no such body");
  return record_of<fb::Body>(*value);
}

std::string_view MessageReader::prefix(MessageId id) { return view_of(record(id).prefix()); }

void MessageReader::read(MessageId id, OctetRange range, std::string& out) {
  fb::Message const& message = record(id);
  read_prefixed(impl_->snapshot, impl_->chunks, message, facts(id), range, out);
}

void MessageReader::read_body(MessageId id, OctetRange range, std::string& out) {
  BodyId const body(record(id).body());
  read_whole(impl_->snapshot, impl_->chunks, body, facts(id), range, out);
}

}  // namespace mc::store
