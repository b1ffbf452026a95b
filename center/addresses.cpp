#include "center/addresses.h"

#include <algorithm>

#include "core/text.h"
#include "store/accounts.h"
#include "store/teams.h"

namespace mc::center {

namespace {

constexpr std::size_t token_length = 26;

// Removes quotes and backslashes of a quoted local part; absent if it is malformed.
std::optional<std::string> unquote(std::string_view local) {
  if (!local.starts_with('"')) return std::string(local);
  if (local.size() < 2 || !local.ends_with('"')) return std::nullopt;
  std::string out;
  for (std::size_t i = 1; i + 1 < local.size(); ++i) {
    if (local[i] == '\\' && i + 2 < local.size()) ++i;
    out += local[i];
  }
  return out;
}

bool is_postmaster(std::string_view local) { return local == "postmaster" || local == "abuse"; }

// Kinds of tokens that are addresses: <kind>-<token>@.
struct TokenRow {
  char letter;
  Target::Kind kind;
};
constexpr TokenRow token_rows[] = {{'b', Target::Kind::bounce},
                                   {'u', Target::Kind::unsubscribe},
                                   {'t', Target::Kind::ticket},
                                   {'n', Target::Kind::note},
                                   {'c', Target::Kind::conversation}};
constexpr std::string_view team_prefix = "team-";

// Which of them this local part is; absent for one that is malformed, unknown, revoked or of another kind.
std::optional<Target> find_token_target(store::Snapshot const& s, std::string_view local) {
  std::string_view const text = local.size() > 2 ? local.substr(2) : local;
  auto token = store::find_token(s, text);
  if (!token || token->revoked || local.size() != token_length + 2 || local[1] != '-') return std::nullopt;
  for (TokenRow const& row : token_rows)
    if (local[0] == row.letter && token->kind == row.letter)
      return Target{row.kind, {}, *token, {}, std::string(text)};
  return std::nullopt;
}

std::optional<Target> find_team_target(store::Snapshot const& s, std::string_view local) {
  auto team = store::find_team(s, local.substr(std::min(local.size(), team_prefix.size())));
  if (!team || !local.starts_with(team_prefix)) return std::nullopt;
  Target target;
  target.kind = Target::Kind::team;
  target.team = team->id;
  return target;
}

}  // namespace

Error unknown_address(std::string_view address) {
  return fail(Errc::not_found, "No such address here: " + printable(address, 100));
}

Result<Address> parse_address(std::string_view text) {
  auto malformed = [&] { return fail(Errc::syntax, "Malformed address: " + printable(text, 100)); };
  if (text.size() > 320 || text.find_first_of(std::string_view("\r\n\0 <>", 6)) != std::string_view::npos)
    return malformed();
  if (iequals(text, "postmaster")) return Address{"postmaster", ""};
  auto at = text.rfind('@');
  if (at == std::string_view::npos || at == 0 || at + 1 == text.size()) return malformed();
  auto local = unquote(text.substr(0, at));
  if (!local || local->empty()) return malformed();
  return Address{to_lower(*local), to_lower(text.substr(at + 1))};
}

bool is_our_domain(Settings const& settings, std::string_view domain) { return iequals(domain, settings.domain); }

std::string address_of(Settings const& settings, std::string_view login) {
  return std::string(login) + '@' + settings.domain;
}

std::string login_of(Settings const& settings, std::string_view name) {
  auto at = name.rfind('@');
  bool ours = at != std::string_view::npos && is_our_domain(settings, name.substr(at + 1));
  return to_lower(ours ? name.substr(0, at) : name);
}

Result<Target> find_target(store::Snapshot const& s, Settings const& settings, std::string_view text) {
  auto address = parse_address(text);
  if (!address) return address.error();
  if (!address->domain.empty() && !is_our_domain(settings, address->domain))
    return fail(Errc::forbidden, "5.7.1 Relaying denied: " + printable(address->domain, 100) + " is not ours");
  std::string_view local = address->local;
  auto user = store::find_user_id(s, local);
  auto of_token = find_token_target(s, local);
  auto of_team = find_team_target(s, local);
  Target target;
  if (local == "support") {
    target.kind = Target::Kind::support;
    return target;
  }
  if (is_postmaster(local)) {
    target.kind = Target::Kind::postmaster;
    target.user = find_postmaster(s, settings).value_or(UserId{});
    return target;
  }
  if (of_token) return *std::move(of_token);
  if (of_team) return *of_team;
  if (!user) return unknown_address(text);
  target.user = *user;
  return target;
}

std::optional<UserId> find_postmaster(store::Snapshot const& s, Settings const& settings) {
  if (!settings.postmaster.empty())
    if (auto user = store::find_user_id(s, settings.postmaster)) return user;
  if (auto admin = store::find_first_admin(s)) return admin;
  return store::find_user_id(s, "postmaster");
}

Result<UserId> get_postmaster(store::Transaction& tx, Settings const& settings, Time now) {
  if (auto user = find_postmaster(tx, settings)) return *user;
  store::User account;
  account.login = "postmaster";
  account.role = store::Role::admin;
  account.enabled = false;
  account.created = now;
  account.email_state = store::AddressState::unverified;
  return store::add_user(tx, account);
}

}  // namespace mc::center
