// user add|list|show|password|disable|enable|delete
#include "center/addresses.h"
#include "core/text.h"
#include "core/time_text.h"
#include "gateway/commands.h"
#include "net/password.h"
#include "store/accounts.h"
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

Error no_such_user(std::string_view login) { return fail(Errc::not_found, "no user " + printable(login, 80)); }

// Changes one account in one transaction and tells its sessions.
template <class F>
int change_user(Desk& desk, std::string const& login, Output& out, F&& change) {
  auto done = desk.context.store.write_and_wait([&](store::Transaction& tx) -> Result<void> {
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
  bool token = login.size() == 28 && login[1] == '-' && std::string_view("tncbu").find(login[0]) != std::string_view::npos;
  return token || login == "support" || login == "abuse" || login.starts_with("team-");
}

Result<store::User> make_user(Desk& desk, Arguments const& arguments) {
  store::User user;
  user.login = to_lower(arguments.words[0]);
  user.email = arguments.get("email");
  user.display_name = arguments.get("name");
  user.time_zone = arguments.get("zone");
  user.created = desk.context.clock.now();
  user.email_state = arguments.has("unverified") ? store::AddressState::unverified : store::AddressState::verified;
  if (auto groups = arguments.get("group"); !groups.empty())
    for (std::string_view group : split(groups, ',')) user.groups.emplace_back(trim(group));
  auto role = store::parse_role(arguments.get("role", "user"));
  if (!role) return fail(Errc::syntax, "unknown role " + printable(arguments.get("role"), 40) + ": use user, agent, platform or admin");
  user.role = *role;
  if (auto login = store::check_login(user.login); !login) return login.error();
  if (is_reserved(user.login)) return fail(Errc::forbidden, "The login " + user.login + " is reserved: it is an address of another kind");
  if (user.email.empty() && user.role == store::Role::user)
    return fail(Errc::syntax, "a user needs an ordinary address: --email ADDR");
  if (!user.email.empty())
    if (auto address = center::parse_address(user.email); !address) return address.error();
  auto password = read_password(arguments);
  if (!password) return password.error();
  set_password(user, *password);
  return user;
}

std::vector<std::string> row_of(store::User const& user) {
  return {user.login,
          user.email,
          std::string(user.email.empty() ? "none" : store::to_string(user.email_state)),
          std::string(store::to_string(user.role)),
          user.enabled ? "enabled" : "disabled",
          write_rfc3339(user.created)};
}

std::vector<std::string> const user_columns{"login", "email", "address", "role", "state", "created"};

}  // namespace

int user_add(Desk& desk, Arguments const& arguments, Output& out) {
  auto user = make_user(desk, arguments);
  if (!user) return out.refuse(user.error().text);
  auto done = desk.context.store.write_and_wait(
      [&](store::Transaction& tx) -> Result<UserId> { return store::add_user(tx, *user); });
  if (!done) return out.refuse(done.error().text);
  out.say("Added " + user->login + " (" + center::address_of(desk.context.settings, user->login) + ")");
  return exit_done;
}

int user_list(Desk& desk, Arguments const&, Output& out) {
  Listing listing{user_columns, {}};
  std::string after;
  for (;;) {
    auto users = desk.context.store.read([&](store::Snapshot const& s) { return store::list_users(s, after, 1000); });
    for (store::User const& user : users) listing.rows.push_back(row_of(user));
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
    add("zone", user->time_zone.empty() ? "UTC" : user->time_zone);
    for (store::MailboxInfo const& mailbox : store::list_mailboxes(s, user->id)) {
      auto state = store::state_of(s, mailbox.id);
      add(mailbox.name, std::to_string(state.exists) + " messages, " + std::to_string(state.unseen) + " unseen");
    }
    out.show(one);
    return exit_done;
  });
}

int user_password(Desk& desk, Arguments const& arguments, Output& out) {
  auto password = read_password(arguments);
  if (!password) return out.refuse(password.error().text);
  store::User fresh;
  set_password(fresh, *password);
  return change_user(desk, to_lower(arguments.words[0]), out, [&](store::User& user) {
    user.password_hash = fresh.password_hash;
    user.scram = fresh.scram;
  });
}

int user_disable(Desk& desk, Arguments const& arguments, Output& out) {
  return change_user(desk, to_lower(arguments.words[0]), out, [](store::User& user) { user.enabled = false; });
}

int user_enable(Desk& desk, Arguments const& arguments, Output& out) {
  return change_user(desk, to_lower(arguments.words[0]), out, [](store::User& user) { user.enabled = true; });
}

int user_delete(Desk& desk, Arguments const& arguments, Output& out) {
  std::string login = to_lower(arguments.words[0]);
  auto done = desk.context.store.write_and_wait([&](store::Transaction& tx) -> Result<void> {
    tx.publish(store::topic::accounts);
    return store::delete_user(tx, login);
  });
  if (!done) return out.refuse(done.error().text);
  out.say("Deleted " + login);
  return exit_done;
}

}  // namespace mc::gateway
