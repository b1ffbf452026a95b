// prefs get|set
#include <optional>

#include "center/preferences.h"
#include "core/text.h"
#include "core/time_text.h"
#include "gateway/commands.h"
#include "store/accounts.h"

namespace mc::gateway {

namespace {

std::vector<std::string> const columns{"scope", "choice", "since", "source", "effect"};

Error no_such_user(std::string_view login) {
  return fail(Errc::not_found, "no user " + printable(login, 80));
}

std::vector<std::string> row_of(center::PreferenceLine const& line) {
  return {line.scope, line.choice, line.at == Time{} ? "" : write_rfc3339(line.at), line.source, line.effect};
}

// The words behind LOGIN SCOPE, as one value: "daily 08:00" may be typed as two.
std::string value_of(Arguments const& arguments) {
  std::string value = arguments.words[2];
  for (std::size_t i = 3; i < arguments.words.size(); ++i) value += ' ' + arguments.words[i];
  return value;
}

}  // namespace

int prefs_get(Desk& desk, Arguments const& arguments, Output& out) {
  return desk.context.store.read([&](store::Snapshot const& s) {
    auto user = store::find_user_id(s, to_lower(arguments.words[0]));
    if (!user) return out.refuse(no_such_user(arguments.words[0]).text);
    auto policy = desk.context.policy.get();
    if (arguments.words.size() > 1) {
      auto line = center::get_preference(s, desk.context, *policy.policy, *user, arguments.words[1]);
      if (!line) return out.refuse(line.error().text);
      out.show({columns, {row_of(*line)}});
      return exit_done;
    }
    Listing listing{columns, {}};
    for (center::PreferenceLine const& line :
         center::list_preferences(s, desk.context, *policy.policy, *user))
      listing.rows.push_back(row_of(line));
    out.list(listing);
    return exit_done;
  });
}

int prefs_set(Desk& desk, Arguments const& arguments, Output& out) {
  std::string const login = to_lower(arguments.words[0]), scope = arguments.words[1],
                    value = value_of(arguments);
  auto policy = desk.context.policy.get();
  auto op = [&](store::Transaction& tx) -> Result<std::optional<center::PreferenceLine>> {
    auto user = store::find_user_id(tx, login);
    if (!user) return no_such_user(arguments.words[0]);
    auto done = center::set_preference(tx, desk.context, policy, *user, scope, value,
                                       rules::ChoiceSource::admin, desk.context.clock.now());
    if (!done) return done.error();
    // What is told of a code is the address that it made the user's; of a removed choice for a type that is
    // gone, nothing.
    auto line =
        center::get_preference(tx, desk.context, *policy.policy, *user, scope == "code" ? "address" : scope);
    return line ? std::optional(*line) : std::nullopt;
  };
  auto done = desk.context.store.write_and_wait(op);
  if (!done) return out.refuse(done.error().text);
  if (auto const& line = *done)
    out.say(login + ": " + line->scope + " = " + line->choice + " (" + line->effect + ")");
  else
    out.say(login + ": " + scope + " = " + value);
  return exit_done;
}

}  // namespace mc::gateway
