// center/addresses.h - whose address is this? Local parts of our domain to users and tokens.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "center/context.h"
#include "core/ids.h"
#include "core/result.h"
#include "store/decisions.h"
#include "store/teams.h"

namespace mc::center {

struct Address {
  std::string local;   // lower case, unquoted
  std::string domain;  // lower case; empty for a bare <postmaster>
};
// local-part "@" domain, without brackets                          RFC 5321, 4.1.2
// Fails: syntax.
Result<Address> parse_address(std::string_view text);

bool is_our_domain(Settings const& settings, std::string_view domain);
std::string address_of(Settings const& settings, std::string_view login);  // login@domain
// The login that someone means who types `name`: his login, or his address here, in any case.
std::string login_of(Settings const& settings, std::string_view name);

struct Target {
  enum class Kind { user, postmaster, bounce, unsubscribe, support, ticket, note, conversation, team };
  Kind kind = Kind::user;
  UserId user;                 // user, postmaster; 0: it has no account yet
  store::TokenSubject token;   // bounce, unsubscribe, ticket, note, conversation
  store::TeamId team;          // team
  std::string token_text;      // … as in the address
};

// Fails: syntax; forbidden (not our domain); not_found (no such user or token). The same
// look-ups are made whatever the answer.
Result<Target> find_target(store::Snapshot const& s, Settings const& settings, std::string_view address);

// The answer to mail for an address that is nobody's.
Error unknown_address(std::string_view address);

// The account that receives mail for postmaster@ and abuse@: the configured login, else the first admin,
// else the account "postmaster" if it was made already.
std::optional<UserId> find_postmaster(store::Snapshot const& s, Settings const& settings);
// The same, making the account (nobody can log in to it) when there is none.
Result<UserId> get_postmaster(store::Transaction& tx, Settings const& settings, Time now);

}  // namespace mc::center
