#include "gateway/commands.h"

#include <algorithm>
#include <array>

namespace mc::gateway {

namespace {

constexpr Option json{"json", OptionKind::flag, "print JSON"};
constexpr std::array user_add_options{
    Option{"email", OptionKind::value, "the user's ordinary address, for external copies"},
    Option{"role", OptionKind::value, "user (default), agent, platform or admin"},
    Option{"name", OptionKind::value, "display name"},
    Option{"zone", OptionKind::value, "time zone, e.g. Europe/Berlin (default: UTC)"},
    Option{"group", OptionKind::value, "groups, separated by commas"},
    Option{"password-file", OptionKind::file, "first line is the password (default: standard input)"},
    Option{"unverified", OptionKind::flag, "the address is not known to be the user's: no mail goes there"},
};
constexpr std::array user_set_options{
    Option{"email", OptionKind::value, "the user's ordinary address, known to be his unless --unverified"},
    Option{"unverified", OptionKind::flag, "the address is not known to be the user's: no mail goes there"},
    Option{"role", OptionKind::value, "user, agent, platform or admin"},
    Option{"name", OptionKind::value, "display name"},
    Option{"zone", OptionKind::value, "time zone, e.g. Europe/Berlin; default: the site's"},
    Option{"group", OptionKind::value, "all his groups, separated by commas; \"\": none"},
};
constexpr std::array user_list_options{json, Option{"group", OptionKind::value, "only those in this group"}};
constexpr std::array password_options{
    Option{"password-file", OptionKind::file, "first line is the password (default: standard input)"},
};
constexpr std::array json_options{json};
constexpr std::array why_options{json, Option{"most", OptionKind::value, "how many, newest first (default 20)"}};
constexpr std::array explain_options{
    json,
    Option{"user", OptionKind::value, "the recipient's login"},
    Option{"type", OptionKind::value, "the message type"},
    Option{"amount", OptionKind::value, "e.g. \"1200.00 USD\""},
    Option{"at", OptionKind::value, "when the thing happened (RFC 3339)"},
    Option{"message", OptionKind::file, "a message file: its X-MC-* fields, subject and headers count"},
};
constexpr std::array demo_options{
    Option{"dir", OptionKind::value, "where to keep the demo's data (default: demo-data)"},
    Option{"certs", OptionKind::value, "where certs/make-certs put the certificates (default: certs)"},
};

constexpr std::array table{
    Command{"serve", "", "", "Runs the gateway until SIGTERM; SIGHUP reloads policy, limits and certificates.", 0, 0, {}, nullptr, serve},
    Command{"demo", "", "[--dir D] [--certs D]", "Makes demo accounts and messages, then serves on loopback.", 0, 0, demo_options, nullptr, demo},
    Command{"config", "check", "", "Reads the configuration and names every problem with line and column.", 0, 0, {}, nullptr, config_check},
    Command{"user", "add", "LOGIN --email ADDR [--role R] [--password-file F] [--unverified]", "Makes an account with its folders.", 1, 1, user_add_options, user_add, nullptr, true},
    Command{"user", "list", "[--group G] [--json]", "Lists the accounts.", 0, 0, user_list_options, user_list},
    Command{"user", "show", "LOGIN [--json]", "Shows one account and its folders.", 1, 1, json_options, user_show},
    Command{"user", "set", "LOGIN [--email ADDR [--unverified]] [--role R] [--name N] [--zone Z] [--group A,B]", "Changes what is given.", 1, 1, user_set_options, user_set},
    Command{"user", "verify", "LOGIN", "His address is good: external mail goes there (again).", 1, 1, {}, user_verify},
    Command{"user", "suppress", "LOGIN", "His address is bad: no external mail until it is verified again.", 1, 1, {}, user_suppress},
    Command{"user", "password", "LOGIN [--password-file F]", "Sets a new password.", 1, 1, password_options, user_password, nullptr, true},
    Command{"user", "disable", "LOGIN", "Ends logging in; mail still arrives.", 1, 1, {}, user_disable},
    Command{"user", "enable", "LOGIN", "Allows logging in again.", 1, 1, {}, user_enable},
    Command{"user", "delete", "LOGIN", "Deletes the account with all its mail.", 1, 1, {}, user_delete},
    Command{"rules", "check", "FILE", "Names every error and warning in a policy file.", 1, 1, {}, nullptr, rules_check},
    Command{"rules", "show", "", "Reads the policy in force aloud.", 0, 0, {}, rules_show},
    Command{"rules", "explain", "--user U --type T [--amount A] [--at TIME] [--message F]", "What would be decided, by whom, and what would lose.", 0, 0, explain_options, rules_explain},
    Command{"prefs", "get", "LOGIN [SCOPE] [--json]", "Shows a user's choices and settings, and what holds.", 1, 2, json_options, prefs_get},
    Command{"prefs", "set", "LOGIN SCOPE both|email|center|none|default|VALUE", "Sets a choice (SCOPE is type:<name> or tab:<tab>) or a setting (zone, quiet, digest, pause, address, code).", 3, 4, {}, prefs_set},
    Command{"why", "", "LOGIN [MESSAGE-ID] [--json]", "Why did the user (not) get this? A timeline for each message.", 1, 2, why_options, why},
    Command{"queue", "list", "[--json]", "Lists external mail that waits.", 0, 0, json_options, queue_list},
    Command{"queue", "show", "ID [--json]", "Shows one waiting mail.", 1, 1, json_options, queue_show},
    Command{"queue", "retry", "ID|all", "Tries now.", 1, 1, {}, queue_retry},
    Command{"queue", "hold", "ID", "Keeps it back until released.", 1, 1, {}, queue_hold},
    Command{"queue", "release", "ID", "Ends a hold.", 1, 1, {}, queue_release},
    Command{"queue", "drop", "ID", "Removes it; the folder copy stays.", 1, 1, {}, queue_drop},
    Command{"store", "stats", "[--json]", "Size and use of the store.", 0, 0, json_options, store_stats},
    Command{"store", "backup", "DIR", "Writes a consistent copy to a new directory while the server runs.", 1, 1, {}, store_backup},
};

}  // namespace

std::span<Command const> commands() { return table; }

Command const* find_command(std::string_view noun, std::string_view verb) {
  auto at = std::find_if(table.begin(), table.end(),
                         [&](Command const& c) { return c.noun == noun && (c.verb.empty() || c.verb == verb); });
  return at == table.end() ? nullptr : &*at;
}

}  // namespace mc::gateway
