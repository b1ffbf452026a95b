// Policy versions and tokens of store/decisions.h.
#include "core/text.h"
#include "store/decisions.h"
#include "store/keys.h"
#include "store/records.h"
#include "store/watchers.h"

namespace mc::store {

namespace {

PolicyText parse_policy(PolicyVersion version, std::string_view value) {
  fb::Policy const& r = record_of<fb::Policy>(value);
  PolicyText out;
  out.version = version;
  out.text = string_of(r.text());
  out.author = string_of(r.author());
  out.why = string_of(r.why());
  out.at = time_of(r.at());
  out.tests = string_of(r.tests());
  return out;
}

}  // namespace

PolicyVersion put_policy(Transaction& tx, PolicyText const& policy) {
  auto latest = latest_policy(tx);
  PolicyVersion const version = latest ? latest->version.next() : PolicyVersion(1);
  Builder b;
  auto text = text_in(b, policy.text), author = text_in(b, policy.author), why = text_in(b, policy.why);
  auto tests = text_in(b, policy.tests);
  b.Finish(fb::CreatePolicy(b, text, author, why, ms_of(policy.at), tests));
  tx.put(key::policy(version), finished(b));
  tx.publish(topic::policy);
  return version;
}

std::optional<PolicyText> find_policy(Snapshot const& s, PolicyVersion version) {
  auto value = s.get(key::policy(version));
  if (!value) return std::nullopt;
  return parse_policy(version, *value);
}

std::optional<PolicyText> latest_policy(Snapshot const& s) {
  auto cursor = s.cursor();
  Key const prefix = key::table(Table::policy);
  if (!cursor->seek_last_below(key::after_table(Table::policy)) || !cursor->key().starts_with(prefix.view()))
    return std::nullopt;
  return parse_policy(PolicyVersion(number_in_key<std::uint64_t>(cursor->key(), 1)), cursor->value());
}

std::vector<PolicyText> list_policies(Snapshot const& s) {
  std::vector<PolicyText> out;
  s.scan(key::table(Table::policy), [&](std::string_view key, std::string_view value) {
    out.push_back(parse_policy(PolicyVersion(number_in_key<std::uint64_t>(key, 1)), value));
    return true;
  });
  return out;
}

PolicyFileMarks find_policy_file_marks(Snapshot const& s) {
  auto value = s.get(key::policy_file());
  if (!value) return {};
  fb::PolicyFile const& r = record_of<fb::PolicyFile>(*value);
  return {string_of(r.loaded()), string_of(r.refused())};
}

void put_policy_file_marks(Transaction& tx, PolicyFileMarks const& marks) {
  Builder b;
  auto loaded = octets_in(b, marks.loaded), refused = octets_in(b, marks.refused);
  b.Finish(fb::CreatePolicyFile(b, loaded, refused));
  tx.put(key::policy_file(), finished(b));
}

namespace {

constexpr std::size_t token_key_octets = 16;
// Letters of a token that tell when it was issued, to 16 ms, and begin again after half a year. They begin its key as
// they are, so that what one operation issues stands on few pages: a broadcast would otherwise touch a page a token.
constexpr std::size_t clear_letters = 6;
constexpr Millis token_time_unit{4};  // the clear letters are all but two of its 32 bits

// Letters in clear, then a hash. Tokens arrive in any case (RFC 5321 lets local parts be folded on the way).
std::string key_of(std::string_view lower, Sha256 const& hash) {
  std::string key(lower.substr(0, clear_letters));
  return key.append(as_octets(hash).substr(0, token_key_octets - key.size()));
}

// 32 bits.
std::string octets_of_time(Time at) {
  auto const units = static_cast<std::uint32_t>(at.time_since_epoch() / token_time_unit);
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(units >> shift);
  return out;
}

void put_token(Transaction& tx, std::string_view hash, TokenSubject const& t) {
  Builder b;
  b.Finish(fb::CreateToken(b, static_cast<std::uint8_t>(t.kind), t.user.value, t.subject, t.sequence,
                           ms_of(t.created), t.revoked));
  tx.put(key::token(hash), finished(b));
  tx.put(key::user_token(t.user, hash), {});
}

}  // namespace

std::string token_key(std::string_view token) {
  std::string const lower = to_lower(token);
  return key_of(lower, sha256(lower));
}

std::string issue_token(Transaction& tx, TokenSubject const& subject) {
  std::string const token = base32_lower(octets_of_time(tx.now()) + random_octets(12));  // 128 bits: 26 characters
  put_token(tx, token_key(token), subject);
  return token;
}

namespace {

// Tokens issued before keys began with letters stand under the hash alone. Both are looked for, whatever is there: no
// answer takes longer than another.
std::optional<std::string> find_token_key(Snapshot const& s, std::string_view token) {
  std::string const lower = to_lower(token);
  Sha256 const hash = sha256(lower);
  std::string key = key_of(lower, hash), older(as_octets(hash).substr(0, token_key_octets));
  bool const found = s.get(key::token(key)).has_value(), is_older = s.get(key::token(older)).has_value();
  if (found) return key;
  return is_older ? std::optional(std::move(older)) : std::nullopt;
}

}  // namespace

std::optional<TokenSubject> find_token(Snapshot const& s, std::string_view token) {
  auto const key = find_token_key(s, token);
  if (!key) return std::nullopt;
  auto value = s.get(key::token(*key));
  fb::Token const& r = record_of<fb::Token>(*value);
  TokenSubject out;
  out.kind = static_cast<char>(r.kind());
  out.user = UserId(r.user());
  out.subject = r.subject();
  out.sequence = r.sequence();
  out.created = time_of(r.created());
  out.revoked = r.revoked();
  return out;
}

bool revoke_token(Transaction& tx, std::string_view token) {
  auto subject = find_token(tx, token);
  if (!subject) return false;
  subject->revoked = true;
  put_token(tx, *find_token_key(tx, token), *subject);
  return true;
}

}  // namespace mc::store
