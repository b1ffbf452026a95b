// team add|list|show|set|delete|member
#include <algorithm>
#include <array>

#include "center/account_fields.h"
#include "center/addresses.h"
#include "center/teams.h"
#include "core/text.h"
#include "core/time_text.h"
#include "gateway/commands.h"
#include "store/accounts.h"
#include "store/teams.h"

namespace mc::gateway {

namespace {

using store::Team;

std::string_view to_string(store::TeamPost post) { return post == store::TeamPost::owner ? "owner" : "members"; }
std::string_view to_string(store::TeamReplies replies) { return replies == store::TeamReplies::author ? "author" : "team"; }

Result<UserId> find_login(store::Snapshot const& s, Desk const& desk, std::string const& name) {
  auto user = store::find_user_id(s, center::login_of(desk.context.settings, name));
  if (!user) return fail(Errc::not_found, "no user " + printable(name, 80));
  return *user;
}

std::string login_of(store::Snapshot const& s, UserId id) {
  auto user = store::find_user(s, id);
  return user ? user->login : "(gone)";
}

Result<Team> get_team(store::Snapshot const& s, std::string const& slug) {
  auto team = store::find_team(s, to_lower(slug));
  if (!team) return fail(Errc::not_found, "no team " + printable(slug, 80));
  return *team;
}

// ---- what `team add` and `team set` may say of a team. Each checks and writes one field.

struct Field {
  std::string_view option;
  Result<void> (*write)(store::Snapshot const& s, Desk& desk, Team& team, std::string const& value);
};

Result<void> write_owner(store::Snapshot const& s, Desk& desk, Team& team, std::string const& value) {
  auto owner = find_login(s, desk, value);
  if (!owner) return owner.error();
  team.owner = *owner;
  return {};
}

Result<void> write_post(store::Snapshot const&, Desk&, Team& team, std::string const& value) {
  if (value != "owner" && value != "members")
    return fail(Errc::syntax, "--post is owner or members, not " + printable(value, 40));
  team.post = value == "owner" ? store::TeamPost::owner : store::TeamPost::members;
  return {};
}

Result<void> write_replies(store::Snapshot const&, Desk&, Team& team, std::string const& value) {
  if (value != "team" && value != "author")
    return fail(Errc::syntax, "--replies is team or author, not " + printable(value, 40));
  team.replies = value == "author" ? store::TeamReplies::author : store::TeamReplies::team;
  return {};
}

Result<void> write_name(store::Snapshot const&, Desk&, Team& team, std::string const& value) {
  if (auto good = center::check_display_name(value); !good) return good.error();
  team.name = value;
  return {};
}

constexpr std::array fields{Field{"owner", write_owner}, Field{"post", write_post}, Field{"replies", write_replies},
                            Field{"name", write_name}};

Result<void> write_fields(store::Snapshot const& s, Desk& desk, Team& team, Arguments const& arguments) {
  for (Field const& field : fields)
    if (arguments.has(field.option))
      if (auto done = field.write(s, desk, team, arguments.get(field.option)); !done) return done.error();
  return {};
}

// ---- listings

std::vector<std::string> const team_columns{"team", "address", "name", "owner", "post", "replies", "members", "created"};
std::vector<std::string> const member_columns{"login", "joined", "left"};

std::vector<std::string> row_of(store::Snapshot const& s, Desk const& desk, Team const& team) {
  return {team.slug,
          center::team_address(desk.context.settings, team, {}).spec(),
          team.name,
          login_of(s, team.owner),
          std::string(to_string(team.post)),
          std::string(to_string(team.replies)),
          std::to_string(store::present_members(s, team.id).size()),
          write_rfc3339(team.created)};
}

Listing list_members(store::Snapshot const& s, Team const& team) {
  Listing listing{member_columns, {}};
  for (store::Membership const& m : store::list_memberships(s, team.id))
    listing.rows.push_back(
        {login_of(s, m.user), write_rfc3339(m.joined), m.left == Time{} ? std::string() : write_rfc3339(m.left)});
  return listing;
}

// ---- members

// What is done to one team, in one transaction.
template <class F>
int change(Desk& desk, std::string const& slug, Output& out, std::string const& said, F&& f) {
  auto op = [&](store::Transaction& tx) -> Result<void> {
    auto team = get_team(tx, slug);
    if (!team) return team.error();
    return f(tx, *team);
  };
  auto done = desk.context.store.write_and_wait(op);
  if (!done) return out.refuse(done.error().text);
  out.say(said);
  return exit_done;
}

int member_add(Desk& desk, Arguments const& arguments, Output& out) {
  std::string const &slug = arguments.words[1], &login = arguments.words[2];
  return change(desk, slug, out, "Added " + login + " to " + slug, [&](store::Transaction& tx, Team const& team) -> Result<void> {
    auto user = find_login(tx, desk, login);
    if (!user) return user.error();
    return store::add_member(tx, team.id, *user, desk.context.clock.now());
  });
}

int member_remove(Desk& desk, Arguments const& arguments, Output& out) {
  std::string const &slug = arguments.words[1], &login = arguments.words[2];
  return change(desk, slug, out, "Removed " + login + " from " + slug, [&](store::Transaction& tx, Team const& team) -> Result<void> {
    auto user = find_login(tx, desk, login);
    if (!user) return user.error();
    return store::remove_member(tx, team.id, *user, desk.context.clock.now());
  });
}

int member_list(Desk& desk, Arguments const& arguments, Output& out) {
  return desk.context.store.read([&](store::Snapshot const& s) {
    auto team = get_team(s, arguments.words[1]);
    if (!team) return out.refuse(team.error().text);
    out.list(list_members(s, *team));
    return exit_done;
  });
}

struct MemberVerb {
  std::string_view name;
  std::size_t words;  // with the verb itself
  int (*run)(Desk&, Arguments const&, Output&);
};
constexpr std::array member_verbs{MemberVerb{"add", 3, member_add}, MemberVerb{"remove", 3, member_remove},
                                  MemberVerb{"list", 2, member_list}};

}  // namespace

int team_add(Desk& desk, Arguments const& arguments, Output& out) {
  if (!arguments.has("owner")) {
    out.refuse("a team needs an owner: --owner LOGIN");
    return exit_usage;
  }
  std::string const slug = to_lower(arguments.words[0]);
  auto op = [&](store::Transaction& tx) -> Result<void> {
    Team team;
    team.slug = slug;
    team.created = desk.context.clock.now();
    if (auto done = write_fields(tx, desk, team, arguments); !done) return done.error();
    auto added = store::add_team(tx, team);
    if (!added) return added.error();
    return {};
  };
  auto done = desk.context.store.write_and_wait(op);
  if (!done) return out.refuse(done.error().text);
  out.say("Added " + slug + " (team-" + slug + '@' + desk.context.settings.domain + ")");
  return exit_done;
}

int team_list(Desk& desk, Arguments const&, Output& out) {
  return desk.context.store.read([&](store::Snapshot const& s) {
    Listing listing{team_columns, {}};
    for (Team const& team : store::list_teams(s)) listing.rows.push_back(row_of(s, desk, team));
    out.list(listing);
    return exit_done;
  });
}

int team_show(Desk& desk, Arguments const& arguments, Output& out) {
  return desk.context.store.read([&](store::Snapshot const& s) {
    auto team = get_team(s, arguments.words[0]);
    if (!team) return out.refuse(team.error().text);
    std::string present;
    for (UserId member : store::present_members(s, team->id)) present += (present.empty() ? "" : ", ") + login_of(s, member);
    Listing one{team_columns, {row_of(s, desk, *team)}};
    one.columns.push_back("present");
    one.rows[0].push_back(present);
    out.show(one);
    return exit_done;
  });
}

int team_set(Desk& desk, Arguments const& arguments, Output& out) {
  if (arguments.options.empty()) {
    out.refuse("nothing to change: use --owner, --post, --replies or --name");
    return exit_usage;
  }
  std::string const& slug = arguments.words[0];
  return change(desk, slug, out, "Changed " + slug, [&](store::Transaction& tx, Team team) -> Result<void> {
    if (auto done = write_fields(tx, desk, team, arguments); !done) return done.error();
    return store::update_team(tx, team);
  });
}

int team_delete(Desk& desk, Arguments const& arguments, Output& out) {
  std::string const& slug = arguments.words[0];
  return change(desk, slug, out, "Deleted " + slug,
                [&](store::Transaction& tx, Team const& team) { return store::delete_team(tx, team.id); });
}

int team_member(Desk& desk, Arguments const& arguments, Output& out) {
  std::string const& verb = arguments.words[0];
  auto row = std::find_if(member_verbs.begin(), member_verbs.end(), [&](MemberVerb const& v) { return v.name == verb; });
  if (row == member_verbs.end() || row->words != arguments.words.size()) {
    out.refuse("use: team member add SLUG LOGIN, team member remove SLUG LOGIN, team member list SLUG");
    return exit_usage;
  }
  return row->run(desk, arguments, out);
}

}  // namespace mc::gateway
