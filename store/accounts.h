// store/accounts.h - users: logins, roles, addresses, credentials, choices.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "core/ids.h"
#include "core/result.h"
#include "store/engine.h"

namespace mc::store {

enum class Role : unsigned char { user = 0, agent = 1, platform = 2, admin = 3 };
std::string_view to_string(Role role);  // "user" …
std::optional<Role> parse_role(std::string_view text);

enum class AddressState : unsigned char { unverified = 0, verified = 1, suppressed = 2 };
std::string_view to_string(AddressState state);

struct ScramKeys {
  std::string salt;
  std::uint32_t iterations = 0;
  std::string stored_key, server_key;  // RFC 5802, 3
};

// How external mail that is not urgent comes: one by one, or gathered.
enum class Digest : unsigned char { off = 0, hourly = 1, daily = 2 };

// What a user says about when external mail may come.
struct MailTimes {
  std::optional<std::pair<std::uint16_t, std::uint16_t>> quiet;  // [from, until), minutes of his day
  Digest digest = Digest::off;
  std::uint16_t digest_minute = 0;  // of his day, for Digest::daily
  Time pause_until{};               // 1970: not paused
  bool operator==(MailTimes const&) const = default;
};

// An address that is to become the user's when he shows the code mailed to it.
struct PendingAddress {
  std::string email;      // empty: none
  std::string code_hash;  // SHA-256
  Time sent{};
  unsigned char tries = 0;  // wrong codes so far
};

struct User {
  UserId id;
  std::string login;  // a-z 0-9 . _ -, case-insensitive, at most 64 octets
  std::string email;  // ordinary address; empty: none
  AddressState email_state = AddressState::verified;
  Role role = Role::user;
  bool enabled = true;
  Time created{};
  std::string password_hash;
  ScramKeys scram;
  std::string display_name;
  std::vector<std::string> groups;
  std::string time_zone;  // IANA; empty: the site's
  MailTimes times;
  PendingAddress pending;
};

Result<void> check_login(std::string_view login);
// Also makes the account's mailboxes. Fails: exists, syntax (login, address). `user.id` is ignored.
// Publishes topic::accounts, as do update_user() and delete_user().
Result<UserId> add_user(Transaction& tx, User const& user);
// By id; the login stays as it is (else conflict). Fails: not_found, conflict, syntax (address).
Result<void> update_user(Transaction& tx, User const& user);
// Everything of his goes: the account, its mailboxes and choices at once; messages, decisions, what waits
// in the outbox for him, tokens with reclaim_deleted(). Fails: not_found.
Result<void> delete_user(Transaction& tx, std::string_view login);
std::optional<User> find_user(Snapshot const& s, std::string_view login);
std::optional<User> find_user(Snapshot const& s, UserId id);
std::optional<UserId> find_user_id(Snapshot const& s, std::string_view login);
// By ordinary address, case-insensitive; the first if several share it.
std::optional<UserId> find_user_by_email(Snapshot const& s, std::string_view address);
// Everybody's whose ordinary address it is, case-insensitive; at most `most`.
std::vector<UserId> list_users_by_email(Snapshot const& s, std::string_view address, std::size_t most);
// The enabled account of role admin with the lowest id.
std::optional<UserId> find_first_admin(Snapshot const& s);
std::vector<User> list_users(Snapshot const& s, std::string_view after_login = {}, std::size_t most = 1000);

// A user's choices; scope (at most 400 octets, else std::length_error) is "type:<name>" or "tab:<tab>".
struct StoredChoice {
  std::string scope;
  std::optional<bool> email, folder;
  Time at{};
  unsigned char source = 0;  // rules::ChoiceSource
};
std::vector<StoredChoice> list_choices(Snapshot const& s, UserId user);
void put_choice(Transaction& tx, UserId user, StoredChoice const& choice);
bool delete_choice(Transaction& tx, UserId user, std::string_view scope);

}  // namespace mc::store
