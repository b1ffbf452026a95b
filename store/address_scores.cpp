#include "store/address_scores.h"

#include "core/text.h"
#include "store/keys.h"
#include "store/records.h"

namespace mc::store {

namespace {

constexpr std::size_t max_address = 320;  // RFC 5321, 4.5.3.1: 64 "@" 255
constexpr std::size_t forget_octets = 9;  // of a key: tag and time, the address behind them

AddressScore parse_score(std::string_view value) {
  fb::AddressScore const& r = record_of<fb::AddressScore>(value);
  return {r.score(),           time_of(r.at()),       r.soft_day(),        r.hard(),         r.suppressed(),
          time_of(r.failed()), time_of(r.accepted()), string_of(r.reason()), time_of(r.forget()), time_of(r.cleared())};
}

}  // namespace

std::optional<AddressScore> find_address_score(Snapshot const& s, std::string_view address) {
  if (address.empty() || address.size() > max_address) return std::nullopt;
  auto value = s.get(key::address_score(to_lower(address)));
  if (!value) return std::nullopt;
  return parse_score(*value);
}

void put_address_score(Transaction& tx, std::string_view address, AddressScore const& score) {
  if (address.empty() || address.size() > max_address) return;
  delete_address_score(tx, address);
  std::string const lower = to_lower(address);
  Builder b;
  auto reason = text_in(b, score.reason);
  b.Finish(fb::CreateAddressScore(b, score.score, ms_of(score.at), score.soft_day, score.hard, score.suppressed,
                                  ms_of(score.failed), ms_of(score.accepted), reason, ms_of(score.forget), ms_of(score.cleared)));
  tx.put(key::address_score(lower), finished(b));
  tx.put(key::score_end(ms_of(score.forget), lower), {});
}

bool delete_address_score(Transaction& tx, std::string_view address) {
  auto old = find_address_score(tx, address);
  if (!old) return false;
  std::string const lower = to_lower(address);
  tx.del(key::score_end(ms_of(old->forget), lower));
  return tx.del(key::address_score(lower));
}

bool forget_address_scores(Transaction& tx, Time now, std::size_t most) {
  auto cursor = tx.cursor();
  Key const table = key::table(Table::score_end);
  while (cursor->seek(table) && cursor->key().starts_with(table.view())) {
    std::string const key(cursor->key());
    if (time_of(key::time_in_key(key, 1)) > now) return false;
    if (most-- == 0) return true;
    if (!delete_address_score(tx, std::string_view(key).substr(forget_octets))) tx.del(key);
  }
  return false;
}

}  // namespace mc::store
