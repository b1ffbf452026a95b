// user add|list|show|set|verify|suppress|password|disable|enable|delete|block|unblock
#include <algorithm>
#include <array>

#include "center/account_fields.h"
#include "center/address_change.h"
#include "center/address_check.h"
#include "center/addresses.h"
#include "center/desk.h"
#include "center/bounce_score.h"
#include "center/counterparts.h"
#include "center/preferences.h"
#include "center/suppression.h"
#include "core/text.h"
#include "core/time_text.h"
#include "gateway/commands.h"
#include "net/password.h"
#include "store/accounts.h"
#include "store/conversations.h"
#include "store/mailboxes.h"
#include "store/watchers.h"

namespace mc::gateway {

namespace {

// The first line of the file or of standard input.
Result<std::string> read_password(Arguments const& arguments) {
  std::string text = arguments.has("password-file") ? arguments.get("password-file") : arguments.input;
  std::string password(text.substr(0, text.find_first_of("\r\n")));
  if (password.empty()) return fail(Errc::syntax, "the password is empty");
  return password;
}

void set_password(store::User& user, std::string_view password) {
  user.password_hash = net::hash_password(password);
  user.scram = {};
  auto scram = net::make_scram_sha256(password);
  if (!scram) return;  // not preparable by SASLprep: PLAIN only
  user.scram = {scram->salt, scram->iterations, scram->stored_key, scram->server_key};
}

Error no_such_user(std::string_view login) {
  return fail(Errc::not_found, "no user " + printable(login, 80));
}

// What a change does to an account that is an agent's.
enum class Agents { stay, leave };

// Writes `change`, whose account is no agent's afterwards if agents `leave`: his tickets go back to all, those beyond one slice in
// operations before. An account that is an agent's afterwards finds its desk.
template <class F>
Result<void> write_account(Desk& desk, std::string const& login, Agents agents, F&& change) {
  for (;;) {
    bool more = false;
    auto op = [&](store::Transaction& tx) -> Result<void> {
      more = false;
      auto user = store::find_user(tx, login);
      if (user && agents == Agents::leave && center::is_agent(*user)) {
        auto left = center::leave_desk(desk.context, tx, user->id, desk.context.clock.now());
        if (!left) return left.error();
        more = *left;
      }
      if (more) return {};
      if (Result<void> changed = change(tx); !changed) return changed;
      user = store::find_user(tx, login);
      if (user && center::is_agent(*user)) center::join_desk(tx, user->id, desk.context.clock.now());
      return {};
    };
    Result<void> done = desk.context.store.write_and_wait(op);
    if (!done || !more) return done;
  }
}

// Changes one account in one transaction and tells its sessions.
template <class F>
int change_user(Desk& desk, std::string const& login, Output& out, Agents agents, F&& change) {
  auto done = write_account(desk, login, agents, [&](store::Transaction& tx) -> Result<void> {
    auto user = store::find_user(tx, login);
    if (!user) return no_such_user(login);
    change(*user);
    tx.publish(store::topic::accounts);
    return store::update_user(tx, *user);
  });
  return done ? exit_done : out.refuse(done.error().text);
}

// Local parts that mean something else at our domain: support@, abuse@, team-<slug>@ and tokens.
bool is_reserved(std::string_view login) {
  bool token = login.size() == 28 && login[1] == '-' &&
               std::string_view("tncbu").find(login[0]) != std::string_view::npos;
  return token || login == "support" || login == "abuse" || login.starts_with("team-");
}

// What `user add` and `user set` may say of an account. Each checks and writes one field.
struct Field {
  std::string_view option;
  Result<void> (*write)(Desk& desk, store::User& user, std::string const& value);
};

Result<void> write_role(Desk&, store::User& user, std::string const& value) {
  auto role = store::parse_role(value);
  if (!role)
    return fail(Errc::syntax,
                "unknown role " + printable(value, 40) + ": use user, agent, platform or admin");
  user.role = *role;
  return {};
}

Result<void> write_name(Desk&, store::User& user, std::string const& value) {
  if (auto good = center::check_display_name(value); !good) return good.error();
  user.display_name = value;
  return {};
}

Result<void> write_zone(Desk& desk, store::User& user, std::string const& value) {
  bool site = value.empty() || value == "default";
  if (!site)
    if (auto good = center::check_zone(desk.context.zones, value, desk.context.clock.now()); !good)
      return good.error();
  user.time_zone = site ? std::string() : value;
  return {};
}

Result<void> write_groups(Desk&, store::User& user, std::string const& value) {
  auto groups = center::parse_groups(value);
  if (!groups) return groups.error();
  user.groups = std::move(*groups);
  return {};
}

constexpr std::array fields{Field{"role", write_role}, Field{"name", write_name}, Field{"zone", write_zone},
                            Field{"group", write_groups}};

Result<void> write_fields(Desk& desk, store::User& user, Arguments const& arguments) {
  for (Field const& field : fields)
    if (std::string name(field.option); arguments.has(name))
      if (auto done = field.write(desk, user, arguments.get(name)); !done) return done.error();
  return {};
}

Result<void> check_email(store::User const& user, std::string const& email) {
  if (email.empty() && user.role == store::Role::user)
    return fail(Errc::syntax, "a user needs an ordinary address: --email ADDR");
  if (email.empty() || email == user.email) return {};
  return center::check_address_form(email);
}

store::AddressState state_of(Arguments const& arguments) {
  return arguments.has("unverified") ? store::AddressState::unverified : store::AddressState::verified;
}

Result<store::User> make_user(Desk& desk, Arguments const& arguments) {
  store::User user;
  user.login = to_lower(arguments.words[0]);
  user.email_state = state_of(arguments);
  user.created = desk.context.clock.now();
  if (auto done = write_fields(desk, user, arguments); !done) return done.error();
  if (auto login = store::check_login(user.login); !login) return login.error();
  if (is_reserved(user.login))
    return fail(Errc::forbidden,
                "The login " + user.login + " is reserved: it is an address of another kind");
  if (auto email = check_email(user, arguments.get("email")); !email) return email.error();
  user.email = arguments.get("email");
  auto password = read_password(arguments);
  if (!password) return password.error();
  set_password(user, *password);
  return user;
}

// In one transaction; a changed address is told of at both ends.
Result<void> change_fields(Desk& desk, store::Transaction& tx, center::PolicyInForce const& policy,
                           Arguments const& arguments) {
  auto user = store::find_user(tx, to_lower(arguments.words[0]));
  if (!user) return no_such_user(arguments.words[0]);
  if (auto done = write_fields(desk, *user, arguments); !done) return done.error();
  std::string email = arguments.get("email", user->email);
  if (auto good = check_email(*user, email); !good) return good.error();
  bool about_address = arguments.has("email") || arguments.has("unverified");
  if (about_address &&
      email.empty()) {  // an agent's or the platform's: nothing waits for a code any more either
    user->email.clear();
    user->pending = {};
    return store::update_user(tx, *user);
  }
  if (!about_address) return store::update_user(tx, *user);
  return center::change_address(desk.context, tx, policy, std::move(*user), std::move(email),
                                state_of(arguments), desk.context.clock.now());
}

// A role that is not one, or none, changes nothing.
Agents agents_after(Arguments const& arguments) {
  store::User user;
  auto role = store::parse_role(arguments.get("role"));
  user.role = role.value_or(store::Role::agent);
  return center::is_agent(user) ? Agents::stay : Agents::leave;
}

bool is_in(store::User const& user, std::string const& group) {
  return group.empty() || std::find(user.groups.begin(), user.groups.end(), group) != user.groups.end();
}

std::string join(std::vector<std::string> const& words) {
  std::string text;
  for (std::string const& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::vector<std::string> row_of(store::User const& user) {
  return {user.login,
          user.email,
          std::string(user.email.empty() ? "none" : store::to_string(user.email_state)),
          std::string(store::to_string(user.role)),
          user.enabled ? "enabled" : "disabled",
          write_rfc3339(user.created)};
}

// The logins of those whose mail he does not take.
std::string blocked_by(store::Snapshot const& s, UserId user) {
  std::vector<std::string> logins;
  for (auto const& [other, since] : store::list_blocked(s, user))
    if (auto found = store::find_user(s, other)) logins.push_back(found->login);
  return join(logins);
}

using BlockChange = Result<void> (*)(store::Transaction& tx, Desk& desk, UserId user, std::string const& other);

int change_block(Desk& desk, Arguments const& arguments, Output& out, std::string const& said, BlockChange change) {
  auto op = [&](store::Transaction& tx) -> Result<void> {
    auto user = store::find_user_id(tx, to_lower(arguments.words[0]));
    if (!user) return no_such_user(arguments.words[0]);
    return change(tx, desk, *user, arguments.words[1]);
  };
  auto done = desk.context.store.write_and_wait(op);
  if (!done) return out.refuse(done.error().text);
  out.say(said);
  return exit_done;
}

std::vector<std::string> const user_columns{"login", "email", "address", "role", "state", "created"};

}  // namespace

int user_add(Desk& desk, Arguments const& arguments, Output& out) {
  auto user = make_user(desk, arguments);
  if (!user) return out.refuse(user.error().text);
  auto done = write_account(desk, user->login, Agents::stay, [&](store::Transaction& tx) -> Result<void> {
    auto added = store::add_user(tx, *user);
    if (!added) return added.error();
    if (user->email_state == store::AddressState::verified) center::clear_score(tx, user->email);  // an admin's word
    return {};
  });
  if (!done) return out.refuse(done.error().text);
  out.say("Added " + user->login + " (" + center::address_of(desk.context.settings, user->login) + ")");
  return exit_done;
}

int user_list(Desk& desk, Arguments const& arguments, Output& out) {
  Listing listing{user_columns, {}};
  std::string after, group = arguments.get("group");
  for (;;) {
    auto users =
        desk.context.store.read([&](store::Snapshot const& s) { return store::list_users(s, after, 1000); });
    for (store::User const& user : users)
      if (is_in(user, group)) listing.rows.push_back(row_of(user));
    if (users.size() < 1000) break;
    after = users.back().login;
  }
  out.list(listing);
  return exit_done;
}

int user_show(Desk& desk, Arguments const& arguments, Output& out) {
  return desk.context.store.read([&](store::Snapshot const& s) {
    auto user = store::find_user(s, to_lower(arguments.words[0]));
    if (!user) return out.refuse(no_such_user(arguments.words[0]).text);
    Listing one{user_columns, {row_of(*user)}};
    auto add = [&](std::string name, std::string value) {
      one.columns.push_back(std::move(name));
      one.rows[0].push_back(std::move(value));
    };
    add("name", user->display_name);
    add("zone", user->time_zone.empty() ? desk.context.settings.time_zone : user->time_zone);
    add("groups", join(user->groups));
    add("blocked", blocked_by(s, user->id));
    add("pending address", user->pending.email);
    add("bounces", center::describe_score(desk.context.settings, s, user->email, desk.context.clock.now()));
    for (std::string_view setting : {"quiet", "digest", "pause"})
      if (auto line =
              center::get_preference(s, desk.context, *desk.context.policy.get().policy, user->id, setting))
        add(std::string(setting), line->choice);
    for (store::MailboxInfo const& mailbox : store::list_mailboxes(s, user->id)) {
      auto state = store::state_of(s, mailbox.id);
      add(mailbox.name,
          std::to_string(state.exists) + " messages, " + std::to_string(state.unseen) + " unseen");
    }
    out.show(one);
    return exit_done;
  });
}

int user_set(Desk& desk, Arguments const& arguments, Output& out) {
  if (arguments.options.empty()) {
    out.refuse("nothing to change: use --email, --unverified, --role, --name, --zone or --group");
    return exit_usage;
  }
  auto policy = desk.context.policy.get();
  auto op = [&](store::Transaction& tx) { return change_fields(desk, tx, policy, arguments); };
  auto done = write_account(desk, to_lower(arguments.words[0]), agents_after(arguments), op);
  if (!done) return out.refuse(done.error().text);
  out.say("Changed " + to_lower(arguments.words[0]));
  return exit_done;
}

int user_verify(Desk& desk, Arguments const& arguments, Output& out) {
  std::string const name = to_lower(arguments.words[0]);
  auto op = [&](store::Transaction& tx) -> Result<void> {
    if (auto user = store::find_user_id(tx, name)) return center::restore_address(tx, *user);
    return center::restore_everywhere(tx, name);
  };
  auto done = desk.context.store.write_and_wait(op);
  if (!done) return out.refuse(done.error().text);
  out.say("Verified " + (name.find('@') == std::string::npos ? "the address of " + name : name));
  return exit_done;
}

int user_suppress(Desk& desk, Arguments const& arguments, Output& out) {
  auto policy = desk.context.policy.get();
  auto op = [&](store::Transaction& tx) -> Result<void> {
    auto user = store::find_user(tx, to_lower(arguments.words[0]));
    if (!user) return no_such_user(arguments.words[0]);
    if (user->email.empty()) return fail(Errc::syntax, "this account has no address");
    center::suppress_address(desk.context, tx, policy, user->id, user->email, "(told by an administrator)",
                             desk.context.clock.now());
    return {};
  };
  auto done = desk.context.store.write_and_wait(op);
  if (!done) return out.refuse(done.error().text);
  out.say("Suppressed the address of " + to_lower(arguments.words[0]));
  return exit_done;
}

int user_password(Desk& desk, Arguments const& arguments, Output& out) {
  auto password = read_password(arguments);
  if (!password) return out.refuse(password.error().text);
  store::User fresh;
  set_password(fresh, *password);
  return change_user(desk, to_lower(arguments.words[0]), out, Agents::stay, [&](store::User& user) {
    user.password_hash = fresh.password_hash;
    user.scram = fresh.scram;
  });
}

int user_disable(Desk& desk, Arguments const& arguments, Output& out) {
  return change_user(desk, to_lower(arguments.words[0]), out, Agents::leave,
                     [](store::User& user) { user.enabled = false; });
}

int user_enable(Desk& desk, Arguments const& arguments, Output& out) {
  return change_user(desk, to_lower(arguments.words[0]), out, Agents::stay,
                     [](store::User& user) { user.enabled = true; });
}

int user_delete(Desk& desk, Arguments const& arguments, Output& out) {
  std::string login = to_lower(arguments.words[0]);
  auto done = write_account(desk, login, Agents::leave, [&](store::Transaction& tx) -> Result<void> {
    tx.publish(store::topic::accounts);
    return store::delete_user(tx, login);
  });
  if (!done) return out.refuse(done.error().text);
  out.say("Deleted " + login);
  return exit_done;
}

int user_block(Desk& desk, Arguments const& arguments, Output& out) {
  return change_block(desk, arguments, out, arguments.words[0] + " takes no mail of " + arguments.words[1],
                      [](store::Transaction& tx, Desk& d, UserId user, std::string const& other) {
                        return center::block_counterpart(tx, d.context.settings, user, other, d.context.clock.now());
                      });
}

int user_unblock(Desk& desk, Arguments const& arguments, Output& out) {
  return change_block(desk, arguments, out, arguments.words[0] + " takes mail of " + arguments.words[1] + " again",
                      [](store::Transaction& tx, Desk& d, UserId user, std::string const& other) {
                        return center::unblock_counterpart(tx, d.context.settings, user, other);
                      });
}

}  // namespace mc::gateway
