#include "store/accounts.h"

#include <algorithm>
#include <array>

#include "core/text.h"
#include "store/address_scores.h"
#include "store/fixed.h"
#include "store/keys.h"
#include "store/mailboxes.h"
#include "store/reclaim.h"
#include "store/records.h"
#include "store/watchers.h"

namespace mc::store {

namespace {
constexpr std::array<std::string_view, 4> role_names{"user", "agent", "platform", "admin"};
constexpr std::array<std::string_view, 3> state_names{"unverified", "verified", "suppressed"};
constexpr std::size_t max_login = 64, max_address = 320;  // RFC 5321, 4.5.3.1: 64 "@" 255
}  // namespace

std::string_view to_string(Role role) { return role_names.at(static_cast<std::size_t>(role)); }

std::optional<Role> parse_role(std::string_view text) {
  auto at = std::find(role_names.begin(), role_names.end(), text);
  if (at == role_names.end()) return std::nullopt;
  return static_cast<Role>(at - role_names.begin());
}

std::string_view to_string(AddressState state) { return state_names.at(static_cast<std::size_t>(state)); }

// login = ALNUM *63( ALNUM / "." / "_" / "-" )   in any case; "." neither last nor doubled, as in a dot-atom
Result<void> check_login(std::string_view login) {
  if (login.empty() || login.size() > max_login) return fail(Errc::syntax, "A login has 1 to 64 characters");
  auto alnum = [](char c) { return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z'); };
  auto allowed = [&](char c) { return alnum(c) || c == '.' || c == '_' || c == '-'; };
  if (!std::all_of(login.begin(), login.end(), allowed) || !alnum(login.front()))
    return fail(Errc::syntax, "A login has letters, digits, '.', '_', '-' and starts with a letter or digit");
  if (login.ends_with('.') || login.find("..") != std::string_view::npos)
    return fail(Errc::syntax, "A login does not end in '.' and has no two of them in a row");
  return {};
}

namespace {

Result<void> check_address(std::string_view address) {
  if (address.size() > max_address) return fail(Errc::syntax, "The address is too long");
  if (address.find('\0') != std::string_view::npos) return fail(Errc::syntax, "The address has invalid characters");
  return {};
}

User parse_user(UserId id, std::string_view value) {
  fb::User const& r = record_of<fb::User>(value);
  User u;
  u.id = id;
  u.login = string_of(r.login());
  u.email = string_of(r.email());
  u.email_state = static_cast<AddressState>(r.email_state());
  u.role = static_cast<Role>(r.role());
  u.enabled = r.enabled();
  u.created = time_of(r.created());
  u.password_hash = string_of(r.password_hash());
  u.scram.salt = string_of(r.scram_salt());
  u.scram.iterations = r.scram_iterations();
  u.scram.stored_key = string_of(r.scram_stored_key());
  u.scram.server_key = string_of(r.scram_server_key());
  u.display_name = string_of(r.display_name());
  for (flatbuffers::uoffset_t i = 0; r.groups() && i < r.groups()->size(); ++i)
    u.groups.push_back(string_of(r.groups()->Get(i)));
  u.time_zone = string_of(r.time_zone());
  if (r.quiet_from() >= 0)
    u.times.quiet = {static_cast<std::uint16_t>(r.quiet_from()), static_cast<std::uint16_t>(r.quiet_until())};
  u.times.digest = static_cast<Digest>(r.digest());
  u.times.digest_minute = r.digest_minute();
  u.times.pause_until = time_of(r.pause_until());
  u.pending.email = string_of(r.pending_email());
  u.pending.code_hash = string_of(r.code_hash());
  u.pending.sent = time_of(r.code_sent());
  u.pending.tries = r.code_tries();
  return u;
}

// The record and what leads to it but the login.
void put_user(Transaction& tx, User const& u) {
  Builder b;
  auto login = text_in(b, u.login), email = text_in(b, u.email), password_hash = text_in(b, u.password_hash);
  auto salt = octets_in(b, u.scram.salt), stored = octets_in(b, u.scram.stored_key);
  auto server = octets_in(b, u.scram.server_key);
  auto display_name = text_in(b, u.display_name), time_zone = text_in(b, u.time_zone);
  auto groups = b.CreateVectorOfStrings(u.groups);
  auto pending_email = text_in(b, u.pending.email);
  auto code_hash = octets_in(b, u.pending.code_hash);
  auto quiet = [&](auto member) { return u.times.quiet ? static_cast<std::int16_t>((*u.times.quiet).*member) : -1; };
  using Quiet = std::pair<std::uint16_t, std::uint16_t>;
  b.Finish(fb::CreateUser(b, login, email, static_cast<std::uint8_t>(u.email_state),
                          static_cast<std::uint8_t>(u.role), u.enabled, ms_of(u.created),
                          password_hash, salt, u.scram.iterations, stored, server, display_name, groups,
                          time_zone, quiet(&Quiet::first), quiet(&Quiet::second),
                          static_cast<std::uint8_t>(u.times.digest), u.times.digest_minute,
                          ms_of(u.times.pause_until), pending_email, code_hash,
                          ms_of(u.pending.sent), u.pending.tries));
  tx.put(key::user(u.id), finished(b));
  if (!u.email.empty()) tx.put(key::email(to_lower(u.email), u.id), {});
  if (u.role == Role::admin) tx.put(key::admin(u.id), {});
}

void unlink_user(Transaction& tx, User const& u) {
  if (!u.email.empty()) tx.del(key::email(to_lower(u.email), u.id));
  if (u.role == Role::admin) tx.del(key::admin(u.id));
}

}  // namespace

Result<UserId> add_user(Transaction& tx, User const& user) {
  if (auto ok = check_login(user.login); !ok) return ok.error();
  if (auto ok = check_address(user.email); !ok) return ok.error();
  std::string const login = to_lower(user.login);
  if (find_user_id(tx, login)) return fail(Errc::exists, "This login exists already");
  User added = user;
  added.id = UserId(tx.next_id(Counter::user));
  put_user(tx, added);
  save(tx.put_reserve(key::login(login), 8), added.id.value);
  make_account_mailboxes(tx, added.id, user.created);
  tx.publish(topic::accounts);
  return added.id;
}

Result<void> update_user(Transaction& tx, User const& user) {
  auto old = find_user(tx, user.id);
  if (!old) return fail(Errc::not_found, "No such user");
  if (!iequals(old->login, user.login)) return fail(Errc::conflict, "A login cannot change");
  if (auto ok = check_address(user.email); !ok) return ok.error();
  unlink_user(tx, *old);
  put_user(tx, user);
  tx.publish(topic::accounts);
  return {};
}

Result<void> delete_user(Transaction& tx, std::string_view login) {
  auto user = find_user(tx, login);
  if (!user) return fail(Errc::not_found, "No such user");
  unlink_user(tx, *user);
  if (list_users_by_email(tx, user->email, 1).empty()) delete_address_score(tx, user->email);
  tx.del(key::login(to_lower(user->login)));
  tx.del(key::user(user->id));
  Budget all{~std::size_t{0}, ~std::uint64_t{0}};  // bounded by the limits of what a user may have
  delete_prefix(tx, key::choices(user->id), all);
  delete_prefix(tx, key::subscriptions(user->id), all);
  for (MailboxInfo const& mailbox : list_mailboxes(tx, user->id)) remove_mailbox(tx, user->id, mailbox.id);
  queue_user(tx, user->id);
  tx.publish(topic::accounts);
  return {};
}

std::optional<UserId> find_user_id(Snapshot const& s, std::string_view login) {
  if (login.empty() || login.size() > max_login) return std::nullopt;
  auto value = s.get(key::login(to_lower(login)));
  if (!value) return std::nullopt;
  return UserId(load<std::uint64_t>(value->data()));
}

std::optional<User> find_user(Snapshot const& s, std::string_view login) {
  auto id = find_user_id(s, login);
  return id ? find_user(s, *id) : std::nullopt;
}

std::optional<User> find_user(Snapshot const& s, UserId id) {
  auto value = s.get(key::user(id));
  if (!value) return std::nullopt;
  return parse_user(id, *value);
}

std::optional<UserId> find_user_by_email(Snapshot const& s, std::string_view address) {
  auto found = list_users_by_email(s, address, 1);
  return found.empty() ? std::nullopt : std::optional<UserId>(found.front());
}

std::vector<UserId> list_users_by_email(Snapshot const& s, std::string_view address, std::size_t most) {
  std::vector<UserId> found;
  if (address.empty() || !check_address(address)) return found;
  TextKey const prefix = key::email(to_lower(address));
  s.scan(prefix, [&](std::string_view key, std::string_view) {
    if (found.size() < most) found.emplace_back(number_in_key<std::uint64_t>(key, prefix.view().size()));
    return found.size() < most;
  });
  return found;
}

std::optional<UserId> find_first_admin(Snapshot const& s) {
  std::optional<UserId> found;
  s.scan(key::table(Table::admin), [&](std::string_view key, std::string_view) {
    auto user = find_user(s, UserId(number_in_key<std::uint64_t>(key, 1)));
    if (user && user->enabled) found = user->id;
    return !found;
  });
  return found;
}

std::vector<User> list_users(Snapshot const& s, std::string_view after_login, std::size_t most) {
  std::vector<User> out;
  std::string const after = to_lower(after_login.substr(0, max_login));
  s.scan(
      key::table(Table::login),
      [&](std::string_view key, std::string_view value) {
        if (key.substr(1) == after) return true;
        if (out.size() >= most) return false;
        if (auto user = find_user(s, UserId(load<std::uint64_t>(value.data())))) out.push_back(std::move(*user));
        return true;
      },
      key::login(after));
  return out;
}

// --- Choices ---------------------------------------------------------------------------

namespace {

std::int8_t tri_state(std::optional<bool> v) { return static_cast<std::int8_t>(v ? *v : -1); }
std::optional<bool> tri_state(std::int8_t v) { return v < 0 ? std::nullopt : std::optional<bool>(v != 0); }

}  // namespace

std::vector<StoredChoice> list_choices(Snapshot const& s, UserId user) {
  std::vector<StoredChoice> out;
  Key const prefix = key::choices(user);
  s.scan(prefix, [&](std::string_view key, std::string_view value) {
    fb::Choice const& r = record_of<fb::Choice>(value);
    StoredChoice& choice = out.emplace_back();
    choice.scope = key.substr(prefix.view().size());
    choice.email = tri_state(r.email());
    choice.folder = tri_state(r.folder());
    choice.at = time_of(r.at());
    choice.source = r.source();
    return true;
  });
  return out;
}

void put_choice(Transaction& tx, UserId user, StoredChoice const& choice) {
  if (choice.scope.size() > max_key_text) throw std::length_error("the scope of a choice is too long");
  Builder b;
  b.Finish(fb::CreateChoice(b, tri_state(choice.email), tri_state(choice.folder),
                            ms_of(choice.at), choice.source));
  tx.put(key::choice(user, choice.scope), finished(b));
}

bool delete_choice(Transaction& tx, UserId user, std::string_view scope) {
  return scope.size() <= max_key_text && tx.del(key::choice(user, scope));
}

}  // namespace mc::store
