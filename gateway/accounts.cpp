#include "gateway/accounts.h"

#include "center/addresses.h"

namespace mc::gateway {

std::optional<store::User> StoredAccounts::find_account(std::string_view login) const {
  std::string name = center::login_of(context_.settings, login);
  return context_.store.read([&](store::Snapshot const& s) { return store::find_user(s, name); });
}

std::optional<net::Credentials> StoredAccounts::find(std::string_view login) const {
  auto user = find_account(login);
  if (!user) return std::nullopt;
  net::Credentials out;
  out.password_hash = user->password_hash;
  out.scram = {user->scram.salt, user->scram.iterations, user->scram.stored_key, user->scram.server_key};
  out.enabled = user->enabled;
  return out;
}

std::optional<center::Submitter> StoredAccounts::find_submitter(std::string_view login) const {
  auto user = find_account(login);
  if (!user || !user->enabled) return std::nullopt;
  using Kind = center::SubmitterKind;
  center::Submitter out;
  out.user = user->id;
  out.name = user->login;
  switch (user->role) {
    case store::Role::platform: out.kind = Kind::platform; break;
    case store::Role::agent:
    case store::Role::admin: out.kind = Kind::agent; break;
    case store::Role::user: out.kind = Kind::user; break;
  }
  return out;
}

}  // namespace mc::gateway
