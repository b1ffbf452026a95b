#include "store/teams.h"

#include <algorithm>

#include "core/text.h"
#include "store/accounts.h"
#include "store/fixed.h"
#include "store/keys.h"
#include "store/reclaim.h"
#include "store/records.h"

namespace mc::store {

namespace {

constexpr std::size_t max_slug = 58;
constexpr std::size_t max_name = 200;

Team parse_team(TeamId id, std::string_view value) {
  fb::Team const& r = record_of<fb::Team>(value);
  Team t;
  t.id = id;
  t.slug = string_of(r.slug());
  t.name = string_of(r.name());
  t.owner = UserId(r.owner());
  t.post = static_cast<TeamPost>(r.post());
  t.replies = static_cast<TeamReplies>(r.replies());
  t.created = time_of(r.created());
  return t;
}

void put_team(Transaction& tx, Team const& t) {
  Builder b(256);
  auto slug = text_in(b, t.slug), name = text_in(b, t.name);
  b.Finish(fb::CreateTeam(b, slug, name, t.owner.value, static_cast<std::uint8_t>(t.post),
                          static_cast<std::uint8_t>(t.replies), ms_of(t.created)));
  tx.put(key::team(t.id.value), finished(b));
}

// Under Table::membership stands when he left; 0: present.
bool is_present(std::string_view value) { return load<std::int64_t>(value.data()) == 0; }

// When the present membership began.
std::optional<Time> find_joined(Snapshot const& s, TeamId team, UserId user) {
  std::optional<Time> joined;
  Key const prefix = key::memberships(team.value, user);
  s.scan(prefix, [&](std::string_view key, std::string_view value) {
    if (is_present(value)) joined = time_of(key::time_in_key(key, prefix.view().size()));
    return !joined;
  });
  return joined;
}

Result<void> check_team(Snapshot const& s, Team const& team) {
  if (auto ok = check_slug(team.slug); !ok) return ok.error();
  if (team.name.size() > max_name || printable(team.name, max_name) != team.name)
    return fail(Errc::syntax, "A team's name is text of at most " + std::to_string(max_name) + " octets");
  if (!find_user(s, team.owner)) return fail(Errc::not_found, "No such user");
  return {};
}

}  // namespace

// slug = ALNUM *57( ALNUM / "-" )   lower case; "-" not last
Result<void> check_slug(std::string_view slug) {
  auto alnum = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'z'); };
  bool const fits = !slug.empty() && slug.size() <= max_slug && alnum(slug.front()) && alnum(slug.back()) &&
                    std::all_of(slug.begin(), slug.end(), [&](char c) { return alnum(c) || c == '-'; });
  if (!fits)
    return fail(Errc::syntax, "A team's short name has 1 to 58 of a-z, 0-9 and '-', which is neither first nor last");
  return {};
}

Result<TeamId> add_team(Transaction& tx, Team const& team) {
  if (auto ok = check_team(tx, team); !ok) return ok.error();
  if (find_team(tx, team.slug)) return fail(Errc::exists, "This team exists already");
  if (find_user_id(tx, "team-" + team.slug)) return fail(Errc::exists, "A user has the address of this team");
  Team added = team;
  added.id = TeamId(tx.next_id(Counter::team));
  put_team(tx, added);
  save(tx.put_reserve(key::team_slug(added.slug), 8), added.id.value);
  if (auto joined = add_member(tx, added.id, added.owner, added.created); !joined) return joined.error();
  return added.id;
}

Result<void> update_team(Transaction& tx, Team const& team) {
  auto old = find_team(tx, team.id);
  if (!old) return fail(Errc::not_found, "No such team");
  if (auto ok = check_team(tx, team); !ok) return ok.error();
  if (old->slug != team.slug) return fail(Errc::conflict, "A team's short name cannot change");
  if (!is_member(tx, team.id, team.owner))
    if (auto joined = add_member(tx, team.id, team.owner, tx.now()); !joined) return joined.error();
  put_team(tx, team);
  return {};
}

Result<void> delete_team(Transaction& tx, TeamId id) {
  auto team = find_team(tx, id);
  if (!team) return fail(Errc::not_found, "No such team");
  Budget all{~std::size_t{0}, ~std::uint64_t{0}};  // bounded by the limit of members
  for (Membership const& m : list_memberships(tx, id)) tx.del(key::user_team(m.user, id.value));
  delete_prefix(tx, key::memberships(id.value), all);
  tx.del(key::team_slug(team->slug));
  tx.del(key::team(id.value));
  return {};
}

