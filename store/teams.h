// store/teams.h - teams: an address, an owner, members with the times they joined and left.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/ids.h"
#include "core/result.h"
#include "store/engine.h"

namespace mc::store {

using TeamId = Id<struct TeamIdTag, std::uint64_t>;

enum class TeamPost : unsigned char { owner = 0, members = 1 };     // who may write to it
enum class TeamReplies : unsigned char { team = 0, author = 1 };    // where Reply leads

struct Team {
  TeamId id;
  std::string slug;        // a-z 0-9 -, at most 58 octets: team-<slug>@
  std::string name;        // as shown; empty: the slug
  UserId owner;            // always a member
  TeamPost post = TeamPost::members;
  TeamReplies replies = TeamReplies::team;
  Time created{};
};

struct Membership {
  UserId user;
  Time joined{};
  Time left{};  // 1970: present
};

constexpr std::size_t max_members = 1000;  // present, of a team

Result<void> check_slug(std::string_view slug);
Result<TeamId> add_team(Transaction& tx, Team const& team);  // the owner joins. Fails: exists, syntax, not_found (owner)
Result<void> update_team(Transaction& tx, Team const& team);
Result<void> delete_team(Transaction& tx, TeamId id);
std::optional<Team> find_team(Snapshot const& s, std::string_view slug);
std::optional<Team> find_team(Snapshot const& s, TeamId id);
std::vector<Team> list_teams(Snapshot const& s);
std::vector<Team> teams_of(Snapshot const& s, UserId user);  // where he is present

// Fails: exists (is present), limit, not_found.
Result<void> add_member(Transaction& tx, TeamId team, UserId user, Time now);
// Fails: not_found, forbidden (the owner).
Result<void> remove_member(Transaction& tx, TeamId team, UserId user, Time now);
bool is_member(Snapshot const& s, TeamId team, UserId user);
std::vector<UserId> present_members(Snapshot const& s, TeamId team);
std::vector<Membership> list_memberships(Snapshot const& s, TeamId team);  // also past ones

}  // namespace mc::store
