#include "store/broadcasts.h"

#include "store/bodies.h"
#include "store/keys.h"
#include "store/records.h"

namespace mc::store {

namespace {

// The number of its first part; absent: there is none.
std::optional<std::uint32_t> first_part(Snapshot const& s, MessageId id) {
  std::optional<std::uint32_t> number;
  Key const prefix = key::broadcast_parts(id);
  s.scan(prefix, [&](std::string_view key, std::string_view) {
    number = number_in_key<std::uint32_t>(key, prefix.view().size());
    return false;
  });
  return number;
}

Broadcast parse_broadcast(MessageId id, std::string_view value) {
  fb::Broadcast const& r = record_of<fb::Broadcast>(value);
  Broadcast b;
  b.message = id;
  b.at = time_of(r.at());
  b.policy = PolicyVersion(r.policy());
  b.submitter = r.submitter();
  b.user = UserId(r.user());
  b.submitter_name = string_of(r.submitter_name());
  b.helo = string_of(r.helo());
  b.peer = string_of(r.peer());
  b.protocol = string_of(r.protocol());
  b.tls = string_of(r.tls());
  b.mail_id = string_of(r.mail_id());
  b.reverse_path = string_of(r.reverse_path());
  b.ret = r.ret();
  b.envid = string_of(r.envid());
  b.smtputf8 = r.smtputf8();
  b.eight_bit = r.eight_bit();
  return b;
}

}  // namespace

void put_broadcast(Transaction& tx, Broadcast const& b) {
  Builder out;
  auto name = text_in(out, b.submitter_name), helo = text_in(out, b.helo), peer = text_in(out, b.peer);
  auto protocol = text_in(out, b.protocol), tls = text_in(out, b.tls), mail_id = text_in(out, b.mail_id);
  auto reverse_path = text_in(out, b.reverse_path), envid = text_in(out, b.envid);
  out.Finish(fb::CreateBroadcast(out, ms_of(b.at), b.policy.value, b.submitter, b.user.value, name,
                                 helo, peer, protocol, tls, mail_id, reverse_path, b.ret, envid, b.smtputf8,
                                 b.eight_bit));
  tx.put(key::broadcast(b.message), finished(out));
}

void put_broadcast_part(Transaction& tx, MessageId id, std::uint32_t number,
                        std::vector<BroadcastRecipient> const& recipients) {
  Builder out;
  std::vector<flatbuffers::Offset<fb::BroadcastRecipient>> list;
  list.reserve(recipients.size());
  for (BroadcastRecipient const& r : recipients) {
    auto address = text_in(out, r.address), orcpt = text_in(out, r.orcpt);
    list.push_back(fb::CreateBroadcastRecipient(out, address, r.notify, orcpt));
  }
  auto vector = out.CreateVector(list);
  out.Finish(fb::CreateBroadcastPart(out, vector));
  tx.put(key::broadcast_part(id, number), finished(out));
}

std::optional<std::vector<BroadcastRecipient>> take_broadcast_part(Transaction& tx, MessageId id, std::uint32_t number) {
  Key const key = key::broadcast_part(id, number);
  auto value = tx.get(key);
  if (!value) return std::nullopt;
  std::vector<BroadcastRecipient> out;
  auto const* list = record_of<fb::BroadcastPart>(*value).recipients();
  for (flatbuffers::uoffset_t i = 0; list && i < list->size(); ++i)
    out.push_back({string_of(list->Get(i)->address()), list->Get(i)->notify(), string_of(list->Get(i)->orcpt())});
  tx.del(key);
  if (first_part(tx, id)) return out;
  tx.del(key::broadcast(id));
  drop_reference(tx, id);
  return out;
}

std::optional<Broadcast> find_broadcast(Snapshot const& s, MessageId id) {
  auto value = s.get(key::broadcast(id));
  if (!value) return std::nullopt;
  return parse_broadcast(id, *value);
}

std::optional<BroadcastPlace> next_broadcast_part(Snapshot const& s, Time until) {
  std::optional<BroadcastPlace> place;
  s.scan(key::table(Table::broadcast), [&](std::string_view key, std::string_view value) {
    if (record_of<fb::Broadcast>(value).at() > ms_of(until)) return true;
    MessageId const id(number_in_key<std::uint64_t>(key, 1));
    if (auto part = first_part(s, id)) place = BroadcastPlace{id, *part};
    return !place;
  });
  return place;
}

}  // namespace mc::store