std::optional<Team> find_team(Snapshot const& s, std::string_view slug) {
  if (slug.empty() || slug.size() > max_slug) return std::nullopt;
  auto value = s.get(key::team_slug(to_lower(slug)));
  if (!value) return std::nullopt;
  return find_team(s, TeamId(load<std::uint64_t>(value->data())));
}

std::optional<Team> find_team(Snapshot const& s, TeamId id) {
  auto value = s.get(key::team(id.value));
  if (!value) return std::nullopt;
  return parse_team(id, *value);
}

std::vector<Team> list_teams(Snapshot const& s) {
  std::vector<Team> out;
  s.scan(key::table(Table::team_slug), [&](std::string_view, std::string_view value) {
    if (auto team = find_team(s, TeamId(load<std::uint64_t>(value.data())))) out.push_back(std::move(*team));
    return true;
  });
  return out;
}

std::vector<Team> teams_of(Snapshot const& s, UserId user) {
  std::vector<Team> out;
  Key const prefix = key::user_teams(user);
  s.scan(prefix, [&](std::string_view key, std::string_view) {
    TeamId const id(number_in_key<std::uint64_t>(key, prefix.view().size()));
    auto team = is_member(s, id, user) ? find_team(s, id) : std::nullopt;
    if (team) out.push_back(std::move(*team));
    return true;
  });
  return out;
}

Result<void> add_member(Transaction& tx, TeamId team, UserId user, Time now) {
  if (!find_team(tx, team)) return fail(Errc::not_found, "No such team");
  if (!find_user(tx, user)) return fail(Errc::not_found, "No such user");
  if (is_member(tx, team, user)) return fail(Errc::exists, "He is in the team already");
  if (present_members(tx, team).size() >= max_members)
    return fail(Errc::limit, "A team has at most " + std::to_string(max_members) + " members");
  save(tx.put_reserve(key::membership(team.value, user, ms_of(now)), 8), std::int64_t{0});
  tx.put(key::user_team(user, team.value), {});
  return {};
}

Result<void> remove_member(Transaction& tx, TeamId id, UserId user, Time now) {
  auto const team = find_team(tx, id);
  if (!team) return fail(Errc::not_found, "No such team");
  auto const joined = find_joined(tx, id, user);
  if (!joined) return fail(Errc::not_found, "He is not in the team");
  if (team->owner == user) return fail(Errc::forbidden, "The owner cannot leave: name another owner first");
  save(tx.put_reserve(key::membership(id.value, user, ms_of(*joined)), 8), std::max<std::int64_t>(1, ms_of(now)));
  return {};
}

bool is_member(Snapshot const& s, TeamId team, UserId user) { return find_joined(s, team, user).has_value(); }

std::vector<UserId> present_members(Snapshot const& s, TeamId team) {
  std::vector<UserId> out;
  Key const prefix = key::memberships(team.value);
  s.scan(prefix, [&](std::string_view key, std::string_view value) {
    if (is_present(value)) out.emplace_back(number_in_key<std::uint64_t>(key, prefix.view().size()));
    return true;
  });
  return out;
}

std::vector<Membership> list_memberships(Snapshot const& s, TeamId team) {
  std::vector<Membership> out;
  Key const prefix = key::memberships(team.value);
  std::size_t const at = prefix.view().size();
  s.scan(prefix, [&](std::string_view key, std::string_view value) {
    out.push_back({UserId(number_in_key<std::uint64_t>(key, at)), time_of(key::time_in_key(key, at + 8)),
                   time_of(load<std::int64_t>(value.data()))});
    return true;
  });
  std::stable_sort(out.begin(), out.end(), [](auto const& a, auto const& b) { return a.joined < b.joined; });
  return out;
}

bool reclaim_memberships(Transaction& tx, UserId user, Budget& budget) {
  Key const prefix = key::user_teams(user);
  auto cursor = tx.cursor();
  while (cursor->seek(prefix) && cursor->key().starts_with(prefix.view())) {
    std::string const place(cursor->key());
    std::uint64_t const team = number_in_key<std::uint64_t>(place, prefix.view().size());
    if (!budget.left() || !delete_prefix(tx, key::memberships(team, user), budget)) return false;
    tx.del(place);
    budget.spend(0);
  }
  return true;
}

}  // namespace mc::store
